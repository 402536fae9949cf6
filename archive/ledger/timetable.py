"""Which lines of the crawl schedule ran, and for which of their times."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, insert, select, update

from archive.ledger.tables import Instant, metadata
from archive.ledger.turns import one_writer

timetable = Table(
    "timetable",
    metadata,
    Column("line", String(64), primary_key=True),
    Column("ran_for", Instant, nullable=False),
)


class Timetable:
    """The runs of schedule lines; every call runs inside the caller's transaction."""

    def last(self, connection: Connection, line: str) -> datetime | None:
        """Give the time for which a line ran last."""
        found: datetime | None = connection.scalar(
            select(timetable.c.ran_for).where(timetable.c.line == _mark(line))
        )
        return found

    def claim(self, connection: Connection, line: str, at: datetime) -> bool:
        """Take a line's time for this machine; false where another has it."""
        one_writer(connection)
        if (last := self.last(connection, line)) is None:
            connection.execute(insert(timetable).values(line=_mark(line), ran_for=at))
            return True
        if last >= at:
            return False
        here = (timetable.c.line == _mark(line)) & (timetable.c.ran_for < at)
        return connection.execute(update(timetable).where(here).values(ran_for=at)).rowcount > 0


def _mark(line: str) -> str:
    return hashlib.sha256(" ".join(line.split()).encode()).hexdigest()
