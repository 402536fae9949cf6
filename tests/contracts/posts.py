"""Judged posts in a ledger, as a worker leaves them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from archive.labels import Goods, Intent
from archive.ledger.ledger import Ledger
from archive.records import GoodsScore, Post, Verdict

NOW = datetime(2026, 3, 4, tzinfo=UTC)
_WORDS = ("查开房 便宜", "开*房记录 加薇", "户籍 流水 定位", "kf cx 名下号", "档案 800一次")


def add_judged(
    ledger: Ledger,
    number: int,
    *,
    start: int = 0,
    texts: Sequence[str] = _WORDS,
    platform: str = "x",
) -> None:
    """Add posts, all hits, and promise to index them."""
    for at in range(start, start + number, 1000):
        some = range(at, min(at + 1000, start + number))
        posts = [
            Post(
                platform=platform,
                post_id=str(n),
                text=f"{texts[n % len(texts)]} {n}",
                posted_at=NOW,
            )
            for n in some
        ]
        with ledger.writing() as connection:
            ledger.posts.add(connection, posts, seen_at=NOW)
            waiting = ledger.to_judge.take(connection, most=len(posts), seconds=60)
            ledger.verdicts.add(
                connection,
                [(t.post, _verdict(p)) for t, p in zip(waiting, posts, strict=True)],
            )
            ledger.to_index.put(connection, waiting)
            ledger.to_judge.done(connection, waiting)


def _verdict(post: Post) -> Verdict:
    return Verdict(
        post=post.key,
        post_version=1,
        judged_at=NOW,
        model="m",
        lexicon="l",
        stage="gate",
        threshold=0.5,
        intent=Intent.SELL,
        scores={},
        risk=0.9,
        hit=True,
        goods=(GoodsScore(label=Goods.BANK, score=0.8),),
    )
