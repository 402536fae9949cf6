"""How far a run may go, and what it came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a run may fetch, and for how long; ``None`` is without end."""

    pages: int | None = None
    minutes: float | None = None


@dataclass(slots=True)
class Tally:
    """What a run came to so far."""

    pages: int = 0
    pictures: int = 0
    posts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
