"""Outboxes: work that a transaction has promised and a worker takes under a lease."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One post version that waits; ``post`` is the ledger's row id."""

    post: int
    version: int


class Outbox:
    """One outbox table; every call runs inside the caller's transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, connection: Connection, tickets: Iterable[Ticket]) -> None:
        """Promise work; a newer version of a waiting post takes its place."""
        rows = [{"post": t.post, "version": t.version} for t in tickets]
        if not rows:
            return
        postgres = connection.dialect.name == "postgresql"
        statement = (postgres_insert if postgres else sqlite_insert)(self._table)
        statement = statement.on_conflict_do_update(
            index_elements=["post"],
            set_={"version": statement.excluded.version, "owner": None, "leased_until": None},
        )
        connection.execute(statement, rows)

    def take(self, connection: Connection, *, most: int, seconds: float) -> list[Ticket]:
        """Lease up to ``most`` tickets, oldest post first."""
        table, now = self._table, datetime.now(UTC)
        free = or_(table.c.leased_until.is_(None), table.c.leased_until < now)
        rows = select(table.c.post).where(free).order_by(table.c.post).limit(most)
        taken = connection.execute(
            update(table)
            .where(table.c.post.in_(skipping(rows)))
            .values(owner=owner(), leased_until=now + timedelta(seconds=seconds))
            .returning(table.c.post, table.c.version)
        )
        return sorted((Ticket(post=r.post, version=r.version) for r in taken), key=_by_post)

    def held(self, connection: Connection, tickets: Iterable[Ticket]) -> list[Ticket]:
        """Give those tickets that this process still holds; they stay so in this transaction."""
        table = self._table
        wanted = {ticket.post: ticket for ticket in tickets}
        mine = table.c.post.in_(wanted) & (table.c.owner == owner())
        query = select(table.c.post, table.c.version).where(mine).order_by(table.c.post)
        rows = connection.execute(query.with_for_update())
        found = [Ticket(post=r.post, version=r.version) for r in rows]
        return [ticket for ticket in found if wanted[ticket.post] == ticket]

    def done(self, connection: Connection, tickets: Iterable[Ticket]) -> None:
        """Strike off what this process holds; a ticket renewed or let go meanwhile stays."""
        table, mine = self._table, owner()
        ours = (table.c.post == bindparam("of")) & (table.c.version == bindparam("at"))
        rows = [{"of": ticket.post, "at": ticket.version} for ticket in tickets]
        if rows:
            connection.execute(delete(table).where(ours, table.c.owner == mine), rows)

    def release(self, connection: Connection, tickets: Iterable[Ticket]) -> None:
        """Give back what this worker could not do, for anyone to take at once."""
        self._lease(connection, tickets, until=None)

    def put_off(
        self, connection: Connection, tickets: Iterable[Ticket], *, until: datetime
    ) -> None:
        """Let work wait that would fail again now."""
        self._lease(connection, tickets, until=until)

    def release_dead(self, connection: Connection) -> int:
        """Give back what workers of this machine held when they died; return how many tickets."""
        owners = connection.scalars(
            select(self._table.c.owner).where(self._table.c.owner.is_not(None)).distinct()
        )
        dead = dead_owners(name for name in owners if name)
        held = select(self._table.c.post).where(self._table.c.owner.in_(dead))
        here = update(self._table).where(self._table.c.post.in_(skipping(held)))
        statement = here.values(owner=None, leased_until=None)
        return connection.execute(statement).rowcount if dead else 0

    def waiting(self, connection: Connection) -> int:
        """Count what is promised and not done."""
        return connection.scalar(select(func.count()).select_from(self._table)) or 0

    def waiting_longer(self, connection: Connection) -> int:
        """Count what was put off."""
        table = self._table
        off = table.c.owner.is_(None) & (table.c.leased_until > datetime.now(UTC))
        return connection.scalar(select(func.count()).select_from(table).where(off)) or 0

    def clear(self, connection: Connection) -> None:
        """Forget all that waits."""
        connection.execute(delete(self._table))

    def _lease(
        self, connection: Connection, tickets: Iterable[Ticket], *, until: datetime | None
    ) -> None:
        table = self._table
        for ticket in tickets:
            mine = (table.c.post == ticket.post) & (table.c.version == ticket.version)
            connection.execute(update(table).where(mine).values(owner=None, leased_until=until))


def skipping(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Choose and lock rows by their first column, those aside that another transaction holds.

    A CTE is run once; a plain subquery with a limit may be run again for every row.
    """
    free = rows.with_for_update(skip_locked=True).cte("free", nesting=True)
    return select(next(iter(free.c)))


def owner() -> str:
    """Name this process: host, process id and its start, as process ids come again."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def dead_owners(names: Iterable[str]) -> list[str]:
    """Give those of some owners that ran on this machine and run no more."""
    return [name for name in names if _is_dead(name)]


def _is_dead(name: str) -> bool:
    host, pid, started = name.rsplit("/", 2)
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Give the start time of a process in clock ticks, empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _by_post(ticket: Ticket) -> int:
    return ticket.post
