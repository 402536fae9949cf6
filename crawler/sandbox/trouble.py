"""Which words meet a bad page in the sandbox, and the bucket that limits a client's rate."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from archive.labels import PageState

BY_QUERY = {
    "住址": PageState.LOGGED_OUT,
    "通话": PageState.CAPTCHA,
    "机主": PageState.BLOCKED,
    "车档": PageState.CHANGED_LAYOUT,
    "户籍": PageState.ERROR,
}
TRUNCATED = "流水"  # its pages hold fewer posts than they say
RETRY_SECONDS = 1


@dataclass(slots=True)
class Bucket:
    """A token bucket on real time: ``burst`` at once, then ``rate`` a second."""

    burst: float = 3.0
    rate: float = 3.0
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.burst, time.monotonic()

    def take(self) -> bool:
        """Take one token; say whether there was one."""
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
