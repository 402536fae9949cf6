"""Values of foreign rows: text, times, counts, pictures; a misfit raises ``ValueError``."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from archive.records import Media

CHINA = ZoneInfo("Asia/Shanghai")
_TAG = re.compile(r"<[^<>]{1,2000}>")
_IMAGE = re.compile(r"<img[^>]*\balt=[\"']?(\[[^\]\"'>]{1,20}\])[^>]*>")
_BREAK = re.compile(r"<br\s*/?>|</p>")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TWITTER = re.compile(r"\w{3} \w{3} +\d+ [\d:]+ [+-]\d{4} \d{4}")
_FORMS = ("%Y年%m月%d日 %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d")
_MILLISECONDS = 10**11  # a count of seconds this high lies in the year 5138


def text(row: Mapping[str, Any], *names: str) -> str:
    """Give the first of the named fields that is there; raises where it is no text."""
    for name in names:
        value = row.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise ValueError(f"the field {name} is not a text but {type(value).__name__}")
        return clean(value)
    return ""


def clean(value: str) -> str:
    """Take out what no database keeps: NUL; a lone surrogate becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", value.replace("\0", ""))


def plain(value: str) -> str:
    """Give the words of HTML, line breaks kept and emoji pictures by their names."""
    if "<" not in value and "&" not in value:
        return value
    value = _BREAK.sub("\n", _IMAGE.sub(r"\1", value))
    return html.unescape(_TAG.sub("", value)).strip()


def name(row: Mapping[str, Any], *names: str) -> str:
    """Give an id as text, whether it stands as a number or as text."""
    for field in names:
        value = row.get(field)
        if isinstance(value, str) and value.strip():
            return clean(value.strip())
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
    return ""


def time(row: Mapping[str, Any], *names: str) -> datetime | None:
    """Give a time in UTC; one without a zone is China's."""
    for field in names:
        value = row.get(field)
        if value not in (None, "", 0, "0"):
            return _time(value, field)
    return None


def _time(value: object, field: str) -> datetime:
    try:
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = _epoch(float(value))
        elif isinstance(value, str):
            found = _written(value.strip())
        else:
            raise ValueError
        zoned = found if found.tzinfo else found.replace(tzinfo=CHINA)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError) as error:
        raise ValueError(f"the field {field} holds no time: {str(value)[:40]!r}") from error


def _epoch(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)


def _written(value: str) -> datetime:
    if re.fullmatch(r"\d{9,13}(?:\.\d+)?", value):
        return _epoch(float(value))
    if _TWITTER.fullmatch(value):
        return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")
    for form in _FORMS:
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return parsedate_to_datetime(value)


def counts(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, int]:
    """Give the counts that are there, by our names; 1.2万 is 12000."""
    found = ((ours, _count(row.get(theirs))) for ours, theirs in fields.items())
    return {ours: number for ours, number in found if number is not None}


def _count(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if value == value and abs(value) < 1e15 else None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([万亿w]?)\+?", str(value).strip())
    if match is None or len(match[1]) > 15:
        return None
    return int(float(match[1]) * {"": 1, "万": 10_000, "w": 10_000, "亿": 100_000_000}[match[2]])


def pictures(value: object) -> tuple[Media, ...]:
    """Give pictures from a list of addresses, or from a text with commas between them."""
    return tuple(Media(url=clean(address)) for address in _addresses(value))


def _addresses(value: object) -> Iterable[str]:
    if isinstance(value, str):
        if value.startswith("["):
            try:
                return _addresses(json.loads(value))
            except ValueError:
                return []
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        return [part for part in value if isinstance(part, str) and part]
    return []


def within(row: Mapping[str, Any], *path: str | int) -> Any:
    """Give what lies deep in a row, or ``None`` where a step is not there."""
    value: Any = row
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def part(row: Mapping[str, Any], *path: str | int) -> Mapping[str, Any]:
    """Give an object deep in a row, empty where it is not there."""
    value = within(row, *path)
    return value if isinstance(value, Mapping) else {}
