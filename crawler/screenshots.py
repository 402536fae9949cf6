"""Full-page screenshots of posts: each is an observation of its own, its cursor the post's key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import scrapy
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.labels import PageState
from crawler.exchanges import from_failure, from_scrapy, tools
from crawler.seen import SeenPage

JOB = "screenshots of adverts"
_BY_STATUS = {
    **dict.fromkeys((404, 410), PageState.GONE),
    **dict.fromkeys((401, 403), PageState.BLOCKED),
    429: PageState.RATE_LIMITED,
}


class ScreenshotSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not followed: slow
    """Opens posts' own addresses in a browser and photographs each from top to bottom."""

    name = "screenshots"

    def __init__(self, *, job: int, posts: Sequence[tuple[str, str]], **rest: Any) -> None:
        """Take pairs of a post's key and its address."""
        super().__init__(**rest)
        self._job = job
        self._posts = posts

    async def start(self) -> AsyncIterator[Any]:
        """Open every post."""
        for key, url in self._posts:
            yield Request(
                url,
                meta={
                    "playwright": True,
                    "playwright_include_page": True,
                    "handle_httpstatus_all": True,
                },
                cb_kwargs={"key": key},
                errback=self.failed,
                dont_filter=True,
            )

    async def parse(self, response: Response, key: str = "", **_: Any) -> AsyncIterator[Any]:
        """Photograph a page; a page that cannot be is kept without a picture and says why."""
        page: Page = response.meta["playwright_page"]
        state, reason, shot = _state(response.status), "", None
        try:
            browser = page.context.browser.version if page.context.browser else ""
            shot = await page.screenshot(full_page=True)
        except BrowserError as error:
            state, reason = PageState.ERROR, f"no screenshot: {error.message[:200]}"
        finally:
            await page.close()
        exchange = replace(
            from_scrapy(response), by_browser=True, tools={**tools(), "chromium": browser}
        )
        yield SeenPage(
            job=self._job,
            cursor=key,
            exchange=exchange,
            page_state=state,
            reason=reason,
            screenshot=shot,
        )

    async def failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Keep a page that did not open."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if page := request.meta.get("playwright_page"):
            await page.close()
        yield SeenPage(
            job=self._job,
            cursor=request.cb_kwargs["key"],
            exchange=from_failure(request),
            page_state=PageState.ERROR,
            reason=f"{type(failure.value).__name__}: {str(failure.value)[:200]}",
        )


def _state(status: int) -> PageState:
    if status == 200:
        return PageState.OK
    return _BY_STATUS.get(status, PageState.ERROR)
