"""The one Scrapy spider: it gives a worker Scrapy's downloader, whatever the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import scrapy

from archive.ledger.ledger import Ledger
from crawler.alarms import Alarms
from crawler.fetching import Fetcher
from crawler.platforms.platform import Platform
from crawler.seen import SeenPage
from crawler.sessions import Session
from crawler.worker import Budget, Tally, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One platform's queue to be worked on."""

    platform: Platform
    base_url: str | None = None
    budget: Budget = field(default_factory=Budget)
    session: Session | None = None
    progress: Callable[[SeenPage], None] | None = None


class FrontierSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not followed: slow
    """Runs a worker; ``tally`` is what it came to."""

    name = "frontier"

    def __init__(
        self, *, crawl: Crawl, ledger: Ledger, alarms: Alarms, lease_seconds: float, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.tally = Tally()
        self._crawl, self._ledger, self._alarms = crawl, ledger, alarms
        self._lease_seconds = lease_seconds
        self._worker: Worker | None = None

    async def start(self) -> AsyncIterator[Any]:
        """Work; nothing goes through Scrapy's own queue."""
        crawl = self._crawl
        self._worker = Worker(
            self._ledger,
            crawl.platform,
            Fetcher(self.crawler, crawl.session),
            alarms=self._alarms,
            budget=crawl.budget,
            lease_seconds=self._lease_seconds,
            session=crawl.session.name if crawl.session else None,
            progress=crawl.progress,
        )
        self.tally = self._worker.tally
        await self._worker.run()
        return
        yield

    def stop(self, why: str) -> None:
        """Finish what is held and end."""
        if self._worker:
            self._worker.stop(why)
