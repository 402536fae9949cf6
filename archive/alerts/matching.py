"""A few documents on which queries are tried, by the same engine that searches the archive."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from archive.index.protocol import Document, Query
from archive.index.sqlite import SqliteIndex


class Sheet:
    """A small index of its own: a query finds here what it finds in either engine."""

    def __init__(self, index: SqliteIndex) -> None:
        self._index = index
        self._held = 0

    def lay(self, documents: Sequence[Document]) -> None:
        """Hold these documents and no others."""
        self._index.clear()
        self._index.put(documents)
        self._held = len(documents)

    def found(self, query: Query) -> set[str]:
        """Give the keys of the documents that answer; raises ``InputError`` on a wrong query."""
        every = replace(query, size=max(1, self._held), after=None)
        return {hit.document.key for hit in self._index.search(every).hits}


@contextmanager
def sheet() -> Iterator[Sheet]:
    """Give an empty sheet, gone at the end; masked documents only ever lie on it."""
    with (
        tempfile.TemporaryDirectory(prefix="anyu-sheet-") as folder,
        closing(SqliteIndex(Path(folder) / "sheet.db")) as index,
    ):
        yield Sheet(index)
