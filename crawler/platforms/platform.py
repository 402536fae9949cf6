"""What a platform's folder gives: how a unit is asked for, and what an answer holds.

Both are pure functions. Fetching, pausing, splitting, retrying and keeping are the worker's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from archive.labels import Extent, PageState
from archive.ledger.units import Unit, Work
from archive.records import Account, Post
from crawler.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    """How a browser reads an address: which answers to keep, and when it is done.

    ``keep`` is a part of the addresses whose answers are read one by one instead of the page;
    ``until`` is a CSS selector that shows at the end; ``scroll`` goes down until it does.
    """

    keep: str = ""
    until: str = ""
    scroll: bool = False
    seconds: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request; with ``browsing`` a browser opens the address."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    browsing: Browsing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """A further thing that a page points to; ``cursor`` is empty for its first page."""

    work: Work
    query: str
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer to a unit holds.

    ``reason`` names the sign behind a state, with ``changed_layout`` the field that was missing;
    ``words`` are the platform's own, for a person. ``following`` is the cursor of the next page
    of the same list; ``total`` how many the platform says there are in all of it. ``gone`` are
    keys of posts told to be no longer there, ``account_gone`` that their author is not either.
    An error that is ``final`` is not asked for again.
    """

    state: PageState
    reason: str = ""
    words: str = ""
    extent: Extent = Extent.WHOLE
    posts: Sequence[Post] = ()
    accounts: Sequence[Account] = ()
    total: int | None = None
    following: str | None = None
    onward: Sequence[Onward] = ()
    gone: Sequence[str] = ()
    account_gone: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform allows, as its folder knows it.

    ``cap`` is the most results that a search shows; ``finest`` the shortest window it takes,
    ``None`` where it takes none; ``facets`` split a window of that length further. A list that
    is ``newest_first`` ends where it passes a job's ``since``. ``delay`` is in seconds between
    requests to one host; ``browses`` says that some units are asked for in a browser.
    """

    cap: int | None = None
    finest: timedelta | None = None
    facets: tuple[str, ...] = ()
    newest_first: bool = True
    delay: float = 2.0
    at_once: int = 2
    browses: bool = False
    works: frozenset[Work] = frozenset({Work.SEARCH, Work.POST})


class Platform(Protocol):
    """A platform: ``PLATFORM`` in ``crawler/platforms/<name>/spider.py`` makes one.

    It is made as ``PLATFORM(base_url=…, browser=…)``: without a base URL it asks the real hosts,
    with one it keeps its paths and asks there; ``browser`` prefers a browser where it has a choice.
    """

    @property
    def name(self) -> str:
        """The folder's name, and the first part of its posts' keys."""

    @property
    def limits(self) -> Limits:
        """What the platform allows."""

    def ask(self, unit: Unit) -> Ask:
        """Give the request of a unit; raises ``InputError`` on a query it cannot ask for."""

    def read(self, unit: Unit, answer: Answer) -> Reading:
        """Read an answer to a unit."""

    def samples(self) -> Sequence[Unit]:
        """Give units whose pages show in a minute whether today's pages still parse."""

    def doorstep(self) -> Unit | None:
        """Give the unit that tells whether a session is logged in, ``None`` without log-in."""


class PlatformMaker(Protocol):
    """Makes a platform."""

    def __call__(self, *, base_url: str | None = None, browser: bool = False) -> Platform:
        """Give the platform over its real hosts, or over a base URL."""


def address(base_url: str | None, host: str, path: str) -> str:
    """Give the address of a path on a host, or of the same path under a base URL."""
    return f"{base_url.rstrip('/')}{path}" if base_url else f"https://{host}{path}"
