"""How Tieba says no, as the sandbox answers it, and where every field was learned."""

import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from parsel import Selector
from shape_answers import a_day_later, assert_sourced, busiest, keys, meant, rows_of

from archive.labels import Extent, PageState
from crawler.sandbox.server import Sandbox
from crawler.sandbox.shapes.mounting import Shape

SEARCH, JSON_SEARCH = "/f/search/res", "/mo/q/search/multsearch"
SALT = "36770b1f34c9bbf2e7d1a99d2b82fa9e"


@pytest.fixture(scope="module")
def tieba(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.TIEBA) as started:
        yield started


def _page(answer: httpx.Response) -> Selector:
    return Selector(text=answer.text)


def _signed(form: dict[str, Any]) -> dict[str, Any]:
    text = "".join(f"{key}={form[key]}" for key in sorted(form))
    return form | {"sign": hashlib.md5((text + SALT).encode()).hexdigest()}  # noqa: S324


@pytest.mark.parametrize(
    ("word", "state", "status", "told"),
    [
        ("住址", PageState.LOGGED_OUT, 302, "/v2/?login"),
        ("通话", PageState.CAPTCHA, 302, "/static/captcha/tuxing_v2.html"),
        ("机主", PageState.BLOCKED, 200, "blocked"),
        ("户籍", PageState.ERROR, 502, "nginx"),
        ("车档", PageState.CHANGED_LAYOUT, 200, '<div id="app"></div>'),
        ("夜航船", PageState.EMPTY, 200, "s_post_list"),
    ],
)
def test_each_word_meets_its_bad_page(
    tieba: tuple[Sandbox, httpx.Client], word: str, state: str, status: int, told: str
) -> None:
    running, client = tieba
    answer = client.get(SEARCH, params={"qw": word})
    assert answer.status_code == status
    assert told in answer.text + answer.headers.get("location", "")
    assert meant(running) == (state, Extent.WHOLE, status)


def test_a_session_opens_what_was_closed(tieba: tuple[Sandbox, httpx.Client]) -> None:
    _, client = tieba
    told = client.get(JSON_SEARCH, params={"word": "住址"}).json()
    assert told["error_code"] == 1
    cookies = {"BDUSS": "operator"}
    answer = httpx.get(f"{client.base_url}{SEARCH}", params={"qw": "住址"}, cookies=cookies)
    assert answer.status_code == 200


def test_a_page_may_hold_less_than_it_says(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    page = _page(client.get(SEARCH, params={"qw": "流水"}))
    assert len(page.css("div.s_post")) == 7
    assert page.css("div.pager-search a.next")
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)
    for path, rows in ((JSON_SEARCH, "card_list"), ("/mo/q/search/thread", "post_list")):
        data = client.get(path, params={"word": "流水", "rn": 20}).json()["data"]
        assert data["has_more"]
        assert len(data[rows]) < 20


def test_lists_end_before_what_they_count(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    listing = "沙盒闲聊"
    text = client.get("/f", params={"kw": listing}).text.replace("<!--", "")
    page = Selector(text=text)
    assert len(page.css("li.j_thread_list")) < 50
    assert page.css("#frs_list_pager a.next")
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)
    rows = {
        n: r for n, r in rows_of(running, "thread").items() if "流水" in r["text"] and not r["gone"]
    }
    said = [r for r in running.planted() if r["kind"] == "comment" and r["post"] in rows]
    thread, floor = next((r["post"], r["parent"]) for r in said if r["parent"])
    page = _page(client.get(f"/p/{thread}"))
    asked = {"tid": thread, "pid": floor}
    assert len(page.css("div.l_post")) < int(page.css(".l_reply_num .red::text").get("0"))
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)
    page = _page(client.get("/p/comment", params=asked))
    pager = json.loads(page.css("li.lzl_li_pager::attr(data-field)").get("{}"))
    assert 0 < len(page.css("li.lzl_single_post")) < pager["total_num"]
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)
    again = _page(client.get(f"/p/{thread}", params={"pn": 9}))
    assert again.css(".d_post_content_firstfloor")
    assert meant(running) == (PageState.OK, Extent.CAPPED, 200)


def test_a_bar_stops_at_the_cap_while_it_counts_more(serve: Any) -> None:
    with serve(Shape.TIEBA, posts=1400) as (running, client):
        asked = {"kw": "沙盒互助", "pn": 200}
        page = Selector(text=client.get("/f", params=asked).text.replace("<!--", ""))
        assert len(page.css("li.j_thread_list")) == 50
        assert int(page.css(".th_footer_l .red_text::text").get("0")) > 250
        assert not page.css("#frs_list_pager a.next")
        assert meant(running) == (PageState.OK, Extent.CAPPED, 200)
        client.get("/f", params=asked | {"pn": 250})
        assert meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


def test_every_state_meets_every_address_when_asked(serve: Any) -> None:
    with serve(Shape.TIEBA) as (running, client):
        tid = next(iter(rows_of(running, "thread")))
        addresses = [f"/p/{tid}", "/f?kw=沙盒互助", "/home/main?id=x", f"/p/totalComment?tid={tid}"]
        for state in PageState:
            if state is PageState.OK:
                continue
            running.trouble(state)
            for address in addresses:
                client.get(address)
                assert meant(running)[0] == state


def test_deleted_threads_and_banned_accounts_are_gone(serve: Any) -> None:
    with serve(Shape.TIEBA) as (running, client):
        _, after, lost = a_day_later(running, "thread")
        assert "很抱歉，该贴已被删除" in client.get(f"/p/{lost}").text
        assert meant(running)[0] == PageState.GONE
        told = client.post("/c/f/pb/page_pc", data=_signed({"kz": lost, "pn": 1})).json()
        assert "该贴已被删除" in told["error_msg"]
        stays = next(row for row in after.values() if not row["gone"])
        running.ban(f"u{int(stays['author']) - 4000000000}")
        assert "很抱歉，该贴已被删除" in client.get(f"/p/{stays['id']}").text


def test_every_field_that_is_answered_has_a_source(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    post, _ = busiest(running, "thread")
    account = next(r for r in running.planted() if r["kind"] == "account")["portrait"]
    standing = (r for r in rows_of(running, "thread").values() if r["pictures"] and not r["gone"])
    pictured = next(standing)["id"]
    asked: list[Any] = [
        client.get(JSON_SEARCH, params={"word": "查"}).json(),
        client.get("/mo/q/search/thread", params={"word": "查"}).json(),
        client.get("/c/u/pc/homeSidebarRight", params={"portrait": account}).json(),
        client.get("/c/u/feed/myThread", params={"portrait": account}).json(),
        client.post("/c/f/frs/page_pc", data=_signed({"kw": "沙盒互助"})).json(),
        client.get("/c/s/pc/sync").json(),
        client.post("/c/f/pb/page_pc", data=_signed({"kz": pictured, "pn": 1})).json(),
        client.get(JSON_SEARCH, params={"word": "住址"}).json(),
    ]
    totals = client.get("/p/totalComment", params={"tid": post, "pn": 1}).json()
    totals["data"] = {name: list(rows.values()) for name, rows in totals["data"].items()}
    pages = client.get(f"/p/{post}").text + client.get("/f?kw=沙盒互助").text
    fields = re.findall(r"data-field=(?:\"([^\"]*)\"|'([^']*)')", pages)
    asked += [totals, [json.loads(unescape(one or other)) for one, other in fields]]
    assert_sourced("tieba", set(keys(asked)))
