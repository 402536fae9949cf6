"""What was seen and what was not: platform × query × window × state × extent, and an estimate."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.labels import Extent, PageState
from archive.ledger.jobs import JobStatus
from archive.ledger.ledger import Ledger
from archive.ledger.units import LISTS, UnitState, Window, Work

_LOOKED = (PageState.OK, PageState.EMPTY, PageState.GONE)
_Key = tuple[str, str, str, str, bool]  # work, window, state, extent, split
_Z = 1.959964  # 95 %
_LEAST_SHARED = 7  # Chapman's estimate is all but unbiased from here (Robson and Regier 1964)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How many pages of one window of a query ended alike.

    ``work`` is what was asked for: the query's own list, or posts, comments and the like that it
    led to. ``state`` is a page state, or ``waiting`` for pages that were not fetched yet; ``split``
    marks pages whose window is covered by narrower ones. ``refetches`` counts fetches beyond the
    first, ``lapses`` leases that ended without an answer.
    """

    job: int
    platform: str
    query: str
    work: str
    window: str
    state: str
    extent: str
    split: bool
    pages: int
    refetches: int
    lapses: int

    @property
    def looked(self) -> bool:
        """Whether these pages were seen: a list that is gone was not, a post that is was."""
        if self.state == PageState.GONE:
            return Work(self.work) not in LISTS
        return self.state in _LOOKED

    @property
    def saw_it_all(self) -> bool:
        """Whether nothing is missing here that is not covered elsewhere."""
        return self.looked and (self.split or self.extent == Extent.WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How many posts two queries of a platform would reach together, from how far they overlap.

    Chapman's estimator; the interval is log-normal, so that its low end is no less than what was
    seen. Words of one trade go together, which makes the estimate a floor rather than a mean.
    """

    platform: str
    first: str
    second: str
    first_seen: int
    second_seen: int
    shared: int
    total: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether enough posts are shared for the estimate to mean much."""
        return self.shared >= _LEAST_SHARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The coverage of some jobs."""

    rows: Sequence[Covered]
    estimates: Sequence[Estimate]
    unfinished: Mapping[str, str]

    @property
    def saw_it_all(self) -> bool:
        """Whether every page of every job was seen whole."""
        return all(row.saw_it_all for row in self.rows)


def report(ledger: Ledger, *, platform: str | None = None) -> Report:
    """Report on all jobs, or on those of one platform."""
    rows: list[Covered] = []
    with ledger.reading() as connection:
        every = ledger.jobs.all(connection)
        jobs = [status for status in every if platform in (None, status.job.platform)]
        for status in jobs:
            rows += _rows(status, ledger.units.of_job(connection, status.job.id))
        seen = ledger.sightings.of_jobs(connection, [status.job.id for status in jobs])
    told = {
        f"{status.job.id} {status.job.platform} {status.job.query}": _why(status)
        for status in jobs
        if status.state != "done"
    }
    return Report(rows=rows, estimates=_estimates(jobs, rows, seen), unfinished=told)


def chapman(first: int, second: int, shared: int) -> tuple[float, float, float]:
    """Give Chapman's estimate of a population and a 95 % interval (Chao 1987)."""
    total = (first + 1) * (second + 1) / (shared + 1) - 1
    spread = (first + 1) * (second + 1) * (first - shared) * (second - shared)
    variance = spread / ((shared + 1) ** 2 * (shared + 2))
    seen = first + second - shared
    unseen = total - seen
    if unseen <= 0:
        return total, float(seen), float(max(total, seen))
    factor = math.exp(_Z * math.sqrt(math.log(1 + variance / unseen**2)))
    return total, seen + unseen / factor, seen + unseen * factor


def _rows(status: JobStatus, units: Sequence[Any]) -> list[Covered]:
    counted: Counter[_Key] = Counter()
    again: Counter[_Key] = Counter()
    lapsed: Counter[_Key] = Counter()
    for unit in units:
        key = _key(unit)
        counted[key] += 1
        again[key] += max(unit.fetches - 1, 0)
        lapsed[key] += unit.lapses
    return [
        Covered(
            job=status.job.id,
            platform=status.job.platform,
            query=status.job.query,
            work=key[0],
            window=key[1],
            state=key[2],
            extent=key[3],
            split=key[4],
            pages=pages,
            refetches=again[key],
            lapses=lapsed[key],
        )
        for key, pages in sorted(counted.items(), reverse=True)
    ]


def _key(row: Any) -> _Key:
    """Give work, window with facet, state, extent, and whether narrower windows cover the page."""
    window = str(Window(since=row.since, until=row.until))
    span = " ".join(filter(None, [window, row.facet])) if Work(row.work) in LISTS else ""
    waits = row.state in (UnitState.WAITING, UnitState.LEASED)
    state = row.page_state or "waiting"
    if waits and state in _LOOKED:
        state = "waiting"
    split = row.state == UnitState.SPLIT
    return row.work, span, state, row.extent or "", split


def _why(status: JobStatus) -> str:
    return f"{status.state}: {status.reason}" if status.reason else status.state


def _estimates(
    jobs: Sequence[JobStatus], rows: Sequence[Covered], seen: Mapping[int, set[int]]
) -> list[Estimate]:
    searched = {row.job for row in rows if Work(row.work) in LISTS}
    by: dict[tuple[str, str], set[int]] = {}
    for status in jobs:
        if status.job.id in searched and seen[status.job.id]:
            held = by.setdefault((status.job.platform, status.job.query), set())
            held |= seen[status.job.id]
    pairs = itertools.combinations(sorted(by.items()), 2)
    found = [_estimate(a, b, x, y) for (a, x), (b, y) in pairs if a[0] == b[0] and x & y]
    return sorted(found, key=lambda one: -one.shared)


def _estimate(
    first: tuple[str, str], second: tuple[str, str], one: set[int], other: set[int]
) -> Estimate:
    total, low, high = chapman(len(one), len(other), len(one & other))
    return Estimate(
        platform=first[0],
        first=first[1],
        second=second[1],
        first_seen=len(one),
        second_seen=len(other),
        shared=len(one & other),
        total=round(total, 1),
        low=round(low, 1),
        high=round(high, 1),
    )
