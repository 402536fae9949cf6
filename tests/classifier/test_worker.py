"""Posts go from the outbox to verdicts to the index, and a crash loses none."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.index import Query, SqliteIndex
from archive.index.feeding import check, feed
from archive.index.moving import rebuild
from archive.labels import Intent
from archive.ledger.ledger import Ledger
from archive.records import Post, Review, Verdict
from archive.settings import Settings
from classifier.worker import Worker

NOW = datetime(2026, 3, 4, tzinfo=UTC)


class WordJudge:
    """Calls a post an advert when it says 开房; fails when it says boom."""

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        if any("boom" in post.text for post in posts):
            raise RuntimeError("killed here")
        return [self._one(post, version) for post, version in zip(posts, versions, strict=True)]

    def _one(self, post: Post, version: int) -> Verdict:
        hit = "开房" in post.text
        return Verdict(
            post=post.key,
            post_version=version,
            judged_at=datetime.now(UTC),
            model="words",
            lexicon="none",
            stage="gate",
            threshold=0.5,
            intent=Intent.SELL if hit else Intent.BENIGN,
            scores={},
            risk=float(hit),
            hit=hit,
        )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(Settings(home=tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(tmp_path / "index.db")
    yield opened
    opened.close()


def add(ledger: Ledger, *texts: str) -> None:
    posts = [Post(platform="x", post_id=str(n), text=text) for n, text in enumerate(texts)]
    with ledger.writing() as connection:
        ledger.posts.add(connection, posts, seen_at=NOW)


def test_only_hits_are_searchable_and_the_innocent_expire(
    ledger: Ledger, index: SqliteIndex
) -> None:
    add(ledger, "查开房", "天气好", "开房便宜")
    assert Worker(ledger, WordJudge(), batch=2).run() == 3
    assert feed(ledger, index) == 3
    assert index.search(Query()).total == 2
    with ledger.writing() as connection:
        assert ledger.verdicts.count(connection) == {"judged": 3, "hits": 2}
        later = datetime.now(UTC) + timedelta(days=8)
        assert ledger.posts.purge(connection, now=later) == 1


def test_a_worker_that_dies_leaves_its_work(ledger: Ledger) -> None:
    add(ledger, "查开房", "boom")
    with pytest.raises(RuntimeError):
        Worker(ledger, WordJudge()).run()
    with ledger.reading() as connection:
        assert ledger.to_judge.waiting(connection) == 2
        assert ledger.verdicts.count(connection) == {"judged": 0, "hits": 0}


def test_check_mends_and_rebuild_refills(ledger: Ledger, index: SqliteIndex) -> None:
    add(ledger, "查开房", "开房记录")
    Worker(ledger, WordJudge()).run()
    feed(ledger, index)
    assert check(ledger, index).in_step
    index.delete(["x:0"])
    found = check(ledger, index)
    assert (found.missing, found.extra, found.documents) == (1, 0, 2)
    assert check(ledger, index).in_step
    assert rebuild(ledger, index) == 2


def test_a_review_outranks_the_verdict(ledger: Ledger, index: SqliteIndex) -> None:
    add(ledger, "查开房")
    Worker(ledger, WordJudge()).run()
    feed(ledger, index)
    with ledger.writing() as connection:
        stored = ledger.posts.get(connection, "x:0")
        assert stored is not None
        review = Review(
            post="x:0", post_version=1, reviewed_at=NOW, reviewer="r", intent=Intent.DISCUSS
        )
        ledger.verdicts.review(connection, stored.id, review)
    assert check(ledger, index).extra == 1
