"""How m.weibo.cn says no, as the sandbox answers it, and where every field was learned."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from shape_answers import (
    INDEX,
    a_day_later,
    assert_sourced,
    busiest,
    keys,
    meant,
    posts_in,
    search_mobile,
)

from archive.labels import Extent, PageState
from crawler.sandbox.server import Sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.trouble import Bucket


@pytest.fixture(scope="module")
def weibo(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.WEIBO) as started:
        yield started


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
    answer = search_mobile(client, word)
    assert answer.status_code == status
    assert meant(running) == (state, Extent.WHOLE, status)
    if told:
        assert told.items() <= answer.json().items()
    if state is PageState.BLOCKED:
        assert answer.content == b""


def test_a_session_opens_what_the_log_in_hides(serve: Any) -> None:
    with serve(Shape.WEIBO) as (_, client):
        client.cookies.set("SUB", "operator")
        assert search_mobile(client, "住址").json()["ok"] == 1
        assert client.get("/api/config").json()["data"]["login"] is True


def test_a_changed_layout_still_holds_the_posts(weibo: tuple[Sandbox, httpx.Client]) -> None:
    running, client = weibo
    data = search_mobile(client, "车档").json()["data"]
    assert "cards" not in data
    assert data["items"]
    assert meant(running)[0] == PageState.CHANGED_LAYOUT


def test_a_truncated_page_holds_fewer_posts_than_it_promised(
    weibo: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = weibo
    answer = search_mobile(client, "流水")
    assert len(posts_in(answer)) == 7 < answer.json()["data"]["cardlistInfo"]["total"]
    assert meant(running) == (PageState.OK, Extent.TRUNCATED, 200)


def test_too_many_requests_meet_418(serve: Any) -> None:
    with serve(Shape.WEIBO, bucket=Bucket(burst=1, rate=0.001)) as (running, client):
        assert [search_mobile(client, "开房").status_code for _ in range(2)] == [200, 418]
        assert meant(running)[0] == PageState.RATE_LIMITED


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


def test_deleted_posts_and_banned_accounts_are_told_as_weibo_tells_them(serve: Any) -> None:
    with serve(Shape.WEIBO) as (running, client):
        before, after, lost = a_day_later(running)
        assert "微博不存在" in client.get(f"/detail/{lost}").text
        assert client.get("/statuses/show", params={"id": lost}).json()["errno"] == "20101"
        assert meant(running)[0] == PageState.GONE
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
    post, _ = busiest(running)
    author = next(r["author"] for r in running.planted() if r["id"] == post)
    asked = [
        search_mobile(client, "查"),
        client.get(INDEX, params={"containerid": f"107603{author}"}),
        client.get(INDEX, params={"containerid": f"100505{author}"}),
        client.get(INDEX, params={"containerid": f"230283{author}_-_INFO"}),
        client.get("/statuses/show", params={"id": post}),
        client.get("/statuses/extend", params={"id": post}),
        client.get("/comments/hotflow", params={"id": post, "mid": post}),
        client.get("/api/comments/show", params={"id": post}),
        client.get("/api/config"),
        search_mobile(client, "住址"),
        search_mobile(client, "通话"),
    ]
    told = {key for answer in asked for key in keys(answer.json())}
    assert_sourced("weibo", told)
