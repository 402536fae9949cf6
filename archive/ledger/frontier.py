"""The frontier's tables: units of work under leases, and how far each job goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive import codec
from archive.labels import Extent, PageState
from archive.ledger import tables
from archive.ledger.gates import gate
from archive.ledger.outbox import dead_owners, owner, skipping
from archive.ledger.tables import Instant, metadata
from archive.ledger.turns import one_writer
from archive.ledger.unit_rows import unit_of, unit_row
from archive.ledger.units import Scope, Unit, UnitState, Work

unit = Table(
    "unit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", ForeignKey("job.id"), nullable=False, index=True),
    Column("platform", String(64), nullable=False),
    Column("work", String(16), nullable=False),
    Column("query", Text, nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    Column("facet", String(64), nullable=False),
    Column("cursor", Text, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("owner", String(128)),
    Column("leased_until", Instant),
    Column("tries", Integer, nullable=False, default=0),
    Column("fetches", Integer, nullable=False, default=0),
    Column("lapses", Integer, nullable=False, default=0),
    Column("page_state", String(16)),
    Column("extent", String(16)),
    Column("reason", Text),
    UniqueConstraint("job", "key"),
    Index("ix_unit_queue", "platform", "state", "rank", "id"),
)

job_scope = Table(
    "job_scope",
    metadata,
    Column("job", ForeignKey("job.id"), primary_key=True),
    Column("body", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a unit came to; ``due_at`` is set where it is to be asked for again.

    ``tried`` says that it used up one of its tries.
    """

    state: UnitState
    page_state: PageState
    extent: Extent = Extent.WHOLE
    reason: str = ""
    due_at: datetime | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a platform's open jobs still have to do."""

    waiting: int
    leased: int
    next_due: datetime | None


class Units:
    """The queue; every call runs inside the caller's transaction."""

    def scope(self, connection: Connection, job: int, scope: Scope) -> None:
        """Write how far a job goes."""
        connection.execute(insert(job_scope).values(job=job, body=codec.encode(scope)))

    def scope_of(self, connection: Connection, job: int) -> Scope:
        """Give how far a job goes."""
        body = connection.scalar(select(job_scope.c.body).where(job_scope.c.job == job))
        return codec.decode(body, Scope) if body else Scope()

    def add(self, connection: Connection, units: Iterable[Unit]) -> int:
        """Queue what the job does not know yet; give how many that were."""
        rows = [unit_row(one) for one in units]
        if not rows:
            return 0
        one_writer(connection)
        postgres = connection.dialect.name == "postgresql"
        statement = (postgres_insert if postgres else sqlite_insert)(unit)
        statement = statement.on_conflict_do_nothing(index_elements=["job", "key"])
        counted = statement.returning(unit.c.id)  # PostgreSQL gives no row count here
        return len(connection.execute(counted, rows).all())

    def take(
        self, connection: Connection, platform: str, *, most: int, seconds: float
    ) -> list[Unit]:
        """Lease the next units of a platform's open jobs."""
        now = datetime.now(UTC)
        held_back = select(gate.c.not_before).where(
            gate.c.platform == platform, gate.c.not_before > now
        )
        if connection.scalar(held_back):
            return []
        taken = self._lease(connection, platform, most=most, until=now + timedelta(seconds=seconds))
        if len(taken) < most and self.give_back_lapsed(connection, platform):
            left = most - len(taken)
            until = now + timedelta(seconds=seconds)
            taken += self._lease(connection, platform, most=left, until=until)
        return [unit_of(row) for row in sorted(taken, key=lambda row: (row.rank, row.id))]

    def _lease(
        self, connection: Connection, platform: str, *, most: int, until: datetime
    ) -> list[Row[*tuple[Any, ...]]]:
        free = (
            select(unit.c.id)
            .where(unit.c.platform == platform, unit.c.state == UnitState.WAITING)
            .where(unit.c.due_at <= datetime.now(UTC), unit.c.job.in_(_open_jobs(platform)))
            .order_by(unit.c.rank, unit.c.id)
            .limit(most)
        )
        taken = connection.execute(
            update(unit)
            .where(unit.c.id.in_(skipping(free)))
            .values(
                state=UnitState.LEASED,
                owner=owner(),
                leased_until=until,
            )
            .returning(*unit.c)
        )
        return list(taken)

    def give_back_lapsed(self, connection: Connection, platform: str) -> int:
        """Give back units whose lease ended, or whose worker of this machine died."""
        held = (unit.c.platform == platform) & (unit.c.state == UnitState.LEASED)
        holders = connection.scalars(select(unit.c.owner).where(held).distinct()).all()
        if not holders:
            return 0
        ended = unit.c.leased_until < datetime.now(UTC)
        dead = unit.c.owner.in_(dead_owners(name for name in holders if name))
        lapsed = select(unit.c.id).where(held, ended | dead)
        again = update(unit).where(unit.c.id.in_(skipping(lapsed)))
        values = {**_FREE, "lapses": unit.c.lapses + 1}
        return connection.execute(again.values(**values)).rowcount

    def give_back(self, connection: Connection, units: Iterable[Unit]) -> None:
        """Give back units that were not fetched."""
        ids = [one.id for one in units]
        connection.execute(update(unit).where(_mine(ids)).values(**_FREE))

    def renew(self, connection: Connection, units: Iterable[Unit], *, seconds: float) -> None:
        """Hold units for longer."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        ids = [one.id for one in units]
        connection.execute(update(unit).where(_mine(ids)).values(leased_until=until))

    def finish(self, connection: Connection, met: Sequence[tuple[Unit, Outcome]]) -> None:
        """Write what units came to; without a lease it stands all the same: they were fetched."""
        if not met:
            return
        left = (unit.c.state == UnitState.LEASED) | (unit.c.state == UnitState.WAITING)
        values = {
            **_FREE,
            "state": bindparam("to_state"),
            "page_state": bindparam("to_page_state"),
            "extent": bindparam("to_extent"),
            "reason": bindparam("to_reason"),
            "fetches": unit.c.fetches + 1,
            "tries": unit.c.tries + bindparam("tried", type_=Integer),
            "due_at": func.coalesce(bindparam("to_due_at", type_=Instant), unit.c.due_at),
        }
        here = update(unit).where(unit.c.id == bindparam("here"), left).values(**values)
        connection.execute(here, [_told(one, outcome) for one, outcome in met])

    def retry_failed(self, connection: Connection, platform: str) -> int:
        """Queue again what was given up in a platform's open jobs."""
        failed = (unit.c.platform == platform) & (unit.c.state == UnitState.FAILED)
        again = update(unit).where(failed, unit.c.job.in_(_open_jobs(platform)))
        return connection.execute(again.values(**_FREE, tries=0)).rowcount

    def pending(self, connection: Connection, platform: str) -> Pending:
        """Say what is left to do in a platform's open jobs."""
        here = (unit.c.platform == platform) & unit.c.job.in_(_open_jobs(platform))
        states = (UnitState.WAITING, UnitState.LEASED)
        counted = connection.execute(
            select(unit.c.state, func.count(), func.min(unit.c.due_at))
            .where(here, unit.c.state.in_(states))
            .group_by(unit.c.state)
        ).all()
        by = {state: (number, due) for state, number, due in counted}
        waiting, due = by.get(UnitState.WAITING, (0, None))
        return Pending(waiting=waiting, leased=by.get(UnitState.LEASED, (0, None))[0], next_due=due)

    def covered_until(
        self, connection: Connection, platform: str, work: Work, query: str
    ) -> datetime | None:
        """Give the latest end of a query's windows among the jobs that are done.

        A list that was gone does not count: what comes when it is back must not be passed over.
        """
        done = select(tables.job.c.id).where(
            tables.job.c.platform == platform, tables.job.c.state == "done"
        )
        found: datetime | None = connection.scalar(
            select(unit.c.until)
            .where(unit.c.job.in_(done), unit.c.depth == 0, unit.c.until.is_not(None))
            .where(unit.c.work == work, unit.c.query == query)
            .where(unit.c.page_state != PageState.GONE)
            .order_by(unit.c.until.desc())
            .limit(1)
        )
        return found

    def of_job(self, connection: Connection, job: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the rows of a job's units, in the order of the queue."""
        query = select(unit).where(unit.c.job == job).order_by(unit.c.rank, unit.c.id)
        return connection.execute(query).all()


_FREE: dict[str, Any] = {"state": UnitState.WAITING, "owner": None, "leased_until": None}


def _mine(ids: Sequence[int]) -> Any:
    return unit.c.id.in_(ids) & (unit.c.owner == owner()) & (unit.c.state == UnitState.LEASED)


def _open_jobs(platform: str) -> Select[*tuple[Any, ...]]:
    job = tables.job
    return select(job.c.id).where(job.c.platform == platform, job.c.state == "open")


def _told(one: Unit, outcome: Outcome) -> dict[str, object]:
    return {
        "here": one.id,
        "to_state": outcome.state,
        "to_page_state": outcome.page_state,
        "to_extent": outcome.extent,
        "to_reason": outcome.reason or None,
        "to_due_at": outcome.due_at,
        "tried": int(outcome.tried),
    }
