"""The frontier: orders become jobs and units, and what a unit met decides what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from archive.chain import Body
from archive.errors import InputError
from archive.labels import PAUSING, Extent, PageState
from archive.ledger.frontier import Outcome
from archive.ledger.ledger import Ledger
from archive.ledger.turns import one_writer
from archive.ledger.units import LISTS, Scope, Unit, UnitState, Window, Work
from archive.records import Job
from crawler.platforms.platform import Limits, Reading
from crawler.windows import narrower

LOOKED = frozenset({PageState.OK, PageState.EMPTY, PageState.GONE})
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an operator asks for, why, and on which legal basis.

    There is one job a query, or with a ``name`` one job under it for all of them.
    """

    platform: str
    queries: Sequence[str]
    work: Work = Work.SEARCH
    window: Window = field(default_factory=Window)
    scope: Scope = field(default_factory=Scope)
    operator: str
    purpose: str
    legal_basis: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a unit; ``paused`` says that it closed the platform's gate."""

    state: UnitState
    paused: bool = False
    waited: float = 0.0


class Frontier:
    """The policy over the ledger's queue; methods with a connection run in its transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def open(self, order: Order) -> list[int]:
        """Write the jobs of an order with their first units, into the chain too; give the jobs."""
        if order.scope.despite_robots and not order.legal_basis.strip():
            raise InputError("robots.txt is passed over only with a legal basis: --legal-basis.")
        with self._ledger.writing() as connection:
            if order.name:
                return [self._open(connection, order, order.name, order.queries)]
            return [self._open(connection, order, query, [query]) for query in order.queries]

    def unfinished(self, order: Order) -> dict[str, int]:
        """Give the jobs of the same platform, work and scope that are not done, by query."""
        with self._ledger.reading() as connection:
            found = {}
            for status in self._ledger.jobs.all(connection):
                job = status.job
                if job.platform != order.platform or status.state == "done":
                    continue
                rows = self._ledger.units.of_job(connection, job.id)
                same = self._ledger.units.scope_of(connection, job.id) == order.scope
                if rows and same and any(row.depth == 0 and row.work == order.work for row in rows):
                    found[job.query] = job.id
        return {query: job for query, job in found.items() if query in set(order.queries)}

    def covered_until(self, platform: str, work: Work, query: str) -> datetime | None:
        """Give the end of the newest window of a query that was seen to its end."""
        with self._ledger.reading() as connection:
            return self._ledger.units.covered_until(connection, platform, work, query)

    def settle(
        self,
        connection: Connection,
        unit: Unit,
        reading: Reading,
        *,
        limits: Limits,
        scope: Scope,
        retry_after: float | None = None,
    ) -> Settled:
        """Write what a unit met, and queue what it points to."""
        one_writer(connection)
        if reading.state in PAUSING:
            return self._pause(connection, unit, reading)
        if reading.state is PageState.RATE_LIMITED:
            return self._back_off(connection, unit, reading, retry_after)
        if reading.state not in LOOKED:
            return self._give_up_or_retry(connection, unit, reading)
        self._ledger.gates.calm(connection, unit.platform)
        parts = _parts(unit, reading, limits)
        state = UnitState.SPLIT if parts else UnitState.DONE
        extent = Extent.CAPPED if parts else reading.extent
        self._write(connection, unit, reading, state=state, extent=extent)
        self._ledger.units.add(connection, parts or _next_page(unit, reading, limits))
        self._ledger.units.add(connection, _onward(unit, reading, limits, scope))
        return Settled(state=state)

    def close_finished(self, jobs: Sequence[int] | None = None) -> None:
        """Set jobs to done whose every unit was looked at; say of the others why they are not."""
        with self._ledger.writing() as connection:
            for status in self._ledger.jobs.all(connection):
                if status.state == "open" and (jobs is None or status.job.id in jobs):
                    self._close(connection, status.job.id)

    def _open(self, connection: Connection, order: Order, name: str, queries: Sequence[str]) -> int:
        job = Job(
            platform=order.platform,
            query=name,
            window=str(order.window),
            operator=order.operator,
            purpose=order.purpose,
            legal_basis=order.legal_basis,
        )
        number = self._ledger.jobs.add(connection, job)
        first = [
            Unit(
                job=number,
                platform=order.platform,
                work=order.work,
                query=query,
                window=order.window,
            )
            for query in queries
        ]
        self._ledger.units.scope(connection, number, order.scope)
        self._ledger.units.add(connection, first)
        body: Body = {
            "job": number,
            "platform": order.platform,
            "query": self._ledger.chain.mark(name),
            "purpose": order.purpose,
            "legal_basis": order.legal_basis,
            "robots": "passed over" if order.scope.despite_robots else "obeyed",
            "session": order.scope.session,
        }
        self._ledger.chain.append(connection, "job", actor=order.operator, body=body)
        return number

    def _pause(self, connection: Connection, unit: Unit, reading: Reading) -> Settled:
        self._write(connection, unit, reading, state=UnitState.WAITING)
        first = self._ledger.gates.pause(
            connection, unit.platform, state=reading.state, reason=reading.reason, job=unit.job
        )
        return Settled(state=UnitState.WAITING, paused=first)

    def _back_off(
        self, connection: Connection, unit: Unit, reading: Reading, seconds: float | None
    ) -> Settled:
        waited = self._ledger.gates.back_off(connection, unit.platform, seconds=seconds)
        due = datetime.now(UTC) + timedelta(seconds=waited)
        self._write(connection, unit, reading, state=UnitState.WAITING, due_at=due)
        return Settled(state=UnitState.WAITING, waited=waited)

    def _give_up_or_retry(self, connection: Connection, unit: Unit, reading: Reading) -> Settled:
        left = unit.tries + 1 < TRIES and not reading.final
        again = reading.state is PageState.ERROR and left
        due = datetime.now(UTC) + timedelta(seconds=2**unit.tries) if again else None
        state = UnitState.WAITING if again else UnitState.FAILED
        self._write(connection, unit, reading, state=state, due_at=due, tried=True)
        return Settled(state=state)

    def _write(
        self,
        connection: Connection,
        unit: Unit,
        reading: Reading,
        *,
        state: UnitState,
        extent: Extent | None = None,
        due_at: datetime | None = None,
        tried: bool = False,
    ) -> None:
        outcome = Outcome(
            state=state,
            page_state=reading.state,
            extent=extent or reading.extent,
            reason=reading.reason,
            due_at=due_at,
            tried=tried,
        )
        self._ledger.units.finish(connection, unit, outcome)

    def _close(self, connection: Connection, job: int) -> None:
        rows = self._ledger.units.of_job(connection, job)
        left = sum(row.state in (UnitState.WAITING, UnitState.LEASED) for row in rows)
        failed = Counter(row.page_state for row in rows if row.state == UnitState.FAILED)
        if rows and not left and not failed:
            self._ledger.jobs.set_state(connection, job, "done")
            return
        told = [f"{state} on {count} pages" for state, count in failed.items()]
        told += [f"{left} pages wait"] if left else []
        reason = ", ".join(told) or "nothing was fetched"
        self._ledger.jobs.set_state(connection, job, "open", reason=reason)


def _parts(unit: Unit, reading: Reading, limits: Limits) -> list[Unit]:
    """Give what a capped list is split into: at once where its total says so."""
    if unit.work not in LISTS:
        return []
    over = reading.total is not None and limits.cap is not None and reading.total > limits.cap
    if over or reading.extent is Extent.CAPPED:
        return narrower(unit, limits, total=reading.total)
    return []


def _next_page(unit: Unit, reading: Reading, limits: Limits) -> list[Unit]:
    if not reading.following or (limits.newest_first and _is_past(unit, reading)):
        return []
    return [replace(unit, id=0, cursor=reading.following, depth=unit.depth + 1, tries=0)]


def _is_past(unit: Unit, reading: Reading) -> bool:
    """Say whether all of a list's page is older than asked for; one alone may be pinned."""
    since, times = unit.window.since, [post.posted_at for post in reading.posts]
    if since is None or unit.work not in LISTS or not times:
        return False
    return all(at is not None and at < since for at in times)


def _onward(unit: Unit, reading: Reading, limits: Limits, scope: Scope) -> list[Unit]:
    allowed = limits.works & set(scope.follow)
    return [
        Unit(
            job=unit.job,
            platform=unit.platform,
            work=onward.work,
            query=onward.query,
            window=unit.window,
            cursor=onward.cursor,
            depth=unit.depth + 1,
        )
        for onward in reading.onward
        if onward.work in allowed
    ]
