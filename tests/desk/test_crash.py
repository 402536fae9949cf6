"""kill -9 at any moment: what was acknowledged stays; a second run ends like an unbroken one."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.index.feeding import check
from crawler.sandbox.writing import Writer
from desk.rooms import rooms

_ROWS = 2500


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write posts, some of which the shipped model takes for adverts."""
    writer = Writer(random.Random(5))  # noqa: S311
    path = tmp_path_factory.mktemp("crash") / "posts.jsonl"
    bait = "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 "
    with path.open("w", encoding="utf-8") as file:
        for number in range(_ROWS):
            text = (bait if number % 7 == 0 else "") + writer.post().text
            row = {"id": number, "platform": "x", "text": text}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


@pytest.fixture(scope="module")
def unbroken(posts: Path) -> dict[str, object]:
    home = posts.parent / "unbroken"
    _import(posts, home).wait()
    return _state(home)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "reached"),
    [
        ("import", lambda counts: 0 < counts["post"] < _ROWS),
        ("judging", lambda counts: 0 < counts["verdict"] < _ROWS),
        ("indexing", lambda counts: counts["verdict"] == _ROWS and counts["to_index"] < _ROWS),
    ],
)
def test_a_killed_run_goes_on_where_it_was(
    moment: str,
    reached: Callable[[dict[str, int]], bool],
    posts: Path,
    unbroken: dict[str, object],
    tmp_path: Path,
) -> None:
    home = tmp_path / moment
    running = _import(posts, home)
    kept = _kill_when(running, home, reached)
    with rooms(home) as opened, opened.ledger.reading() as connection:
        assert opened.ledger.posts.count(connection) >= kept["post"]
        assert opened.ledger.verdicts.count(connection)["judged"] >= kept["verdict"]
    _import(posts, home).wait()
    assert _state(home) == unbroken
    with rooms(home) as opened:
        assert check(opened.ledger, opened.index).in_step


@pytest.mark.slow
@pytest.mark.browser
def test_a_killed_crawl_leaves_ledger_and_index_in_step(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = [sys.executable, "-m", "desk.cli", "demo", "--no-serve", "--home", str(home)]
    running = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = _kill_when(running, home, lambda counts: counts["observation"] > 40)
    with rooms(home) as opened:
        check(opened.ledger, opened.index)
        with opened.ledger.reading() as connection:
            assert opened.ledger.posts.count(connection) >= kept["post"]
            opened.ledger.chain.verify(connection)
            for stored in opened.ledger.posts.scan(connection):
                assert stored.post.observation
                seen = opened.ledger.jobs.observation(connection, stored.post.observation)
                assert seen
                assert seen.warc
                opened.ledger.evidence.get(connection, seen.warc)
    assert subprocess.run(run, capture_output=True, check=False).returncode == 0


def _import(posts: Path, home: Path) -> subprocess.Popen[bytes]:
    run = [sys.executable, "-m", "desk.cli", "import", str(posts), "--home", str(home), "--json"]
    return subprocess.Popen(run, stdout=subprocess.DEVNULL)


def _kill_when(
    running: subprocess.Popen[bytes], home: Path, reached: Callable[[dict[str, int]], bool]
) -> dict[str, int]:
    """Kill the process in the moment; fail when it was never met."""
    end = time.monotonic() + 60
    while time.monotonic() < end and running.poll() is None:
        counts = _counts(home)
        if counts and reached(counts):
            running.send_signal(signal.SIGKILL)
            running.wait()
            return counts
    running.kill()
    pytest.fail("the run ended before the moment to kill it came")


def _counts(home: Path) -> dict[str, int]:
    if not (home / "ledger.db").exists():
        return {}
    try:
        with closing(sqlite3.connect(home / "ledger.db")) as database:
            return {
                table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("post", "verdict", "to_index", "observation")
            }
    except sqlite3.OperationalError:  # not yet migrated
        return {}


def _state(home: Path) -> dict[str, object]:
    """Give posts, newest verdicts and documents, without times."""
    with rooms(home) as opened, opened.ledger.reading() as connection:
        stored = list(opened.ledger.posts.scan(connection))
        judged = opened.ledger.verdicts.of_posts(connection, [post.id for post in stored])
        # int8 scores move by thousandths with the posts of a batch, and a kill cuts other batches
        verdicts = {post.post.key: judged[post.id].verdict.intent for post in stored}
        return {
            "posts": {post.post.key: (post.version, post.post.text) for post in stored},
            "verdicts": verdicts,
            "documents": sorted(document.key for document in opened.index.scan()),
            "waiting": opened.ledger.to_judge.waiting(connection),
        }
