"""tieba.baidu.com as the sandbox answers it, asked over a real port."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from parsel import Selector
from shape_answers import busiest, meant, rows_of

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


def _wanted(running: Sandbox, word: str, bar: str = "") -> list[str]:
    return [
        name
        for name, row in rows_of(running, "thread").items()
        if word in row["text"] and row["searchable"] and not row["gone"] and bar in ("", row["bar"])
    ]


@pytest.mark.parametrize("bar", ["", "沙盒互助"])
def test_paging_a_search_gives_each_planted_thread_once(
    tieba: tuple[Sandbox, httpx.Client], bar: str
) -> None:
    running, client = tieba
    asked: str | None = f"{SEARCH}?ie=utf-8&qw=病历&kw={bar}"
    seen = []
    while asked:
        answer = client.get(asked)
        assert "GBK" in answer.headers["content-type"]
        page = _page(answer)
        seen += page.css("div.s_post .p_title a::attr(data-tid)").getall()
        asked = page.css("div.pager-search a.next::attr(href)").get()
    assert Counter(seen) == Counter(_wanted(running, "病历", bar))
    assert len(seen) > 2


def test_the_json_search_tells_the_whole_text_and_that_there_is_more(
    tieba: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = tieba
    planted, seen, page, more = rows_of(running, "thread"), [], 1, 1
    while more:
        told = client.get(JSON_SEARCH, params={"word": "病历", "pn": page, "rn": 20}).json()
        seen += [c["data"] for c in told["data"]["card_list"] if c["cardInfo"] == "thread"]
        more, page = told["data"]["has_more"], page + 1
    assert Counter(each["tid"] for each in seen) == Counter(_wanted(running, "病历"))
    for each in seen:
        row = planted[each["tid"]]
        assert each["content"] == row["text"]
        assert each["user"]["user_id"] == row["author"]
        assert f"{each['forum_name']}" == row["bar"]


@pytest.mark.parametrize("bar", ["", "沙盒闲聊"])
def test_the_apps_search_cuts_the_text_and_may_stay_in_a_bar(
    tieba: tuple[Sandbox, httpx.Client], bar: str
) -> None:
    running, client = tieba
    planted, seen, page, more = rows_of(running, "thread"), [], 1, 1
    while more:
        asked = {"word": "病历", "fname": bar, "st": 5, "tt": 2, "rn": 20, "pn": page}
        data = client.get("/mo/q/search/thread", params=asked).json()["data"]
        seen += data["post_list"]
        more, page = data["has_more"], page + 1
    assert Counter(each["tid"] for each in seen) == Counter(_wanted(running, "病历", bar))
    assert all(planted[each["tid"]]["text"].startswith(each["content"]) for each in seen)
    assert all(isinstance(each["post_num"], str) for each in seen)


def test_a_search_stops_at_the_cap_while_it_promises_more(
    tieba: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = tieba
    assert len(_wanted(running, "查")) > 50
    pages = [_page(client.get(SEARCH, params={"qw": "查", "pn": at})) for at in range(1, 7)]
    assert [len(page.css("div.s_post")) for page in pages] == [10] * 5 + [0]
    assert pages[4].css("div.pager-search a.next")
    assert meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


def test_a_bar_lists_its_threads_inside_a_comment(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    seen, start = [], 0
    while True:
        text = client.get("/f", params={"kw": "沙盒互助", "ie": "utf-8", "pn": start}).text
        assert not Selector(text=text).css("#thread_list")
        page = Selector(text=text.replace("<!--", ""))
        rows = page.css("#thread_list > li.j_thread_list")
        seen += [json.loads(row.attrib["data-field"]) for row in rows]
        start += 50
        if not page.css("#frs_list_pager a.next"):
            break
    planted = {n: r for n, r in rows_of(running, "thread").items() if r["bar"] == "沙盒互助"}
    standing = {name for name, row in planted.items() if not row["gone"]}
    assert {str(each["id"]) for each in seen} == standing
    assert len(seen) == len(standing) > 50
    form = _signed({"kw": "%E6%B2%99%E7%9B%92%E4%BA%92%E5%8A%A9", "pn": 1, "rn": 500})
    told = client.post("/c/f/frs/page_pc", data=form).json()["forum"]
    assert set(told["tids"].strip(",").split(",")) == standing


def test_floors_and_replies_are_read_to_the_end(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    post, planted = busiest(running, "thread")
    floors: list[Selector] = []
    found: dict[str, str | None] = {}
    asked: str | None = f"/p/{post}"
    while asked:
        page = _page(client.get(asked))
        floors += page.css("div.l_post")
        asked = page.xpath("//li[contains(@class, 'l_pager')]/a[text()='下一页>']/@href").get()
    assert page.css(".l_reply_num .red::text").getall() == [str(len(planted) + 1), "2"]
    first, *rest = floors
    row = rows_of(running, "thread")[post]
    assert first.attrib["data-pid"] == row["first_floor"]
    text = first.css(".d_post_content").xpath("string(.)").get("")
    assert text.strip() == row["text"].replace("\n", "")
    for floor in rest:
        field = json.loads(floor.attrib["data-field"])
        found[floor.attrib["data-pid"]] = None
        assert "date" not in field["content"]
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\d \d\d:\d\d", floor.css(".tail-info::text").getall()[-1]
        )
        pages = -(-field["content"]["comment_num"] // 10)
        for number in range(1, pages + 1):
            asked_for = {"tid": post, "pid": floor.attrib["data-pid"], "pn": number}
            replies = _page(client.get("/p/comment", params=asked_for)).css("li.lzl_single_post")
            for reply in replies:
                spid = str(json.loads(reply.attrib["data-field"])["spid"])
                assert spid not in found
                found[spid] = floor.attrib["data-pid"]
    assert found == {row["id"]: row["parent"] for row in planted}


def test_the_json_of_a_thread_says_what_its_page_says(
    tieba: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = tieba
    post, planted = busiest(running, "thread")
    told = client.post("/c/f/pb/page_pc", data=_signed({"kz": post, "pn": 1, "lz": 0})).json()
    row = rows_of(running, "thread")[post]
    assert told["first_floor"]["content"][0]["text"] == row["text"]
    assert told["thread"]["reply_num"] == len(planted) + 1
    assert told["page"]["total_page"] == 2
    assert len(told["post_list"]) == 30
    totals = client.get("/p/totalComment", params={"tid": post, "pn": 1}).json()["data"]
    (floor,) = totals["comment_list"].values()
    assert (floor["comment_num"], floor["comment_list_num"]) == (23, 10)
    unsigned = client.post("/c/f/pb/page_pc", data={"kz": post, "pn": 1}).json()
    assert unsigned["error_code"]
    assert meant(running)[0] == PageState.ERROR


def test_a_profile_is_found_by_portrait_and_by_name(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    row = next(r for r in running.planted() if r["kind"] == "account")
    for asked in ({"id": row["portrait"]}, {"un": row["user_name"]}):
        page = _page(client.get("/home/main", params=asked))
        assert page.css("span.userinfo_username::text").get() == row["name"]
        assert f"IP属地:{row['ip_location']}" in page.css(".userinfo_userdata").get("")
    told = client.get("/c/u/pc/homeSidebarRight", params={"portrait": row["portrait"]}).json()
    assert str(told["data"]["user"]["id"]) == row["id"]
    feed = client.get("/c/u/feed/myThread", params={"portrait": row["portrait"]}).json()["data"]
    mine = {
        n
        for n, r in rows_of(running, "thread").items()
        if r["author"] == row["id"] and not r["gone"]
    }
    assert {str(each["thread_info"]["tid"]) for each in feed["list"]} == mine


def test_pictures_of_a_thread_are_served(tieba: tuple[Sandbox, httpx.Client]) -> None:
    running, client = tieba
    row = next(r for r in rows_of(running, "thread").values() if r["pictures"] and not r["gone"])
    image = _page(client.get(f"/p/{row['id']}")).css("img.BDE_Image::attr(src)").get("")
    assert image.endswith(row["pictures"][0])
    assert client.get(image).content.startswith(b"\x89PNG")
