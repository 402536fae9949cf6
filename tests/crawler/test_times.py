"""Times as the platforms write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.times import published

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 23:00 in China


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tue Nov 24 22:10:59 +0800 2026", "2026-11-24T14:10:59"),
        ("刚刚", "2026-11-24T15:00:00"),
        ("10秒前", "2026-11-24T14:59:50"),
        ("5分钟前", "2026-11-24T14:55:00"),
        ("3小时前", "2026-11-24T12:00:00"),
        ("2天前", "2026-11-22T15:00:00"),
        ("今天 12:30", "2026-11-24T04:30:00"),
        ("今天12:30", "2026-11-24T04:30:00"),
        ("昨天 23:59", "2026-11-23T15:59:00"),
        ("前天 00:10", "2026-11-21T16:10:00"),
        ("11-24", "2026-11-23T16:00:00"),
        ("12-31", "2025-12-30T16:00:00"),
        ("02-29", "2024-02-28T16:00:00"),
        ("11月24日 09:05", "2026-11-24T01:05:00"),
        ("12月31日 09:05", "2025-12-31T01:05:00"),
        ("2026年11月24日 12:00", "2026-11-24T04:00:00"),
        ("2026年1月4日 12:00 来自 网页版", "2026-01-04T04:00:00"),
        ("2026-11-24 12:30", "2026-11-24T04:30:00"),
        ("2024-8-6\xa022:11", "2024-08-06T14:11:00"),
        ("2026/11/24 12:30:15", "2026-11-24T04:30:15"),
        ("2026-11-4", "2026-11-03T16:00:00"),
        ("12:30", "2026-11-24T04:30:00"),
        ("23:55", "2026-11-23T15:55:00"),
        ("2026-11-24T04:30:00+00:00", "2026-11-24T04:30:00"),
        ("2026-11-24T04:30:00Z", "2026-11-24T04:30:00"),
        ("2026-11-24T04:30:00", "2026-11-23T20:30:00"),
        ("1795494600", "2026-11-24T04:30:00"),
        (1795494600, "2026-11-24T04:30:00"),
        (1795494600000, "2026-11-24T04:30:00"),
    ],
)
def test_a_time_is_read_in_utc(written: object, meant: str) -> None:
    assert published(written, at=AT) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["", None, "2015-03", "置顶", 0, True, "13月40日", "99:99", []])
def test_what_is_no_time_gives_none(written: object) -> None:
    assert published(written, at=AT) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.from_regex(r"[\d年月日:/ \-]{0,30}")))
def test_anything_gives_an_aware_time_or_none(written: object) -> None:
    found = published(written, at=AT)
    assert found is None or found.utcoffset() is not None
