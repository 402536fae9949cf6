"""The one Scrapy spider: it gives a worker Scrapy's downloader, whatever the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import scrapy

from archive.ledger.ledger import Ledger
from archive.ledger.units import Unit
from crawler.alarms import Alarms, alarm
from crawler.fetching import Fetcher
from crawler.frontier import LOOKED
from crawler.gateway import Gateway
from crawler.platforms.platform import Platform, Reading
from crawler.readings import combined, read_safely
from crawler.seen import SeenPage
from crawler.sessions import Session
from crawler.tally import Budget, Tally
from crawler.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One platform's queue to be worked on; with a ``probe`` only those units are looked at."""

    platform: Platform
    base_url: str | None = None
    budget: Budget = field(default_factory=Budget)
    session: Session | None = None
    probe: Sequence[Unit] = ()
    progress: Callable[[SeenPage], None] | None = None


class FrontierSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not followed: slow
    """Runs a worker; ``tally`` is what it came to."""

    name = "frontier"

    def __init__(
        self,
        *,
        crawl: Crawl,
        ledger: Ledger,
        alarms: Alarms,
        lease_seconds: float,
        gateway: Gateway,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.tally = Tally()
        self._crawl, self._ledger, self._alarms = crawl, ledger, alarms
        self._lease_seconds, self._gateway = lease_seconds, gateway
        self._worker: Worker | None = None
        self.readings: list[Reading] = []

    async def start(self) -> AsyncIterator[Any]:
        """Work; nothing goes through Scrapy's own queue."""
        crawl = self._crawl
        if crawl.probe:
            self.readings = [await self._look(unit) for unit in crawl.probe]
            return
        if crawl.session and not await self._is_welcome(crawl.session):
            return
        self._worker = Worker(
            self._ledger,
            crawl.platform,
            self._fetcher(),
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

    def _fetcher(self) -> Fetcher:
        return Fetcher(self.crawler, self._gateway, self._crawl.session)

    async def _look(self, unit: Unit) -> Reading:
        """Fetch and read a unit beside the queue."""
        platform = self._crawl.platform
        fetched = await self._fetcher().fetch(platform.ask(unit))
        return combined([read_safely(platform, unit, one) for one in fetched])

    async def _is_welcome(self, session: Session) -> bool:
        """Test a session before its run; a lost one pauses the platform, whose queue is kept."""
        name, doorstep = self._crawl.platform.name, self._crawl.platform.doorstep()
        if doorstep is None:
            return True
        met = await self._look(doorstep)
        with self._ledger.writing() as connection:
            self._ledger.sessions.checked(
                connection, name, session.name, state=met.state, reason=met.reason
            )
            if met.state in LOOKED:
                return True
            self._ledger.gates.pause(connection, name, state=met.state, reason=met.reason, job=0)
        sentence = f"paused before the run: the session {session.name} met {met.state}"
        more = f"({met.reason}). Its queue is kept; go on with: anyu crawl resume {name}"
        self._alarms.send(alarm(met.state, name, f"{sentence} {more}"))
        return False

    def stop(self, why: str) -> None:
        """Finish what is held and end."""
        if self._worker:
            self._worker.stop(why)
