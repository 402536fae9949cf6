"""Marks in a shown text: words searched, and words of the trade with their gloss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A half-open range of code points; ``gloss`` is empty on a word that was searched."""

    start: int
    end: int
    gloss: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text under the same marks."""

    text: str
    searched: bool = False
    gloss: str = ""


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
        searched=any(not mark.gloss for mark in over),
        gloss="; ".join(glosses),
    )
