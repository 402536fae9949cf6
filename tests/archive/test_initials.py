"""Initials are found by the word that they stand for, and only where they are a word."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from posts import add_judged

from archive.index import Query, SqliteIndex
from archive.index.feeding import document
from archive.ledger.ledger import Ledger
from archive.lexicon import base

_TEXTS = ("查kf 加薇", "出ＫＦＪＬ 800一次", "吃kfc去", "查开*房 加薇", "cx 流水")


@pytest.fixture
def index(ledger: Ledger, tmp_path: Path) -> Iterator[SqliteIndex]:
    add_judged(ledger, len(_TEXTS), texts=_TEXTS)
    opened = SqliteIndex(tmp_path / "index.db")
    with ledger.reading() as connection:
        for stored in ledger.posts.scan(connection):
            [judged] = ledger.verdicts.of_posts(connection, [stored.id]).values()
            verdict = replace(judged.verdict, terms=base().match(stored.post.text))
            opened.put([document(stored, replace(judged, verdict=verdict))])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("开房", ["查kf", "出ＫＦＪＬ", "查开*房"]),
        ("开房记录", ["出ＫＦＪＬ"]),
        ("查询", ["cx"]),
        ("=开房", []),
    ],
)
def test_a_word_is_found_under_its_initials(
    index: SqliteIndex, query: str, found: list[str]
) -> None:
    hits = index.search(Query(text=query)).hits
    assert sorted(hit.document.text.split()[0] for hit in hits) == sorted(found)


def test_the_mark_stands_on_the_initials(index: SqliteIndex) -> None:
    [hit] = index.search(Query(text="开房记录")).hits
    [(_, start, end)] = hit.marks
    assert hit.document.text[start:end] == "ＫＦＪＬ"
