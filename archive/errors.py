"""The error tree: every error that a user may see.

AnyuError
├── InputError        a file, row, or argument is wrong
│   └── RowError      one row is wrong; the rest goes on
├── MissingError      a part, model, corpus, or extra is not installed
├── EngineError       the index engine is away, slow or full: what was to be indexed waits
│   └── RefusedError  it refuses single documents; the others were written
├── LedgerError       the ledger cannot do what was asked
│   └── IndexMovedError   it feeds another index than the one at hand
├── EvidenceError     evidence is absent, erased, or does not verify
└── ChainError        the chain does not verify
"""

from __future__ import annotations

from collections.abc import Mapping


class AnyuError(Exception):
    """Say in one sentence what went wrong, where, and what to do."""


class InputError(AnyuError):
    """A file, a row or an argument is wrong."""


class RowError(InputError):
    """One row is wrong; ``line`` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


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
