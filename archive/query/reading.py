"""Reading a query: words stand side by side, OR binds weaker, NOT and - take what follows.

query  = either
either = every ("OR" every)*
every  = absent ("AND"? absent)*
absent = ("NOT" | "-") absent | "(" either ")" | word | field
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from archive.errors import QueryError
from archive.query.fields import field_of, leaf
from archive.query.lexing import Kind, Piece, pieces
from archive.query.padding import unpadded
from archive.query.sounds import sounds
from archive.query.tree import Absent, Every, Node, Phrase, Some, Way, wanted
from archive.text import tokens

LONGEST = 4000  # code points
MOST = 200  # words and fields: a list of handles is for anyu search --batch
DEEPEST = 10  # parentheses and signs: each may be two levels of Elasticsearch, which takes 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks: ``tree`` is ``None`` where it asks for all; ``wanted`` may be marked."""

    tree: Node | None
    wanted: tuple[Phrase, ...]


@lru_cache(maxsize=256)
def read(query: str) -> Asked:
    """Read a query; raises ``QueryError`` with the place of what cannot be read."""
    if len(query) > LONGEST:
        raise QueryError(
            f"This query has {len(query)} characters, more than {LONGEST}: "
            "search a long list with anyu search --batch FILE."
        )
    found = list(pieces(query))
    asking = sum(piece.kind in (Kind.WORD, Kind.FIELD) for piece in found)
    if asking > MOST:
        raise QueryError(
            f"This query has {asking} words, more than {MOST}: "
            "search a long list with anyu search --batch FILE."
        )
    tree = _Reader(query, found).whole()
    return Asked(tree, wanted(tree))


class _Reader:
    """Recursive descent over the pieces; words without a token (a full stop) ask nothing."""

    def __init__(self, query: str, found: list[Piece]) -> None:
        self._query = query
        self._found = found
        self._at = 0
        self._depth = 0

    def whole(self) -> Node | None:
        tree = self._either()
        left = self._next()
        if left:
            raise self._wrong("There is no parenthesis that this one closes: take it out.", left)
        return tree

    def _either(self) -> Node | None:
        parts = [self._every()]
        while (piece := self._next()) and piece.kind is Kind.OR:
            self._at += 1
            if not self._begins():
                raise self._wrong("A word is missing behind this OR.", piece)
            parts.append(self._every())
        asking = tuple(part for part in parts if part)
        if len(asking) < 2:
            return asking[0] if asking else None
        return Some(asking)

    def _every(self) -> Node | None:
        first = self._next()
        if first and first.kind in (Kind.AND, Kind.OR):
            raise self._wrong(f"A word is missing before this {first.kind.upper()}.", first)
        parts: list[Node] = []
        while piece := self._next():
            if piece.kind is Kind.AND:
                self._at += 1
                if not self._begins():
                    raise self._wrong("A word is missing behind this AND.", piece)
                continue
            if not self._begins():
                break
            part = self._absent()
            if part:
                parts.append(part)
        if len(parts) < 2:
            return parts[0] if parts else None
        return Every(tuple(parts))

    def _absent(self) -> Node | None:
        piece = self._found[self._at]
        self._at += 1
        if piece.kind is Kind.NOT:
            if not self._begins():
                raise self._wrong("A word is missing behind this NOT or minus sign.", piece)
            part = self._within(self._absent, piece)
            return Absent(part) if part else None
        if piece.kind is Kind.OPEN:
            part = self._within(self._either, piece)
            close = self._next()
            if close is None:
                raise self._wrong("This parenthesis is not closed: add ) at the end.", piece)
            self._at += 1
            return part
        return self._leaf(piece)

    def _within(self, inner: Callable[[], Node | None], piece: Piece) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"More than {DEEPEST} parentheses or signs within each other.", piece)
        part = inner()
        self._depth -= 1
        return part

    def _leaf(self, piece: Piece) -> Node | None:
        if piece.kind is Kind.FIELD:
            if piece.name.isascii() or field_of(piece.name):
                return leaf(piece, self._query)
            star = "*" * piece.begins
            return _phrase(f"{piece.name}:{piece.text}{star}", Way.READ)
        way = Way(piece.way)
        plain = piece.text if piece.quoted or way is Way.EXACT else unpadded(piece.text)
        return _phrase(plain, way)

    def _next(self) -> Piece | None:
        return self._found[self._at] if self._at < len(self._found) else None

    def _begins(self) -> bool:
        piece = self._next()
        return piece is not None and piece.kind in (Kind.WORD, Kind.FIELD, Kind.OPEN, Kind.NOT)

    def _wrong(self, reason: str, piece: Piece) -> QueryError:
        return QueryError(reason, self._query, piece.at)


def _phrase(text: str, way: Way) -> Phrase | None:
    found = sounds(text) if way is Way.SOUND else tokens(text)
    return Phrase(found, text, way) if found else None
