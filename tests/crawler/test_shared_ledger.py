"""Two real `anyu crawl` commands on one ledger: one killed or stopped, nothing lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from watched_crawls import held_by, observations, served, wait_for

from archive.ledger import tables
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from archive.verification import Verification
from crawler.coverage import report
from crawler.platforms.catalogue import load
from crawler.sandbox.server import Sandbox
from crawler.worker import HELD

pytestmark = pytest.mark.slow
HELD_AT_MOST = HELD * load("sandbox").limits.at_once
WORDS = ("开房", "病历", "档案", "查", "的")
SPAN = ("--since=2026-04-01", "--until=2026-05-01")
ORDER = ("sandbox", *(f"--word={word}" for word in WORDS), *SPAN, "--no-pictures")
Begin = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def begin(settings: Settings, site: Sandbox) -> Iterator[Begin]:
    """Give what starts `anyu crawl …` on the ledger of the test, or on another home's own."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(*words: str, home: Path | None = None) -> subprocess.Popen[bytes]:
        chosen = {"ANYU_CRAWL_DELAY": "0" if home else "0.2", "ANYU_LEASE_SECONDS": "10"}
        if home is None and settings.ledger_url:
            chosen["ANYU_LEDGER_URL"] = settings.ledger_url
        asked = [*words, f"--home={home or settings.home}", f"--base-url={site.url}"]
        command = [sys.executable, "-m", "desk.cli", "crawl", *asked]
        begun.append(subprocess.Popen(command, env={**os.environ, **chosen}))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()


def records(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Give what was kept of posts and accounts, but for when it was seen."""
    p, v, a = tables.post, tables.post_version, tables.account
    with ledger.reading() as connection:
        posts = select(p.c.key, v.c.version, v.c.body).join(v, v.c.post == p.c.id)
        accounts = select(a.c.platform, a.c.account_id, a.c.body)
        return {
            name: sorted(tuple(row) for row in connection.execute(query))
            for name, query in (("posts", posts), ("accounts", accounts))
        }


def unbroken(
    begin: Begin, site: Sandbox, home: Path
) -> tuple[dict[str, list[tuple[object, ...]]], int]:
    """Give the records of a crawl that nothing breaks, and how many pages it was served."""
    assert begin(*ORDER, home=home).wait(300) == 0
    opened = Ledger.open(Settings(home=home))
    try:
        return records(opened), sum(served(site).values())
    finally:
        opened.close()


def keeps_each_once(ledger: Ledger, settings: Settings) -> None:
    """Assert that no record is kept twice and that all evidence proves what it says."""
    with ledger.reading() as connection:
        rows = connection.scalar(select(func.count()).select_from(tables.post_version))
        assert rows == ledger.posts.count(connection)
    found = Verification(ledger, settings.anchors).run()
    assert found.observations == observations(ledger)


def test_one_of_two_commands_killed_keeps_each_record_once(
    begin: Begin, site: Sandbox, ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    expected, pages = unbroken(begin, site, tmp_path / "unbroken")
    begin(*ORDER, "--pages=3").wait(300)
    killed, other = begin("resume", "sandbox"), begin("resume", "sandbox")
    both = (killed.pid, other.pid)
    wait_for(lambda: observations(ledger) > 20 and all(held_by(ledger, pid) for pid in both))
    killed.kill()
    killed.wait()
    assert other.wait(300) == 0
    refetched = sum(served(site).values()) - 2 * pages
    assert records(ledger) == expected
    assert 0 <= refetched <= HELD_AT_MOST
    assert observations(ledger) == pages
    keeps_each_once(ledger, settings)
    assert report(ledger).saw_it_all
    print(f"killed: {pages} pages, {refetched} fetched again")


def test_a_stopped_command_goes_on_without_a_page_fetched_again(
    begin: Begin, site: Sandbox, ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    expected, pages = unbroken(begin, site, tmp_path / "unbroken")
    stopped = begin(*ORDER)
    wait_for(lambda: observations(ledger) > 3)
    stopped.send_signal(signal.SIGINT)
    stopped.wait(300)
    assert 3 < observations(ledger) < pages
    assert held_by(ledger, stopped.pid) == 0
    assert begin("resume", "sandbox").wait(300) == 0
    assert records(ledger) == expected
    assert sum(served(site).values()) == 2 * pages
    keeps_each_once(ledger, settings)
