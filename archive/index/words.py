"""Where a document answers a query's phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.query.sounds import heard
from archive.query.tree import Phrase, Way
from archive.text import GAP, PRIVATE, Folded, fold, squeeze


def marks(text: str, wanted: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Give the original ranges of ``text`` where a wanted phrase stands, also over symbols."""
    found: set[tuple[int, int]] = set()
    plain = fold(text)
    squeezed = squeeze(plain)
    for phrase in wanted:
        if phrase.way is Way.SOUND:
            found.update(_sounding(squeezed, phrase.tokens))
            continue
        found.update(_ranges(plain, phrase.tokens))
        if phrase.way is Way.READ:
            found.update(_ranges(squeezed, phrase.tokens))
    return _merge(sorted(found))


def holds(word: str, wanted: Sequence[Phrase]) -> bool:
    """Whether a wanted phrase stands in a word that was read under a cloak."""
    plain = fold(word)
    return any(_ranges(plain, phrase.tokens) for phrase in wanted if phrase.way is Way.READ)


def _ranges(view: Folded, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
    parts = [r"\s+" if token == GAP else re.escape(_sign(token)) for token in phrase]
    return [view.span(m.start(), m.end()) for m in re.finditer("".join(parts), view.text)]


def _sounding(view: Folded, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
    said, wanted = heard(view), [" " if token == GAP else token for token in phrase]
    size = len(wanted)
    places = range(len(said) - size + 1)
    return [view.span(at, at + size) for at in places if said[at : at + size] == wanted]


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
