"""Fetching what a platform asks for, plainly or in a browser; a failure is an answer too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from playwright.async_api import Error as BrowserError
from playwright.async_api import Page as BrowserPage
from playwright.async_api import Response as BrowserResponse
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

from crawler.answers import Answer
from crawler.exchanges import from_browser, from_failure, from_scrapy, tools
from crawler.gateway import Gateway
from crawler.platforms.platform import Ask, Browsing
from crawler.sessions import Session
from crawler.warc import Exchange

_SLOWEST = 30.0  # seconds between two requests to which rate limits may lead
_SCROLL_MS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One answer, or none with the ``problem``; ``refused`` says that asking again is no use.

    ``shell`` is the page around answers that are read one by one.
    """

    exchange: Exchange
    problem: str = ""
    refused: bool = False
    shell: bool = False
    screenshot: bytes | None = None

    @property
    def answer(self) -> Answer:
        """What a platform reads."""
        seen = self.exchange
        return Answer(
            url=seen.url,
            status=seen.status,
            headers=seen.response_headers,
            body=seen.body,
            fetched_at=seen.fetched_at,
        )

    @property
    def retry_after(self) -> float | None:
        """The seconds that the answer asks to wait, where it says so in seconds."""
        told = self.answer.header("retry-after").strip()
        return float(told) if told.isascii() and told.isdecimal() else None


class Fetcher:
    """Fetches through Scrapy's downloader, whose middlewares hold robots.txt, pace and reach."""

    def __init__(self, crawler: Crawler, gateway: Gateway, session: Session | None = None) -> None:
        self._crawler, self._gateway = crawler, gateway
        self._session = session

    async def fetch(self, ask: Ask, *, despite_robots: bool = False) -> list[Fetched]:
        """Give the answers to a request: one, or in a browser those of the page as well."""
        request = self._request(ask, despite_robots=despite_robots)
        answers: list[BrowserResponse] = []
        refused = len(self._gateway.refusals)
        if ask.browsing:
            request.meta.update(self._browser_meta(ask.browsing, answers))
        try:
            response = await self._engine.download_async(request)
            if ask.browsing:
                seen = await _browsed(response, ask.browsing, answers)
                return [self._with_server(one) for one in seen]
        except Exception as error:  # Twisted, Scrapy and Playwright raise many kinds
            told = self._gateway.refusals[refused:] if ask.browsing else []
            return [_failed(request, IgnoreRequest(told[-1]) if told else error)]
        finally:
            await _close(request)
        return [Fetched(exchange=from_scrapy(response))]

    def slow_down(self, url: str) -> None:
        """Ask a site less often from now on; AutoThrottle may slow down further, not speed up."""
        downloader = self._engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(Request(url)))
        if slot:
            slot.delay = min(max(slot.delay, 0.05) * 1.3, _SLOWEST)
            if throttle := self._crawler.get_extension(AutoThrottle):
                throttle.mindelay = max(throttle.mindelay, slot.delay)

    @property
    def _engine(self) -> Any:
        if self._crawler.engine is None:
            raise RuntimeError("something was asked for outside a crawl")
        return self._crawler.engine

    def _with_server(self, one: Fetched) -> Fetched:
        """Name the server behind the gateway: a browser knows the gateway only."""
        server = self._gateway.server_of(one.exchange.url)
        return replace(one, exchange=replace(one.exchange, server=server))

    def _request(self, ask: Ask, *, despite_robots: bool) -> Request:
        headers = dict(ask.headers)
        if self._session and not ask.browsing and (cookie := self._session.cookie(ask.url)):
            headers["Cookie"] = cookie
        return Request(
            ask.url,
            method=ask.method,
            headers=headers,
            body=ask.body,
            dont_filter=True,
            meta={
                "handle_httpstatus_all": True,
                "dont_retry": True,
                "dont_obey_robotstxt": despite_robots,
            },
        )

    def _browser_meta(self, browsing: Browsing, answers: list[BrowserResponse]) -> dict[str, Any]:
        async def listen(page: BrowserPage, _request: Request) -> None:
            def keep(answer: BrowserResponse) -> None:
                if browsing.keep and browsing.keep in answer.url:
                    answers.append(answer)

            page.on("response", keep)

        meta: dict[str, Any] = {
            "playwright": True,
            "playwright_include_page": True,
            "playwright_page_init_callback": listen,
        }
        if self._session:
            state = {"storage_state": self._session.storage_state()}
            meta |= {"playwright_context": "session", "playwright_context_kwargs": state}
        return meta


async def _browsed(
    response: Response, browsing: Browsing, answers: Sequence[BrowserResponse]
) -> list[Fetched]:
    page: BrowserPage = response.meta["playwright_page"]
    problem = await _read_to_end(page, browsing) if response.status == 200 else ""
    version = page.context.browser.version if page.context.browser else ""
    opened = replace(from_scrapy(response), by_browser=True, tools={**tools(), "chromium": version})
    if not browsing.keep:
        opened = replace(opened, body=(await page.content()).encode())
    shot = await page.screenshot(full_page=True)
    kept = [Fetched(exchange=await from_browser(one, browser=version)) for one in answers]
    first = Fetched(exchange=opened, problem=problem, shell=bool(browsing.keep), screenshot=shot)
    return [first, *kept]


async def _read_to_end(page: BrowserPage, browsing: Browsing) -> str:
    """Wait for what shows at the end; say so where it does not show."""
    if not browsing.until:
        return ""
    try:
        waited = 0.0
        while browsing.scroll and waited < browsing.seconds * 1000:
            if await page.locator(browsing.until).first.is_visible():
                return ""
            await page.mouse.wheel(0, 20_000)
            await page.wait_for_timeout(_SCROLL_MS)
            waited += _SCROLL_MS
        timeout = 1 if browsing.scroll else browsing.seconds * 1000
        await page.wait_for_selector(browsing.until, timeout=timeout)
    except BrowserError as error:
        return f"{browsing.until} did not show: {error.message[:80]}"
    return ""


async def _close(request: Request) -> None:
    page: BrowserPage | None = request.meta.pop("playwright_page", None)
    if page:
        await page.close()


def _failed(request: Request, error: Exception) -> Fetched:
    refused = isinstance(error, IgnoreRequest)
    told = str(error) if refused else f"{type(error).__name__}: {str(error)[:200]}"
    return Fetched(exchange=from_failure(request), problem=told, refused=refused)
