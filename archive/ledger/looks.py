"""Re-visits: when a known advert is looked at again, and what each look met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive.ledger import tables
from archive.ledger.tables import Instant, metadata

revisit = Table(
    "revisit",
    metadata,
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("looks", Integer, nullable=False),
    Column("next_at", Instant, nullable=False, index=True),
    Column("ended", Boolean, nullable=False, default=False),
)

look = Table(
    "look",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("observation", ForeignKey("observation.id")),
)

# After the first sighting; then the last of them again and again. Adverts that go, go early.
DECAY = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 336, 720))


class LookOutcome(StrEnum):
    """What a re-visit met."""

    ALIVE = "alive"
    EDITED = "edited"
    GONE = "gone"
    ACCOUNT_GONE = "account_gone"
    UNSEEN = "unseen"  # blocked, logged out, error: we did not look


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a known post; ``words`` are the platform's own for why it is gone."""

    post: int
    at: datetime
    outcome: LookOutcome
    words: str = ""
    version: int = 0
    observation: int | None = None


class Looks:
    """The schedule of re-visits and their outcomes; every call inside the caller's transaction."""

    def watch(self, connection: Connection, posts: Sequence[int], *, since: datetime) -> None:
        """Begin to look at posts again, the first time an hour after they were seen."""
        rows = [{"post": p, "looks": 0, "next_at": since + DECAY[0], "ended": False} for p in posts]
        if rows:
            postgres = connection.dialect.name == "postgresql"
            statement = (postgres_insert if postgres else sqlite_insert)(revisit)
            connection.execute(statement.on_conflict_do_nothing(), rows)

    def due(self, connection: Connection, *, now: datetime, platform: str | None) -> list[str]:
        """Give the keys of posts that are due, the longest due first."""
        post = tables.post
        query = select(post.c.key).join(revisit, revisit.c.post == post.c.id)
        query = query.where(revisit.c.next_at <= now, revisit.c.ended.is_(False))
        if platform:
            query = query.where(post.c.platform == platform)
        return list(connection.scalars(query.order_by(revisit.c.next_at, post.c.id)))

    def add(self, connection: Connection, seen: Look) -> None:
        """Write a look and when the next one is; a gone post is looked at no more."""
        connection.execute(
            insert(look).values(
                post=seen.post,
                at=seen.at,
                outcome=seen.outcome,
                words=seen.words,
                version=seen.version,
                observation=seen.observation,
            )
        )
        if seen.outcome is not LookOutcome.UNSEEN:
            self._next(connection, seen)

    def of(self, connection: Connection, post: int) -> list[Look]:
        """Give the looks at a post, oldest first."""
        query = select(look).where(look.c.post == post).order_by(look.c.at, look.c.id)
        return [_look(row._mapping) for row in connection.execute(query)]

    def count(self, connection: Connection) -> dict[LookOutcome, int]:
        """Count posts by the outcome of the newest look that saw something."""
        seen = look.c.outcome != LookOutcome.UNSEEN
        newest = select(func.max(look.c.id)).where(seen).group_by(look.c.post)
        query = select(look.c.outcome, func.count()).where(look.c.id.in_(newest))
        rows = connection.execute(query.group_by(look.c.outcome))
        return {LookOutcome(outcome): number for outcome, number in rows}

    def _next(self, connection: Connection, seen: Look) -> None:
        here = revisit.c.post == seen.post
        looks = (connection.scalar(select(revisit.c.looks).where(here)) or 0) + 1
        wait = DECAY[min(looks, len(DECAY) - 1)]
        ended = seen.outcome in (LookOutcome.GONE, LookOutcome.ACCOUNT_GONE)
        values = {"looks": looks, "next_at": seen.at + wait, "ended": ended}
        connection.execute(update(revisit).where(here).values(**values))


def _look(row: RowMapping) -> Look:
    values = {name: row[name] for name in ("post", "at", "words", "version", "observation")}
    return Look(outcome=LookOutcome(row["outcome"]), **values)
