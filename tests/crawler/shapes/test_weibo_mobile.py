"""m.weibo.cn as the sandbox answers it, asked over a real port."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from shape_answers import INDEX, busiest, meant, posts_in, search_mobile

from archive.labels import Extent, PageState
from crawler.sandbox.pictures import draw
from crawler.sandbox.server import NOW, Sandbox
from crawler.sandbox.shapes.cast import Cast
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.shapes.weibo.numbers import Numbers, bid, from_bid
from crawler.sandbox.world import Picture, build_world


@pytest.fixture(scope="module")
def weibo(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.WEIBO) as started:
        yield started


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html.replace("<br />", "\n")).replace("&amp;", "&")


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
        answer = search_mobile(client, word, page)
        seen += posts_in(answer)
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
    answers = [search_mobile(client, "查", page) for page in range(1, 6)]
    told = [answer.json()["data"]["cardlistInfo"] for answer in answers]
    assert [each["page"] for each in told] == [2, 3, 4, 5, None]
    assert len({post["id"] for answer in answers for post in posts_in(answer)}) == 50
    assert told[-1]["total"] > 50
    assert meant(running) == (PageState.OK, Extent.CAPPED, 200)
    beyond = search_mobile(client, "查", 6).json()
    assert beyond == {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
    assert meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


def test_a_timeline_gives_every_post_of_an_account_and_an_old_one_on_top(serve: Any) -> None:
    with serve(Shape.WEIBO) as (running, client):
        posts = [r for r in running.planted() if r["kind"] == "post" and not r["gone"]]
        author, many = Counter(row["author"] for row in posts).most_common(1)[0]
        assert many > 10
        told = {"containerid": f"107603{author}"}
        first = client.get(INDEX, params=told)
        seen = posts_in(first)
        assert seen[0]["isTop"] == 1
        since = first.json()["data"]["cardlistInfo"]["since_id"]
        rest = client.get(INDEX, params={**told, "since_id": since})
        assert "since_id" not in rest.json()["data"]["cardlistInfo"]
        wanted = Counter(row["id"] for row in posts if row["author"] == author)
        assert Counter(post["id"] for post in seen[1:] + posts_in(rest)) == wanted
        profile = client.get(INDEX, params={"containerid": f"100505{author}"}).json()
        assert profile["data"]["userInfo"]["statuses_count"] == many
        about = client.get(INDEX, params={"containerid": f"230283{author}_-_INFO"}).json()
        items = {i["item_name"]: i["item_content"] for i in about["data"]["cards"][0]["card_group"]}
        row = next(r for r in running.planted() if r["id"] == author)
        assert items["IP属地"] == row["ip_location"]


def test_comments_and_replies_page_to_the_end(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    post, planted = busiest(running)
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
    post, planted = busiest(running)
    seen, page = set(), 1
    while (answer := client.get("/api/comments/show", params={"id": post, "page": page}).json())[
        "ok"
    ]:
        seen |= {comment["id"] for comment in answer["data"]["data"]}
        page += 1
    assert (len(seen), page) == (50, 6)
    assert len(planted) > 50
    assert meant(running) == (PageState.EMPTY, Extent.CAPPED, 200)


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
