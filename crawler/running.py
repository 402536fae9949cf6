"""Running spiders stage by stage in one process, each fetch written to a ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings as ScrapySettings
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor
from twisted.internet.base import ReactorBase

from archive.errors import MissingError
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from crawler import scrapy_settings
from crawler.chromium import REMEDY, find_chromium
from crawler.recording import Recorder
from crawler.seen import SeenPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One spider with its arguments."""

    spider: type[Spider]
    arguments: dict[str, Any] = field(default_factory=dict)


def run_spiders(
    stages: Iterable[Sequence[Run]],
    *,
    ledger: Ledger,
    settings: Settings,
    progress: Callable[[SeenPage], None] | None = None,
) -> None:
    """Run the spiders of a stage side by side, then those of the next.

    ``stages`` may be a generator that works between them. Scrapy's reactor starts once a process.
    """
    chosen = _scrapy_settings(settings)
    recorder = Recorder(ledger, progress)
    configure_logging(chosen)
    install_reactor(scrapy_settings.TWISTED_REACTOR)
    from twisted.internet import reactor as installed

    reactor = cast("ReactorBase", installed)

    runner = AsyncCrawlerRunner(chosen)
    tasks: list[asyncio.Task[None]] = []

    def begin() -> None:
        task = asyncio.ensure_future(_through(stages, runner, recorder))
        task.add_done_callback(lambda _: reactor.stop())
        tasks.append(task)

    reactor.callWhenRunning(begin)
    reactor.run()
    if not tasks or not tasks[0].done():
        raise KeyboardInterrupt
    tasks[0].result()


async def _through(
    stages: Iterable[Sequence[Run]], runner: AsyncCrawlerRunner, recorder: Recorder
) -> None:
    for runs in stages:
        crawls = [runner.crawl(r.spider, recorder=recorder, **r.arguments) for r in runs]
        await asyncio.gather(*crawls)


def _scrapy_settings(settings: Settings) -> ScrapySettings:
    chromium = find_chromium(settings)
    if chromium is None:
        raise MissingError(f"No Chromium was found to read pages with: {REMEDY}.")
    chosen = ScrapySettings()
    chosen.setmodule(scrapy_settings)
    chosen.set("PLAYWRIGHT_LAUNCH_OPTIONS", {"executable_path": str(chromium)})
    return chosen
