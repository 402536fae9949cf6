"""The same query gives the same hits, in the same order, on both engines."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import InputError
from archive.index import Document, Index, Query, ReadWord, SqliteIndex
from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.index.protocol import FACETS
from archive.labels import Goods, Intent
from archive.regions import places
from archive.settings import Settings
from benchmarks.planting.queries import draw as planted
from classifier.corpus import read_batches

_START = datetime(2026, 1, 30, 22, tzinfo=UTC)
_SIGNS = ("", " ", "-", '"', "。", "*", "🏠", "  ")
_ODD = (
    *("开*房", "開　房", "kｆ", "①②③", "3️⃣", "e\u0301", "ﬁ", "İ", "a\u200bb", "\x1c", "\u2028x"),
    *("한국", "\U000200cc字", "\ue012", "ß", "null", "NOT", "a AND b", "*:*", "[]{}()^~", "\\"),
)
_PARTS = (" OR ", " AND ", " NOT ", "(", ")", " -", " ~开芳", " =开房", " goods:bank", " price:>50")
_PARTS += (" contact:demo*", " ip:海外", " risk:<0.5", " date:2026-02", " account:小*", "查 OR 房")
_CONTACTS = ("demo_kf1", "Demo_KF2", "abc000", "微信号1", "00012345")

Both = tuple[SqliteIndex, ElasticsearchIndex]


@cache
def _documents() -> list[Document]:
    draw = random.Random(11)  # noqa: S311
    said = [row.text for batch in read_batches() for row in batch.rows]
    texts = [*draw.sample(said, 1200), *_ODD]
    return [
        Document(
            key=f"{draw.choice(('weibo', 'x', '贴吧'))}:{number}",
            version=1,
            platform=draw.choice(("weibo", "x", "贴吧")),
            intent=draw.choice(list(Intent)),
            goods=tuple(draw.sample(list(Goods), draw.randrange(3))),
            risk=draw.random(),
            at=_START + timedelta(hours=draw.randrange(500), microseconds=draw.choice((0, 1, 999))),
            title=text[:9] if number % 5 == 0 else "",
            text=text,
            account=draw.choice(("", "小王", "小王2", "abc", "ABC", "\U0001f600")),
            read=(ReadWord(word="开房", field="text", start=0, end=2),) if number % 9 == 0 else (),
            contacts=tuple(draw.sample(_CONTACTS, draw.randrange(3))),
            prices=tuple(draw.sample((0.35, 3.0, 50.0, 800.0, 1200.0), draw.randrange(3))),
            places=places(draw.choice(("广东", "美国", "中国香港", "", "发布于 缅甸"))),
        )
        for number, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def both(elasticsearch_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder: Path = tmp_path_factory.mktemp("both")
    host = elasticsearch_server.rstrip("/").partition("://")[2]
    address = Address.read(f"elasticsearch://{host}/same-{random.randrange(1 << 40)}")  # noqa: S311
    small, large = (
        SqliteIndex(folder / "index.db"),
        ElasticsearchIndex(address, Settings(elasticsearch_timeout=120)),
    )
    for index in (small, large):
        index.put(_documents())
    yield small, large
    large.drop()
    large.close()
    small.close()


def _queries(number: int) -> list[Query]:
    """Draw queries from the posts: words, phrases, absences, narrowing."""
    draw = random.Random(number)  # noqa: S311
    texts = [document.text for document in _documents() if len(document.text) > 3]
    queries = []
    for _ in range(number):
        parts = []
        for _ in range(draw.choice((0, 1, 1, 1, 2, 3))):
            text = draw.choice(texts)
            at = draw.randrange(len(text))
            word = text[at : at + draw.choice((1, 2, 2, 3, 4, 12))].replace('"', "")
            parts.append(draw.choice((word, word, f'"{word}"', f"-{word}")))
        queries.append(
            Query(
                text=" ".join(parts),
                platforms=draw.choice(((), (), ("weibo",), ("x", "贴吧"))),
                intents=draw.choice(((), (), (Intent.SELL, Intent.BUY))),
                goods=draw.choice(((), (), (Goods.BANK, Goods.LOCATION))),
                since=draw.choice((None, None, _START + timedelta(hours=100))),
                until=draw.choice((None, None, _START + timedelta(hours=300, microseconds=1))),
                size=draw.choice((1, 7, 20, 100)),
            )
        )
    return queries


def _asked(index: Index, query: Query) -> object:
    """Give all that an index says to a query, two pages of it; or why it cannot be read."""
    try:
        first = index.search(query)
    except InputError as error:
        return str(error)
    pages = [first]
    if first.after:
        pages.append(index.search(replace(query, after=first.after)))
    return (
        [(page.total, list(page.hits), page.after is None) for page in pages],
        [index.facets(query, facet) for facet in FACETS],
        index.histogram(query),
    )


def test_queries_drawn_from_the_corpus(both: Both) -> None:
    small, large = both
    found = 0
    for query in _queries(400):
        answer = _asked(small, query)
        assert _asked(large, query) == answer, query
        found += isinstance(answer, tuple) and answer[0][0][0] > 0
    assert found > 150


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_queries_find_what_they_must_find(both: Both, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    newest = sorted(_documents(), key=lambda d: (d.at, d.key), reverse=True)
    some = 0
    for _ in range(120):
        asked = planted(draw, _documents())
        wanted = [document.key for document in newest if asked.holds(document)]
        some += bool(wanted)
        for index in both:
            page = index.search(Query(text=asked.text, size=2000))
            assert [hit.document.key for hit in page.hits] == wanted, asked.text
            assert page.total == len(wanted)
        assert _asked(both[1], Query(text=asked.text)) == _asked(both[0], Query(text=asked.text))
    assert some > 60


_text = st.lists(
    st.one_of(
        st.sampled_from(_ODD), st.sampled_from(_SIGNS), st.sampled_from(_PARTS), st.text(max_size=4)
    ),
    max_size=6,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=_text)
def test_any_query_at_all(both: Both, parts: list[str]) -> None:
    query = Query(text="".join(parts), size=50)
    assert _asked(both[1], query) == _asked(both[0], query)


@settings(max_examples=100)
@given(text=st.text(min_size=1, max_size=20), cut=st.slices(20))
def test_any_text_is_found_by_its_parts_alike(both: Both, text: str, cut: slice) -> None:
    document = replace(_documents()[0], key="any", text=text)
    part = text[cut].replace('"', "").replace("“", "").replace("”", "").replace("＂", "")
    answers = []
    for index in both:
        index.put([document])
        answers.append((_asked(index, Query(text=f'"{part}"', size=30)), index.get("any")))
        index.delete(["any"])
    assert answers[0] == answers[1]


def test_accounts_and_the_walk_over_all(both: Both) -> None:
    small, large = both
    for prefix in ("", "小", "a", "A", "\U0001f600", "none"):
        assert large.suggest(prefix) == small.suggest(prefix)
    assert list(large.scan()) == list(small.scan())
