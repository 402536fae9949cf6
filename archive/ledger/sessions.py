"""Operators' own log-in sessions, sealed with the operator's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from archive.errors import InputError
from archive.keys import Keys
from archive.labels import PageState
from archive.ledger.tables import Instant, metadata

session = Table(
    "session",
    metadata,
    Column("platform", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("page_state", String(16)),
    Column("reason", Text),
    Column("added_at", Instant, nullable=False),
    Column("checked_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """A stored session without its content; ``page_state`` is what its last test met."""

    platform: str
    name: str
    page_state: PageState | None
    reason: str
    added_at: datetime
    checked_at: datetime | None


class Sessions:
    """Stored sessions; every call runs inside the caller's transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def put(
        self,
        connection: Connection,
        platform: str,
        name: str,
        content: bytes,
        *,
        state: PageState | None,
        reason: str = "",
    ) -> None:
        """Keep a session under a name; the caller has tested it."""
        now = datetime.now(UTC)
        values = {
            "sealed": self._keys.seal(_purpose(platform, name), content),
            "page_state": state,
            "reason": reason,
            "added_at": now,
            "checked_at": now if state else None,
        }
        again = update(session).where(_here(platform, name))
        if not connection.execute(again.values(**values)).rowcount:
            connection.execute(insert(session).values(platform=platform, name=name, **values))

    def get(self, connection: Connection, platform: str, name: str) -> bytes:
        """Give a session's content; raises ``InputError`` where there is none."""
        sealed = connection.scalar(select(session.c.sealed).where(_here(platform, name)))
        if sealed is None:
            raise InputError(
                f"There is no session {name!r} for {platform}: "
                f"add one with `anyu session add {platform} --file FILE`."
            )
        return self._keys.unseal(_purpose(platform, name), sealed)

    def checked(
        self, connection: Connection, platform: str, name: str, *, state: PageState, reason: str
    ) -> None:
        """Write what a test of a session met; its content stays."""
        values = {"page_state": state, "reason": reason, "checked_at": datetime.now(UTC)}
        connection.execute(update(session).where(_here(platform, name)).values(**values))

    def all(self, connection: Connection) -> list[SessionStatus]:
        """Give every stored session, without its content."""
        query = select(session).order_by(session.c.platform, session.c.name)
        return [
            SessionStatus(
                platform=row.platform,
                name=row.name,
                page_state=PageState(row.page_state) if row.page_state else None,
                reason=row.reason or "",
                added_at=row.added_at,
                checked_at=row.checked_at,
            )
            for row in connection.execute(query)
        ]

    def remove(self, connection: Connection, platform: str, name: str) -> bool:
        """Remove a session; say whether there was one."""
        return connection.execute(delete(session).where(_here(platform, name))).rowcount > 0


def _purpose(platform: str, name: str) -> str:
    return f"session/{platform}/{name}"


def _here(platform: str, name: str) -> ColumnElement[bool]:
    return (session.c.platform == platform) & (session.c.name == name)
