"""m.weibo.cn as the sandbox answers it, asked over a real port."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from archive.labels import Extent, PageState
from crawler.sandbox.pictures import draw
from crawler.sandbox.server import NOW, Sandbox
from crawler.sandbox.shapes.cast import Cast
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.shapes.provenance import learned
from crawler.sandbox.shapes.weibo.numbers import Numbers, bid, from_bid
from crawler.sandbox.trouble import Bucket
from crawler.sandbox.world import Picture, build_world

INDEX = "/api/container/getIndex"


@pytest.fixture(scope="module")
def weibo(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.WEIBO) as started:
        yield started


def _search(client: httpx.Client, word: str, page: int = 1) -> httpx.Response:
    asked = {"containerid": f"100103type=1&q={word}", "page_type": "searchall", "page": page}
    return client.get(INDEX, params=asked)


def _posts(answer: httpx.Response) -> list[dict[str, Any]]:
    cards = answer.json()["data"]["cards"]
    flat = [inner for card in cards for inner in card.get("card_group", [card])]
    return [card["mblog"] for card in flat if card["card_type"] == 9]


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html.replace("<br />", "\n")).replace("&amp;", "&")


def _meant(running: Sandbox) -> tuple[str, str, int]:
    last = running.log()[-1]
    return last["page_state"], last["extent"], last["status"]


def test_a_bid_and_its_mid_are_weibos_own() -> None:
    # two pairs that Weibo itself gave, read in nonebot-bison's and WeiboSpider's files
    assert bid(4645748019299849) == "Kjc77D1jz"
    assert from_bid("z0JH2lOMb") == 3501756485200075
    assert from_bid("") == from_bid("-") == 0


def test_no_two_posts_or_comments_share_a_number() -> None:
    cast = Cast(build_world(7, now=NOW))
    numbers = Numbers(cast)
    assert len({numbers.mid(entry) for entry in cast.entries}) == len(cast.entries)
    assert len({numbers.cid(c) for _, c in cast.comments.values()}) == len(cast.comments)
    for entry in cast.entries:
        assert numbers.entry(str(numbers.mid(entry))) == entry
        assert numbers.entry(bid(numbers.mid(entry))) == entry


def test_paging_a_search_gives_each_planted_post_once_with_its_whole_text(
    weibo: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = weibo
    word, page, seen = "病历", 1, []
    while page:
        answer = _search(client, word, page)
        seen += _posts(answer)
        page = answer.json()["data"]["cardlistInfo"]["page"]
    planted = {row["id"]: row for row in running.planted() if row["kind"] == "post"}
    wanted = [
        name
        for name, row in planted.items()
        if word in row["text"] and row["searchable"] and not row["gone"]
    ]
    assert Counter(post["id"] for post in seen) == Counter(wanted)
    assert len(wanted) > 10
    assert any(post["isLongText"] for post in seen)
    for post in seen:
        row, text = planted[post["id"]], post["text"]
        if post["isLongText"]:
            assert text.endswith("全文</a>")
            text = client.get("/statuses/extend", params={"id": post["id"]}).json()
            text = text["data"]["longTextContent"]
        assert _plain(text) == row["text"]
        assert str(post["user"]["id"]) == row["author"]
        assert post["bid"] == bid(int(post["id"]))


def test_a_search_stops_at_the_cap_and_its_total_says_more(
    weibo: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = weibo
    answers = [_search(client, "查", page) for page in range(1, 6)]
    told = [answer.json()["data"]["cardlistInfo"] for answer in answers]
    assert [each["page"] for each in told] == [2, 3, 4, 5, None]
    assert len({post["id"] for answer in answers for post in _posts(answer)}) == 50
    assert told[-1]["total"] > 50
    assert _meant(running) == (PageState.OK, Extent.CAPPED, 200)
    beyond = _search(client, "查", 6).json()
    assert beyond == {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
    assert _meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


@pytest.mark.parametrize(
    ("word", "state", "status", "told"),
    [
        ("住址", PageState.LOGGED_OUT, 200, {"ok": -100}),
        ("通话", PageState.CAPTCHA, 200, {"ok": -100, "errno": "-100"}),
        ("机主", PageState.BLOCKED, 432, None),
        ("户籍", PageState.ERROR, 502, None),
        ("夜航船", PageState.EMPTY, 200, {"ok": 0}),
    ],
)
def test_each_trouble_of_a_search_has_weibos_sign(
    weibo: tuple[Sandbox, httpx.Client],
    word: str,
    state: PageState,
    status: int,
    told: dict[str, Any] | None,
) -> None:
    running, client = weibo
    answer = _search(client, word)
    assert answer.status_code == status
    assert _meant(running) == (state, Extent.WHOLE, status)
    if told:
        assert told.items() <= answer.json().items()
    if state is PageState.BLOCKED:
        assert answer.content == b""


def test_a_session_opens_what_the_log_in_hides(serve: Any) -> None:
    with serve(Shape.WEIBO) as (_, client):
        client.cookies.set("SUB", "operator")
        assert _search(client, "住址").json()["ok"] == 1
        assert client.get("/api/config").json()["data"]["login"] is True


def test_a_changed_layout_still_holds_the_posts(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    data = _search(client, "车档").json()["data"]
    assert "cards" not in data
    assert data["items"]
    assert _meant(running)[0] == PageState.CHANGED_LAYOUT


def test_a_truncated_page_holds_fewer_posts_than_it_promised(
    weibo: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = weibo
    answer = _search(client, "流水")
    assert len(_posts(answer)) == 7 < answer.json()["data"]["cardlistInfo"]["total"]
    assert _meant(running) == (PageState.OK, Extent.TRUNCATED, 200)


def test_too_many_requests_meet_418(serve: Any) -> None:
    with serve(Shape.WEIBO, bucket=Bucket(burst=1, rate=0.001)) as (running, client):
        assert [_search(client, "开房").status_code for _ in range(2)] == [200, 418]
        assert _meant(running)[0] == PageState.RATE_LIMITED


def test_any_address_can_be_put_into_trouble(serve: Any) -> None:
    with serve(Shape.WEIBO) as (running, client):
        mid = next(row["id"] for row in running.planted() if row["kind"] == "post")
        for state, status in [(PageState.CAPTCHA, 302), (PageState.LOGGED_OUT, 302)]:
            running.trouble(state)
            assert client.get(f"/detail/{mid}").status_code == status
            assert client.get("/statuses/show", params={"id": mid}).json()["ok"] == -100
        running.trouble(PageState.RATE_LIMITED)
        told = client.get("/comments/hotflow", params={"id": mid, "mid": mid}).json()
        assert told == {"ok": 0, "msg": "请求过于频繁，歇歇吧"}
        running.trouble(None)
        assert client.get("/statuses/show", params={"id": mid}).json()["ok"] == 1


def test_a_timeline_gives_every_post_of_an_account_and_an_old_one_on_top(serve: Any) -> None:
    with serve(Shape.WEIBO) as (running, client):
        posts = [r for r in running.planted() if r["kind"] == "post" and not r["gone"]]
        author, many = Counter(row["author"] for row in posts).most_common(1)[0]
        assert many > 10
        told = {"containerid": f"107603{author}"}
        first = client.get(INDEX, params=told)
        seen = _posts(first)
        assert seen[0]["isTop"] == 1
        since = first.json()["data"]["cardlistInfo"]["since_id"]
        rest = client.get(INDEX, params={**told, "since_id": since})
        assert "since_id" not in rest.json()["data"]["cardlistInfo"]
        wanted = Counter(row["id"] for row in posts if row["author"] == author)
        assert Counter(post["id"] for post in seen[1:] + _posts(rest)) == wanted
        profile = client.get(INDEX, params={"containerid": f"100505{author}"}).json()
        assert profile["data"]["userInfo"]["statuses_count"] == many
        about = client.get(INDEX, params={"containerid": f"230283{author}_-_INFO"}).json()
        items = {i["item_name"]: i["item_content"] for i in about["data"]["cards"][0]["card_group"]}
        row = next(r for r in running.planted() if r["id"] == author)
        assert items["IP属地"] == row["ip_location"]


def _busiest(running: Sandbox) -> tuple[str, list[dict[str, Any]]]:
    said = [row for row in running.planted() if row["kind"] == "comment"]
    post = Counter(row["post"] for row in said).most_common(1)[0][0]
    return post, [row for row in said if row["post"] == post]


def test_comments_and_replies_page_to_the_end(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    post, planted = _busiest(running)
    after, roots = 0, []
    while True:
        told = {"id": post, "mid": post, "max_id": after, "max_id_type": 0}
        data = client.get("/comments/hotflow", params=told).json()["data"]
        roots += data["data"]
        after = data["max_id"]
        if not after:
            break
    assert data["total_number"] == len(planted)
    assert {root["comments"] is False for root in roots} == {True, False}
    found = {root["id"]: None for root in roots}
    for root in roots:
        after = 0
        while root["total_number"]:
            told = {"cid": root["id"], "max_id": after, "max_id_type": 0}
            answer = client.get("/comments/hotFlowChild", params=told).json()
            for reply in answer["data"]:
                assert reply["id"] not in found
                found[reply["id"]] = reply["rootid"]
            after = answer["max_id"]
            if not after:
                break
    assert found == {row["id"]: row["parent"] for row in planted}


def test_the_old_comments_are_cut_at_fifty(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    post, planted = _busiest(running)
    seen, page = set(), 1
    while (answer := client.get("/api/comments/show", params={"id": post, "page": page}).json())[
        "ok"
    ]:
        seen |= {comment["id"] for comment in answer["data"]["data"]}
        page += 1
    assert (len(seen), page) == (50, 6)
    assert len(planted) > 50
    assert _meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


def test_a_post_is_read_from_its_page_and_from_show(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    rows = [r for r in running.planted() if r["kind"] == "post" and not r["gone"]]
    row = next(r for r in rows if r["pictures"] and len(r["text"]) > 40)
    page = client.get(f"/detail/{row['id']}").text
    found = re.search(r"var \$render_data = (\[.*?\])\[0\]", page, re.DOTALL)
    assert found
    status = json.loads(found.group(1))[0]["status"]
    assert _plain(status["text"]) == row["text"]
    shown = client.get("/statuses/show", params={"id": status["bid"]}).json()["data"]
    assert shown["id"] == row["id"]
    url = status["pics"][0]["large"]["url"]
    menu = client.get(url)
    assert menu.content.startswith(b"\x89PNG")
    assert menu.content != draw(Picture(name="p1"))
    repost = next(r for r in rows if r["repost_of"])
    shown = client.get("/statuses/show", params={"id": repost["id"]}).json()["data"]
    assert shown["retweeted_status"]["id"] == repost["repost_of"]
    told = client.get("/api/statuses/repostTimeline", params={"id": repost["repost_of"]}).json()
    assert repost["id"] in {each["id"] for each in told["data"]["data"]}


def test_deleted_posts_and_banned_accounts_are_told_as_weibo_tells_them(serve: Any) -> None:
    with serve(Shape.WEIBO) as (running, client):
        before = {r["id"]: r for r in running.planted() if r["kind"] == "post"}
        running.set_clock(NOW + timedelta(days=1))
        after = {r["id"]: r for r in running.planted() if r["kind"] == "post"}
        lost = next(n for n in before if after[n]["gone"] and not before[n]["gone"])
        assert "微博不存在" in client.get(f"/detail/{lost}").text
        assert client.get("/statuses/show", params={"id": lost}).json()["errno"] == "20101"
        assert _meant(running)[0] == PageState.GONE
        edited = next(n for n in before if after[n]["edited"] and not after[n]["gone"])
        assert client.get("/statuses/show", params={"id": edited}).json()["data"]["edit_count"]
        author = after[edited]["author"]
        running.ban(f"u{int(author) - 5000000000}")
        for container in ("100505", "107603"):
            told = client.get(INDEX, params={"containerid": f"{container}{author}"}).json()
            assert told["msg"] == "这里还没有内容"
        assert client.get("/statuses/show", params={"id": edited}).json()["ok"] == 0


def test_every_field_that_is_answered_has_a_source(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    answers = learned("weibo")
    known = {field for answer in answers for field in answer.fields}
    post, _ = _busiest(running)
    author = next(r["author"] for r in running.planted() if r["id"] == post)
    asked = [
        _search(client, "查"),
        client.get(INDEX, params={"containerid": f"107603{author}"}),
        client.get(INDEX, params={"containerid": f"100505{author}"}),
        client.get(INDEX, params={"containerid": f"230283{author}_-_INFO"}),
        client.get("/statuses/show", params={"id": post}),
        client.get("/statuses/extend", params={"id": post}),
        client.get("/comments/hotflow", params={"id": post, "mid": post}),
        client.get("/api/comments/show", params={"id": post}),
        client.get("/api/config"),
        _search(client, "住址"),
        _search(client, "通话"),
    ]
    told = {key for answer in asked for key in _keys(answer.json())}
    assert told - known == set()
    for answer in answers:
        for source in answer.fields.values():
            assert source.repository
            assert source.at
            assert source.date


def _keys(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        yield from told
        told = list(told.values())
    if isinstance(told, list):
        for each in told:
            yield from _keys(each)
