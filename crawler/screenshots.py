"""Full-page screenshots of posts: each is an observation of its own, its cursor the post's key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from playwright.async_api import Response as BrowserResponse

from archive.labels import PageState
from crawler.exchanges import from_browser, tools
from crawler.reach import Reach, is_public
from crawler.seen import SeenPage
from crawler.warc import Exchange

_MS = 30_000
_SIZE = {"width": 1280, "height": 900}
_BY_STATUS = {
    **dict.fromkeys((404, 410), PageState.GONE),
    **dict.fromkeys((401, 403), PageState.BLOCKED),
    429: PageState.RATE_LIMITED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Posts to photograph under a job, each a key and an address.

    ``base_url`` is the sandbox's, the one private place that is opened.
    """

    job: int
    posts: Sequence[tuple[str, str]]
    chromium: Path
    delay: float
    base_url: str | None = None


def photograph(sitting: Sitting, keep: Callable[[SeenPage], None]) -> None:
    """Open every post in a browser without a session and hand on what was seen, failures too."""
    asyncio.run(_photograph(sitting, keep))


async def _photograph(sitting: Sitting, keep: Callable[[SeenPage], None]) -> None:
    reach = Reach(sitting.base_url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(sitting.chromium))
        for number, (key, url) in enumerate(sitting.posts):
            if number:
                await asyncio.sleep(sitting.delay)
            keep(await _one(browser, sitting, key, url, reach))
        await browser.close()


async def _one(browser: Browser, sitting: Sitting, key: str, url: str, reach: Reach) -> SeenPage:
    refused = await reach.refusal(url)
    if refused:
        return _failed(sitting, key, url, refused)
    page = await browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
    try:
        answer = await page.goto(url, timeout=_MS, wait_until="load")
        if answer is None or not await _may_be_kept(answer, sitting):
            return _failed(sitting, key, url, "the answer came from a private address")
        return await _seen(page, answer, sitting, key, browser.version)
    except BrowserError as error:
        return _failed(sitting, key, url, error.message[:200])
    finally:
        await page.close()


async def _seen(
    page: Page, answer: BrowserResponse, sitting: Sitting, key: str, version: str
) -> SeenPage:
    return SeenPage(
        job=sitting.job,
        cursor=key,
        exchange=await from_browser(answer, browser=version),
        page_state=_state(answer.status),
        screenshot=await page.screenshot(full_page=True, timeout=_MS),
    )


async def _may_be_kept(answer: BrowserResponse, sitting: Sitting) -> bool:
    """Say whether an answer, at the end of any redirects, came from where it may."""
    if sitting.base_url and answer.url.startswith(sitting.base_url):
        return True
    server = await answer.server_addr()
    return server is not None and is_public(server["ipAddress"])


def _failed(sitting: Sitting, key: str, url: str, reason: str) -> SeenPage:
    nothing = Exchange(
        method="GET",
        url=url,
        fetched_at=datetime.now(UTC),
        status=0,
        body=b"",
        by_browser=True,
        tools=dict(tools()),
    )
    seen = SeenPage(job=sitting.job, cursor=key, exchange=nothing, page_state=PageState.ERROR)
    return replace(seen, reason=reason)


def _state(status: int) -> PageState:
    return PageState.OK if status == 200 else _BY_STATUS.get(status, PageState.ERROR)
