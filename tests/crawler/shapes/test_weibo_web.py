"""s.weibo.com and weibo.com as the sandbox answers them, asked over a real port."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from parsel import Selector
from shape_answers import meant, rows_of

from archive.labels import Extent, PageState
from crawler.sandbox.server import NOW, Sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.shapes.weibo.cards import CHINA
from crawler.sandbox.shapes.weibo.numbers import bid
from crawler.sandbox.shapes.weibo_web.parts import found, told_time
from crawler.sandbox.trouble import Bucket

CARDS = "#pl_feedlist_index div.card-wrap[action-type=feed_list_item]"
COMMENTS = "/ajax/statuses/buildComments"


@pytest.fixture(scope="module")
def web(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.WEIBO_WEB) as started:
        yield started


def _wanted(running: Sandbox, word: str) -> dict[str, dict[str, Any]]:
    return {
        name: row
        for name, row in rows_of(running).items()
        if word in row["text"] and row["searchable"] and not row["gone"]
    }


def _paged(client: httpx.Client, **asked: str) -> list[Selector]:
    cards: list[Selector] = []
    page = Selector(text=client.get("/weibo", params=asked).text)
    while True:
        if not page.css(".card-no-result"):
            cards += page.css(CARDS)
        following = page.css("div.m-page a.next::attr(href)").get()
        if not following:
            return cards
        page = Selector(text=client.get(following).text)


def _text(card: Selector) -> str:
    whole = card.css("div.content > p[node-type=feed_list_content_full]")
    paragraph = whole or card.css("div.content > p[node-type=feed_list_content]")
    html = re.sub(r"<a [^>]*fl_(?:un)?fold.*?</a>", "", paragraph.get("")).replace("<br>", "\n")
    text = Selector(text=html).xpath("string(//p)").get("")
    return text.replace("\u200b", "").strip()


def test_paging_a_search_gives_each_planted_post_once_with_its_whole_text(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    wanted = _wanted(running, "病历")
    cards = _paged(client, q="病历", typeall="1", suball="1")
    assert Counter(card.attrib["mid"] for card in cards) == Counter(list(wanted))
    assert any(card.css("[action-type=fl_unfold]") for card in cards)
    for card in cards:
        row = wanted[card.attrib["mid"]]
        assert _text(card) == row["text"].strip()
        assert f"/{row['author']}?" in card.css("a.name::attr(href)").get("")
        assert f"/{bid(int(row['id']))}?" in card.css("div.from a::attr(href)").get("")
        shown = card.css("div.content > div .media-piclist img::attr(src)").getall()
        assert [url.split("/")[-1] for url in shown] == [f"{pid}.jpg" for pid in row["pictures"]]


def test_only_original_posts_are_found_when_asked(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    wanted = _wanted(running, "病历")
    cards = _paged(client, q="病历", scope="ori", suball="1")
    own = {name for name, row in wanted.items() if not row["repost_of"]}
    assert {card.attrib["mid"] for card in cards} == own != set(wanted)


def test_a_repost_carries_what_it_re_posts(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    wanted = _wanted(running, "查")
    cards = {c.attrib["mid"]: c for c in _paged(client, q="查", typeall="1")}
    for name, row in wanted.items():
        told = cards[name].css(".card-comment [action-type=feed_list_like]::attr(action-data)")
        if row["repost_of"] and told:
            assert told.get() == f"mid={row['repost_of']}"
            break
    else:
        pytest.fail("no re-post was found")


def test_windows_of_days_and_hours_split_a_search_without_loss(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    wanted, seen = _wanted(running, "查"), Counter[str]()
    day = datetime(2026, 4, 1, tzinfo=CHINA)
    while day < NOW:
        ends = f"{day:%Y-%m-%d}-0:{day + timedelta(days=1):%Y-%m-%d}-0"
        cards = _paged(client, q="查", typeall="1", timescope=f"custom:{ends}")
        seen.update(card.attrib["mid"] for card in cards)
        day += timedelta(days=1)
    assert seen == Counter(list(wanted))
    row = next(iter(wanted.values()))
    at = datetime.fromisoformat(row["posted_at"]).astimezone(CHINA)
    after = at + timedelta(hours=1)
    hours = f"custom:{at:%Y-%m-%d}-{at.hour}:{after:%Y-%m-%d}-{after.hour}"
    cards = _paged(client, q="查", typeall="1", timescope=hours)
    assert row["id"] in {card.attrib["mid"] for card in cards}


def test_regions_and_their_cities_split_a_search_without_loss(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    wanted, seen = _wanted(running, "查"), Counter[str]()
    for province in (11, 21, 32, 33, 35, 37, 41, 42, 44, 51, 400):
        whole = _paged(client, q="查", typeall="1", region=f"custom:{province}:1000")
        inside = Counter[str]()
        for city in range(1, 8):
            cards = _paged(client, q="查", typeall="1", region=f"custom:{province}:{city}")
            inside.update(card.attrib["mid"] for card in cards)
        assert inside == Counter(card.attrib["mid"] for card in whole)
        seen += inside
    assert seen == Counter(list(wanted))


def test_a_search_lists_fifty_pages_and_no_more(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    assert len(_wanted(running, "，")) > 500
    first = Selector(text=client.get("/weibo", params={"q": "，"}).text)
    assert len(first.css("ul.s-scroll li")) == 50
    assert meant(running) == (PageState.OK, Extent.CAPPED, 200)
    page = Selector(text=client.get("/weibo", params={"q": "，", "page": 50}).text)
    assert len(page.css("ul.s-scroll li")) == 50
    assert not page.css("a.next")
    assert len(page.css(CARDS)) == 10
    assert meant(running) == (PageState.OK, Extent.CAPPED, 200)
    beyond = Selector(text=client.get("/weibo", params={"q": "，", "page": 51}).text)
    assert beyond.css(".card-no-result")
    assert meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


def test_a_page_with_a_next_one_may_hold_less_than_a_page(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    page = Selector(text=client.get("/weibo", params={"q": "流水"}).text)
    assert len(page.css(CARDS)) == 7
    assert page.css("a.next")
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)


def test_a_search_that_finds_nothing_shows_unrelated_cards(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    page = Selector(text=client.get("/weibo", params={"q": "夜航船"}).text)
    assert "抱歉，未找到相关结果。" in page.css(".card-no-result").get("")
    assert len(page.css(CARDS)) == 5
    assert meant(running) == (PageState.EMPTY, Extent.WHOLE, 200)


@pytest.mark.parametrize(
    ("word", "state", "status", "told"),
    [
        ("住址", PageState.LOGGED_OUT, 302, "/sso/signin?entry=miniblog"),
        ("通话", PageState.CAPTCHA, 302, "/verify"),
        ("机主", PageState.BLOCKED, 403, "Forbidden"),
        ("户籍", PageState.ERROR, 502, "nginx"),
        ("车档", PageState.CHANGED_LAYOUT, 200, '<div id="app">'),
    ],
)
def test_each_word_meets_its_bad_page(
    web: tuple[Sandbox, httpx.Client], word: str, state: str, status: int, told: str
) -> None:
    running, client = web
    answer = client.get("/weibo", params={"q": word})
    assert answer.status_code == status
    assert told in answer.text + answer.headers.get("location", "")
    assert meant(running) == (state, Extent.WHOLE, status)


def test_a_session_opens_what_was_closed(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    answer = httpx.get(
        f"{client.base_url}/weibo", params={"q": "住址"}, cookies={"SUB": "operator"}
    )
    assert answer.status_code == 200
    assert meant(running)[0] == PageState.OK


def test_who_asks_too_often_is_told_in_words(serve: Any) -> None:
    with serve(Shape.WEIBO_WEB, bucket=Bucket(burst=1, rate=0.001)) as (running, client):
        client.get("/weibo", params={"q": "病历"})
        answer = client.get("/ajax/profile/info", params={"uid": "5000001000"})
        assert answer.status_code == 414
        assert "访问过于频繁，请稍等再试！（错误码：414）" in answer.text
        assert meant(running)[0] == PageState.RATE_LIMITED


def test_the_time_of_a_card_is_the_readers() -> None:
    now = datetime.now(CHINA)
    assert told_time(now - timedelta(minutes=5, seconds=2)) == "5分钟前"
    old = datetime(2019, 4, 3, 20, 6, tzinfo=CHINA)
    assert told_time(old) == "2019年04月03日 20:06"
    assert re.fullmatch(r"(\d\d月\d\d日 |\d{4}年\d\d月\d\d日 )\d\d:\d\d", told_time(NOW))


def test_the_word_is_red_but_not_inside_a_link() -> None:
    told = found("#查询# a<b 查", "查")
    assert told.count('<em class="s-color-red">查</em>') == 2
    assert "a&lt;b" in told
    assert 'q=%23%E6%9F%A5%E8%AF%A2%23"' in told
