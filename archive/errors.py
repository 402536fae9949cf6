"""The error tree: every error that a user may see.

AnyuError
├── InputError        a file, row, or argument is wrong
│   ├── RowError      one row is wrong; the rest goes on
│   └── QueryError    a search cannot be read, or costs too much
│       └── SlowError  it took longer than it may
├── MissingError      a part, model, corpus, or extra is not installed
├── EngineError       the index engine is away, slow or full: what was to be indexed waits
│   └── RefusedError  it refuses single documents; the others were written
├── LedgerError       the ledger cannot do what was asked
│   └── IndexMovedError   it feeds another index than the one at hand
├── EvidenceError     evidence is absent, erased, or does not verify
└── ChainError        the chain does not verify
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_AROUND = 40  # code points of a query shown on either side of a mistake


class AnyuError(Exception):
    """Say in one sentence what went wrong, where, and what to do."""


class InputError(AnyuError):
    """A file, a row or an argument is wrong."""


class RowError(InputError):
    """One row is wrong; ``line`` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


class QueryError(InputError):
    """A search cannot be read at a place, or costs too much (``at`` is then ``None``).

    ``at`` counts code points of ``query`` from 0; the message shows the place.
    """

    def __init__(self, reason: str, query: str = "", at: int | None = None) -> None:
        self.reason = reason
        self.query = query
        self.at = at
        shown = reason if at is None else f"Character {at + 1}: {reason}\n{_pointed(query, at)}"
        super().__init__(shown)


class SlowError(QueryError):
    """A search was stopped: it took longer than it may."""


def _pointed(query: str, at: int) -> str:
    """Give the stretch of a query around a place, and an arrow below it."""
    start = max(0, at - _AROUND)
    shown = "".join(" " if char.isspace() else char for char in query[start : at + _AROUND])
    wide = sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in query[start:at])
    return f"  {shown}\n  {' ' * wide}^"


class MissingError(AnyuError):
    """Something that the command needs is not installed or not there."""


class EngineError(AnyuError):
    """The index engine cannot do its work now; nothing is lost, what it was to index waits."""


class RefusedError(EngineError):
    """The engine refuses single documents; ``reasons`` are by key, the others were written."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        key, reason = next(iter(reasons.items()))
        number = "1 document" if len(reasons) == 1 else f"{len(reasons)} documents"
        super().__init__(f"The index refused {number}, {key[:99]} because of: {reason[:300]}")
        self.reasons = dict(reasons)


class LedgerError(AnyuError):
    """The ledger cannot do what was asked."""


class IndexMovedError(LedgerError):
    """The ledger feeds another index than the one at hand; ``to`` is its name."""

    def __init__(self, at_hand: str, to: str) -> None:
        super().__init__(
            f"This ledger feeds the index {to}, not {at_hand}: unset ANYU_INDEX_URL, or move it "
            f"with anyu index rebuild --to {at_hand}."
        )
        self.to = to


class EvidenceError(AnyuError):
    """Evidence is absent, erased, or does not verify."""


class ChainError(AnyuError):
    """The chain does not verify."""
