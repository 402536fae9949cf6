"""A worker: leases units, has them fetched and read, and lands each in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive.errors import InputError
from archive.labels import PageState
from archive.ledger.frontier import Pending
from archive.ledger.ledger import Ledger
from archive.ledger.units import Scope, Unit
from archive.records import Post
from crawler.alarms import Alarms, alarm
from crawler.fetching import Fetched, Fetcher
from crawler.frontier import Met, Settled
from crawler.landing import Landing
from crawler.platforms.platform import Ask, Platform, Reading
from crawler.readings import combined, read_safely
from crawler.scribe import Scribe
from crawler.seen import SeenPage

_PATIENCE = 1.0  # seconds between two looks at an empty queue
_RENEWALS = 3  # in the time of a lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a run may fetch, and for how long; ``None`` is without end."""

    pages: int | None = None
    minutes: float | None = None


@dataclass(slots=True)
class Tally:
    """What a run came to so far."""

    pages: int = 0
    pictures: int = 0
    posts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    stopped: str = ""


class Worker:
    """Works on one platform's queue until it is empty, paused, stopped or out of budget."""

    def __init__(
        self,
        ledger: Ledger,
        platform: Platform,
        fetcher: Fetcher,
        *,
        alarms: Alarms,
        budget: Budget,
        lease_seconds: float,
        session: str | None = None,
        progress: Callable[[SeenPage], None] | None = None,
    ) -> None:
        self.tally = Tally()
        self._ledger, self._platform, self._fetcher = ledger, platform, fetcher
        self._alarms, self._budget, self._seconds = alarms, budget, lease_seconds
        self._session, self._progress = session, progress
        self._held: dict[asyncio.Task[None], Unit] = {}
        self._scopes: dict[int, Scope] = {}
        self._pictures: dict[str, asyncio.Task[SeenPage | None]] = {}
        self._told_layout = False
        self._begun = time.monotonic()

    def stop(self, why: str) -> None:
        """Take no more units; what is held is finished."""
        self.tally.stopped = self.tally.stopped or why

    async def run(self) -> Tally:
        """Work to the end."""
        self._scribe = Scribe(self._ledger)
        renewing = asyncio.ensure_future(self._keep_leases())
        try:
            while await self._step():
                pass
        finally:
            renewing.cancel()
            if self._held:
                await asyncio.wait(self._held)
            self._scribe.close()
        return self.tally

    async def _step(self) -> bool:
        self._raise_failures()
        free = self._platform.limits.at_once - len(self._held)
        units = await self._take(free) if free > 0 else []
        for unit in units:
            self._held[asyncio.ensure_future(self._visit(unit))] = unit
        if self._held:
            await asyncio.wait(self._held, return_when=asyncio.FIRST_COMPLETED, timeout=_PATIENCE)
            return True
        if self.tally.stopped:
            return False
        pending = await self._scribe.write(self._pending)
        if pending.waiting or pending.leased:
            await asyncio.sleep(_wait(pending))
            return True
        return False

    async def _take(self, free: int) -> list[Unit]:
        budget = self._budget
        if budget.minutes is not None and time.monotonic() - self._begun > budget.minutes * 60:
            self.stop("the minutes of the budget are used up")
        left = free if budget.pages is None else budget.pages - self.tally.pages - len(self._held)
        if left <= 0 and not self._held:
            self.stop("the pages of the budget are used up")
        if self.tally.stopped or left <= 0:
            return []
        name, most = self._platform.name, min(free, left)
        return await self._scribe.write(
            lambda c: self._ledger.units.take(c, name, most=most, seconds=self._seconds)
        )

    def _pending(self, connection: Connection) -> Pending:
        return self._ledger.units.pending(connection, self._platform.name)

    def _raise_failures(self) -> None:
        for task in [task for task in self._held if task.done()]:
            del self._held[task]
            task.result()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / _RENEWALS)
            held = list(self._held.values())
            await self._scribe.write(
                lambda c, held=held: self._ledger.units.renew(c, held, seconds=self._seconds)  # type: ignore[misc]
            )

    async def _visit(self, unit: Unit) -> None:
        scope = await self._scope(unit.job)
        try:
            ask = self._platform.ask(unit)
        except InputError as error:
            reading = Reading(state=PageState.CHANGED_LAYOUT, reason=str(error))
            await self._land(unit, [], reading, scope)
            return
        fetched = await self._fetcher.fetch(ask, despite_robots=scope.despite_robots)
        readings = [read_safely(self._platform, unit, one) for one in fetched]
        pages: list[SeenPage] = []
        for number, (one, reading) in enumerate(zip(fetched, readings, strict=True)):
            pages += await self._pages(unit, one, reading, scope, number=number)
        whole = combined(readings)
        waits = [one.retry_after for one in fetched if one.retry_after is not None]
        settled = await self._land(unit, pages, whole, scope, max(waits, default=None))
        self._after(unit, ask, whole, settled, pages)

    async def _land(
        self,
        unit: Unit,
        pages: Sequence[SeenPage],
        reading: Reading,
        scope: Scope,
        retry_after: float | None = None,
    ) -> Settled:
        met = Met(
            unit=unit,
            reading=reading,
            limits=self._platform.limits,
            scope=scope,
            retry_after=retry_after,
        )
        return await self._scribe.land(Landing(pages=pages, met=met))

    def _after(
        self, unit: Unit, ask: Ask, reading: Reading, settled: Settled, pages: Sequence[SeenPage]
    ) -> None:
        for page in pages:
            if page.picture:
                self.tally.pictures += 1
            else:
                self.tally.states[page.page_state] += 1
                self.tally.posts += len(page.posts)
            if self._progress:
                self._progress(page)
        self.tally.pages += 1
        if settled.waited:
            self._fetcher.slow_down(ask.url)
        if settled.paused:
            self._tell_pause(unit, reading)
        if reading.state is PageState.CHANGED_LAYOUT and not self._told_layout:
            self._told_layout = True
            self._send("changed_layout", f"a page no longer parses: {reading.reason}.")

    def _tell_pause(self, unit: Unit, reading: Reading) -> None:
        name = self._platform.name
        self._send(
            reading.state,
            f"paused at job {unit.job}: {reading.state} ({reading.reason or 'no reason told'}). "
            f"Its queue is kept; go on with: anyu crawl resume {name}",
        )

    def _send(self, kind: str, sentence: str) -> None:
        told = alarm(kind, self._platform.name, sentence)
        asyncio.get_running_loop().run_in_executor(None, self._alarms.send, told)

    async def _scope(self, job: int) -> Scope:
        if job not in self._scopes:
            scope = await self._scribe.write(lambda c: self._ledger.units.scope_of(c, job))
            self._scopes = {job: scope, **dict(list(self._scopes.items())[:999])}
        return self._scopes[job]

    async def _pages(
        self, unit: Unit, one: Fetched, reading: Reading, scope: Scope, *, number: int
    ) -> list[SeenPage]:
        posts, pages = await self._with_pictures(unit, reading.posts, scope)
        page = SeenPage(
            job=unit.job,
            cursor=unit.label if number == 0 else f"{unit.label} answer {number}",
            exchange=one.exchange,
            page_state=reading.state,
            extent=reading.extent,
            reason=reading.reason,
            posts=tuple(posts),
            accounts=tuple(reading.accounts),
            gone=tuple(reading.gone),
            screenshot=one.screenshot,
            session=self._session,
        )
        return [*pages, page]

    async def _with_pictures(
        self, unit: Unit, posts: Sequence[Post], scope: Scope
    ) -> tuple[list[Post], list[SeenPage]]:
        """Give the posts with the digests of their pictures, and the fetches that brought new."""
        urls = list(dict.fromkeys(media.url for post in posts for media in post.media))
        if not urls:
            return list(posts), []
        known = await self._scribe.write(lambda c: self._ledger.sightings.pictures(c, urls))
        wanted = [url for url in urls if url not in known] if scope.pictures else []
        fresh = [await self._picture(unit, url, scope) for url in wanted]
        pages = [page for page in fresh if page]
        kept = {page.exchange.url: page.exchange.body_sha256 for page in pages if page.picture}
        digests = {**known, **kept}
        return [_with_digests(post, digests) for post in posts], pages

    async def _picture(self, unit: Unit, url: str, scope: Scope) -> SeenPage | None:
        """Fetch a picture, once for all who ask at the same time."""
        if url not in self._pictures:
            self._pictures[url] = asyncio.ensure_future(self._fetch_picture(unit, url, scope))
        try:
            return await self._pictures[url]
        finally:
            self._pictures.pop(url, None)

    async def _fetch_picture(self, unit: Unit, url: str, scope: Scope) -> SeenPage | None:
        [one] = await self._fetcher.fetch(Ask(url=url), despite_robots=scope.despite_robots)
        good = one.exchange.status == 200 and bool(one.exchange.body)
        return SeenPage(
            job=unit.job,
            cursor=f"picture:{hashlib.sha256(url.encode()).hexdigest()}",
            exchange=replace(one.exchange, url=url),
            page_state=PageState.OK if good else PageState.ERROR,
            reason="" if good else one.problem or f"status {one.exchange.status}",
            picture=good,
        )


def _with_digests(post: Post, digests: dict[str, str]) -> Post:
    media = (replace(one, sha256=digests.get(one.url)) for one in post.media)
    return replace(post, media=tuple(media))


def _wait(pending: Pending) -> float:
    """Give the seconds until something may be due, at most a second."""
    if pending.waiting and pending.next_due and not pending.leased:
        left = (pending.next_due - datetime.now(UTC)).total_seconds()
        return min(max(left, 0.02), _PATIENCE)
    return _PATIENCE / 5
