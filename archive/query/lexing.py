"""A query's signs and words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import QueryError

_QUOTES = str.maketrans({"“": '"', "”": '"', "＂": '"', "（": "(", "）": ")", "：": ":", "－": "-"})
_QUOTES |= str.maketrans({"＝": "=", "～": "~", "＞": ">", "＜": "<", "＊": "*"})
_JOINS = {"AND": "and", "OR": "or", "NOT": "not"}
_NAME = re.compile(r"(?P<name>[^\W\d_]+):(?!//)")
_BARE = re.compile(r'[^\s()"]+')


class Kind(StrEnum):
    """What a piece of a query is."""

    WORD = "word"
    FIELD = "field"
    OPEN = "("
    CLOSE = ")"
    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece; ``at`` is its place in the query, ``way`` the sign before a word.

    ``quoted`` words are never signs; ``begins``: a star stands behind a field's value.
    """

    kind: Kind
    at: int
    text: str = ""
    name: str = ""
    way: str = ""
    quoted: bool = False
    begins: bool = False


def pieces(query: str) -> Iterator[Piece]:
    """Cut a query; raises ``QueryError`` at a quotation mark that is not closed."""
    plain = query.translate(_QUOTES)
    at = 0
    while at < len(plain):
        if plain[at].isspace():
            at += 1
        elif plain[at] in "()":
            yield Piece(Kind(plain[at]), at)
            at += 1
        elif plain[at] == "-" and at + 1 < len(plain) and not plain[at + 1].isspace():
            yield Piece(Kind.NOT, at)
            at += 1
        else:
            piece, at = _word(plain, query, at)
            yield piece


def _word(plain: str, query: str, at: int) -> tuple[Piece, int]:
    name = _NAME.match(plain, at)
    if name:
        return _value(plain, query, at, name["name"], name.end())
    start = at
    way = plain[at] if plain[at] in "=~" and at + 1 < len(plain) else ""
    if way and (plain[at + 1].isspace() or plain[at + 1] in "()"):
        way = ""
    at += len(way)
    if plain[at] == '"':
        text, end = _quoted(plain, query, at)
        return Piece(Kind.WORD, start, text, way=way, quoted=True), end
    found = _BARE.match(plain, at)
    if found is None:
        raise QueryError("A word is missing here: write it, or leave the sign out.", query, at)
    text = query[at : found.end()]
    if not way and text in _JOINS:
        return Piece(Kind(_JOINS[text]), start), found.end()
    return Piece(Kind.WORD, start, text, way=way), found.end()


def _value(plain: str, query: str, at: int, name: str, start: int) -> tuple[Piece, int]:
    if plain[start : start + 1] == '"':
        text, end = _quoted(plain, query, start)
        begins = plain[end : end + 1] == "*"
        piece = Piece(Kind.FIELD, at, text, name=name, quoted=True, begins=begins)
        return piece, end + begins
    found = _BARE.match(plain, start)
    text = query[start : found.end()] if found else ""
    begins = len(text) > 1 and plain[start : start + len(text)].endswith("*")
    shown = text[:-1] if begins else text
    return Piece(Kind.FIELD, at, shown, name=name, begins=begins), start + len(text)


def _quoted(plain: str, query: str, at: int) -> tuple[str, int]:
    end = plain.find('"', at + 1)
    if end < 0:
        raise QueryError("This quotation mark is not closed: add one at the end.", query, at)
    return query[at + 1 : end], end + 1
