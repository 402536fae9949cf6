"""Judged posts in a ledger, as a worker leaves them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from archive.labels import Goods, Intent
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.records import GoodsScore, Post, Review, Verdict

NOW = datetime(2026, 3, 4, tzinfo=UTC)
_WORDS = ("查开房 便宜", "开*房记录 加薇", "户籍 流水 定位", "kf cx 名下号", "档案 800一次")


def add_judged(
    ledger: Ledger,
    number: int,
    *,
    start: int = 0,
    texts: Sequence[str] = _WORDS,
    platform: str = "x",
    hit: bool = True,
    doubtful: bool = False,
    url: str = "",
) -> None:
    """Add posts, all hits unless told otherwise, and promise to index them."""
    for at in range(start, start + number, 1000):
        some = range(at, min(at + 1000, start + number))
        posts = [
            Post(
                platform=platform,
                post_id=str(n),
                url=url,
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
                [
                    (t.post, _verdict(p, hit=hit, doubtful=doubtful))
                    for t, p in zip(waiting, posts, strict=True)
                ],
            )
            ledger.to_index.put(connection, waiting)
            ledger.to_judge.done(connection, waiting)


def judge_again(ledger: Ledger, keys: Sequence[str], *, goods: Goods = Goods.BANK) -> None:
    """Judge posts anew, all of them hits now, and promise to index them."""
    with ledger.writing() as connection:
        for key in keys:
            stored = ledger.posts.get(connection, key)
            assert stored
            verdict = _verdict(
                stored.post, version=stored.version, goods=goods, at=datetime.now(UTC)
            )
            ledger.verdicts.add(connection, [(stored.id, verdict)])
            ledger.to_index.put(connection, [Ticket(post=stored.id, version=stored.version)])


def review(ledger: Ledger, key: str, intent: Intent) -> None:
    """Write a person's word on a post, and promise to index it."""
    with ledger.writing() as connection:
        stored = ledger.posts.get(connection, key)
        assert stored
        word = Review(
            post=key,
            post_version=stored.version,
            reviewed_at=datetime.now(UTC),
            reviewer="r",
            intent=intent,
            goods=(Goods.BANK,),
        )
        ledger.verdicts.review(connection, stored.id, word)
        ledger.to_index.put(connection, [Ticket(post=stored.id, version=stored.version)])


def _verdict(
    post: Post,
    *,
    version: int = 1,
    hit: bool = True,
    doubtful: bool = False,
    goods: Goods = Goods.BANK,
    at: datetime = NOW,
) -> Verdict:
    return Verdict(
        post=post.key,
        post_version=version,
        judged_at=at,
        model="m",
        lexicon="l",
        stage="gate",
        threshold=0.5,
        intent=Intent.SELL if hit else Intent.BENIGN,
        scores=dict.fromkeys(Intent, 0.0),
        risk=0.9 if hit else 0.1,
        hit=hit,
        review=doubtful,
        goods=(GoodsScore(label=goods, score=0.8),),
    )
