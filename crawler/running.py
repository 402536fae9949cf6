"""Running crawls stage by stage in one process, each fetch written to a ledger."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings as ScrapySettings
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor
from twisted.internet.base import ReactorBase

from archive.errors import MissingError
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from crawler import scrapy_settings
from crawler.alarms import Alarms
from crawler.chromium import REMEDY, find_chromium
from crawler.gateway import Gateway
from crawler.reach import Reach, ReachResolver
from crawler.spider import Crawl, FrontierSpider

LOG = "crawl.log"  # in the home
_NO_FILES = dict.fromkeys(("data", "file", "ftp", "s3"))


def run_crawls(
    stages: Iterable[Sequence[Crawl]],
    *,
    ledger: Ledger,
    settings: Settings,
    terminal: Callable[[str], None],
) -> list[FrontierSpider]:
    """Run the crawls of a stage side by side, then those of the next; give the spiders.

    ``stages`` may be a generator that works between them. Scrapy's reactor starts once a process.
    The first Ctrl-C finishes the pages that are held, the second one ends at once.
    """
    log = {"LOG_LEVEL": scrapy_settings.LOG_LEVEL, "LOG_FILE": str(settings.home / LOG)}
    configure_logging(log)
    install_reactor(scrapy_settings.TWISTED_REACTOR)
    from twisted.internet import reactor as installed

    run = _Run(cast("ReactorBase", installed), ledger, settings, terminal)
    return run.through(stages)


class _Run:
    def __init__(
        self,
        reactor: ReactorBase,
        ledger: Ledger,
        settings: Settings,
        terminal: Callable[[str], None],
    ) -> None:
        self._reactor, self._ledger, self._settings = reactor, ledger, settings
        self._terminal = terminal
        self._alarms = Alarms(settings, terminal=terminal)
        self._crawlers: list[Crawler] = []
        self._stopped = ""

    def through(self, stages: Iterable[Sequence[Crawl]]) -> list[FrontierSpider]:
        tasks: list[asyncio.Task[list[FrontierSpider]]] = []

        def begin() -> None:
            task = asyncio.ensure_future(self._stages(stages))
            task.add_done_callback(lambda _: self._reactor.stop())
            tasks.append(task)

        self._reactor.callWhenRunning(begin)
        before = {name: signal.signal(name, self._signalled) for name in _SIGNALS}
        try:
            self._reactor.run(installSignalHandlers=False)
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
        if not tasks or not tasks[0].done():
            raise KeyboardInterrupt
        return tasks[0].result()

    async def _stages(self, stages: Iterable[Sequence[Crawl]]) -> list[FrontierSpider]:
        spiders: list[FrontierSpider] = []
        for crawls in stages:
            spiders += await asyncio.gather(*map(self._one, crawls))
            if self._stopped:
                break
        return spiders

    async def _one(self, crawl: Crawl) -> FrontierSpider:
        """Run a crawl; what its browser asks for goes through a gateway."""
        async with Gateway(crawl.base_url) as gateway:
            crawler = Crawler(FrontierSpider, scrapy_settings_of(self._settings, crawl, gateway))
            await self._start(AsyncCrawlerRunner(crawler.settings), crawler, crawl, gateway)
        return cast("FrontierSpider", crawler.spider)

    async def _start(
        self, runner: AsyncCrawlerRunner, crawler: Crawler, crawl: Crawl, gateway: Gateway
    ) -> None:
        resolver = ReachResolver(self._reactor, Reach(crawl.base_url))
        resolver.install_on_reactor()
        seconds = self._settings.lease_seconds
        task = runner.crawl(
            crawler,
            crawl=crawl,
            ledger=self._ledger,
            alarms=self._alarms,
            lease_seconds=seconds,
            gateway=gateway,
        )
        self._crawlers.append(crawler)  # its spider is made once the task runs
        await task

    def _signalled(self, _number: int, _frame: Any) -> None:
        if self._stopped:
            self._reactor.callFromThread(self._reactor.stop)
            return
        self._stopped = "stopped by a signal"
        self._terminal("stopping: the pages that are held are finished; once more ends at once")
        for crawler in self._crawlers:
            if crawler.spider:
                cast("FrontierSpider", crawler.spider).stop(self._stopped)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def scrapy_settings_of(settings: Settings, crawl: Crawl, gateway: Gateway) -> ScrapySettings:
    """Give Scrapy's settings for a platform: its pace, its reach, its browser if there is one."""
    limits = crawl.platform.limits
    delay = limits.delay if settings.crawl_delay is None else settings.crawl_delay
    chosen = ScrapySettings()
    chosen.setmodule(scrapy_settings)
    chosen.set("LOG_FILE", str(settings.home / LOG))
    chosen.set("ANYU_BASE_URL", crawl.base_url)
    chosen.set("DOWNLOAD_DELAY", delay)
    chosen.set("AUTOTHROTTLE_START_DELAY", delay)
    chosen.set("AUTOTHROTTLE_ENABLED", delay > 0)
    chosen.set("CONCURRENT_REQUESTS_PER_DOMAIN", limits.at_once)
    chromium = find_chromium(settings) if limits.browses else None
    if chromium:
        handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
        chosen.set("DOWNLOAD_HANDLERS", {**_NO_FILES, "http": handler, "https": handler})
        chosen.set("PLAYWRIGHT_LAUNCH_OPTIONS", gateway.launch_options(chromium))
    return chosen


def require_chromium(settings: Settings) -> None:
    """Raise ``MissingError`` where there is no browser."""
    if find_chromium(settings) is None:
        raise MissingError(f"No Chromium was found to read pages with: {REMEDY}.")
