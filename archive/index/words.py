"""What a query's text asks for, and where a document answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.errors import InputError
from archive.text import GAP, PRIVATE, Folded, fold, squeeze, tokens

_PART = re.compile(r'(?P<no>-)?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases that must stand in a document and those that must not, as tokens."""

    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[tuple[str, ...], ...]


def read(text: str) -> Words:
    """Read a query's text; raises ``InputError`` where a quotation mark stands alone."""
    text = text.replace("“", '"').replace("”", '"').replace("＂", '"')
    if text.count('"') % 2:
        at = text.rindex('"') + 1
        raise InputError(f"The quotation mark at character {at} is not closed: add one at the end.")
    wanted: list[tuple[str, ...]] = []
    unwanted: list[tuple[str, ...]] = []
    for part in _PART.finditer(text):
        phrase = tokens(part["phrase"] if part["phrase"] is not None else part["word"])
        if phrase:
            (unwanted if part["no"] else wanted).append(phrase)
    if unwanted and not wanted:
        raise InputError("A query needs a word that must be there besides those that must not.")
    return Words(tuple(wanted), tuple(unwanted))


def marks(text: str, words: Words) -> list[tuple[int, int]]:
    """Give the original ranges of ``text`` where a wanted phrase stands, also over symbols."""
    found: set[tuple[int, int]] = set()
    folded = fold(text)
    for view in (folded, squeeze(folded)):
        for phrase in words.wanted:
            found.update(_ranges(view, phrase))
    return _merge(sorted(found))


def holds(word: str, words: Words) -> bool:
    """Whether a wanted phrase stands in a word."""
    folded = fold(word)
    return any(_ranges(folded, phrase) for phrase in words.wanted)


def _ranges(view: Folded, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
    parts = [r"\s+" if token == GAP else re.escape(_sign(token)) for token in phrase]
    return [view.span(m.start(), m.end()) for m in re.finditer("".join(parts), view.text)]


def _sign(token: str) -> str:
    return chr(ord(token) - PRIVATE) if PRIVATE <= ord(token) < PRIVATE + 0x80 else token


def _merge(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
