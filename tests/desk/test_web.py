"""The desk's pages over a real port, and in a real browser."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from desk.rooms import rooms


def test_search_finds_words_over_symbols_and_gives_facets(desk: str) -> None:
    found = httpx.get(f"{desk}/api/v1/search", params={"q": "开房"}).json()
    assert {hit["key"] for hit in found["hits"]} == {"weibo:w1", "weibo:w2", "weibo:w4"}
    assert {"value": "weibo", "count": 3} in found["facets"]["platform"]
    narrowed = httpx.get(
        f"{desk}/api/v1/search", params={"q": "开房", "goods": "communications"}
    ).json()
    assert {hit["key"] for hit in narrowed["hits"]} == {"weibo:w4"}
    outside = {"since": "2026-05-02"}
    assert httpx.get(f"{desk}/api/v1/search", params=outside).json()["total"] == 0


def test_marks_carry_the_gloss(desk: str) -> None:
    (hit,) = httpx.get(f"{desk}/api/v1/search", params={"q": "kf"}).json()["hits"]
    marks = {
        hit["text"]["text"][mark["start"] : mark["end"]]: mark["gloss"]
        for mark in hit["text"]["marks"]
        if mark["gloss"]
    }
    assert any("hotel" in gloss for word, gloss in marks.items() if word.startswith("开*房"))


def test_a_wrong_query_is_told_in_a_sentence(desk: str) -> None:
    page = httpx.get(f"{desk}/", params={"q": '"开房'})
    assert page.status_code == 400
    assert "quotation mark is not closed" in page.text
    assert "<mark>&#34;</mark>开房" in page.text
    place = httpx.get(f"{desk}/api/v1/search", params={"q": "查 goods:bink"})
    assert (place.status_code, place.json()["at"]) == (400, 2)
    assert "did you mean bank" in place.json()["error"]
    twin = httpx.get(f"{desk}/api/v1/search", params={"since": "yesterday"})
    assert twin.status_code == 400
    assert "2025-05-01" in twin.json()["error"]


def test_an_innocent_post_has_no_page(desk: str) -> None:
    assert httpx.get(f"{desk}/posts/weibo:w3").status_code == 404
    assert httpx.get(f"{desk}/api/v1/posts/weibo:w3").status_code == 404


def test_numbers_and_pictures_are_masked_until_a_reveal_is_in_the_chain(
    desk: str, home: Path
) -> None:
    assert "110101199003078515" not in httpx.get(f"{desk}/api/v1/posts/weibo:w2").text
    post = httpx.get(f"{desk}/api/v1/posts/weibo:w1").json()
    address = f"{desk}/posts/weibo:w1/pictures/{post['pictures'][0]['sha256']}"
    mosaic = Image.open(io.BytesIO(httpx.get(address).content))
    block = mosaic.crop((0, 0, 12, 12))
    assert block.getextrema() == tuple((low, low) for low, _ in block.getextrema())
    reveal = f"{desk}/posts/weibo:w2/reveal"
    assert httpx.post(reveal, data={"case": " ", "reason": "x"}).status_code == 400
    answer = httpx.post(reveal, data={"case": "C-1", "reason": "identify the victim"})
    assert "110101199003078515" in answer.text
    with rooms(home) as opened, opened.ledger.reading() as connection:
        reveals = [e for e in opened.ledger.chain.entries(connection) if e.kind == "reveal"]
        opened.ledger.chain.verify(connection)
    assert reveals[-1].body["case"] == "C-1"
    assert "victim" not in str(reveals[-1].body)


def test_other_sites_and_other_hosts_are_refused(desk: str) -> None:
    data = {"case": "C-1", "reason": "x"}
    evil = {"Origin": "http://evil.example"}
    assert httpx.post(f"{desk}/posts/weibo:w2/reveal", data=data, headers=evil).status_code == 403
    assert httpx.get(desk, headers={"Host": "evil.example"}).status_code == 400


def test_every_page_has_a_twin_in_openapi(desk: str) -> None:
    paths = set(httpx.get(f"{desk}/openapi.json").json()["paths"])
    assert paths == {
        "/api/v1/search",
        "/api/v1/campaigns",
        "/api/v1/campaigns/{number}",
        "/api/v1/batch",
        "/api/v1/similar",
        "/api/v1/saved",
        "/api/v1/saved/{name}",
        "/api/v1/saved/{name}/remove",
        "/api/v1/posts/{key}",
        "/api/v1/doubtful",
        "/api/v1/posts/{key}/reveal",
        "/api/v1/posts/{key}/review",
        "/api/v1/posts/{key}/pictures/{sha256}",
    }


@pytest.mark.browser
def test_an_investigator_searches_and_opens_a_post(desk: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    from archive.settings import Settings
    from crawler.chromium import find_chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(Settings()))
        page = browser.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(desk)
        page.get_by_label("Search").fill("开房")
        page.get_by_label("Search").press("Enter")
        expect(page.locator("article.hit")).to_have_count(3)
        expect(page.locator("mark.searched").first).to_have_text("开房")
        page.get_by_label("communications").check()
        page.get_by_role("button", name="Narrow").click()
        expect(page.locator("article.hit")).to_have_count(1)
        expect(page.locator("article.hit .text")).to_contain_text("<script>")
        page.goto(f"{desk}/?q=kf")
        page.locator("article.hit a").first.click()
        expect(page.locator("mark.term").first).to_have_attribute(
            "title", "kf: hotel stays (initials of 开房)"
        )
        expect(page.locator("figure img")).to_be_visible()
        expect(page.locator(".offer")).to_contain_text("800 CNY a record")
        expect(page.locator(".evidence")).to_contain_text("ab" * 32)
        page.get_by_text("Read in clear").click()
        page.get_by_label("case number").fill("C-2")
        page.get_by_label("reason").fill("read the price list")
        page.get_by_role("button", name="Reveal").click()
        expect(page.get_by_alt_text("picture of the post in clear")).to_be_visible()
        browser.close()
    assert problems == []
