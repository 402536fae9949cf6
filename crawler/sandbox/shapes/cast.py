"""The world as a platform shows it: posts at a moment, threads of comments, busy posts."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from crawler.sandbox.world import Comment, Entry, Person, World
from crawler.sandbox.writing import Writer

_BUSY = 24  # one post in so many has a crowd under it
_ROOTS, _REPLIES = 45, 23  # more than one page of comments, more than one page of replies
_OWN_ROOTS = 2  # of a quiet post's comments the third and later ones answer the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A comment under a post and what was answered to it, oldest first."""

    comment: Comment
    replies: tuple[Comment, ...] = ()


class Cast:
    """Read access to a world that knows the time; every call is pure."""

    def __init__(self, world: World) -> None:
        self.people = world.people
        self.entries = world.entries
        self._by_id = {entry.id: entry for entry in world.entries}
        self._talks = {entry.id: _talks(entry, self.people) for entry in world.entries}

    def entry(self, name: str) -> Entry:
        """Give a post by the world's own id."""
        return self._by_id[name]

    def shown(self, now: datetime, banned: set[str]) -> list[Entry]:
        """Give every post that stands, newest first."""
        return [e for e in self.entries if stands(e, now) and e.author not in banned]

    def found(self, word: str, now: datetime, banned: set[str]) -> list[Entry]:
        """Give the posts a search finds: those that hold the word and are not the feed's."""
        wanted = word.lower()
        standing = self.shown(now, banned)
        return [e for e in standing if not e.feed and wanted in words(e, now).lower()]

    def by(self, author: str, now: datetime, banned: set[str]) -> list[Entry]:
        """Give an account's posts, newest first."""
        return [e for e in self.shown(now, banned) if e.author == author]

    def talks(self, entry: Entry, now: datetime) -> list[Talk]:
        """Give the comments under a post at a moment, oldest first."""
        return [
            Talk(
                comment=talk.comment,
                replies=tuple(reply for reply in talk.replies if reply.posted_at <= now),
            )
            for talk in self._talks[entry.id]
            if talk.comment.posted_at <= now
        ]

    def reposts(self, entry: Entry, now: datetime, banned: set[str]) -> list[Entry]:
        """Give the posts that re-posted this one, newest first."""
        standing = self.shown(now, banned)
        return [other for other in standing if other.repost_of == entry.id]

    @cached_property
    def comments(self) -> dict[str, tuple[Entry, Comment]]:
        """Give every comment and reply by its id, with the post it stands under."""
        found: dict[str, tuple[Entry, Comment]] = {}
        for name, talks in self._talks.items():
            for talk in talks:
                for comment in (talk.comment, *talk.replies):
                    found[comment.id] = (self._by_id[name], comment)
        return found


def words(entry: Entry, now: datetime) -> str:
    """Give a post's text as it reads at a moment."""
    return entry.edited_text if edited(entry, now) else entry.text


def edited(entry: Entry, now: datetime) -> bool:
    """Say whether a post was edited by then."""
    return entry.edited_at is not None and entry.edited_at <= now


def gone(entry: Entry, now: datetime) -> bool:
    """Say whether a post was deleted by then."""
    return entry.deleted_at is not None and entry.deleted_at <= now


def stands(entry: Entry, now: datetime) -> bool:
    """Say whether a post was there at a moment."""
    return entry.posted_at <= now and not gone(entry, now)


def dice(text: str, sides: int) -> int:
    """Give a number below ``sides`` that always follows from the text."""
    return zlib.crc32(text.encode()) % sides


def _talks(entry: Entry, people: dict[str, Person]) -> tuple[Talk, ...]:
    comments = list(entry.comments)
    if dice(entry.id, _BUSY) == 0:
        comments += _crowd(entry, people, _ROOTS, "k")
        replies = {comments[0].id: _crowd(entry, people, _REPLIES, "r")}
    else:
        replies = {comment.id: [] for comment in comments[:1]}
        for later in comments[_OWN_ROOTS:]:
            replies[comments[0].id].append(later)
        comments = comments[:_OWN_ROOTS]
    talks = [Talk(comment=c, replies=_ordered(replies.get(c.id, []))) for c in comments]
    return tuple(sorted(talks, key=lambda talk: (talk.comment.posted_at, talk.comment.id)))


def _ordered(comments: list[Comment]) -> tuple[Comment, ...]:
    return tuple(sorted(comments, key=lambda comment: (comment.posted_at, comment.id)))


def _crowd(entry: Entry, people: dict[str, Person], many: int, mark: str) -> list[Comment]:
    random = Random(f"{entry.id}{mark}")  # noqa: S311
    writer, names = Writer(random), list(people)
    return [
        Comment(
            id=f"{mark}{entry.id}x{at}",
            author=random.choice(names),
            text=writer.comment(),
            posted_at=entry.posted_at + timedelta(seconds=random.randrange(30, 36000)),
        )
        for at in range(many)
    ]


def grouped(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Give posts by account."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.author].append(entry)
    return found
