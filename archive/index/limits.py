"""How long a search may take."""

from __future__ import annotations

import time
from dataclasses import dataclass

from archive.errors import SlowError


@dataclass(frozen=True, slots=True)
class Limit:
    """An end on the monotonic clock, ``seconds`` after the start."""

    seconds: float
    end: float

    @classmethod
    def of(cls, seconds: float) -> Limit:
        """Begin a time."""
        return cls(seconds, time.monotonic() + seconds)

    def sooner(self, seconds: float) -> Limit:
        """Give this limit, or that of ``seconds`` from now where it ends before."""
        other = Limit.of(seconds)
        return other if other.end < self.end else self

    def left(self) -> float:
        """Give the seconds that are left; raises ``SlowError`` where none are."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> SlowError:
        """Give the error of what did not end in time."""
        return SlowError(
            f"This took longer than {self.seconds:g} seconds and was stopped: add a word, a field "
            "or a shorter time, or search less at once (ANYU_SEARCH_SECONDS sets the limit)."
        )
