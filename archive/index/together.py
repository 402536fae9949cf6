"""Searches that make one page, under one limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archive.errors import EngineError, SlowError
from archive.index.limits import Limit
from archive.index.protocol import Bucket, Facet, Page, Query, Searcher

Given = TypeVar("Given")


class Together:
    """An index whose searches have some seconds between them: each gets what the others left.

    ``late`` names what was asked by ``spare`` and not answered in time.
    """

    def __init__(self, index: Searcher, seconds: float) -> None:
        self._index = index
        self._limit = Limit.of(seconds)
        self.late: tuple[str, ...] = ()

    def spare(self, name: str, ask: Callable[[], Given], otherwise: Given) -> Given:
        """Give what can be done without: its answer, or ``otherwise`` where none comes in time."""
        try:
            return ask()
        except (SlowError, EngineError):
            self.late = tuple(dict.fromkeys((*self.late, name)))
            return otherwise

    def search(self, query: Query, *, limit: Limit | None = None) -> Page:
        """Give one page."""
        return self._index.search(query, limit=limit or self._limit)

    def facets(self, query: Query, facet: Facet, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by a facet."""
        return self._index.facets(query, facet, limit=limit or self._limit)

    def histogram(self, query: Query, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by UTC day."""
        return self._index.histogram(query, limit=limit or self._limit)
