"""What every index engine must do; an engine's test is a fixture and a two-line class."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from archive.errors import InputError, QueryError, SlowError
from archive.index import Document, Index, Query, ReadWord
from archive.index.limits import Limit
from archive.index.protocol import LARGEST
from archive.index.together import Together
from archive.labels import Goods, Intent
from archive.query.reading import DEEPEST, MOST

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEXTS = (
    "查开*房记录，微信私聊",
    "開房 查詢 cx",
    "打开。房间里没有人",
    "病历 1200 出",
    "kf 流水 定位",
    "我家的 Telegram bot 查档",
)


def documents() -> list[Document]:
    return [
        Document(
            key=f"sandbox:{number}",
            version=1,
            platform="sandbox" if number % 2 else "weibo",
            intent=Intent.SELL,
            goods=(Goods.HOTEL_STAY,) if "房" in text else (Goods.BANK, Goods.LOCATION),
            risk=0.9,
            at=START + timedelta(days=number),
            title="",
            text=text,
            account=f"account{number}",
            contacts=(f"VX{number}0", "same") if number < 2 else (),
            prices=(100.0 * number, 7.5) if number else (0.0,),
            places=("美国", "海外", "境外") if number % 2 else ("广东",),
        )
        for number, text in enumerate(TEXTS)
    ]


class IndexContract:
    @pytest.fixture
    def filled(self, index: Index) -> Index:
        index.put(documents())
        return index

    def keys(self, index: Index, text: str, **narrow: object) -> list[str]:
        page = index.search(Query(text=text, **narrow))  # type: ignore[arg-type]
        return [hit.document.key.partition(":")[2] for hit in page.hits]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("开房", "10"),
            ("开房 微信", "0"),
            ("开*房", "10"),
            ("开**房*", "10"),
            ("*开＊房 微信", "0"),
            ("查开_房 OR 病·历", "30"),
            ('"开*房"', "0"),
            ("=开*房", "0"),
            ("开***房", ""),
            ("开", "210"),
            ("病", "3"),
            ("KF", "4"),
            ('"telegram bot"', "5"),
            ("ｃｘ", "1"),
            ("查 -开房", "5"),
            ("-开房", "5432"),
            ("病历 OR 流水", "43"),
            ("(病历 OR 流水) -kf", "3"),
            ("NOT (开房 OR 流水)", "532"),
            ("~开芳", "10"),
            ("=开房", "1"),
            ("goods:bank 病历", "3"),
            ("goods:开房 OR kf", "4210"),
            ("account:ACCOUNT3", "3"),
            ("account:account* platform:weibo", "420"),
            ("contact:vx*", "10"),
            ("contact:@VX00", "0"),
            ("price:>100", "5432"),
            ("price:100..200", "21"),
            ("price:<=0", "0"),
            ("ip:海外 risk:>0.5", "531"),
            ("ip:广东 -risk:>0.5", ""),
            ("date:2026-05-02 OR date:>=2026-05-05", "541"),
            ("since:2026-05-02 until:2026-05-03", "21"),
            ("date:2026-06", ""),
            ("date:2026", "543210"),
            ("没有的词", ""),
            ("", "543210"),
            ("*", "0"),
        ],
    )
    def test_words_are_found(self, filled: Index, text: str, found: str) -> None:
        assert self.keys(filled, text) == list(found)

    def test_marks_point_at_the_original(self, filled: Index) -> None:
        [hit] = filled.search(Query(text="开房 微信")).hits
        words = [hit.document.text[start:end] for _, start, end in hit.marks]
        assert words == ["开*房", "微信"]

    def test_a_word_is_found_under_its_cloak(self, filled: Index) -> None:
        read = ReadWord(word="开房", field="text", start=1, end=3)
        other = ReadWord(word="流水", field="text", start=4, end=6)
        cloaked = replace(documents()[0], key="c", text="查幵🏠 六氺", read=(read, other))
        filled.put([cloaked])
        [hit] = [h for h in filled.search(Query(text="开房")).hits if h.document.key == "c"]
        assert hit.marks == (("text", 1, 3),)
        assert "c" not in {h.document.key for h in filled.search(Query(text="房流")).hits}
        filled.delete(["c"])
        assert "c" not in {h.document.key for h in filled.search(Query(text="开房")).hits}

    def test_narrowing(self, filled: Index) -> None:
        assert self.keys(filled, "", platforms=("weibo",)) == list("420")
        assert self.keys(filled, "", goods=(Goods.BANK,)) == list("543")
        since = START + timedelta(days=2)
        assert self.keys(filled, "", since=since, until=since + timedelta(days=2)) == list("32")
        assert self.keys(filled, "", intents=(Intent.BUY,)) == []

    def test_pages_follow_each_other(self, filled: Index) -> None:
        query, seen = Query(size=4), []
        page = filled.search(query)
        assert page.total == len(TEXTS)
        seen += [hit.document.key for hit in page.hits]
        last = filled.search(replace(query, after=page.after))
        seen += [hit.document.key for hit in last.hits]
        assert (len(set(seen)), last.after, last.total) == (len(TEXTS), None, len(TEXTS))

    def test_counts(self, filled: Index) -> None:
        platforms = filled.facets(Query(text="开房"), "platform")
        assert {bucket.value: bucket.count for bucket in platforms} == {"sandbox": 1, "weibo": 1}
        goods = filled.facets(Query(text="kf"), "goods")
        assert {bucket.value for bucket in goods} == {"bank", "location"}
        assert [b.value for b in filled.histogram(Query(text="开房"))] == [
            "2026-05-01",
            "2026-05-02",
        ]

    def test_put_replaces_and_delete_removes(self, filled: Index) -> None:
        changed = replace(documents()[0], text="新的话", version=2)
        filled.put([changed])
        assert self.keys(filled, "开房") == ["1"]
        assert filled.get(changed.key) == changed
        filled.delete([changed.key, "no:such"])
        assert filled.get(changed.key) is None
        assert len(list(filled.scan())) == len(TEXTS) - 1
        filled.clear()
        assert self.keys(filled, "") == []

    def test_suggest(self, filled: Index) -> None:
        assert filled.suggest("account", most=2) == ["account0", "account1"]

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ('开 "开房', 2),
            ("a AND", 2),
            ("OR b", 0),
            ("(开房", 0),
            ("开房)", 2),
            ("查 god:bank", 2),
            ("goods:银", 0),
            ("price:cheap", 0),
            ("date:2026-13", 0),
            ("contact:", 0),
            ("查 account:*", 2),
        ],
    )
    def test_a_query_that_cannot_be_read_says_where(
        self, filled: Index, text: str, at: int
    ) -> None:
        with pytest.raises(QueryError) as caught:
            filled.search(Query(text=text))
        assert caught.value.at == at
        assert f"Character {at + 1}: " in str(caught.value)

    @pytest.mark.parametrize("sign", ["", "NOT NOT "])
    def test_the_deepest_query_is_answered(self, filled: Index, sign: str) -> None:
        query, depth = "查 OR 房 流", DEEPEST // (1 + sign.count("NOT"))
        for _ in range(depth):
            query = f"查 OR 房 {sign}({query})"
        assert filled.search(Query(text=query)).total == filled.search(Query(text=_SAME)).total

    def test_the_longest_query_is_answered(self, filled: Index) -> None:
        words = " OR ".join(["开房", "流水", "~开房", "-微信"] * (MOST // 4))
        assert filled.search(Query(text=words)).total > 0

    def test_what_has_no_time_left_is_told(self, filled: Index) -> None:
        over, query = Limit.of(0), Query(text="开房")
        for ask in (filled.search, filled.histogram, partial(filled.facets, facet="goods")):
            with pytest.raises(SlowError, match="longer than 0 seconds"):
                ask(query, limit=over)  # type: ignore[operator]
        assert filled.search(query, limit=Limit.of(600)).total == 2

    def test_searches_of_one_page_share_its_time(self, filled: Index) -> None:
        page = Together(filled, 600)
        assert page.search(Query(text="开房")).total == 2
        assert page.spare("days", lambda: page.histogram(Query()), []) == filled.histogram(Query())
        assert page.late == ()
        over = Together(filled, 0)
        assert over.spare("days", lambda: over.histogram(Query()), []) == []
        assert over.late == ("days",)

    @pytest.mark.parametrize("size", [0, -1, LARGEST + 1])
    def test_a_page_has_a_size_that_can_be_given(self, filled: Index, size: int) -> None:
        with pytest.raises(InputError, match="A page holds 1 to 5,000 hits"):
            filled.search(Query(size=size))
        assert len(filled.search(Query(size=LARGEST)).hits) == len(TEXTS)


_SAME = "查 OR 房 查 OR 房 流"  # what the deepest query comes to
