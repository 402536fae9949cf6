"""Weibo's numbers for the world's names: mid from time, bid from mid, and back."""

from __future__ import annotations

from datetime import datetime

from crawler.sandbox.shapes.cast import Cast
from crawler.sandbox.world import Comment, Entry

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EPOCH = 515483463  # a mid holds the seconds since then, above 22 bits of sequence
_SEQUENCE = 22
_GROUP = 7  # decimal digits that four letters of a bid stand for
_FIRST_UID = 5000000000


class Numbers:
    """Both ways between the world's names and Weibo's numbers."""

    def __init__(self, cast: Cast) -> None:
        self._entries = {_mid(e.id, e.posted_at): e for e in cast.entries}
        self._mids = {entry.id: mid for mid, entry in self._entries.items()}
        self._comments = {_mid(c.id, c.posted_at): (e, c) for e, c in cast.comments.values()}
        self._cids = {comment.id: cid for cid, (_, comment) in self._comments.items()}
        self._people = {uid(name): name for name in cast.people}

    def mid(self, entry: Entry) -> int:
        """Give a post's number."""
        return self._mids[entry.id]

    def cid(self, comment: Comment) -> int:
        """Give a comment's number."""
        return self._cids[comment.id]

    def entry(self, told: str) -> Entry | None:
        """Find a post by its mid or its bid."""
        number = int(told) if told.isdigit() else from_bid(told)
        return self._entries.get(number)

    def comment(self, told: str) -> tuple[Entry, Comment] | None:
        """Find a comment by its number."""
        return self._comments.get(int(told)) if told.isdigit() else None

    def person(self, told: str) -> str | None:
        """Find an account's name in the world by its uid."""
        return self._people.get(int(told)) if told.isdigit() else None


def uid(name: str) -> int:
    """Give an account's number."""
    return _FIRST_UID + int(name.removeprefix("u"))


def bid(mid: int) -> str:
    """Write a mid as the letters of a post's address: groups of seven digits in base 62."""
    text, told = str(mid), ""
    while text:
        text, group = text[:-_GROUP], text[-_GROUP:]
        letters = _base62(int(group))
        told = (letters.rjust(4, "0") if text else letters) + told
    return told


def from_bid(told: str) -> int:
    """Read the letters of a post's address; 0 for what is none."""
    if not told or not set(told) <= set(_DIGITS):
        return 0
    number = ""
    while told:
        told, group = told[:-4], told[-4:]
        value = 0
        for letter in group:
            value = value * 62 + _DIGITS.index(letter)
        number = (str(value).rjust(_GROUP, "0") if told else str(value)) + number
    return int(number)


def _base62(number: int) -> str:
    told = ""
    while number:
        number, rest = divmod(number, 62)
        told = _DIGITS[rest] + told
    return told or "0"


def _mid(name: str, at: datetime) -> int:
    serial = int("".join(filter(str.isdigit, name)) or 0) % (1 << 20)
    kind = sum(map(ord, name[0])) % 4
    return ((int(at.timestamp()) - _EPOCH) << _SEQUENCE) + (kind << 20) + serial
