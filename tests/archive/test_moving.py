"""An index moves to another engine, or to a new form, while posts keep coming."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import elasticsearch as client
import pytest
from alembic import command
from alembic.config import Config
from posts import add_judged
from sqlalchemy import inspect

from archive.errors import IndexMovedError, LedgerError
from archive.index import Document, Index, Query, SqliteIndex
from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.index.feeding import check, feed, lag
from archive.index.moving import rebuild
from archive.ledger import ledger as ledger_module
from archive.ledger.ledger import Ledger, migrate
from archive.settings import Settings


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(tmp_path / "index.db")
    yield opened
    opened.close()


def _equal(ledger: Ledger, index: Index, number: int) -> bool:
    found = check(ledger, index)
    return found.in_step and found.documents == number == index.search(Query()).total


def test_a_move_while_posts_keep_coming(
    ledger: Ledger, embedded: SqliteIndex, elasticsearch_index: ElasticsearchIndex
) -> None:
    add_judged(ledger, 1500)
    feed(ledger, embedded)
    halfway, fed = threading.Event(), threading.Event()

    def others() -> None:
        """Feed the old engine, as another process does, until it is told of the move."""
        start = 1500
        halfway.wait(60)
        while not moved.is_set():
            add_judged(ledger, 40, start=start)
            start += 40
            try:
                feed(ledger, embedded)
            except IndexMovedError:
                break
            fed.set()
        counts.append(start)

    def progress(_: int) -> None:
        halfway.set()
        fed.wait(60)

    moved, counts = threading.Event(), list[int]()
    thread = threading.Thread(target=others)
    thread.start()
    rebuild(ledger, elasticsearch_index, progress=progress)
    moved.set()
    thread.join(120)
    (number,) = counts
    assert number > 1500
    feed(ledger, elasticsearch_index)
    assert _equal(ledger, elasticsearch_index, number)
    with pytest.raises(IndexMovedError, match="anyu index rebuild --to sqlite"):
        feed(ledger, embedded)
    rebuild(ledger, embedded)
    assert _equal(ledger, embedded, number)


def test_a_feed_caught_by_the_switch_is_done_again(
    ledger: Ledger, embedded: SqliteIndex, elasticsearch_index: ElasticsearchIndex
) -> None:
    add_judged(ledger, 3)

    class Slow(SqliteIndex):
        def put(self, documents: object) -> None:
            super().put(documents)  # type: ignore[arg-type]
            if not lag_seen:
                lag_seen.append(lag(ledger).waiting)
                rebuild(ledger, elasticsearch_index)

    lag_seen: list[int] = []
    with closing(Slow(embedded._path)) as slow, pytest.raises(IndexMovedError):
        feed(ledger, slow)
    assert lag_seen == [3]
    assert lag(ledger).waiting == 3  # not struck off: the new engine is to see them
    feed(ledger, elasticsearch_index)
    assert _equal(ledger, elasticsearch_index, 3)


def test_a_rebuild_in_place_never_shows_less(
    ledger: Ledger, elasticsearch_index: ElasticsearchIndex, elasticsearch_server: str
) -> None:
    add_judged(ledger, 1200)
    feed(ledger, elasticsearch_index)
    page = elasticsearch_index.search(Query(size=700))
    seen: list[int] = []

    def progress(_: int) -> None:
        seen.append(elasticsearch_index.search(Query(text="开房")).total)

    rebuild(ledger, elasticsearch_index, progress=progress)
    seen.append(elasticsearch_index.search(Query(text="开房")).total)
    assert len(seen) > 2
    assert set(seen) == {480}
    rest = elasticsearch_index.search(Query(size=700, after=page.after))
    keys = {hit.document.key for hit in (*page.hits, *rest.hits)}
    assert len(keys) == 1200
    with closing(client.Elasticsearch(elasticsearch_server, request_timeout=120)) as server:
        name = elasticsearch_index.address.name
        assert sorted(server.indices.get(index=f"{name}-*")) == [f"{name}-000001", f"{name}-000002"]
        assert list(server.indices.get_alias(name=name)) == [f"{name}-000002"]


def test_replaced_indices_are_dropped_by_age(
    ledger: Ledger, elasticsearch_url: str, settings: Settings
) -> None:
    add_judged(ledger, 2)
    address = Address.read(elasticsearch_url)
    keeping = ElasticsearchIndex(address, settings)
    dropping = ElasticsearchIndex(address, settings.model_copy(update={"index_keep_days": 0}))
    with closing(keeping), closing(dropping):
        rebuild(ledger, keeping)
        rebuild(ledger, keeping)
        assert keeping.retire() == []
        assert "replaced" in "".join(keeping.standing().notes)
        assert dropping.retire() != []
        assert keeping.standing().notes == ()
        assert keeping.search(Query()).total == 2


def test_a_rebuild_that_another_overtook_says_so(ledger: Ledger, embedded: SqliteIndex) -> None:
    add_judged(ledger, 2)
    with pytest.raises(LedgerError, match="Another rebuild"):
        rebuild(ledger, embedded, progress=lambda _: _overtake(ledger))


def _overtake(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        ledger.place.begin_move(connection, "sqlite")


def test_an_older_form_is_told_and_rebuilt(
    ledger: Ledger,
    elasticsearch_index: ElasticsearchIndex,
    elasticsearch_server: str,
) -> None:
    add_judged(ledger, 2)
    feed(ledger, elasticsearch_index)
    name = elasticsearch_index.address.name
    with closing(client.Elasticsearch(elasticsearch_server, request_timeout=120)) as server:
        server.indices.put_mapping(index=name, meta={"form": 0})
    assert "run anyu index rebuild" in elasticsearch_index.standing().notes[0]
    rebuild(ledger, elasticsearch_index)
    assert not any("run anyu" in note for note in elasticsearch_index.standing().notes)


def test_pages_show_one_moment(elasticsearch_index: ElasticsearchIndex, ledger: Ledger) -> None:
    add_judged(ledger, 30)
    feed(ledger, elasticsearch_index)
    first = elasticsearch_index.search(Query(size=20))
    elasticsearch_index.delete([hit.document.key for hit in first.hits])
    elasticsearch_index.put([_renamed(hit.document) for hit in first.hits])
    second = elasticsearch_index.search(Query(size=20, after=first.after))
    assert (first.total, second.total, second.after) == (30, 30, None)
    assert len({hit.document.key for hit in (*first.hits, *second.hits)}) == 30


def _renamed(document: Document) -> Document:
    return replace(document, key=f"{document.key}-again")


def test_the_tables_go_and_come(ledger: Ledger, embedded: SqliteIndex) -> None:
    add_judged(ledger, 1)
    feed(ledger, embedded)
    made = {"index_place", "to_index_next"}
    config = Config()
    config.set_main_option(
        "script_location", str(Path(ledger_module.__file__).parent / "migrations")
    )
    with ledger.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005-1")
    assert not made & set(inspect(ledger.engine).get_table_names())
    migrate(ledger.engine)
    assert made <= set(inspect(ledger.engine).get_table_names())
    assert check(ledger, embedded).in_step
