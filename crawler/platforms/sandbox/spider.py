"""The sandbox's spiders: keyword search and re-visits by plain requests, the feed by a browser."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import scrapy
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page
from playwright.async_api import Response as BrowserResponse
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.labels import PAUSING, PageState
from archive.records import Media, Post
from crawler.exchanges import from_browser, from_failure, from_scrapy, tools
from crawler.platforms.sandbox.pages import (
    PLATFORM,
    SandboxPage,
    read_feed,
    read_post_page,
    read_search_page,
)
from crawler.platforms.sandbox.signs import Sign, read_sign
from crawler.seen import SeenPage

_TRIES = 3
_FEED_SECONDS = 60
_SLOWEST = 2.0  # seconds between two requests
_ANY_STATUS = {"handle_httpstatus_all": True, "dont_retry": True}

Reader = Callable[..., SandboxPage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One page to fetch under a job; ``tries`` counts what came before."""

    job: int
    url: str
    cursor: str
    read: Reader
    tries: int = 0


class _SandboxSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not followed: slow
    """What both spiders share: pictures fetched once, each fetch under a job."""

    def __init__(self, *, pictures_job: int, **rest: Any) -> None:
        super().__init__(**rest)
        self._pictures_job = pictures_job
        self._pictures: dict[str, str | None] = {}

    async def with_pictures(
        self, posts: Sequence[Post], kept_posts: list[Post]
    ) -> AsyncIterator[SeenPage]:
        """Give each new picture as a fetch of its own; put the posts with digests into a list."""
        for post in posts:
            kept: list[Media] = []
            for media in post.media:
                if media.url not in self._pictures:
                    yield await self._fetch_picture(media.url)
                kept.append(replace(media, sha256=self._pictures[media.url]))
            kept_posts.append(replace(post, media=tuple(kept)))

    async def _fetch_picture(self, url: str) -> SeenPage:
        request = Request(url, meta=_ANY_STATUS, dont_filter=True)
        engine = self.crawler.engine
        if engine is None:
            raise RuntimeError("a picture was asked for outside a crawl")
        try:
            response = await engine.download_async(request)
        except Exception as error:  # Twisted and Scrapy raise many kinds; each is a failed fetch
            self._pictures[url] = None
            return _failed(request, self._pictures_job, url, error)
        good = response.status == 200 and response.body
        self._pictures[url] = hashlib.sha256(response.body).hexdigest() if good else None
        sign = read_sign(response.status) if not good else Sign(PageState.OK)
        return SeenPage(
            job=self._pictures_job,
            cursor=url,
            exchange=from_scrapy(response),
            page_state=sign.state,
            reason=sign.reason,
            picture=bool(good),
        )


class SandboxSearchSpider(_SandboxSpider):
    """Searches words page by page and reads the posts' own pages; re-visits posts by id."""

    name = "sandbox-search"
    # faster than the sandbox allows, so that it has to be told to slow down
    custom_settings = {"DOWNLOAD_DELAY": 0.1}  # noqa: RUF012  # Scrapy's own form

    def __init__(
        self,
        *,
        base_url: str,
        searches: Sequence[tuple[int, str]] = (),
        visits: Sequence[tuple[int, str]] = (),
        **rest: Any,
    ) -> None:
        """Take pairs of a job and its word, and of a job and the id of a post to look at again."""
        super().__init__(**rest)
        self._base_url = base_url
        self._searches = searches
        self._visits = visits
        self._stopped: set[int] = set()
        self._detailed: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        """Begin with the first page of each word."""
        for job, word in self._searches:
            request = scrapy.FormRequest(
                f"{self._base_url}/search", method="GET", formdata={"q": word}
            )
            yield self._request(Task(job=job, url=request.url, cursor="1", read=read_search_page))
        for job, name in self._visits:
            url = f"{self._base_url}/post/{name}"
            yield self._request(Task(job=job, url=url, cursor=name, read=read_post_page))

    def _request(self, task: Task) -> Request:
        return Request(
            task.url,
            callback=self.read,
            errback=self.failed,
            cb_kwargs={"task": task},
            meta=_ANY_STATUS,
            dont_filter=True,
            # a job's later pages before other jobs' first ones would leave those waiting
            priority=-int(task.cursor) if task.cursor.isdecimal() else 0,
        )

    async def read(self, response: Response, task: Task) -> AsyncIterator[Any]:
        """Read an answer; go on, wait and ask again, or stop the job."""
        location = (response.headers.get("Location") or b"").decode("latin-1")
        body = response.body.decode("utf-8", errors="replace")
        page = task.read(task.url, response.status, body, location=location)
        posts: list[Post] = []
        async for picture in self.with_pictures(page.posts, posts):
            yield picture
        visited = task.read is read_post_page
        gone = page.sign.state is PageState.GONE and visited
        yield SeenPage(
            job=task.job,
            cursor=task.cursor,
            exchange=from_scrapy(response),
            page_state=page.sign.state,
            extent=page.extent,
            reason=page.sign.reason,
            posts=tuple(posts),
            gone=(f"{PLATFORM}:{task.url.rsplit('/', 1)[-1]}",) if gone else (),
        )
        async for request in self._onward(page, task, response):
            yield request

    async def _onward(
        self, page: SandboxPage, task: Task, response: Response
    ) -> AsyncIterator[Request]:
        state = page.sign.state
        if state in PAUSING:
            self._stopped.add(task.job)
        if task.job in self._stopped:
            return
        if state is PageState.RATE_LIMITED:
            self._slow_down(response)
            await asyncio.sleep(float(response.headers.get("Retry-After") or 1))
            yield self._request(task)
        elif state is PageState.ERROR and task.tries + 1 < _TRIES:
            yield self._request(replace(task, tries=task.tries + 1))
        for url in page.details:
            if url not in self._detailed:
                self._detailed.add(url)
                cursor = f"post {url.rsplit('/', 1)[-1]}"
                yield self._request(Task(job=task.job, url=url, cursor=cursor, read=read_post_page))
        if page.following:
            cursor = str(int(task.cursor) + 1)
            yield self._request(replace(task, url=page.following, cursor=cursor, tries=0))

    def _slow_down(self, response: Response) -> None:
        """Ask the site less often from now on."""
        engine = self.crawler.engine
        slot = engine and engine.downloader.slots.get(response.meta.get("download_slot", ""))
        if slot:
            slot.delay = min(slot.delay * 1.3, _SLOWEST)

    async def failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Keep a fetch without an answer, and ask again."""
        request: Request = failure.request  # type: ignore[attr-defined]
        task: Task = request.cb_kwargs["task"]
        yield _failed(request, task.job, task.cursor, failure.value)
        if task.tries + 1 < _TRIES:
            yield self._request(replace(task, tries=task.tries + 1))


class SandboxFeedSpider(_SandboxSpider):
    """Reads the JavaScript feed in a browser, to its end."""

    name = "sandbox-feed"

    def __init__(self, *, base_url: str, job: int, **rest: Any) -> None:
        super().__init__(**rest)
        self._base_url = base_url
        self._job = job
        self._answers: list[BrowserResponse] = []

    async def start(self) -> AsyncIterator[Any]:
        """Open the feed."""
        yield Request(
            f"{self._base_url}/feed",
            meta={
                **_ANY_STATUS,
                "playwright": True,
                "playwright_include_page": True,
                "playwright_page_init_callback": self._listen,
            },
            errback=self.failed,
        )

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Any]:
        """Wait for the feed's end, and keep each answer that the page's script was given."""
        page: Page = response.meta["playwright_page"]
        try:
            sign = await self._read_to_end(page, response)
            browser = page.context.browser.version if page.context.browser else ""
            shell = SeenPage(
                job=self._job,
                cursor="shell",
                exchange=replace(
                    from_scrapy(response), by_browser=True, tools=_with_browser(browser)
                ),
                page_state=sign.state,
                reason=sign.reason,
                screenshot=await page.screenshot(full_page=True),
            )
            exchanges = [await from_browser(answer, browser=browser) for answer in self._answers]
        finally:
            await page.close()
        yield shell
        for number, exchange in enumerate(exchanges, 1):
            read = read_feed(exchange.url, exchange.status, _json(exchange.body))
            posts: list[Post] = []
            async for picture in self.with_pictures(read.posts, posts):
                yield picture
            yield SeenPage(
                job=self._job,
                cursor=str(number),
                exchange=exchange,
                page_state=read.sign.state,
                extent=read.extent,
                reason=read.sign.reason,
                posts=tuple(posts),
            )

    async def failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Keep a page that did not open."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if page := request.meta.get("playwright_page"):
            await page.close()
        yield _failed(request, self._job, "shell", failure.value)

    async def _listen(self, page: Page, _request: Request) -> None:
        def keep(answer: BrowserResponse) -> None:
            if "/api/feed" in answer.url:
                self._answers.append(answer)

        page.on("response", keep)

    async def _read_to_end(self, page: Page, response: Response) -> Sign:
        if response.status != 200:
            return read_sign(response.status)
        try:
            await page.wait_for_selector("#end:not([hidden])", timeout=_FEED_SECONDS * 1000)
        except BrowserError as error:
            return Sign(PageState.CHANGED_LAYOUT, f"#end did not show: {error.message[:80]}")
        return Sign(PageState.OK)


def _with_browser(version: str) -> dict[str, str]:
    return {**tools(), "chromium": version}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _failed(request: Request, job: int, cursor: str, error: object) -> SeenPage:
    return SeenPage(
        job=job,
        cursor=cursor,
        exchange=from_failure(request),
        page_state=PageState.ERROR,
        reason=f"{type(error).__name__}: {str(error)[:200]}",
    )
