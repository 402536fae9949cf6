"""The JSON of weibo.com as the sandbox answers it, asked over a real port."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from shape_answers import a_day_later, assert_sourced, busiest, keys, meant, rows_of

from archive.labels import Extent, PageState
from crawler.sandbox.server import NOW, Sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.shapes.weibo.numbers import bid

CARDS = "#pl_feedlist_index div.card-wrap[action-type=feed_list_item]"
COMMENTS = "/ajax/statuses/buildComments"


@pytest.fixture(scope="module")
def web(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.WEIBO_WEB) as started:
        yield started


def _talk(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    after = 0
    while True:
        answer = client.get(COMMENTS, params=asked | {"max_id": after, "count": 20}).json()
        told += answer["data"]
        after = answer["max_id"]
        if not after:
            return told


def test_comments_and_replies_page_to_the_end(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    post, planted = busiest(running)
    assert "流水" not in rows_of(running)[post]["text"]
    first = client.get(COMMENTS, params={"id": post, "is_mix": 0, "count": 20}).json()
    assert first["total_number"] == len(planted)
    assert first["trendsText"] == "已加载全部评论"
    found_ids: dict[str, str | None] = {}
    for root in _talk(client, id=post, is_mix=0):
        found_ids[root["idstr"]] = None
        if "more_info" in root:
            replies = _talk(client, id=root["id"], is_mix=1, fetch_level=1)
            assert len(root["comments"]) == 1 < len(replies)
        else:
            replies = root["comments"]
        assert len(replies) == root["total_number"]
        found_ids |= {each["idstr"]: each["rootidstr"] for each in replies}
    assert found_ids == {row["id"]: row["parent"] for row in planted}


def test_comments_may_end_before_their_total(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    roots = Counter(
        row["post"] for row in running.planted() if row["kind"] == "comment" and not row["parent"]
    )
    posts = rows_of(running)
    post = next(
        name
        for name, many in roots.items()
        if many > 1 and "流水" in posts[name]["text"] and not posts[name]["gone"]
    )
    told = _talk(client, id=post, is_mix=0)
    assert 0 < len(told) < roots[post]
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)


def test_a_long_text_is_cut_until_it_is_asked_for(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    rows = [r for r in rows_of(running).values() if not r["gone"] and r["pictures"]]
    row = next(r for r in rows if len(r["text"]) > 40)
    post = client.get("/ajax/statuses/show", params={"id": bid(int(row["id"]))}).json()
    assert post["ok"] == 1
    assert post["isLongText"]
    assert post["continue_tag"]
    assert row["text"].startswith(post["text_raw"].strip())
    asked = {"id": post["mblogid"]}
    told = client.get("/ajax/statuses/longtext", params=asked).json()["data"]
    assert told["longTextContent"] == row["text"]
    whole = client.get("/ajax/statuses/show", params=asked | {"isGetLongText": "true"}).json()
    assert (whole["text_raw"], whole["isLongText"]) == (row["text"], True)
    url = post["pic_infos"][post["pic_ids"][0]]["largest"]["url"]
    assert client.get(url).content.startswith(b"\x89PNG")


def test_a_profile_tells_the_place_and_a_timeline_every_post(
    web: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = web
    standing = [r for r in rows_of(running).values() if not r["gone"]]
    author = Counter(row["author"] for row in standing).most_common(1)[0][0]
    account = next(r for r in running.planted() if r["kind"] == "account" and r["id"] == author)
    user = client.get("/ajax/profile/info", params={"uid": author}).json()["data"]["user"]
    assert (user["idstr"], user["screen_name"]) == (author, account["name"])
    detail = client.get("/ajax/profile/detail", params={"uid": author}).json()["data"]
    assert detail["ip_location"] == f"IP属地：{account['ip_location']}"
    seen: list[str] = []
    page = 1
    while rows := client.get(
        "/ajax/statuses/mymblog", params={"uid": author, "page": page, "feature": 0}
    ).json()["data"]["list"]:
        seen += [row["idstr"] for row in rows]
        page += 1
    mine = {row["id"]: row for row in standing if row["author"] == author}
    assert Counter(seen) == Counter(list(mine))
    since = int((NOW - timedelta(days=10)).timestamp())
    asked = {"uid": author, "page": 1, "starttime": since, "endtime": int(NOW.timestamp())}
    late = client.get("/ajax/statuses/searchProfile", params=asked).json()["data"]["list"]
    recent = datetime.fromtimestamp(since, UTC).isoformat()
    assert {row["idstr"] for row in late} == {n for n, r in mine.items() if r["posted_at"] > recent}


def test_every_state_meets_every_address_when_asked(serve: Any) -> None:
    with serve(Shape.WEIBO_WEB) as (running, client):
        mid = next(iter(rows_of(running)))
        names = ("show", "longtext", "buildComments", "repostTimeline")
        addresses = [f"/ajax/statuses/{name}?id={mid}" for name in names]
        addresses += ["/ajax/profile/info?uid=5000001000", "/ajax/statuses/mymblog?uid=5000001000"]
        for state in PageState:
            if state is PageState.OK:
                continue
            running.trouble(state)
            for address in [*addresses, "/weibo?q=病历"]:
                client.get(address)
                assert meant(running)[0] == state


def test_deleted_posts_and_banned_accounts_are_told_as_weibo_tells_them(serve: Any) -> None:
    with serve(Shape.WEIBO_WEB) as (running, client):
        _, after, lost = a_day_later(running)
        told = client.get("/ajax/statuses/show", params={"id": lost}).json()
        assert (told["error_code"], told["message"]) == (20101, "该微博不存在")
        assert meant(running)[0] == PageState.GONE
        author = next(row["author"] for row in after.values() if not row["gone"])
        running.ban(f"u{int(author) - 5000000000}")
        told = client.get("/ajax/profile/info", params={"uid": author}).json()
        assert told["error_type"] == "link"
        assert "weibo.com/sorry" in told["url"]


def test_the_mobile_pages_are_there_too(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    mid = next(n for n, r in rows_of(running).items() if not r["gone"])
    assert client.get("/statuses/show", params={"id": mid}).json()["data"]["id"] == mid


def test_every_field_that_is_answered_has_a_source(web: tuple[Sandbox, httpx.Client]) -> None:
    running, client = web
    post, _ = busiest(running)
    rows = [r for r in rows_of(running).values() if not r["gone"]]
    pictured = next(r["id"] for r in rows if r["pictures"])
    repost = next(r for r in rows if r["repost_of"])
    asked = [
        *(client.get("/ajax/statuses/show", params={"id": n}) for n in (pictured, repost["id"])),
        client.get("/ajax/statuses/longtext", params={"id": post}),
        client.get(COMMENTS, params={"id": post}),
        client.get("/ajax/statuses/repostTimeline", params={"id": repost["repost_of"]}),
        client.get("/ajax/profile/info", params={"uid": repost["author"]}),
        client.get("/ajax/profile/detail", params={"uid": repost["author"]}),
        client.get("/ajax/statuses/mymblog", params={"uid": repost["author"]}),
        client.get("/ajax/statuses/show", params={"id": "1"}),
        client.get("/ajax/profile/info", params={"uid": "1"}),
    ]
    told = {key for answer in asked for key in keys(answer.json()) if "sandbox" not in key}
    assert_sourced("weibo_web", told)
