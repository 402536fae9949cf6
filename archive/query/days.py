"""Dates of a query: a day, a month, a year, a limit or a range, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from archive.errors import QueryError
from archive.query.lexing import Piece

Moments = tuple[datetime | None, datetime | None]
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2}))?(?:[-/.](\d{1,2}))?")
_LIMIT = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<date>.+)")


def during(name: str, text: str, piece: Piece, query: str) -> Moments:
    """Give the moments from which and before which; raises ``QueryError`` on no date."""
    first, dots, last = text.partition("..")
    if dots:
        since, until = _span(first, piece, query)[0], _span(last, piece, query)[1]
        if since >= until:
            raise QueryError(f"{text} ends before it begins: turn it round.", query, piece.at)
        return since, until
    found = _LIMIT.fullmatch(text)
    sign = (found["sign"] or "") if found else ""
    since, until = _span(found["date"] if found else text, piece, query)
    if name == "since" or sign == ">=":
        return since, None
    if name == "until" or sign == "<=":
        return None, until
    return {">": (until, None), "<": (None, since)}.get(sign, (since, until))


def _span(text: str, piece: Piece, query: str) -> tuple[datetime, datetime]:
    """Give the first moment of a day, month or year, and the first one after it."""
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) if part else None for part in found.groups())
        begin = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day:
            return begin, begin + timedelta(days=1)
        after = begin.replace(month=begin.month % 12 + 1) if month else begin
        return begin, after.replace(year=begin.year + (month in (None, 12)))
    except (ValueError, OverflowError) as error:
        raise QueryError(
            f"{text!r} is no date: write {piece.name}:2026-11-03, {piece.name}:2026-11 or "
            f"{piece.name}:2026-11-01..2026-11-15.",
            query,
            piece.at,
        ) from error
