"""Tieba's names for the world's: bars, thread and post numbers, portraits, user names."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from crawler.sandbox.shapes.cast import Cast, Talk, dice, stands, words
from crawler.sandbox.world import Comment, Entry

_FIRST_TID, _TID_STEP = 9_100_000_000, 7
_FIRST_PID, _PID_STEP = 150_700_000_000, 11
_FIRST_USER = 4_000_000_000
_TITLE = 30  # code points of a thread's title


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: its number and its name without the 吧 that pages append."""

    id: int
    name: str


BARS = (
    Bar(id=26976424, name="沙盒互助"),
    Bar(id=90367, name="沙盒闲聊"),
    Bar(id=1388265, name="沙盒兼职"),
    Bar(id=27984246, name="沙盒同城"),
)


class Numbers:
    """Both ways between the world's names and Tieba's."""

    def __init__(self, cast: Cast) -> None:
        entries = sorted(cast.entries, key=lambda entry: (entry.posted_at, entry.id))
        self._threads = {_FIRST_TID + _TID_STEP * at: e for at, e in enumerate(entries)}
        self._tids = {entry.id: tid for tid, entry in self._threads.items()}
        posts: list[tuple[datetime, str]] = [(e.posted_at, e.id) for e in entries]
        posts += [(c.posted_at, c.id) for _, c in cast.comments.values()]
        self._pids = {
            name: _FIRST_PID + _PID_STEP * at for at, (_, name) in enumerate(sorted(posts))
        }
        self._people = {portrait(name): name for name in cast.people}
        self._people |= {user_name(name): name for name in cast.people}

    def tid(self, entry: Entry) -> int:
        """Give a thread's number."""
        return self._tids[entry.id]

    def pid(self, post: Entry | Comment) -> int:
        """Give the number of a first floor, a floor or a reply."""
        return self._pids[post.id]

    def thread(self, told: str) -> Entry | None:
        """Find a thread by its number."""
        return self._threads.get(int(told)) if told.isdigit() else None

    def person(self, told: str) -> str | None:
        """Find an account by its portrait or its user name."""
        return self._people.get(told.split("?")[0])

    def floor(self, talks: list[Talk], told: str) -> Talk | None:
        """Find the floor with this number among a thread's."""
        return next((talk for talk in talks if str(self.pid(talk.comment)) == told), None)


def bar(entry: Entry) -> Bar:
    """Give the bar that a thread stands in."""
    return BARS[dice(entry.id, len(BARS))]


def named(told: str) -> Bar | None:
    """Find a bar by its name, with or without 吧."""
    return next((each for each in BARS if each.name == told.removesuffix("吧")), None)


def title(entry: Entry, now: datetime) -> str:
    """Give a thread's title: what its text begins with."""
    return words(entry, now).split("\n")[0][:_TITLE]


def user_id(name: str) -> int:
    """Give an account's number."""
    return _FIRST_USER + int(name.removeprefix("u"))


def user_name(name: str) -> str:
    """Give what an account logs in with; what it is called is its nickname."""
    return f"sandbox_{name}"


def portrait(name: str) -> str:
    """Give the handle that profile and picture addresses carry."""
    return f"tb.1.{zlib.crc32(name.encode()):08x}.sandbox{name}"


def in_bar(cast: Cast, place: Bar, now: datetime, banned: set[str]) -> list[Entry]:
    """Give a bar's threads, the last answered first."""
    standing = [e for e in cast.entries if stands(e, now) and e.author not in banned]
    inside = [e for e in standing if bar(e) is place]
    return sorted(inside, key=lambda e: (touched(cast, e, now), e.id), reverse=True)


def touched(cast: Cast, entry: Entry, now: datetime) -> datetime:
    """Give the time of a thread's last answer, or its own."""
    last = last_word(cast, entry, now)
    return last.posted_at if last else entry.posted_at


def last_word(cast: Cast, entry: Entry, now: datetime) -> Comment | None:
    """Give a thread's newest floor or reply."""
    said = [c for talk in cast.talks(entry, now) for c in (talk.comment, *talk.replies)]
    return max(said, key=lambda comment: comment.posted_at, default=None)


def count(talks: list[Talk]) -> int:
    """Give what a thread calls its answers: floors and replies in floors, the first floor too."""
    return 1 + sum(1 + len(talk.replies) for talk in talks)
