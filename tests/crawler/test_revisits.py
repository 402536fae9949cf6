"""Re-visits over the sandbox: alive, edited, gone with its words, account gone; ever rarer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.ledger.ledger import Ledger
from archive.ledger.looks import DECAY, Look, LookOutcome
from archive.ledger.units import Scope, Work
from archive.records import Post
from crawler.revisits import diff, stays
from crawler.sandbox.server import NOW

SEEN = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_looks_grow_rarer_and_end_with_the_post(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        ledger.posts.add(connection, [Post(platform="x", post_id="1", text="t")], seen_at=SEEN)
        ledger.looks.watch(connection, [1], since=SEEN)
        ledger.looks.watch(connection, [1], since=SEEN + timedelta(days=9))
        at = SEEN + DECAY[0]
        for number in range(1, 12):
            assert ledger.looks.due(connection, now=at - timedelta(seconds=1), platform=None) == []
            assert ledger.looks.due(connection, now=at, platform="x") == ["x:1"]
            ledger.looks.add(connection, Look(post=1, at=at, outcome=LookOutcome.ALIVE))
            at += DECAY[min(number, len(DECAY) - 1)]
        ledger.looks.add(connection, Look(post=1, at=at, outcome=LookOutcome.UNSEEN))
        assert ledger.looks.due(connection, now=at, platform="x") == ["x:1"]
        ledger.looks.add(connection, Look(post=1, at=at, outcome=LookOutcome.GONE, words="删了"))
        far = at + timedelta(days=999)
        assert ledger.looks.due(connection, now=far, platform=None) == []
        assert ledger.looks.count(connection) == {LookOutcome.GONE: 1}
    [stay] = stays(ledger)
    assert (stay.gone, stay.words) == (at, "删了")
    assert stay.last_alive < at


def test_a_diff_names_what_went_and_what_came() -> None:
    assert diff("一\n二\n三", "一\n2\n三") == ["-二", "+2"]


@pytest.mark.slow
def test_a_day_later_posts_are_alive_edited_gone_or_without_account(bench: Any) -> None:
    bench.order("查", "开房", "病历", "档案")
    bench.run()
    posts = {k: p for k, p in bench.posts().items() if p.kind != "comment"}
    truth = {f"sandbox:{post['id']}": post for post in bench.site.truth()}
    banned = next(iter(sorted(p.author.account_id for p in posts.values() if p.author)))
    bench.site.set_clock(NOW + timedelta(days=1))
    bench.site.ban(banned)
    later = {f"sandbox:{post['id']}": post for post in bench.site.truth()}
    with bench.ledger.writing() as connection:
        ids = {s.post.key: s.id for s in bench.ledger.posts.scan(connection) if s.post.key in posts}
        bench.ledger.looks.watch(connection, list(ids.values()), since=NOW)
        due = bench.ledger.looks.due(connection, now=datetime.now(UTC), platform="sandbox")
    assert set(due) == set(posts)
    scope = Scope(follow=(Work.ACCOUNT,), pictures=False, revisit=True)
    visits = [key.partition(":")[2] for key in due]
    bench.order(*visits, work=Work.POST, scope=scope, name="re-visit")
    bench.run()
    with bench.ledger.reading() as connection:
        looks = {key: bench.ledger.looks.of(connection, number) for key, number in ids.items()}
    for key, post in posts.items():
        last = looks[key][-1]
        if post.author and post.author.account_id == banned:
            assert last.outcome is LookOutcome.ACCOUNT_GONE
            assert last.words
        elif later[key]["gone"]:
            assert last.outcome is LookOutcome.GONE
            assert last.words == "抱歉，该内容已被作者删除或因违规被屏蔽"
        elif later[key]["edited"] and not truth[key]["edited"]:
            assert last.outcome is LookOutcome.EDITED
            assert last.version == 2
        else:
            assert last.outcome is LookOutcome.ALIVE
    assert {one[-1].outcome for one in looks.values()} == set(LookOutcome) - {LookOutcome.UNSEEN}
