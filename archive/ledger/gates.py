"""Gates: whether a platform may be asked, since when not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, Integer, String, Table, Text, insert, select, update

from archive.labels import PageState
from archive.ledger import tables
from archive.ledger.tables import Instant, metadata
from archive.ledger.turns import one_writer

gate = Table(
    "gate",
    metadata,
    Column("platform", String(64), primary_key=True),
    Column("page_state", String(16)),
    Column("reason", Text),
    Column("job", Integer),
    Column("paused_at", Instant),
    Column("not_before", Instant),
    Column("strikes", Integer, nullable=False, default=0),
)

_LONGEST = 3600.0  # seconds that a rate limit without a word of its own is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A platform's gate; ``page_state`` is set while it is paused, and ``job`` met it first."""

    platform: str
    page_state: PageState | None = None
    reason: str = ""
    job: int | None = None
    paused_at: datetime | None = None
    not_before: datetime | None = None
    strikes: int = 0

    @property
    def paused(self) -> bool:
        """Whether a person must look before it goes on."""
        return self.page_state is not None


class Gates:
    """Pauses and back-offs; every call runs inside the caller's transaction."""

    def of(self, connection: Connection, platform: str) -> Gate:
        """Give the gate of a platform."""
        row = connection.execute(select(gate).where(gate.c.platform == platform)).one_or_none()
        if row is None:
            return Gate(platform=platform)
        state = PageState(row.page_state) if row.page_state else None
        values = {**row._mapping, "page_state": state, "reason": row.reason or ""}
        return Gate(**values)

    def pause(
        self, connection: Connection, platform: str, *, state: PageState, reason: str, job: int
    ) -> bool:
        """Pause a platform's open jobs, their queue kept; say whether it was open until now."""
        first = not self.of(connection, platform).paused
        if first:
            now = datetime.now(UTC)
            told = {"page_state": state, "reason": reason, "job": job, "paused_at": now}
            self._set(connection, platform, **told)
        table = tables.job
        here = update(table).where(table.c.platform == platform, table.c.state == "open")
        connection.execute(here.values(state="paused", reason=f"{state}: {reason}"))
        return first

    def resume(self, connection: Connection, platform: str, *, without: tuple[int, ...]) -> int:
        """Open a gate and its paused jobs but for some; give how many jobs go on."""
        nothing = {"page_state": None, "reason": None, "job": None, "paused_at": None}
        self._set(connection, platform, **nothing, not_before=None, strikes=0)
        table = tables.job
        paused = (table.c.platform == platform) & (table.c.state == "paused")
        here = update(table).where(paused, table.c.id.not_in(without))
        return connection.execute(here.values(state="open", reason=None)).rowcount

    def back_off(self, connection: Connection, platform: str, *, seconds: float | None) -> float:
        """Wait before the next request, twice as long each time unless told how long.

        Give the seconds; 0 where it is waited already: the pages of one moment are one strike.
        """
        held, now = self.of(connection, platform), datetime.now(UTC)
        if held.not_before and held.not_before > now:
            return 0.0
        strikes = held.strikes + 1
        wait = min(seconds if seconds is not None else 2.0**strikes, _LONGEST)
        until = now + timedelta(seconds=wait)
        self._set(connection, platform, not_before=until, strikes=strikes)
        return wait

    def calm(self, connection: Connection, platform: str) -> None:
        """Forget earlier rate limits: a page came."""
        here = update(gate).where(gate.c.platform == platform, gate.c.strikes > 0)
        connection.execute(here.values(strikes=0, not_before=None))

    def _set(self, connection: Connection, platform: str, **values: object) -> None:
        here = update(gate).where(gate.c.platform == platform)
        if connection.execute(here.values(**values)).rowcount:
            return
        one_writer(connection)
        if not connection.execute(here.values(**values)).rowcount:  # another was first
            connection.execute(insert(gate).values(platform=platform, **{"strikes": 0, **values}))
