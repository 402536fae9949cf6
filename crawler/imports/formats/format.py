"""What a format says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archive.records import Post
from crawler.imports.rows import Row


def _itself(row: Row) -> Iterable[Row]:
    return (row,)


def _always(_row: Row, _table: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A tool's output: how to recognise it, and how a row of it becomes a post.

    ``post(row, platform, table)`` raises ``ValueError`` with a sentence on a wrong row. ``parts``
    takes a document apart; ``wants`` is false for rows that are no posts by design.
    """

    name: str
    matches: Callable[[Row, str], bool]
    post: Callable[[Row, str, str], Post]
    parts: Callable[[Row], Iterable[Row]] = _itself
    wants: Callable[[Row, str], bool] = _always
