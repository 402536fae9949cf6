"""What was seen: jobs and their observations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from archive import codec
from archive.labels import Extent, PageState
from archive.ledger import tables
from archive.records import Job, Observation

_PICTURE = "picture:%"  # the cursor of a picture's fetch
_SEEN = tuple(one.name for one in fields(Observation) if one.name != "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many fetches of a job ended in one state and extent."""

    platform: str
    query: str
    window: str
    page_state: str
    extent: str
    fetches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """A job, whether it is ``open``, ``paused``, ``done`` or ``ended`` unfinished, and why."""

    job: Job
    state: str
    reason: str | None


class Jobs:
    """Jobs and observations; every call runs inside the caller's transaction."""

    def add(self, connection: Connection, job: Job) -> int:
        """Write a job and give its id."""
        values = {f.name: getattr(job, f.name) for f in fields(job) if f.name != "id"}
        statement = insert(tables.job).values(**values, created_at=datetime.now(UTC))
        number: int = connection.execute(statement.returning(tables.job.c.id)).scalar_one()
        return number

    def set_state(
        self, connection: Connection, job: int, state: str, *, reason: str | None = None
    ) -> None:
        """Set a job to ``open``, ``paused`` (say why), ``done``, or ``ended`` without that."""
        here = update(tables.job).where(tables.job.c.id == job)
        connection.execute(here.values(state=state, reason=reason))

    def all(self, connection: Connection) -> list[JobStatus]:
        """Give every job with its state."""
        rows = connection.execute(select(tables.job).order_by(tables.job.c.id))
        return [
            JobStatus(
                job=Job(**{f.name: getattr(row, f.name) for f in fields(Job)}),
                state=row.state,
                reason=row.reason,
            )
            for row in rows
        ]

    def observe(self, connection: Connection, seen: Observation) -> int:
        """Write an observation and give its id."""
        return self.observe_all(connection, [seen])[0]

    def observe_all(self, connection: Connection, seen: Sequence[Observation]) -> list[int]:
        """Write observations and give their ids, in the same order."""
        if not seen:
            return []
        table = tables.observation
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(connection.scalars(statement, [_values(one) for one in seen]))

    def operators(self, connection: Connection, jobs: Collection[int]) -> dict[int, str]:
        """Give who ordered some jobs."""
        table = tables.job
        rows = connection.execute(select(table.c.id, table.c.operator).where(table.c.id.in_(jobs)))
        return {row.id: row.operator for row in rows}

    def observation(self, connection: Connection, number: int) -> Observation | None:
        """Give an observation by its id."""
        query = select(tables.observation).where(tables.observation.c.id == number)
        row = connection.execute(query).one_or_none()
        return _observation(row) if row else None

    def observation_ids(self, connection: Connection) -> Iterator[int]:
        """Walk over the ids of all observations."""
        yield from connection.scalars(select(tables.observation.c.id))

    def ids_of_bodies(self, connection: Connection, digests: Collection[str]) -> list[int]:
        """Give the ids of observations with one of these bodies."""
        table = tables.observation
        query = select(table.c.id).where(table.c.body_sha256.in_(digests))
        return list(connection.scalars(query)) if digests else []

    def ids_of_screenshots(self, connection: Connection, keys: Collection[str]) -> list[int]:
        """Give the ids of observations that photographed posts: the key of one is their cursor."""
        table = tables.observation
        taken = table.c.screenshot_sha256.is_not(None) & table.c.cursor.in_(keys)
        return list(connection.scalars(select(table.c.id).where(taken)))

    def photographed(self, connection: Connection, key: str) -> PageState | None:
        """Give what the newest try to photograph a post met, nothing where there was none."""
        table = tables.observation
        tries = select(table.c.page_state).where(table.c.cursor == key)
        found = connection.scalar(tries.order_by(table.c.id.desc()).limit(1))
        return PageState(found) if found else None

    def job(self, connection: Connection, number: int) -> Job | None:
        """Give a job by its id."""
        row = connection.execute(select(tables.job).where(tables.job.c.id == number)).one_or_none()
        return Job(**{f.name: getattr(row, f.name) for f in fields(Job)}) if row else None

    def coverage(
        self, connection: Connection, *, jobs: Sequence[int] | None = None
    ) -> Sequence[Coverage]:
        """Count fetches of pages by platform, query, window, state and extent."""
        j, o = tables.job, tables.observation
        by = (j.c.platform, j.c.query, j.c.window, o.c.page_state, o.c.extent)
        query = select(*by, func.count().label("fetches")).join(o, o.c.job == j.c.id)
        if jobs is not None:
            query = query.where(j.c.id.in_(jobs))
        query = query.where(o.c.cursor.not_like(_PICTURE))
        rows = connection.execute(query.group_by(*by).order_by(*by))
        return [Coverage(**row._mapping) for row in rows]

    def pictures(self, connection: Connection, jobs: Sequence[int]) -> int:
        """Count the pictures that jobs fetched."""
        o = tables.observation
        here = (o.c.job.in_(jobs)) & o.c.cursor.like(_PICTURE)
        return connection.scalar(select(func.count()).where(here)) or 0


def _values(seen: Observation) -> dict[str, object]:
    values = {name: getattr(seen, name) for name in _SEEN}
    return {**values, "tools": codec.encode(seen.tools)}


def _observation(row: Row[*tuple[Any, ...]]) -> Observation:
    values = dict(row._mapping)
    values["tools"] = codec.decode(row.tools, dict[str, str])
    values["page_state"] = PageState(row.page_state)
    values["extent"] = Extent(row.extent)
    return Observation(**values)
