"""The embedded engine under the contract."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_contract import IndexContract, documents

from archive.errors import SlowError
from archive.index import Document, Query, SqliteIndex
from archive.index.limits import Limit


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(tmp_path / "index.db")
    yield opened
    opened.close()


class TestSqliteIndex(IndexContract):
    pass


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=12))
def test_any_text_finds_itself_as_a_phrase(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    index = SqliteIndex(tmp_path_factory.mktemp("index") / "index.db")
    quoted = text.replace('"', "").replace("“", "").replace("”", "").replace("＂", "")
    index.put([replace(documents()[0], text=quoted)])
    page = index.search(Query(text=f'"{quoted}"'))
    assert page.total == 1
    index.close()


def test_tables_of_an_older_version_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE document (key TEXT)")
        old.execute("CREATE VIRTUAL TABLE words USING fts5 (folded, squeezed)")
        old.execute("PRAGMA user_version = 3")
    with closing(SqliteIndex(path)) as index:
        assert "anyu index check" in index.lacking()
        assert index.standing().notes == (index.lacking(),)
    with closing(SqliteIndex(path)) as again:  # told until it is filled, and emptied once only
        again.put(documents())
    with closing(SqliteIndex(path)) as filled:
        assert len(list(filled.scan())) == len(documents())
        assert filled.lacking()
        filled.settled()
        assert not filled.lacking()
    with closing(SqliteIndex(path)) as settled:
        assert not settled.lacking()


def test_an_index_that_was_fed_and_has_no_file_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    for _ in range(2):  # told until it is filled
        with closing(SqliteIndex(path, fed=True)) as index:
            assert "was lost" in index.lacking()
    with closing(SqliteIndex(path, fed=True)) as filled:
        filled.put(documents())
        filled.settled()
    with closing(SqliteIndex(path, fed=True)) as settled:
        assert not settled.lacking()


def test_a_new_index_lacks_nothing(index: SqliteIndex) -> None:
    assert not index.lacking()


def test_a_slow_search_is_stopped(tmp_path: Path) -> None:
    slow = Query(text=" OR ".join(["-查", "-房"] * 95))
    with closing(SqliteIndex(tmp_path / "index.db", seconds=0.02)) as index:
        index.put(_many())
        with pytest.raises(SlowError, match=r"longer than 0\.02 seconds"):
            index.search(slow, limit=Limit.of(60))
        with pytest.raises(SlowError, match=r"longer than 0\.01 seconds"):
            index.histogram(slow, limit=Limit.of(0.01))
        assert index.get("slow:1") is not None


def _many() -> Iterator[Document]:
    first = documents()[0]
    return (replace(first, key=f"slow:{number}", text="查开房") for number in range(3000))


def test_a_quick_search_does_not_wait_behind_a_slow_one(index: SqliteIndex) -> None:
    first = documents()[0]
    index.put(_many())
    ended: list[str] = []

    def ask(text: str) -> None:
        index.search(Query(text=text, size=1))
        ended.append(text)

    slow = " OR ".join(["-查", "-房"] * 95)
    thread = Thread(target=ask, args=(slow,))
    thread.start()
    ask("开房")
    index.put([replace(first, key="meanwhile")])
    thread.join()
    assert ended == ["开房", slow]
    assert index.get("meanwhile") is not None
