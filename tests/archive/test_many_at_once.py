"""Writers and workers side by side on either engine: nothing twice, nothing lost, one chain."""

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from servers import working
from servers.working import SlowJudge
from sqlalchemy import func, select

from archive.ledger import tables
from archive.ledger.frontier import unit
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.units import Unit, Work
from archive.records import Account, Job, Post, Verdict
from archive.settings import Settings
from classifier.worker import Worker

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SCRIPT = Path(working.__file__)
AT_ONCE = 4


def at_once(work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(work, number) for number in range(AT_ONCE)]:
            done.result()


def make_post(number: int, words: str = "查开房") -> Post:
    author = Account(platform="x", account_id=str(number % 7))
    return Post(platform="x", post_id=str(number), text=words, author=author)


def test_writers_of_the_same_posts_in_any_order_agree(ledger: Ledger) -> None:
    def write(number: int) -> None:
        order = random.Random(number)  # noqa: S311
        for turn in range(5):
            posts = [make_post(n, f"{turn % 2}") for n in range(40)]
            order.shuffle(posts)
            with ledger.writing() as connection:
                ledger.posts.add(connection, posts[:20], seen_at=NOW)
                ledger.posts.add(connection, posts[20:], seen_at=NOW)
                ledger.evidence.put(connection, f"page {turn}".encode())
                ledger.gates.back_off(connection, "x", seconds=0)

    at_once(write)
    with ledger.reading() as connection:
        assert ledger.posts.count(connection) == 40
        assert ledger.to_judge.waiting(connection) == 40
        for post in ledger.posts.scan(connection):
            kept = [stored.version for stored in ledger.posts.versions(connection, post.post.key)]
            assert kept == list(range(1, post.version + 1))
        for name in connection.scalars(select(tables.evidence_blob.c.name)):
            assert ledger.evidence.get(connection, name).startswith(b"page ")


def test_a_worker_writes_nothing_for_a_ticket_that_it_lost(ledger: Ledger) -> None:
    class Slow(SlowJudge):
        def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
            with ledger.writing() as connection:
                [first, *_] = ledger.posts.scan(connection)
                lost = Ticket(post=first.id, version=first.version)
                ledger.to_judge.release(connection, [lost])
            return super().judge(posts, versions)

    with ledger.writing() as connection:
        ledger.posts.add(connection, [make_post(n) for n in range(3)], seen_at=NOW)
    Worker(ledger, Slow(), batch=9).step()
    with ledger.reading() as connection:
        assert ledger.verdicts.count(connection)["judged"] == 2
        assert ledger.to_judge.waiting(connection) == 1


def test_the_chain_has_one_writer_at_a_time(ledger: Ledger) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            with ledger.writing() as connection:
                ledger.chain.append(connection, "read", actor=str(number), body={"n": turn})

    at_once(write)
    with ledger.reading() as connection:
        assert ledger.chain.verify(connection) == AT_ONCE * 10


def test_a_reading_sees_one_moment(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert ledger.posts.count(connection) == 0
        with ledger.writing() as other:
            ledger.posts.add(other, [make_post(1)], seen_at=NOW)
        assert ledger.posts.count(connection) == 0
    with ledger.reading() as connection:
        assert ledger.posts.count(connection) == 1


def start(settings: Settings, work: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-P", str(SCRIPT), str(settings.home), settings.ledger_url or "", work]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def kill_one_of_two(settings: Settings, work: str) -> None:
    """Kill a worker that holds work; the other ends, and a third does what is left."""
    first, second = start(settings, work), start(settings, work)
    assert first.stdout is not None
    assert first.stdout.readline() == "step\n", "it ended before it could be killed"
    first.kill()
    first.wait()
    first.stdout.close()
    for worker in (second, start(settings, work)):
        worker.communicate(timeout=300)
        assert worker.returncode == 0


@pytest.mark.slow
def test_every_ticket_is_done_once_though_a_worker_is_killed(
    ledger: Ledger, settings: Settings
) -> None:
    with ledger.writing() as connection:
        ledger.posts.add(connection, [make_post(n) for n in range(400)], seen_at=NOW)
    kill_one_of_two(settings, "judge")
    with ledger.reading() as connection:
        v = tables.verdict
        rows = connection.execute(select(v.c.post, func.count()).group_by(v.c.post)).all()
        assert [number for _, number in rows] == [1] * 400
        assert ledger.to_judge.waiting(connection) == 0
        assert ledger.to_index.waiting(connection) == 400


@pytest.mark.slow
def test_every_unit_is_fetched_once_though_a_worker_is_killed(
    ledger: Ledger, settings: Settings
) -> None:
    job = Job(platform="x", query="q", operator="o", purpose="p", legal_basis="l")
    with ledger.writing() as connection:
        number = ledger.jobs.add(connection, job)
        queries = [f"q{n}" for n in range(300)]
        units = [Unit(job=number, platform="x", work=Work.SEARCH, query=q) for q in queries]
        assert ledger.units.add(connection, units) == 300
    kill_one_of_two(settings, "crawl")
    with ledger.reading() as connection:
        rows = connection.execute(select(unit.c.state, unit.c.fetches)).all()
        assert set(rows) == {("done", 1)}
        assert len(rows) == 300
