"""The sandbox over a real port: repeatable, with the bad pages it promises."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from archive.labels import ACTIONABLE, Extent, PageState
from crawler.platforms.sandbox.pages import read_post_page, read_search_page
from crawler.sandbox.pictures import draw
from crawler.sandbox.server import NOW, Sandbox, sandbox
from crawler.sandbox.trouble import Bucket
from crawler.sandbox.world import Picture, build_world
from crawler.sandbox.writing import material


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with sandbox(bucket=Bucket(burst=1000, rate=1000)) as started:
        yield started


def _search(running: Sandbox, word: str, page: int = 1) -> httpx.Response:
    return httpx.get(f"{running.url}/search", params={"q": word, "page": page})


def test_the_same_seed_gives_the_same_world_and_the_same_pictures() -> None:
    assert build_world(3, now=NOW) == build_world(3, now=NOW)
    assert build_world(3, now=NOW) != build_world(4, now=NOW)
    menu = Picture(name="p", menu=("开房 800", "流水 1200"))
    assert draw(menu) == draw(menu)
    assert draw(menu) != draw(Picture(name="p", menu=("开房 900", "流水 1200")))


def test_adverts_are_few_and_of_every_actionable_intent() -> None:
    entries = build_world(7, now=NOW).entries
    adverts = [entry for entry in entries if entry.intent in ACTIONABLE]
    assert {entry.intent for entry in adverts} == set(ACTIONABLE)
    assert 0.1 < len(adverts) / len(entries) < 0.3
    assert all(entry.goods for entry in adverts)
    assert len(material()["goods"]) >= 15


@pytest.mark.parametrize(
    ("word", "state", "extent"),
    [
        ("开房", PageState.OK, Extent.WHOLE),
        ("夜航船", PageState.EMPTY, Extent.WHOLE),
        ("流水", PageState.OK, Extent.TRUNCATED),
        ("住址", PageState.LOGGED_OUT, Extent.WHOLE),
        ("通话", PageState.CAPTCHA, Extent.WHOLE),
        ("机主", PageState.BLOCKED, Extent.WHOLE),
        ("车档", PageState.CHANGED_LAYOUT, Extent.WHOLE),
        ("户籍", PageState.ERROR, Extent.WHOLE),
    ],
)
def test_each_bad_page_is_read_as_it_was_meant(
    running: Sandbox, word: str, state: PageState, extent: Extent
) -> None:
    answer = _search(running, word)
    location = answer.headers.get("location", "")
    page = read_search_page(str(answer.url), answer.status_code, answer.text, location=location)
    assert (page.sign.state, page.extent) == (state, extent)
    assert (page.sign.reason == "") == (state is PageState.OK)
    logged = running.log()[-1]
    assert (logged["page_state"], logged["extent"]) == (state, extent)


def test_a_search_ends_at_the_cap_and_says_so(running: Sandbox) -> None:
    seen: set[str] = set()
    url: str | None = f"{running.url}/search?q=查"
    pages = 0
    while url:
        answer = httpx.get(url)
        page = read_search_page(url, answer.status_code, answer.text)
        details = {f"sandbox:{name}" for name in page.details}
        fresh = {post.key for post in page.posts} | details
        assert not fresh & seen
        seen |= fresh
        pages += 1
        following = page.following
        url = f"{running.url}/search?q=查&page={following}" if following else None
    assert (pages, page.extent) == (5, Extent.CAPPED)
    assert len(seen) == 50


def test_a_session_opens_what_the_log_in_wall_hides(running: Sandbox) -> None:
    with httpx.Client(base_url=running.url) as client:
        client.post("/_sandbox/session")
        assert client.get("/search", params={"q": "住址"}).status_code == 200


def test_a_client_in_a_hurry_is_limited_and_told_when_to_come_again() -> None:
    with sandbox(bucket=Bucket(burst=2, rate=0.001)) as running:
        answers = [_search(running, "开房") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "1"
        assert running.log()[-1]["page_state"] == PageState.RATE_LIMITED


def test_the_clock_brings_edits_and_deletions(running: Sandbox) -> None:
    before = {post["id"]: post for post in running.truth()}
    running.set_clock(NOW + timedelta(days=1))
    after = {post["id"]: post for post in running.truth()}
    gone = [name for name in before if after[name]["gone"] and not before[name]["gone"]]
    edited = [name for name in before if after[name]["edited"] and not before[name]["edited"]]
    assert gone
    assert edited
    lost = httpx.get(f"{running.url}/post/{gone[0]}")
    assert lost.status_code == 404
    assert read_post_page(str(lost.url), 404, lost.text).sign.state is PageState.GONE
    page = httpx.get(f"{running.url}/post/{edited[0]}")
    (post, *_) = read_post_page(str(page.url), 200, page.text).posts
    assert "已更新" in post.text


def test_the_feed_is_closed_to_plain_requests(running: Sandbox) -> None:
    assert httpx.get(f"{running.url}/api/feed").status_code == 403
    assert "card" not in httpx.get(f"{running.url}/feed").text.split("<script>")[0]


def test_a_picture_is_a_png_of_some_size(running: Sandbox) -> None:
    answer = _search(running, "看图")
    page = read_search_page(str(answer.url), 200, answer.text)
    pictures = [media.url for post in page.posts for media in post.media]
    data = httpx.get(pictures[0]).content
    assert data.startswith(b"\x89PNG")
    assert len(data) > 3000
