"""Saved searches on a real ledger: what is new, told once, and what stands in the way of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from posts import NOW, add_judged, judge_again, review
from receivers import Hook, Mailbox, serving
from sqlalchemy import func, inspect, select, update

from archive import codec
from archive.alerts import Holder, Teller
from archive.errors import InputError
from archive.index import Query, SqliteIndex
from archive.index.feeding import check, feed
from archive.index.moving import rebuild
from archive.labels import Goods, Intent
from archive.ledger import ledger as opening
from archive.ledger.alerts import alert, alert_way
from archive.ledger.ledger import Ledger
from archive.ledger.saved import Saved, saved_owed, saved_search
from archive.settings import Settings


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(tmp_path / "index.db")
    yield opened
    opened.close()


def save(
    ledger: Ledger,
    query: Query,
    *,
    name: str = "s",
    webhook: str | None = None,
    mail: tuple[str, ...] = (),
) -> Saved:
    with ledger.writing() as connection:
        return ledger.saved.add(
            connection,
            Saved(
                name=name,
                query=codec.encode(query),
                saved_at=datetime.now(UTC),
                operator="o",
                webhook=webhook,
                mail=mail,
            ),
        )


def told(ledger: Ledger, name: str = "s") -> set[str]:
    """Give the keys that a search has alerts of."""
    with ledger.reading() as connection:
        saved = ledger.saved.get(connection, name)
        rows = ledger.alerts.of(connection, saved, most=1000)
        return {post.post.key for post in ledger.posts.of_ids(connection, [r.post for r in rows])}


def hold(ledger: Ledger, index: SqliteIndex) -> int:
    feed(ledger, index)
    return Holder(ledger, Settings()).run()


def edit(ledger: Ledger, key: str, text: str) -> None:
    with ledger.writing() as connection:
        stored = ledger.posts.get(connection, key)
        assert stored
        ledger.posts.add(connection, [replace(stored.post, text=text)], seen_at=NOW)
    judge_again(ledger, [key])


def test_only_what_came_after_is_told_and_once(ledger: Ledger, index: SqliteIndex) -> None:
    add_judged(ledger, 3, texts=["查开房"])
    feed(ledger, index)
    save(ledger, Query(text="开房"))
    add_judged(ledger, 2, start=10, texts=["开*房 便宜", "户籍"])
    assert hold(ledger, index) == 1
    assert told(ledger) == {"x:10"}
    judge_again(ledger, ["x:0", "x:10", "x:11"])
    assert hold(ledger, index) == 0
    edit(ledger, "x:10", "又查开房")
    edit(ledger, "x:11", "也查开房")
    edit(ledger, "x:1", "还是开房")
    assert hold(ledger, index) == 1
    assert told(ledger) == {"x:10", "x:11"}


def test_a_verdict_that_changes_makes_a_new_hit(ledger: Ledger, index: SqliteIndex) -> None:
    add_judged(ledger, 2, texts=["查开房"], hit=False)
    feed(ledger, index)
    save(ledger, Query(text="开房"), name="words")
    save(ledger, Query(text="开房", goods=(Goods.BANK,)), name="goods")
    judge_again(ledger, ["x:0"], goods=Goods.LOCATION)
    assert hold(ledger, index) == 1
    assert (told(ledger, "words"), told(ledger, "goods")) == ({"x:0"}, set())
    judge_again(ledger, ["x:0"], goods=Goods.BANK)
    review(ledger, "x:1", Intent.SELL)
    assert hold(ledger, index) == 3
    assert told(ledger, "words") == told(ledger, "goods") == {"x:0", "x:1"}


def test_what_waited_for_the_index_is_new(ledger: Ledger, index: SqliteIndex) -> None:
    add_judged(ledger, 1, texts=["查开房"])
    feed(ledger, index)
    add_judged(ledger, 1, start=1, texts=["查开房"])
    save(ledger, Query(text="开房"))
    judge_again(ledger, ["x:0"])
    assert hold(ledger, index) == 1
    assert told(ledger) == {"x:1"}
    with ledger.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(saved_owed)) == 0


def test_an_index_built_again_or_elsewhere_alerts_nobody(
    ledger: Ledger, index: SqliteIndex, tmp_path: Path
) -> None:
    add_judged(ledger, 3, texts=["查开房"])
    feed(ledger, index)
    save(ledger, Query(text="开房"))
    add_judged(ledger, 3, start=3, texts=["查开房"])
    assert hold(ledger, index) == 3
    index.clear()
    rebuild(ledger, index)
    assert hold(ledger, index) == 0
    index.clear()
    assert check(ledger, index).missing == 6
    assert hold(ledger, index) == 0


def test_a_broken_search_says_so_stops_nobody_and_catches_up(
    ledger: Ledger, index: SqliteIndex
) -> None:
    save(ledger, Query(text="开房"), name="well")
    ill = save(ledger, Query(text="开房"), name="ill")
    wrong = codec.encode(Query(text='"开房'))
    with ledger.writing() as connection:
        here = update(saved_search).where(saved_search.c.id == ill.id)
        connection.execute(here.values(query=wrong))
    add_judged(ledger, 2, texts=["查开房"])
    assert hold(ledger, index) == 2
    assert (told(ledger, "well"), told(ledger, "ill")) == ({"x:0", "x:1"}, set())
    with ledger.reading() as connection:
        found = ledger.saved.get(connection, "ill")
    assert found.broken
    assert "quotation mark" in found.broken
    assert found.broken_since
    with ledger.writing() as connection:
        connection.execute(here.values(query=ill.query))
    assert hold(ledger, index) == 2
    assert told(ledger, "ill") == {"x:0", "x:1"}
    with ledger.reading() as connection:
        assert ledger.saved.get(connection, "ill").broken is None


def test_a_search_for_a_label_that_is_gone_is_broken(ledger: Ledger, index: SqliteIndex) -> None:
    ill = save(ledger, Query(text="开房"))
    with ledger.writing() as connection:
        body = ill.query.replace('"goods":[]', '"goods":["no_such_goods"]')
        connection.execute(update(saved_search).values(query=body))
    add_judged(ledger, 1, texts=["查开房"])
    assert hold(ledger, index) == 0
    with ledger.reading() as connection:
        assert "no_such_goods" in str(ledger.saved.get(connection, "s").broken)


def test_two_of_one_name_and_none_of_a_name_are_told(ledger: Ledger) -> None:
    save(ledger, Query(text="开房"))
    with pytest.raises(InputError, match="remove it first"):
        save(ledger, Query(text="x"))
    with ledger.writing() as connection:
        ledger.saved.remove(connection, "s")
        with pytest.raises(InputError, match="no saved search 's'"):
            ledger.saved.remove(connection, "s")


def test_an_alert_goes_out_masked_by_webhook_and_mail(
    ledger: Ledger, index: SqliteIndex, caplog: pytest.LogCaptureFixture
) -> None:
    text = "查开房 样本 身份证110101199003078515 薇abc_demo77"
    with serving(Hook()) as hook, serving(Mailbox()) as mailbox:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=mailbox.port)
        save(ledger, Query(text="开房"), webhook=hook.url, mail=("duty@example.org",))
        add_judged(ledger, 2, texts=[text], url="https://weibo.test/1")
        feed(ledger, index)
        Holder(ledger, settings).run()
        lines: list[str] = []
        result = Teller(ledger, settings, terminal=lines.append).run()
        again = Teller(ledger, settings, terminal=lines.append).run()
    assert (result.told, result.failed, again.told) == (6, 0, 0)
    assert {posted["key"] for posted in hook.got} == {"x:0", "x:1"}
    first = hook.got[0]
    assert first["id"] == hook.ids[0]
    assert (first["platform"], first["url"]) == ("x", "https://weibo.test/1")
    assert (first["goods"], first["query"], first["search"]) == (["bank"], "开房", "s")
    assert "薇abc_demo77" in first["text"]
    assert "█" in first["text"]
    [mail] = mailbox.got
    assert "Subject: Anyu: s: 2 new hits" in mail
    assert "To: duty@example.org" in mail
    assert "Message-ID: <" in mail
    for said in (str(hook.got), mail, *lines):
        assert "110101199003078515" not in said
    assert len(lines) == 2
    with ledger.reading() as connection:
        kinds = [entry.kind for entry in ledger.chain.entries(connection)]
        ledger.chain.verify(connection)
    assert sorted(kinds) == ["alert by mail"] * 2 + ["alert by webhook"] * 2


def test_a_way_that_fails_waits_and_is_tried_again_alone(
    ledger: Ledger, index: SqliteIndex
) -> None:
    with serving(Hook()) as hook:
        hook.status = 500
        save(ledger, Query(text="开房"), webhook=hook.url)
        add_judged(ledger, 3, texts=["查开房"])
        hold(ledger, index)
        lines: list[str] = []
        teller = Teller(ledger, Settings(), terminal=lines.append)
        first = teller.run()
        assert (first.told, first.failed) == (3, 3)
        assert len(hook.got) == 1
        assert "3 alerts could not be told by webhook" in lines[-1]
        assert teller.run().told == 0
        hook.status = 204
        assert teller.run(put_off=True).told == 3
        assert {posted["key"] for posted in hook.got} == {"x:0", "x:1", "x:2"}
    with ledger.reading() as connection:
        assert ledger.alerts.waiting(connection) == 0


def test_what_is_no_advert_after_all_is_not_told(ledger: Ledger, index: SqliteIndex) -> None:
    save(ledger, Query(text="开房"))
    add_judged(ledger, 2, texts=["查开房"])
    hold(ledger, index)
    review(ledger, "x:0", Intent.BENIGN)
    lines: list[str] = []
    Teller(ledger, Settings(), terminal=lines.append).run()
    [line] = lines
    assert "x:1" in line
    assert told(ledger) == {"x:1"}
    review(ledger, "x:0", Intent.SELL)
    assert hold(ledger, index) == 1


def test_removal_takes_alerts_along_and_a_dropped_post_its_own(
    ledger: Ledger, index: SqliteIndex
) -> None:
    save(ledger, Query(text="开房"))
    add_judged(ledger, 2, texts=["查开房"])
    hold(ledger, index)
    with ledger.writing() as connection:
        ledger.posts.retain(connection, [1], until=NOW)
        ledger.posts.purge(connection, now=datetime.now(UTC))
    assert told(ledger) == {"x:1"}
    with ledger.writing() as connection:
        ledger.saved.remove(connection, "s")
        for table in (alert, alert_way):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_a_post_without_a_saved_search_costs_no_ticket(ledger: Ledger, index: SqliteIndex) -> None:
    add_judged(ledger, 3)
    feed(ledger, index)
    with ledger.reading() as connection:
        assert ledger.to_alert.waiting(connection) == 0


def test_migrated_back_and_forth_the_posts_stay(ledger: Ledger, index: SqliteIndex) -> None:
    save(ledger, Query(text="开房"))
    add_judged(ledger, 2, texts=["查开房"])
    hold(ledger, index)
    config = Config()
    scripts = Path(opening.__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts))
    with ledger.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
        names = set(inspect(connection).get_table_names())
        assert not names & {"saved_search", "saved_owed", "to_alert", "alert", "alert_way"}
    opening.migrate(ledger.engine)
    with ledger.reading() as connection:
        assert ledger.posts.count(connection) == 2
        assert ledger.saved.all(connection) == []
    save(ledger, Query(text="开房"))
    judge_again(ledger, ["x:0"])
    assert hold(ledger, index) == 0
