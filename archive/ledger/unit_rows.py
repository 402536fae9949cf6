"""Units of work to rows of the frontier and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from archive.ledger.units import Unit, UnitState, Window, Work, rank


def unit_row(one: Unit) -> dict[str, object]:
    """Give the row of a new unit."""
    return {
        "job": one.job,
        "platform": one.platform,
        "work": one.work,
        "query": one.query,
        "since": one.window.since,
        "until": one.window.until,
        "facet": one.facet,
        "cursor": one.cursor,
        "depth": one.depth,
        "key": one.key,
        "rank": rank(one),
        "state": UnitState.WAITING,
        "due_at": datetime.now(UTC),
    }


def unit_of(row: Row[*tuple[Any, ...]]) -> Unit:
    """Read the unit of a row."""
    return Unit(
        id=row.id,
        job=row.job,
        platform=row.platform,
        work=Work(row.work),
        query=row.query,
        window=Window(since=row.since, until=row.until),
        facet=row.facet,
        cursor=row.cursor,
        depth=row.depth,
        tries=row.tries,
    )
