"""Times as platforms write them, relative ones too, to aware UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
_MILLISECONDS = 10**11  # a count of seconds this high lies in the year 5138
_SPANS = {"秒": "seconds", "分": "minutes", "小时": "hours", "时": "hours", "天": "days"}
_DAYS = {"今天": 0, "昨天": 1, "前天": 2, "昨日": 1, "今日": 0}
_AGO = re.compile(r"(\d{1,4})\s*(秒|分|小时|时|天)[钟]?(?:之)?前")
_NAMED = re.compile(r"(今天|今日|昨天|昨日|前天)\s*(?:(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?")
_FULL = re.compile(
    r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?"
)
_SHORT = re.compile(
    r"(?<!\d)(\d{1,2})\s*[月/-]\s*(\d{1,2})\s*日?(?!\d|[/-]\d)"
    r"(?:\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?"
)
_CLOCK = re.compile(r"(?<![\d:：])(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?![\d:：])")
_ENGLISH = re.compile(r"\w{3} \w{3} +\d{1,2} [\d:]{7,8} [+-]\d{4} \d{4}")
_NUMBER = re.compile(r"\d{9,13}(?:\.\d+)?")


def published(value: object, *, at: datetime) -> datetime | None:
    """Give the time that a page writes, in UTC; ``at`` is when the page was fetched.

    A time without a zone is China's. ``None`` where nothing is written, or only a year and month.
    """
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return _epoch(float(value))
        if isinstance(value, str):
            return _written(" ".join(value.split())[:200], at.astimezone(CHINA))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _epoch(value: float) -> datetime | None:
    if value <= 0:
        return None
    return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)


def _written(text: str, at: datetime) -> datetime | None:
    if _NUMBER.fullmatch(text):
        return _epoch(float(text))
    if _ENGLISH.fullmatch(text):
        return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    try:
        exact = datetime.fromisoformat(text)
    except ValueError:
        exact = None
    if exact is not None and exact.tzinfo:
        return exact.astimezone(UTC)
    for read in _READERS:
        if found := read(text, at):
            return found.astimezone(UTC)
    return None


def _ago(text: str, at: datetime) -> datetime | None:
    if "刚刚" in text or "刚才" in text:
        return at
    found = _AGO.search(text)
    return at - timedelta(**{_SPANS[found[2]]: int(found[1])}) if found else None


def _named(text: str, at: datetime) -> datetime | None:
    found = _NAMED.search(text)
    if found is None:
        return None
    day = at - timedelta(days=_DAYS[found[1]])
    return _at_clock(day, found[2], found[3], found[4])


def _full(text: str, at: datetime) -> datetime | None:
    found = _FULL.search(text)
    if found is None:
        return None
    day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=at.tzinfo)
    return _at_clock(day, found[4], found[5], found[6])


def _short(text: str, at: datetime) -> datetime | None:
    """Read a month and a day: of this year, or of the last one where that lies ahead."""
    found = _SHORT.search(text)
    if found is None:
        return None
    for year in range(at.year, at.year - 5, -1):  # 29 February has to wait for its year
        try:
            day = datetime(year, int(found[1]), int(found[2]), tzinfo=at.tzinfo)
        except ValueError:
            continue
        moment = _at_clock(day, found[3], found[4], found[5])
        if moment <= at + timedelta(days=1):
            return moment
    return None


def _clock(text: str, at: datetime) -> datetime | None:
    """Read an hour alone: of today, or of yesterday where that lies ahead."""
    found = _CLOCK.search(text)
    if found is None:
        return None
    moment = _at_clock(at, found[1], found[2], found[3])
    return moment if moment <= at + timedelta(minutes=10) else moment - timedelta(days=1)


def _at_clock(day: datetime, hour: str | None, minute: str | None, second: str | None) -> datetime:
    return day.replace(
        hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), microsecond=0
    )


_READERS: tuple[Callable[[str, datetime], datetime | None], ...] = (
    _full,
    _ago,
    _named,
    _short,
    _clock,
)
