"""The unit of work of a crawl: what is asked of a platform, for which window, from which cursor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from archive import codec


class Work(StrEnum):
    """What a unit asks for; ``query`` is a word, or the platform's own id or name of the thing."""

    SEARCH = "search"  # query: the words
    FEED = "feed"  # query: name of a bar, channel or feed
    POST = "post"  # query: id of the post
    COMMENTS = "comments"  # query: id of the post
    REPLIES = "replies"  # query: "post id/comment id"
    ACCOUNT = "account"  # query: id of the account
    TIMELINE = "timeline"  # query: id of the account; its posts


LISTS = frozenset({Work.SEARCH, Work.FEED, Work.TIMELINE})  # what a window narrows


class UnitState(StrEnum):
    """Where a unit stands; ``split`` is covered by narrower units, ``failed`` was given up."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    SPLIT = "split"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open span of time in UTC; an end that is ``None`` is open."""

    since: datetime | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        """Give the window as ``since/until`` in minutes, empty where both ends are open."""
        if self.since is None and self.until is None:
            return ""
        return "/".join(f"{at:%Y-%m-%dT%H:%MZ}" if at else ".." for at in (self.since, self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far a job goes: what it follows from a page, and how it asks.

    ``despite_robots`` needs a legal basis; ``session`` names the stored session to ask with;
    ``revisit`` looks at posts that are known.
    """

    follow: tuple[Work, ...] = (Work.POST, Work.COMMENTS, Work.REPLIES)
    pictures: bool = True
    browser: bool = False
    despite_robots: bool = False
    session: str | None = None
    revisit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One page to fetch: platform × query × window × cursor, under a job.

    ``facet`` narrows a window that time cannot narrow (a region or a sort order, in the words of
    the platform's folder); ``depth`` counts the steps from the job's first page.
    """

    id: int = 0
    job: int = 0
    platform: str
    work: Work
    query: str
    window: Window = field(default_factory=Window)
    facet: str = ""
    cursor: str = ""
    depth: int = 0
    tries: int = 0

    @property
    def key(self) -> str:
        """The digest under which a job knows the unit again."""
        span = self.span if self.work in LISTS else ""
        told = [self.work, self.query, span, self.cursor]
        return hashlib.sha256(codec.encode(told).encode()).hexdigest()

    @property
    def label(self) -> str:
        """Name the unit within its job, for observations and reports."""
        if self.work in LISTS and not self.span:
            return self.cursor or "1"
        named = (self.span or f"{self.work} {self.query}", self.cursor)
        return " ".join(filter(None, named))

    @property
    def span(self) -> str:
        """The window with its facet, as reports name it."""
        return " ".join(filter(None, [str(self.window), self.facet]))


_FAR = datetime(2100, 1, 1, tzinfo=UTC)


def rank(unit: Unit) -> int:
    """Give the place in the queue: newest windows first, in each the first pages first."""
    seconds = int((_FAR - (unit.window.until or _FAR)).total_seconds())
    return seconds * 1000 + min(unit.depth, 999)
