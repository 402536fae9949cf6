"""More like this on a real ledger: near-duplicates first, with places that prove it."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from posts import NOW, add_judged, judge_again, review

from archive.errors import InputError
from archive.index import SqliteIndex
from archive.index.elasticsearch import ElasticsearchIndex
from archive.index.feeding import feed
from archive.labels import Intent
from archive.ledger.ledger import Ledger
from archive.links import Linker
from archive.records import Media, Post
from archive.similar import find
from archive.similar.phrases import Place, Said, shared

_OTHERS = (
    "专业接单 户籍流水 定位找人 当天出结果 支持担保交易 认准本号",
    "各省车档 婚姻状况 学籍信息 长期合作 价格从优 非诚勿扰",
    "通话详单 快递地址 外卖记录 一手渠道 欢迎同行对接",
)
_SAID = "开*房记录全国可查，八百一次，名下房产车辆另算，微信 demo_k77 备注来意，先查后付"
_EDITED = "全国開房记录可查，六百一次，名下房产车辆另算，微信 demo_k77 备注来意"
_HANDLE = "出婚姻登记，联系 demo_k77"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(tmp_path / "index.db")
    yield opened
    opened.close()


@pytest.fixture
def planted(ledger: Ledger, index: SqliteIndex) -> Ledger:
    """Give a ledger with three posts of one hand among sixty others."""
    add_judged(ledger, 60, texts=_OTHERS)
    for start, text in ((100, _SAID), (101, _EDITED), (102, _HANDLE)):
        add_judged(ledger, 1, start=start, texts=[text])
    feed(ledger, index)
    return ledger


def test_a_near_duplicate_comes_first_and_a_shared_handle_is_found(
    planted: Ledger, index: SqliteIndex
) -> None:
    found = find(planted, index, "x:100")
    assert [one.key for one in found.similar[:2]] == ["x:101", "x:102"]
    edited, handle = found.similar[:2]
    assert edited.score > 0.4 > handle.score > 0
    assert all(one.score < handle.score for one in found.similar[2:])
    assert "demo_k77" in {part for proof in handle.shared for part in proof.words.split()}
    for one in found.similar:
        for proof in one.shared:
            here = found.text[proof.here.start : proof.here.end]
            there = one.text[proof.there.start : proof.there.end]
            assert Said.of("", here).bare == Said.of("", there).bare


def test_the_same_text_scores_one(ledger: Ledger, index: SqliteIndex) -> None:
    add_judged(ledger, 2, texts=["查开房查流水查定位"])
    add_judged(ledger, 9, start=5, texts=_OTHERS)
    with ledger.writing() as connection:
        twin = ledger.posts.get(connection, "x:0")
        assert twin
        again = Post(platform="y", post_id="twin", text=twin.post.text, posted_at=NOW)
        ledger.posts.add(connection, [again], seen_at=NOW)
    judge_again(ledger, ["y:twin"])
    feed(ledger, index)
    best = find(ledger, index, "x:0").similar[0]
    assert (best.key, best.score) == ("y:twin", 1.0)


def test_innocent_and_unknown_posts_are_neither_asked_nor_given(
    planted: Ledger, index: SqliteIndex
) -> None:
    review(planted, "x:101", Intent.BENIGN)
    assert "x:101" not in [one.key for one in find(planted, index, "x:100").similar]
    for key in ("x:101", "x:none"):
        with pytest.raises(InputError, match="no advert"):
            find(planted, index, key)


def test_victims_numbers_are_neither_shown_nor_compared(ledger: Ledger, index: SqliteIndex) -> None:
    texts = ("样本一 110101199003078515 出售个人信息", "完全不同的内容 110101199003078515 换号")
    add_judged(ledger, 2, texts=texts)
    feed(ledger, index)
    found = find(ledger, index, "x:0")
    assert "110101199003078515" not in str(found)
    assert found.similar == ()


@pytest.mark.server
def test_both_engines_give_the_same_order(
    planted: Ledger, index: SqliteIndex, elasticsearch_index: ElasticsearchIndex
) -> None:
    elasticsearch_index.put(list(index.scan()))
    for key in ("x:100", "x:102", "x:7"):
        assert find(planted, elasticsearch_index, key) == find(planted, index, key)


def _picture(seed: int, *, quality: int = 95, size: tuple[int, int] = (480, 640)) -> bytes:
    """Draw a price list of boxes; the same seed looks the same in any size and quality."""
    draw = random.Random(seed)  # noqa: S311
    image = Image.new("RGB", (480, 640), (draw.randrange(256), 230, draw.randrange(256)))
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = draw.randrange(440), draw.randrange(600)
        box = (left, top, left + draw.randrange(20, 200), top + draw.randrange(20, 160))
        pen.rectangle(box, fill=tuple(draw.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    image.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def test_by_picture_the_same_one_smaller_and_coarser_is_found(
    ledger: Ledger, index: SqliteIndex
) -> None:
    shown = {
        "a": _picture(1),
        "b": _picture(1, quality=40, size=(240, 320)),
        "c": _picture(1, quality=70, size=(300, 400)),
        "d": _picture(2),
    }
    with ledger.writing() as connection:
        posts = [
            Post(
                platform="y",
                post_id=name,
                text=f"看图 {name}",
                posted_at=NOW,
                media=(Media(url="u", sha256=ledger.evidence.put(connection, data)),),
            )
            for name, data in shown.items()
        ]
        ledger.posts.add(connection, posts, seen_at=NOW)
    judge_again(ledger, [post.key for post in posts])
    feed(ledger, index)
    assert find(ledger, index, "y:a", by="picture").waiting == 4
    Linker(ledger).run()
    found = find(ledger, index, "y:a", by="picture")
    assert {one.key for one in found.similar} == {"y:b", "y:c"}
    assert all(one.score > 0.75 for one in found.similar)
    assert found.similar[0].shared[0].here.field == "media:0"
    assert find(ledger, index, "y:d", by="picture").similar == ()


@given(st.text(max_size=40), st.text(max_size=40), st.text(min_size=4, max_size=12))
def test_what_is_said_to_be_shared_stands_in_both(one: str, other: str, same: str) -> None:
    here, there = Said.of("", f"{one}{same}"), Said.of("", f"{same}{other}")
    for proof in shared(here, there):
        for said, place in ((here, proof.here), (there, proof.there)):
            assert isinstance(place, Place)
            assert 0 <= place.start < place.end <= len(said.text)
            assert place.field == "text"


def test_a_phrase_of_the_title_is_placed_in_the_title() -> None:
    here = Said.of("全国开房记录", "联系我")
    there = Said.of("出售", "有全国开房记录可查")
    [proof] = shared(here, there)
    assert (proof.here, proof.there) == (
        Place(field="title", start=0, end=6),
        Place(field="text", start=1, end=7),
    )


def test_half_a_handle_is_not_shared() -> None:
    here, there = Said.of("", "全套资料 找demo77"), Said.of("", "全套资料 找demo8123")
    assert [proof.words for proof in shared(here, there)] == ["全套资料 找"]
