"""Marks in a shown text: words searched, and words of the trade with their gloss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A half-open range of code points.

    ``gloss`` is of a word of the trade, ``weight`` of a stretch that moved the score; a mark with
    neither is a word that was searched.
    """

    start: int
    end: int
    gloss: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text under the same marks."""

    text: str
    searched: bool = False
    gloss: str = ""
    weight: float = 0.0

    @property
    def told(self) -> str:
        """What is said when one points at it."""
        moved = f"moved the score by {self.weight:+.1f}" if self.weight else ""
        return "; ".join(filter(None, (self.gloss, moved)))

    @property
    def kinds(self) -> str:
        """The names under which the style sheet knows its marks."""
        names = {
            "term": bool(self.gloss),
            "searched": self.searched,
            "raises": self.weight > 0,
            "lowers": self.weight < 0,
        }
        return " ".join(name for name, holds in names.items() if holds)


def pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    """Cut a text at the edges of its marks; the pieces joined are the text."""
    edges = {0, len(text)}
    for mark in marks:
        edges |= {min(mark.start, len(text)), min(mark.end, len(text))}
    cuts = sorted(edges)
    return [_piece(text, start, end, marks) for start, end in itertools.pairwise(cuts)]


def _piece(text: str, start: int, end: int, marks: Sequence[Mark]) -> Piece:
    over = [mark for mark in marks if mark.start <= start and end <= mark.end]
    glosses = dict.fromkeys(mark.gloss for mark in over if mark.gloss)
    return Piece(
        text=text[start:end],
        searched=any(not mark.gloss and not mark.weight for mark in over),
        gloss="; ".join(glosses),
        weight=max((mark.weight for mark in over), key=abs, default=0.0),
    )
