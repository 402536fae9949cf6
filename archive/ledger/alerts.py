"""Alerts: that a post is a new hit of a saved search, and by which ways it was told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from archive.ledger.link_statements import upsert
from archive.ledger.outbox import dead_owners, owner
from archive.ledger.saved import Saved
from archive.ledger.tables import Instant, metadata

HERE, WEBHOOK, MAIL = "here", "webhook", "mail"
_LONGEST_WAIT = timedelta(days=1)

alert = Table(
    "alert",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("saved", ForeignKey("saved_search.id", ondelete="CASCADE"), nullable=False),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("saved", "post"),
)

alert_way = Table(
    "alert_way",
    metadata,
    Column("alert", ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True),
    Column("way", String(16), primary_key=True),
    Column("told_at", Instant, index=True),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("owner", String(128)),
    Column("leased_until", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """A new hit; ``id`` is the same whenever and by whatever way it is told."""

    id: str
    saved: int
    post: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One alert by one way: told, or waiting with the reason why the last try failed."""

    alert: str
    way: str
    told_at: datetime | None = None
    tries: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many alerts a saved search had, how many of them wait for a way, and the newest."""

    alerts: int = 0
    waiting: int = 0
    last: datetime | None = None


class Alerts:
    """Alerts and their ways; every call runs inside the caller's transaction."""

    def known(self, connection: Connection, saved: Saved, posts: Sequence[int]) -> set[int]:
        """Give the posts of some that a saved search has an alert of."""
        here = select(alert.c.post).where(alert.c.saved == saved.id, alert.c.post.in_(posts))
        return set(connection.scalars(here))

    def add(self, connection: Connection, alerts: Sequence[AlertRow], ways: Sequence[str]) -> int:
        """Promise to tell alerts by some ways; one that is known stays. Give how many are new."""
        if not alerts:
            return 0
        rows = [
            {"id": a.id, "saved": a.saved, "post": a.post, "version": a.version, "at": a.at}
            for a in alerts
        ]
        statement = (
            upsert(connection.dialect.name, alert).on_conflict_do_nothing().returning(alert.c.id)
        )
        added = list(connection.scalars(statement, rows))
        promised = [{"alert": id, "way": way, "tries": 0} for id in added for way in ways]
        if promised:
            connection.execute(
                upsert(connection.dialect.name, alert_way).on_conflict_do_nothing(), promised
            )
        return len(added)

    def take(
        self, connection: Connection, *, most: int, seconds: float
    ) -> list[tuple[AlertRow, str]]:
        """Lease what is to be told, oldest first."""
        way, now = alert_way.c, datetime.now(UTC)
        free = or_(way.leased_until.is_(None), way.leased_until < now)
        rows = select(way.alert, way.way).join(alert, alert.c.id == way.alert)
        rows = rows.where(way.told_at.is_(None), free).order_by(alert.c.at, way.alert, way.way)
        rows = rows.limit(most).with_for_update(skip_locked=True, of=alert_way)
        taken = [(row.alert, row.way) for row in connection.execute(rows)]
        lease = {"owner": owner(), "leased_until": now + timedelta(seconds=seconds)}
        mine = tuple_(way.alert, way.way).in_(taken)
        connection.execute(update(alert_way).where(mine).values(**lease))
        found = self.of_ids(connection, {id for id, _ in taken})
        return [(found[id], way) for id, way in taken]

    def told(self, connection: Connection, ids: Iterable[str], way: str, *, at: datetime) -> None:
        """Note that alerts were told by a way."""
        free = {"owner": None, "leased_until": None, "error": None}
        values = {**free, "told_at": at, "tries": alert_way.c.tries + 1}
        connection.execute(update(alert_way).where(_here(ids, way)).values(**values))

    def failed(self, connection: Connection, ids: Iterable[str], way: str, *, why: str) -> None:
        """Note why alerts could not be told by a way; the next try waits ever longer."""
        here = _here(ids, way)
        tries = connection.scalar(select(func.max(alert_way.c.tries)).where(here)) or 0
        wait = min(timedelta(minutes=2 ** min(tries, 12)), _LONGEST_WAIT)
        until = datetime.now(UTC) + wait
        values = {"owner": None, "leased_until": until, "error": why, "tries": tries + 1}
        connection.execute(update(alert_way).where(here).values(**values))

    def hurry(self, connection: Connection) -> None:
        """Let what waits for its next try be told at once."""
        waits = alert_way.c.told_at.is_(None) & alert_way.c.owner.is_(None)
        connection.execute(update(alert_way).where(waits).values(leased_until=None))

    def release_dead(self, connection: Connection) -> None:
        """Give back what processes of this machine held when they died."""
        way = alert_way.c
        owners = connection.scalars(select(way.owner).where(way.owner.is_not(None)).distinct())
        dead = dead_owners(name for name in owners if name)
        if dead:
            here = update(alert_way).where(way.owner.in_(dead))
            connection.execute(here.values(owner=None, leased_until=None))

    def withdraw(self, connection: Connection, ids: Iterable[str]) -> None:
        """Take back what was not told: the post is no advert after all."""
        ids = list(ids)
        untold = alert_way.c.alert.in_(ids) & alert_way.c.told_at.is_(None)
        connection.execute(delete(alert_way).where(untold))
        told = select(alert_way.c.alert)
        connection.execute(delete(alert).where(alert.c.id.in_(ids), alert.c.id.not_in(told)))

    def of_ids(self, connection: Connection, ids: Iterable[str]) -> dict[str, AlertRow]:
        """Give alerts by id."""
        rows = connection.execute(select(alert).where(alert.c.id.in_(list(ids))))
        return {row.id: _alert(row) for row in rows}

    def of(self, connection: Connection, saved: Saved, *, most: int) -> list[AlertRow]:
        """Give the alerts of a saved search, the newest first."""
        rows = select(alert).where(alert.c.saved == saved.id)
        rows = rows.order_by(alert.c.at.desc(), alert.c.post.desc()).limit(most)
        return [_alert(row) for row in connection.execute(rows)]

    def tellings(self, connection: Connection, ids: Sequence[str]) -> dict[str, list[Telling]]:
        """Give how alerts were told, by id."""
        way = alert_way.c
        columns = (way.alert, way.way, way.told_at, way.tries, way.error)
        rows = select(*columns).where(way.alert.in_(ids)).order_by(way.alert, way.way)
        found: dict[str, list[Telling]] = {id: [] for id in ids}
        for row in connection.execute(rows):
            found[row.alert].append(Telling(**row._mapping))
        return found

    def count(self, connection: Connection) -> dict[int, Counted]:
        """Count the alerts of each saved search that has any."""
        waits = select(alert_way.c.alert).where(alert_way.c.told_at.is_(None))
        waiting = func.sum(case((alert.c.id.in_(waits), 1), else_=0))
        rows = select(alert.c.saved, func.count(), waiting, func.max(alert.c.at))
        found = connection.execute(rows.group_by(alert.c.saved))
        return {
            saved: Counted(alerts=number, waiting=int(wait), last=last)
            for saved, number, wait, last in found
        }

    def waiting(self, connection: Connection) -> int:
        """Count what is promised to be told and was not."""
        untold = alert_way.c.told_at.is_(None)
        return connection.scalar(select(func.count()).select_from(alert_way).where(untold)) or 0


def alert_id(saved: Saved, key: str) -> str:
    """Give the id of an alert: the same for the same saved search and post, for ever."""
    named = "\0".join((saved.name, saved.saved_at.isoformat(), key))
    return hashlib.sha256(named.encode()).hexdigest()[:20]


def _here(ids: Iterable[str], way: str) -> Any:
    return (alert_way.c.alert.in_(list(ids))) & (alert_way.c.way == way)


def _alert(row: Row[Any]) -> AlertRow:
    return AlertRow(**row._mapping)
