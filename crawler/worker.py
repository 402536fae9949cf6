"""A worker: leases units, has them fetched and read, and lands each in one transaction."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive.errors import InputError
from archive.labels import PAUSING, PageState
from archive.ledger.frontier import Pending
from archive.ledger.ledger import Ledger
from archive.ledger.units import Scope, Unit
from crawler.alarms import Alarms, alarm
from crawler.fetching import Fetched, Fetcher
from crawler.frontier import Met, Settled
from crawler.landing import Landing
from crawler.pictures import Pictures
from crawler.platforms.platform import Ask, Platform, Reading
from crawler.readings import combined, read_safely
from crawler.scribe import Scribe
from crawler.seen import SeenPage
from crawler.tally import Budget, Tally

_PATIENCE = 1.0  # seconds between two looks at an empty queue
_RENEWALS = 3  # in the time of a lease
HELD = 3  # times what is asked for at once may be asked for or written; a kill costs as much
_BARRING = frozenset({*PAUSING, PageState.RATE_LIMITED})


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
        self._stock: deque[Unit] = deque()  # leased, not yet asked for
        self._held: dict[asyncio.Task[None], Unit] = {}  # asked for, not yet landed
        self._fetching = self._barred = 0
        self._taking: asyncio.Task[None] | None = None
        self._hungry, self._moved = True, asyncio.Event()
        self._scopes: dict[int, Scope] = {}
        self._told_layout = False
        self._begun = time.monotonic()

    def stop(self, why: str) -> None:
        """Take no more units; what is held is finished."""
        self.tally.stopped = self.tally.stopped or why

    async def run(self) -> Tally:
        """Work to the end."""
        enough = self._platform.limits.at_once
        self._scribe = Scribe(
            self._ledger, enough=enough, is_more_coming=lambda: self._fetching > 0
        )
        self._pictures = Pictures(self._ledger, self._fetcher, self._scribe)
        renewing = asyncio.ensure_future(self._keep_leases())
        try:
            while await self._step():
                pass
        finally:
            renewing.cancel()
            if left := [*self._held, *filter(None, [self._taking])]:
                await asyncio.wait(left)
            await self._return_stock()
            self._scribe.close()
        return self.tally

    async def _step(self) -> bool:
        self._raise_failures()
        self._moved.clear()
        self._begin()
        if self._wants_more():
            self._taking = asyncio.ensure_future(self._restock())
        if not self._held and not self._taking:
            return await self._may_go_on()
        try:
            await asyncio.wait_for(self._moved.wait(), _PATIENCE)
        except TimeoutError:
            self._hungry = True  # others may have queued something
        return True

    async def _may_go_on(self) -> bool:
        """Wait where the queue may bring more; say whether to look again."""
        if self.tally.stopped:
            return False
        self._hungry = True
        pending = await self._scribe.write(self._pending)
        if pending.waiting or pending.leased:
            await asyncio.sleep(_wait(pending))
            return True
        return False

    def _begin(self) -> None:
        """Ask for what is in stock: so much at once, while some more is being written."""
        most = self._platform.limits.at_once
        while (
            self._stock
            and not (self._barred or self.tally.stopped)
            and self._fetching < most
            and len(self._held) < HELD * most
        ):
            unit = self._stock.popleft()
            self._fetching += 1
            task = asyncio.ensure_future(self._visit(unit))
            task.add_done_callback(lambda _: self._moved.set())
            self._held[task] = unit

    def _wants_more(self) -> bool:
        budget, most = self._budget, self._platform.limits.at_once
        if budget.minutes is not None and time.monotonic() - self._begun > budget.minutes * 60:
            self.stop("the minutes of the budget are used up")
        if budget.pages is not None and self.tally.pages >= budget.pages:
            self.stop("the pages of the budget are used up")
        if self.tally.stopped or self._barred or self._taking or not self._hungry:
            return False
        return len(self._stock) < most and self._room() > 0

    def _room(self) -> int:
        """Give how many more units may be leased: what is asked for next, within the budget."""
        room = 2 * self._platform.limits.at_once - len(self._stock)
        if self._budget.pages is None:
            return room
        held = self.tally.pages + len(self._held) + len(self._stock)
        return min(room, self._budget.pages - held)

    async def _restock(self) -> None:
        name, most = self._platform.name, self._room()
        try:
            taken = await self._scribe.write(
                lambda c: self._ledger.units.take(c, name, most=most, seconds=self._seconds),
                patient=True,
            )
            self._stock.extend(taken)
            self._hungry = len(taken) == most
        finally:
            self._taking = None
            self._moved.set()

    async def _return_stock(self) -> None:
        units = list(self._stock)
        self._stock.clear()
        if units:
            await self._scribe.write(lambda c: self._ledger.units.give_back(c, units))

    def _pending(self, connection: Connection) -> Pending:
        return self._ledger.units.pending(connection, self._platform.name)

    def _raise_failures(self) -> None:
        for task in [task for task in self._held if task.done()]:
            del self._held[task]
            task.result()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / _RENEWALS)
            held = [*self._held.values(), *self._stock]
            await self._scribe.write(
                lambda c, held=held: self._ledger.units.renew(c, held, seconds=self._seconds)  # type: ignore[misc]
            )

    async def _visit(self, unit: Unit) -> None:
        try:
            ask, landing = await self._fetched(unit)
        finally:
            self._fetching -= 1
            self._moved.set()
        bars = landing.met.reading.state in _BARRING
        self._barred += bars
        settled = await self._scribe.land(landing)
        self._hungry = True
        if bars:
            await self._return_stock()
            self._barred -= 1
        if ask:
            self._after(unit, ask, landing, settled)

    async def _fetched(self, unit: Unit) -> tuple[Ask | None, Landing]:
        scope = await self._scope(unit.job)
        try:
            ask = self._platform.ask(unit)
        except InputError as error:
            reading = Reading(state=PageState.CHANGED_LAYOUT, reason=str(error))
            return None, self._landing(unit, [], reading, scope, [])
        fetched = await self._fetcher.fetch(ask, despite_robots=scope.despite_robots)
        readings = [read_safely(self._platform, unit, one) for one in fetched]
        pages: list[SeenPage] = []
        for number, (one, reading) in enumerate(zip(fetched, readings, strict=True)):
            pages += await self._pages(unit, one, reading, scope, number=number)
        return ask, self._landing(unit, pages, combined(readings), scope, fetched)

    def _landing(
        self,
        unit: Unit,
        pages: Sequence[SeenPage],
        reading: Reading,
        scope: Scope,
        fetched: Sequence[Fetched],
    ) -> Landing:
        waits = [one.retry_after for one in fetched if one.retry_after is not None]
        met = Met(
            unit=unit,
            reading=reading,
            limits=self._platform.limits,
            scope=scope,
            retry_after=max(waits, default=None),
        )
        return Landing(pages=pages, met=met)

    def _after(self, unit: Unit, ask: Ask, landing: Landing, settled: Settled) -> None:
        reading = landing.met.reading
        for page in landing.pages:
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
        posts, pages = await self._pictures.of(unit, reading.posts, scope)
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


def _wait(pending: Pending) -> float:
    """Give the seconds until something may be due, at most a second."""
    if pending.waiting and pending.next_due and not pending.leased:
        left = (pending.next_due - datetime.now(UTC)).total_seconds()
        return min(max(left, 0.02), _PATIENCE)
    return _PATIENCE / 5
