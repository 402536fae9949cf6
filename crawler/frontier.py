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
class Met:
    """What a unit met, what its platform allows, and how far its job goes."""

    unit: Unit
    reading: Reading
    limits: Limits
    scope: Scope
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a unit; ``paused`` says that it closed the platform's gate."""

    state: UnitState
    paused: bool = False
    waited: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    outcome: Outcome
    queue: Sequence[Unit] = ()
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

    def settle(self, connection: Connection, met: Sequence[Met]) -> list[Settled]:
        """Write what units met, and queue what they point to."""
        one_writer(connection)
        for platform in {one.unit.platform for one in met if one.reading.state in LOOKED}:
            self._ledger.gates.calm(connection, platform)
        decided = [self._decide(connection, one) for one in met]
        outcomes = [(one.unit, each.outcome) for one, each in zip(met, decided, strict=True)]
        self._ledger.units.finish(connection, outcomes)
        self._ledger.units.add(connection, [unit for each in decided for unit in each.queue])
        return [
            Settled(state=each.outcome.state, paused=each.paused, waited=each.waited)
            for each in decided
        ]

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

    def _decide(self, connection: Connection, met: Met) -> _Decided:
        unit, reading = met.unit, met.reading
        if reading.state in PAUSING:
            outcome = _outcome(reading, UnitState.WAITING)
            return _Decided(outcome=outcome, paused=self._pause(connection, unit, reading))
        if reading.state is PageState.RATE_LIMITED:
            return self._back_off(connection, met)
        if reading.state not in LOOKED:
            return _Decided(outcome=_given_up_or_retried(unit, reading))
        parts = _parts(unit, reading, met.limits)
        outcome = _outcome(reading, UnitState.SPLIT if parts else UnitState.DONE)
        if parts:
            outcome = replace(outcome, extent=Extent.CAPPED)
        queue = [
            *(parts or _next_page(unit, reading, met.limits)),
            *_onward(unit, reading, met.limits, met.scope),
        ]
        return _Decided(outcome=outcome, queue=queue)

    def _pause(self, connection: Connection, unit: Unit, reading: Reading) -> bool:
        return self._ledger.gates.pause(
            connection, unit.platform, state=reading.state, reason=reading.reason, job=unit.job
        )

    def _back_off(self, connection: Connection, met: Met) -> _Decided:
        waited = self._ledger.gates.back_off(connection, met.unit.platform, seconds=met.retry_after)
        due = datetime.now(UTC) + timedelta(seconds=waited)
        outcome = replace(_outcome(met.reading, UnitState.WAITING), due_at=due)
        return _Decided(outcome=outcome, waited=waited)

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


def _outcome(reading: Reading, state: UnitState) -> Outcome:
    return Outcome(
        state=state, page_state=reading.state, extent=reading.extent, reason=reading.reason
    )


def _given_up_or_retried(unit: Unit, reading: Reading) -> Outcome:
    left = unit.tries + 1 < TRIES and not reading.final
    if reading.state is not PageState.ERROR or not left:
        return replace(_outcome(reading, UnitState.FAILED), tried=True)
    due = datetime.now(UTC) + timedelta(seconds=2**unit.tries)
    return replace(_outcome(reading, UnitState.WAITING), due_at=due, tried=True)


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
