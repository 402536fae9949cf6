"""Full-page screenshots of posts: each is an observation of its own, its cursor the post's key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError

from archive.labels import PageState
from archive.ledger.units import Unit, Work
from crawler.exchanges import from_browser, tools
from crawler.fetching import Fetched
from crawler.gateway import Gateway
from crawler.platforms.catalogue import load, names
from crawler.platforms.page import Sign
from crawler.reach import Reach
from crawler.readings import read_safely
from crawler.rules import Rules
from crawler.seen import SeenPage
from crawler.warc import Exchange

_MS = 30_000
_SIZE = {"width": 1280, "height": 900}
_BY_STATUS = {
    **dict.fromkeys((404, 410), PageState.GONE),
    **dict.fromkeys((401, 403), PageState.BLOCKED),
    429: PageState.RATE_LIMITED,
}
# What a page says of itself by signs; what else it may be, its words tell.
_TOLD = frozenset(
    {
        *(PageState.LOGGED_OUT, PageState.BLOCKED, PageState.CAPTCHA),
        *(PageState.RATE_LIMITED, PageState.GONE),
    }
)
_ENOUGH = 12  # letters of a post in a row that show it to be on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A post to photograph."""

    key: str
    url: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Posts to photograph under a job.

    ``base_url`` is the sandbox's, the one private place that is opened. ``despite_robots`` needs
    the legal basis that the job states.
    """

    job: int
    posts: Sequence[Subject]
    chromium: Path
    delay: float
    base_url: str | None = None
    despite_robots: bool = False


@dataclass(frozen=True, slots=True)
class _Studio:
    browser: Browser
    gateway: Gateway
    rules: Rules
    sitting: Sitting


def photograph(sitting: Sitting, keep: Callable[[SeenPage], None]) -> None:
    """Open every post in a browser without a session and hand on what was seen, failures too."""
    asyncio.run(_photograph(sitting, keep))


async def _photograph(sitting: Sitting, keep: Callable[[SeenPage], None]) -> None:
    async with Gateway(sitting.base_url) as gateway, async_playwright() as playwright:
        browser = await playwright.chromium.launch(**gateway.launch_options(sitting.chromium))
        studio = _Studio(browser, gateway, Rules(gateway.url), sitting)
        for number, subject in enumerate(sitting.posts):
            if number:
                await asyncio.sleep(sitting.delay)
            keep(await _one(studio, subject))
        await browser.close()


async def _one(studio: _Studio, subject: Subject) -> SeenPage:
    sitting, refusals = studio.sitting, len(studio.gateway.refusals)
    refused = await Reach(sitting.base_url).refusal(subject.url)
    if not refused and not sitting.despite_robots:
        refused = await studio.rules.refusal(subject.url)
    if refused:
        return _failed(sitting, subject, refused)
    page = await studio.browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
    try:
        return await _seen(page, studio, subject)
    except BrowserError as error:
        told = studio.gateway.refusals[refusals:]
        return _failed(sitting, subject, told[-1] if told else error.message[:200])
    finally:
        await page.close()


async def _seen(page: Page, studio: _Studio, subject: Subject) -> SeenPage:
    answer = await page.goto(subject.url, timeout=_MS, wait_until="load")
    if answer is None:
        return _failed(studio.sitting, subject, "the browser gave no answer")
    kept = await from_browser(answer, browser=studio.browser.version)
    kept = replace(kept, server=studio.gateway.server_of(kept.url))
    shown = await page.inner_text("body")
    sign = state_of(subject, kept, html=await page.content(), shown=shown)
    lost = sign.state is PageState.GONE and not sign.reason.startswith("status ")
    return SeenPage(
        job=studio.sitting.job,
        cursor=subject.key,
        exchange=kept,
        page_state=sign.state,
        reason=sign.reason,
        gone=(subject.key,) if lost else (),
        screenshot=await page.screenshot(full_page=True, timeout=_MS),
    )


def state_of(subject: Subject, kept: Exchange, *, html: str, shown: str) -> Sign:
    """Tell what a photograph shows: by the platform's signs, then by the post's own words."""
    sign = _read(subject, kept, html)
    if sign and sign.state in _TOLD:
        return sign
    if kept.status != 200:
        state = _BY_STATUS.get(kept.status, PageState.ERROR)
        return Sign(state, f"status {kept.status}")
    if (sign and sign.state is PageState.OK) or _holds(shown, subject.text):
        return Sign(PageState.OK)
    return Sign(PageState.CHANGED_LAYOUT, "the page does not show the post's words")


def _read(subject: Subject, kept: Exchange, html: str) -> Sign | None:
    """Read the page as the post's platform does; nothing where there is no such platform."""
    platform, _, name = subject.key.partition(":")
    if platform not in names():
        return None
    unit = Unit(platform=platform, work=Work.POST, query=name)
    met = read_safely(load(platform), unit, Fetched(exchange=replace(kept, body=html.encode())))
    return Sign(met.state, met.reason)


def _holds(shown: str, text: str) -> bool:
    """Say whether a page shows a post, or the beginning that an edit or a fold leaves."""
    wanted = "".join(text.split())[:_ENOUGH]
    return bool(wanted) and wanted in "".join(shown.split())


def _failed(sitting: Sitting, subject: Subject, reason: str) -> SeenPage:
    nothing = Exchange(
        method="GET",
        url=subject.url,
        fetched_at=datetime.now(UTC),
        status=0,
        body=b"",
        by_browser=True,
        tools=dict(tools()),
    )
    seen = SeenPage(
        job=sitting.job, cursor=subject.key, exchange=nothing, page_state=PageState.ERROR
    )
    return replace(seen, reason=reason)
