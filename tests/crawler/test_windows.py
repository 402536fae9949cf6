"""Windows: what a split gives covers its parent exactly, at borders that platforms take."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archive.ledger.units import Unit, Window, Work
from crawler.platforms.platform import Limits
from crawler.windows import CHINA, HOUR, narrower, split

_TIMES = st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
_MAY = datetime(2026, 5, 1, tzinfo=CHINA)


@given(
    since=_TIMES,
    length=st.timedeltas(timedelta(minutes=1), timedelta(days=400)),
    pieces=st.integers(2, 24),
)
def test_a_split_covers_its_window_without_gap_or_overlap(
    since: datetime, length: timedelta, pieces: int
) -> None:
    window = Window(since=since, until=since + length)
    parts = split(window, HOUR, pieces=pieces)
    assert parts[0].until == window.until
    assert parts[-1].since == window.since
    assert all(new.since == old.until for new, old in itertools.pairwise(parts))
    assert all(part.since and part.until and part.since < part.until for part in parts)
    assert len(parts) <= pieces
    for part in parts[:-1]:
        assert part.since
        assert part.since.astimezone(CHINA).minute == 0


def test_a_day_is_split_by_hours_and_an_hour_by_regions() -> None:
    limits = Limits(cap=50, finest=HOUR, facets=("广东", "其他"))
    day = Window(since=_MAY, until=_MAY + timedelta(days=1))
    unit = Unit(platform="x", work=Work.SEARCH, query="开房", window=day, cursor="5")
    hours = narrower(unit, limits, total=5000)
    assert len(hours) == 24
    assert {part.cursor for part in hours} == {""}
    regions = narrower(hours[0], limits)
    assert [part.facet for part in regions] == ["广东", "其他"]
    assert narrower(regions[0], limits) == []


def test_two_days_are_split_at_chinas_midnight() -> None:
    window = Window(since=_MAY, until=_MAY + timedelta(days=2))
    new, old = split(window, HOUR)
    assert new.since == old.until == _MAY + timedelta(days=1)


def test_an_open_window_is_cut_and_stays_open() -> None:
    parts = split(Window(until=_MAY), HOUR)
    assert parts[-1].since is None
    assert len(parts) == 2


def test_a_platform_without_windows_is_split_by_facets_only() -> None:
    unit = Unit(platform="x", work=Work.SEARCH, query="开房", window=Window(until=_MAY))
    assert narrower(unit, Limits(cap=10)) == []
    assert len(narrower(unit, Limits(cap=10, facets=("hot", "new")))) == 2
