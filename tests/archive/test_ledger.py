"""Posts, outboxes, chain and evidence over a real ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

import archive.ledger.ledger as migrations_of
from archive.errors import ChainError
from archive.labels import Extent, Intent, PageState
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.records import Account, Job, Observation, Post, Review, Verdict

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AUTHOR = Account(platform="sandbox", account_id="a1", name="某人", ip_location="缅甸")


def make_post(post_id: str, words: str = "查开房") -> Post:
    return Post(platform="sandbox", post_id=post_id, text=words, author=AUTHOR)


def make_verdict(post: Post, *, hit: bool = True) -> Verdict:
    return Verdict(
        post=post.key,
        post_version=1,
        judged_at=NOW,
        model="m",
        lexicon="l",
        stage="gate",
        threshold=0.5,
        intent=Intent.SELL if hit else Intent.BENIGN,
        scores={"sell": 0.9},
        risk=0.9 if hit else 0.1,
        hit=hit,
    )


def test_a_second_add_knows_everything_and_an_edit_is_a_version(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        first = ledger.posts.add(connection, [make_post("1"), make_post("2")], seen_at=NOW)
        again = ledger.posts.add(connection, [make_post("1"), make_post("2", "改了")], seen_at=NOW)
    assert (first.added, first.known) == (2, 0)
    assert (again.added, again.edited, again.known) == (0, 1, 1)
    with ledger.reading() as connection:
        versions = ledger.posts.versions(connection, "sandbox:2")
        assert [stored.post.text for stored in versions] == ["查开房", "改了"]
        assert ledger.to_judge.waiting(connection) == 2


def test_the_same_row_twice_in_one_batch_counts_once(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        added = ledger.posts.add(connection, [make_post("1"), make_post("1")], seen_at=NOW)
    assert (added.added, added.known) == (1, 1)


def test_leases_keep_work_apart_and_dead_owners_give_it_back(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        ledger.posts.add(connection, [make_post(str(n)) for n in range(3)], seen_at=NOW)
        held = ledger.to_judge.take(connection, most=2, seconds=60)
        rest = ledger.to_judge.take(connection, most=2, seconds=60)
        assert (len(held), len(rest)) == (2, 1)
    with ledger.writing() as connection:
        connection.execute(text("UPDATE to_judge SET owner = :dead"), {"dead": _dead_owner()})
        assert ledger.to_judge.release_dead(connection) == 3
        assert len(ledger.to_judge.take(connection, most=9, seconds=60)) == 3


def _dead_owner() -> str:
    from archive.ledger.outbox import owner

    host = owner().rsplit("/", 2)[0]
    return f"{host}/4194303/1"


def test_done_leaves_a_ticket_that_was_renewed(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        ledger.posts.add(connection, [make_post("1")], seen_at=NOW)
        [ticket] = ledger.to_judge.take(connection, most=1, seconds=60)
        ledger.posts.add(connection, [make_post("1", "new words")], seen_at=NOW)
        ledger.to_judge.done(connection, [ticket])
        assert ledger.to_judge.waiting(connection) == 1
        assert ledger.to_judge.take(connection, most=1, seconds=60) == [
            Ticket(post=ticket.post, version=2)
        ]
        ledger.to_judge.done(connection, [Ticket(post=ticket.post, version=2)])
        assert ledger.to_judge.waiting(connection) == 0


def test_purge_drops_what_is_due_and_does_not_take_it_in_again(ledger: Ledger) -> None:
    post = make_post("1")
    with ledger.writing() as connection:
        ledger.posts.add(connection, [post], seen_at=NOW)
        stored = ledger.posts.get(connection, post.key)
        assert stored is not None
        ledger.verdicts.add(connection, [(stored.id, make_verdict(post, hit=False))])
        ledger.posts.retain(connection, [stored.id], until=NOW)
        assert ledger.posts.purge(connection, now=NOW + timedelta(days=1)) == 1
        assert ledger.posts.get(connection, post.key) is None
        assert ledger.posts.add(connection, [post], seen_at=NOW).added == 0
        assert ledger.verdicts.count(connection) == {"judged": 0, "hits": 0}


def test_jobs_and_observations_count_as_coverage(ledger: Ledger) -> None:
    job = Job(platform="sandbox", query="开房", operator="o", purpose="p", legal_basis="l")
    with ledger.writing() as connection:
        number = ledger.jobs.add(connection, job)
        seen = Observation(
            job=number,
            cursor="1",
            request="GET",
            url="http://127.0.0.1/",
            fetched_at=NOW,
            status=200,
            page_state=PageState.OK,
            extent=Extent.WHOLE,
            tools={"scrapy": "2"},
        )
        at = ledger.jobs.observe(connection, seen)
        ledger.jobs.set_state(connection, number, "paused", reason="captcha")
    with ledger.reading() as connection:
        kept = ledger.jobs.observation(connection, at)
        assert kept is not None
        assert (kept.fetched_at, kept.tools) == (NOW, {"scrapy": "2"})
        [row] = ledger.jobs.coverage(connection)
        assert (row.page_state, row.extent, row.fetches) == ("ok", "whole", 1)
        assert ledger.jobs.all(connection)[0].reason == "captcha"


def test_the_chain_names_the_first_changed_line(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        for kind in ("job", "export", "read"):
            ledger.chain.append(connection, kind, actor="o", body={"n": 1})
        assert ledger.chain.verify(connection) == 3
        connection.execute(text("UPDATE chain SET kind = 'nothing' WHERE seq = 2"))
        with pytest.raises(ChainError, match="line 2"):
            ledger.chain.verify(connection)


def test_only_what_no_person_decided_waits_in_doubt(ledger: Ledger) -> None:
    posts = [make_post(str(n)) for n in range(4)]
    doubts = [
        replace(make_verdict(p, hit=False), review=True, risk=0.3 + n / 10)
        for n, p in enumerate(posts)
    ]
    sure = replace(doubts[1], review=False)
    word = Review(
        post=posts[2].key, post_version=1, reviewed_at=NOW, reviewer="r", intent=Intent.SELL
    )
    with ledger.writing() as connection:
        ledger.posts.add(connection, posts, seen_at=NOW)
        ledger.verdicts.add(connection, list(enumerate(doubts, 1)))
        later = replace(sure, judged_at=NOW + timedelta(days=1))
        ledger.verdicts.add(connection, [(2, later)])
        ledger.verdicts.review(connection, 3, word)
        assert ledger.verdicts.doubtful(connection, most=9) == [4, 1]
        assert ledger.verdicts.doubtful(connection, most=1) == [4]


def test_what_another_model_judged_is_counted_when_it_is_promised(ledger: Ledger) -> None:
    posts = [make_post(str(n)) for n in range(3)]
    with ledger.writing() as connection:
        ledger.posts.add(connection, posts, seen_at=NOW)
        ledger.verdicts.add(connection, [(n, make_verdict(p)) for n, p in enumerate(posts, 1)])
        ledger.to_judge.clear(connection)
        assert ledger.models.judge_again(connection, "m") == (0, 3)
        assert ledger.models.judge_again(connection, "other") == (3, 3)
        assert ledger.to_judge.waiting(connection) == 3


def test_the_model_in_use_can_be_migrated_back(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        ledger.posts.add(connection, [make_post("1")], seen_at=NOW)
        ledger.verdicts.add(connection, [(1, make_verdict(make_post("1")))])
    config = Config()
    folder = Path(migrations_of.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    for step, there in ((command.downgrade, False), (command.upgrade, True)):
        with ledger.engine.begin() as connection:
            config.attributes["connection"] = connection
            step(config, "0004-1" if not there else "head")
            found = inspect(connection)
            assert found.has_table("model_use") is there
            columns = {column["name"] for column in found.get_columns("verdict")}
            assert ("review" in columns) is there
    with ledger.reading() as connection:
        assert ledger.verdicts.count(connection) == {"judged": 1, "hits": 1}
