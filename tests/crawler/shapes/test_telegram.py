"""t.me/s as the sandbox answers it, asked over a real port."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import html
from shape_answers import a_day_later

from archive.labels import PageState
from crawler.sandbox.server import Sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.shapes.provenance import learned
from crawler.sandbox.trouble import Bucket


@pytest.fixture(scope="module")
def telegram(serve: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with serve(Shape.TELEGRAM) as started:
        yield started


def _messages(page: Any) -> dict[str, Any]:
    found = page.xpath('//div[contains(@class, "js-widget_message ") or @data-post]')
    messages = {each.get("data-post"): each for each in found}
    return {name: each for name, each in messages.items() if "service" not in each.get("class")}


def _link(page: Any, side: str) -> str | None:
    links = page.xpath(f'//a[contains(@class, "tme_messages_more")][@data-{side}]/@href')
    return str(links[0]) if links else None


def _text(message: Any) -> str:
    (text,) = message.xpath('.//div[contains(@class, "js-message_text")]')
    for line in text.xpath(".//br"):
        line.tail = "\n" + (line.tail or "")
    return str(text.text_content())


def _walk(client: httpx.Client, url: str | None, side: str) -> tuple[dict[str, Any], int]:
    seen: dict[str, Any] = {}
    pages = 0
    while url:
        page = html.fromstring(client.get(url).text)
        messages = _messages(page)
        assert not seen.keys() & messages.keys()
        seen |= messages
        pages, url = pages + 1, _link(page, side)
    return seen, pages


def _posts(running: Sandbox, channel: str) -> dict[str, dict[str, Any]]:
    rows = [row for row in running.planted() if row["kind"] == "post"]
    return {row["id"]: row for row in rows if row["author"] == channel and not row["gone"]}


def test_paging_back_and_forth_gives_each_planted_post_once(
    telegram: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = telegram
    planted = _posts(running, "sandbox_ch0")
    back, pages = _walk(client, "/s/sandbox_ch0", "before")
    assert back.keys() == planted.keys()
    assert pages == -(-len(planted) // 20) > 2
    forth, _ = _walk(client, "/s/sandbox_ch0?after=1", "after")
    assert forth.keys() == planted.keys()
    for name, message in back.items():
        assert _text(message) == planted[name]["text"]
        assert message.xpath(".//time/@datetime") == [planted[name]["posted_at"]]


def test_the_first_page_is_the_newest_and_the_last_begins_with_the_creation(
    telegram: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = telegram
    planted = _posts(running, "sandbox_ch1")
    newest = max(planted, key=lambda name: int(name.split("/")[1]))
    first = html.fromstring(client.get("/s/sandbox_ch1").text)
    assert list(_messages(first))[-1] == newest
    assert _link(first, "after") is None
    last = client.get("/s/sandbox_ch1?before=10").text
    assert "Channel created" in last
    assert "data-before" not in last


def test_forwards_and_names_lead_to_other_channels(telegram: tuple[Sandbox, httpx.Client]) -> None:
    running, client = telegram
    rows = {row["id"]: row for row in running.planted() if row["kind"] == "post"}
    forwards = {name: row for name, row in rows.items() if row["repost_of"] and not row["gone"]}
    found = {}
    for name in forwards:
        message = html.fromstring(client.get(f"/{name}?embed=1").text)
        links = message.xpath('//a[@class="tgme_widget_message_forwarded_from_name"]/@href')
        found[name] = links[0].removeprefix("https://t.me/") if links else None
    wanted = {n: r["repost_of"] for n, r in forwards.items() if not rows[r["repost_of"]]["gone"]}
    assert {name: link for name, link in found.items() if link} == wanted
    assert len({link.split("/")[0] for link in wanted.values()}) > 2
    info = html.fromstring(client.get("/s/sandbox_ch0").text)
    links = info.xpath('//div[@class="tgme_channel_info_description"]//a/@href')
    assert "https://t.me/sandbox_ch3" in links


def test_a_picture_of_a_message_is_fetched_from_loopback(
    telegram: tuple[Sandbox, httpx.Client],
) -> None:
    running, client = telegram
    rows = [row for row in running.planted() if row["kind"] == "post" and not row["gone"]]
    row = next(row for row in rows if row["pictures"])
    page = client.get(f"/{row['id']}").text
    (url,) = re.findall(r"background-image:url\('([^']+)'\)", page)
    assert url == f"{running.url}/file/{row['pictures'][0]}"
    assert client.get(url).content.startswith(b"\x89PNG")


def test_a_search_in_a_channel_gives_what_it_holds(telegram: tuple[Sandbox, httpx.Client]) -> None:
    running, client = telegram
    planted = _posts(running, "sandbox_ch2")
    found, _ = _walk(client, "/s/sandbox_ch2?q=查", "before")
    assert found.keys() == {name for name, row in planted.items() if "查" in row["text"]}
    assert found
    assert "tme_no_messages_found" in client.get("/s/sandbox_ch2?q=夜航船").text
    assert running.log()[-1]["page_state"] == PageState.EMPTY


def test_most_messages_hide_a_line_that_is_not_theirs(
    telegram: tuple[Sandbox, httpx.Client],
) -> None:
    _, client = telegram
    messages = _messages(html.fromstring(client.get("/s/sandbox_ch3").text))
    hidden = [m for m in messages.values() if "Please open Telegram" in m.text_content()]
    assert len(messages) / 2 < len(hidden) < len(messages)


@pytest.mark.parametrize(
    ("name", "state", "told"),
    [
        ("nobody_here", PageState.GONE, "Telegram: Contact @nobody_here"),
        ("sandbox_user", PageState.GONE, "Telegram: View @sandbox_user"),
        ("sandbox_group", PageState.GONE, "members"),
        ("sandbox_hidden", PageState.GONE, "subscribers"),
    ],
)
def test_what_is_no_open_channel_is_sent_to_its_landing_page(
    telegram: tuple[Sandbox, httpx.Client], name: str, state: PageState, told: str
) -> None:
    running, client = telegram
    answer = client.get(f"/s/{name}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/{name}")
    assert running.log()[-1]["page_state"] == state
    page = client.get(f"/{name}").text
    assert told in page
    assert ("noindex" in page) == (name == "nobody_here")


@pytest.mark.parametrize(
    ("word", "state", "status"),
    [
        ("机主", PageState.BLOCKED, 403),
        ("户籍", PageState.ERROR, 502),
        ("车档", PageState.CHANGED_LAYOUT, 200),
        ("住址", PageState.LOGGED_OUT, 401),
        ("通话", PageState.CAPTCHA, 403),
    ],
)
def test_each_trouble_is_met_and_logged(
    telegram: tuple[Sandbox, httpx.Client], word: str, state: PageState, status: int
) -> None:
    running, client = telegram
    answer = client.get("/s/sandbox_ch0", params={"q": word})
    assert answer.status_code == status
    assert (running.log()[-1]["page_state"], running.log()[-1]["status"]) == (state, status)
    assert "tgme_" not in answer.text


def test_too_many_requests_meet_429(serve: Any) -> None:
    with serve(Shape.TELEGRAM, bucket=Bucket(burst=1, rate=0.001)) as (running, client):
        answers = [client.get("/s/sandbox_ch0") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert answers[1].headers["retry-after"] == "1"
        assert running.log()[-1]["page_state"] == PageState.RATE_LIMITED


def test_the_clock_deletes_and_edits_and_a_ban_empties(serve: Any) -> None:
    with serve(Shape.TELEGRAM) as (running, client):
        before, after, lost = a_day_later(running)
        assert "Post not found" in client.get(f"/{lost}").text
        assert running.log()[-1]["page_state"] == PageState.GONE
        edited = next(n for n in before if after[n]["edited"])
        assert "edited" in client.get(f"/{edited}").text
        running.ban("sandbox_ch0")
        assert client.get("/s/sandbox_ch0").status_code == 302
        assert client.get("/robots.txt").text.startswith("User-agent")


def test_every_class_and_mark_has_a_source(telegram: tuple[Sandbox, httpx.Client]) -> None:
    _, client = telegram
    known = {field for answer in learned("telegram") for field in answer.fields}
    told: Counter[str] = Counter()
    for path in ("/s/sandbox_ch0?before=30", "/s/sandbox_ch0?q=夜航船", "/nobody_here", "/x/5"):
        page = html.fromstring(client.get(path).text)
        for each in page.iter():
            told.update((each.get("class") or "").split())
            told.update(name for name in each.attrib if name.startswith("data-"))
    assert set(told) - known == set()
    assert len(told) > 30
