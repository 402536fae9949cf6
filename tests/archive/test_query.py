"""The language of searches: every string is read or told where it cannot be; trees come back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import QueryError
from archive.labels import Goods
from archive.query import read
from archive.query.reading import DEEPEST, LONGEST, MOST
from archive.query.sounds import sounds
from archive.query.tree import (
    Absent,
    Between,
    During,
    Every,
    Is,
    Node,
    Phrase,
    Some,
    Way,
    written,
)
from archive.regions import places
from archive.text import fold, folded, squeeze, tokens

_START = datetime(2026, 1, 1, tzinfo=UTC)
_word = st.text(min_size=1, max_size=6).filter(lambda text: not set(text) & set('"“”＂'))


def _phrases(way: Way) -> st.SearchStrategy[Phrase]:
    said = sounds if way is Way.SOUND else tokens
    return _word.filter(said).map(lambda text: Phrase(said(text), text, way))


def _values(field: str) -> st.SearchStrategy[Is]:
    clean = _word.map(lambda text: folded(text).strip().removeprefix("@"))
    kept = clean.filter(lambda t: t and t == folded(t).strip().removeprefix("@") and '"' not in t)
    return st.builds(Is, st.just(field), kept, st.booleans())


_number = st.integers(0, 10**8).map(lambda cents: cents / 100)
_day = st.integers(0, 400).map(lambda days: _START + timedelta(days=days))
_leaves: st.SearchStrategy[Node] = st.one_of(
    *(_phrases(way) for way in Way),
    _values("contact"),
    _values("account"),
    st.sampled_from(list(Goods)).map(lambda label: Is("goods", str(label))),
    st.builds(lambda low, more: Between("price", low, low + more), _number, _number),
    st.builds(Between, st.just("risk"), _number, st.none(), st.booleans()),
    _day.map(lambda since: During(since, None)),
)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(Every), parts.map(Some), inner.map(Absent))


_trees = st.recursive(_leaves, _joined, max_leaves=8)


@given(_trees)
def test_a_tree_that_is_printed_is_read_as_itself(tree: Node) -> None:
    assert read(written(tree)).tree == tree


@given(st.text(max_size=60) | st.text(alphabet='()"-=~* ANDORNOT:.<>查开房price', max_size=40))
def test_any_string_is_read_or_told_where_it_cannot_be(text: str) -> None:
    try:
        tree = read(text).tree
    except QueryError as told:
        error = told
    else:
        assert read(written(tree)).tree == tree
        return
    assert error.at is None or 0 <= error.at <= len(text)
    assert str(error).count("\n") in (0, 2)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("a b c", '"a" "b" "c"'),
        ("a AND b", "a b"),
        ("a b OR c", "(a b) OR c"),
        ("（查档 OR “开 房”）－微信", '(查档 OR "开 房") -微信'),
        ("NOT a b", "(-a) b"),
        ("not a and b", '"not" "a" "and" "b"'),
        ("账号：小王", "account:小王"),
        ("微信:abc", '"微信:abc"'),
        ("https://t.me/x", '"https://t.me/x"'),
        ("price:１００．．２００", "price:100..200"),
        ("goods:病历", "goods:medical_record"),
        ("开*房", "开房"),
        ("（开*房）OR -kai＿房", "开房 OR -kai房"),
        ("*开房*", "开房"),
        ("*", '"*"'),
        ("abc_demo1", '"abc_demo1"'),
        ("c++", '"c++"'),
        ("1.5万", '"1.5万"'),
        ("开，房", '"开，房"'),
    ],
)
def test_ways_to_say_the_same(text: str, like: str) -> None:
    assert _bare(read(text).tree) == _bare(read(like).tree)


@given(st.text(alphabet="开房k1*·_-+。，🏠＊\u0301", max_size=9), st.text(max_size=4))
def test_a_post_is_found_by_any_word_that_stands_in_it(word: str, around: str) -> None:
    tree = read(word).tree
    if isinstance(tree, Phrase):
        text = f"{around}{word}{around}"
        lines = (tokens(text), tokens(squeeze(fold(text)).text))
        assert any("".join(tree.tokens) in "".join(line) for line in lines)


def _bare(node: Node | None) -> str:
    """Print a tree with tokens in the place of what was typed."""
    if isinstance(node, Phrase):
        return f"{node.way}{node.tokens}"
    if isinstance(node, Every | Some):
        return f"{type(node).__name__}({', '.join(map(_bare, node.parts))})"
    if isinstance(node, Absent):
        return f"Absent({_bare(node.part)})"
    return repr(node)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("prise:>5", "Did you mean price"),
        ("title:开房", "in title and text alike"),
        ("goods:medical", "medical_record"),
        ("date:2026-02-30", "no date"),
        ("date:2026-03..2026-01", "ends before it begins"),
        ("price:9..2", "write 2..9"),
        ("platform:weibo*", "A star stands behind"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        read(text)


def test_the_arrow_stands_below_the_mistake_also_behind_wide_characters() -> None:
    with pytest.raises(QueryError) as caught:
        read("查开房 AND")
    sentence, query, arrow = str(caught.value).splitlines()
    assert sentence.startswith("Character 5: ")
    assert query == "  查开房 AND"
    assert arrow == "  " + " " * 7 + "^"


def test_what_costs_too_much_is_refused() -> None:
    for text in ("a" * (LONGEST + 1), "a " * (MOST + 1), "(" * (DEEPEST + 1) + "a"):
        with pytest.raises(QueryError):
            read(text)
    assert read("(" * DEEPEST + "a" + ")" * DEEPEST).tree == read("a").tree


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("发布于 美国", ("美国", "海外", "境外")),
        ("IP属地：广东", ("广东",)),
        ("来自广西壮族自治区", ("广西",)),
        ("中国香港", ("香港", "境外")),
        ("海外", ("海外", "境外")),
        ("未知", ()),
        (None, ()),
    ],
)
def test_a_displayed_place_belongs_to_wider_ones(shown: str | None, found: tuple[str, ...]) -> None:
    assert places(shown) == found
