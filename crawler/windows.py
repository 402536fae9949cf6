"""Narrowing a window that a platform cut off: by days, by hours, by facets."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from archive.ledger.units import Unit, Window
from crawler.platforms.platform import Limits

CHINA = timezone(timedelta(hours=8))  # the days of the platforms are China's
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)  # before any of the platforms' searches reach back


def narrower(unit: Unit, limits: Limits, *, total: int | None = None) -> list[Unit]:
    """Give the units that cover a unit and hold less each; none where it cannot be narrowed."""
    fresh = replace(unit, id=0, cursor="", tries=0, depth=unit.depth + 1)
    pieces = split(unit.window, limits.finest, pieces=_pieces(total, limits.cap))
    if len(pieces) > 1:
        return [replace(fresh, window=piece) for piece in pieces]
    if unit.facet:
        return []
    return [replace(fresh, facet=facet) for facet in limits.facets]


def split(window: Window, finest: timedelta | None, *, pieces: int = 2) -> list[Window]:
    """Cut a window at borders of days, a day at those of hours; newest first, nothing left out."""
    until, since = window.until, window.since or _EARLIEST
    if finest is None or until is None:
        return [window]
    for step in (DAY, HOUR, finest):
        if step >= finest and (borders := _borders(since, until, step)):
            chosen = _spread(borders, pieces - 1)
            edges = [window.since, *chosen, until]
            return [Window(since=a, until=b) for a, b in itertools.pairwise(edges)][::-1]
    return [window]


def _borders(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    """Give the multiples of a step, counted from China's midnight, inside a window."""
    midnight = since.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + step * (math.floor((since - midnight) / step) + 1)
    count = math.ceil((until - first) / step)
    return [(first + step * at).astimezone(UTC) for at in range(max(count, 0))]


def _spread(borders: list[datetime], most: int) -> list[datetime]:
    if len(borders) <= most:
        return borders
    apart = (len(borders) + 1) / (most + 1)
    return [borders[round(apart * at) - 1] for at in range(1, most + 1)]


def _pieces(total: int | None, cap: int | None) -> int:
    """Give into how many parts to cut: twice as many as would do if posts came evenly."""
    return max(2, min(24, math.ceil(2 * total / cap))) if total and cap else 2
