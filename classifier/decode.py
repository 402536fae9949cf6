"""The reader: coded words of the trade read by context, each reading with its span and score."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive.lexicon import Lexicon, base
from archive.text import Folded, fold
from classifier.cloaks import Cloaks, Meant, cloaks_of
from classifier.rewordings import Rewordings

_REMEMBERED = 2048
_GAP = 2  # signs or spaces that may stand between two characters of a word
_WEAK = frozenset({"homophone", "digits"})
_LIKENESS = frozenset({"homophone", "lookalike", "digits", "reversal"})
_LEAST = 0.35
# With one of these about, a word whose every character only sounds like the meant one is read too.
_CUES = (
    "查",
    "私",
    "出图",
    "价",
    "担保",
    "记录",
    "业务",
    "薇",
    "微",
    "飞机",
    "接单",
    "渠道",
    "内部",
    "cx",
)
_STOPS = frozenset("。！？；，!?;,")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A word that a stretch of the original text may stand for; ``kinds`` are its cloaks."""

    start: int
    end: int
    surface: str
    word: str
    kinds: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text with its best readings put in, and a map back: ``origin`` as in ``Folded``."""

    text: str
    origin: tuple[int, ...]
    readings: tuple[Reading, ...]


def decode(text: str) -> Decoded:
    """Read coded words; total on any string; a text without coded words is only folded."""
    return reader().read(text)


@cache
def reader() -> Reader:
    """Give the reader of the base lexicon."""
    return Reader(base())


class Reader:
    """Finds the words of a lexicon under their cloaks, by a walk over a tree of the words."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = [fold(entry.term).text for entry in lexicon.entries]
        chosen = [word for word in words if len(word) >= 2 and all("一" <= c <= "鿿" for c in word)]
        self._cloaks: Cloaks = cloaks_of(frozenset("".join(chosen)))
        self._rewordings = Rewordings(chosen)
        self._tree: dict[str, Any] = {}
        self._held: dict[str, Decoded] = {}
        for word in chosen:
            node = self._tree
            for char in word:
                node = node.setdefault(char, {})
            node[""] = word
        self._starters = self._first_signs()
        self._part_starts = frozenset(parts[0] for parts in self._cloaks.parts)
        self._longest_sound = max(map(len, self._cloaks.sounds), default=0)
        self._longest_parts = max(map(len, self._cloaks.parts), default=0)

    def read(self, text: str) -> Decoded:
        """Read one text; the last ones read are remembered, as gate and marks both ask."""
        held = self._held.get(text)
        if held is None:
            if len(self._held) >= _REMEMBERED:
                self._held.clear()
            held = self._held[text] = self._read(text)
        return held

    def _read(self, text: str) -> Decoded:
        folded = fold(text)
        cued = any(cue in folded.text for cue in _CUES)
        found = [
            reading
            for start, char in enumerate(folded.text)
            if char in self._starters
            for reading in self._from(folded, text, start, cued=cued)
        ]
        found.extend(
            _reading(
                text,
                folded,
                reworded.start,
                reworded.end,
                reworded.word,
                kinds=(reworded.kind,),
                score=reworded.score,
            )
            for reworded in self._rewordings.find(folded.text, cued=cued)
        )
        readings = _best(_sensible(found, text))
        decoded, origin = _rewritten(folded, readings)
        return Decoded(text=decoded, origin=origin, readings=readings)

    def _first_signs(self) -> frozenset[str]:
        """Give the code points that a word can begin with, cloaked or not."""
        found = set(self._tree)
        tables = (self._cloaks.signs, self._cloaks.parts, self._cloaks.sounds)
        for table in tables:
            for key, meanings in table.items():
                if any(meant.char in self._tree for meant in meanings):
                    found.add(key[0])
        return frozenset(found)

    def _from(self, folded: Folded, text: str, start: int, *, cued: bool) -> Iterator[Reading]:
        for end, word, kinds, score in self._walk(folded.text, start, self._tree, (), 1.0):
            coded = [kind for kind in kinds if kind]
            if not coded or not _stands(kinds, word, cued=cued):
                continue
            if score >= _LEAST:
                kinds = tuple(dict.fromkeys(coded))
                yield _reading(text, folded, start, end, word, kinds=kinds, score=score)

    def _walk(
        self, text: str, at: int, node: dict[str, Any], kinds: tuple[str, ...], score: float
    ) -> Iterator[tuple[int, str, tuple[str, ...], float]]:
        for width, meant in self._meanings(text, at):
            following = node.get(meant.char)
            if following is None:
                continue
            end, so_far, now = at + width, (*kinds, meant.kind), score * meant.score
            if "" in following:
                yield end, following[""], so_far, now
            gap = _gap(text, end)
            if gap < len(text):
                noted = (*so_far, "symbols") if gap > end else so_far
                yield from self._walk(text, gap, following, noted, now)

    def _meanings(self, text: str, at: int) -> Iterator[tuple[int, Meant]]:
        char = text[at]
        yield 1, Meant(char, "", 1.0)
        for meant in self._cloaks.signs.get(char, ()):
            yield 1, meant
        if char.isascii() and char.isalpha():
            yield from self._longer(text, at, self._cloaks.sounds, self._longest_sound)
        elif char in self._part_starts:
            yield from self._longer(text, at, self._cloaks.parts, self._longest_parts)

    def _longer(
        self, text: str, at: int, table: dict[str, tuple[Meant, ...]], longest: int
    ) -> Iterator[tuple[int, Meant]]:
        taken, end = "", at
        while end < len(text) and len(taken) < longest:
            if not text[end].isspace() or not taken:
                taken += text[end]
            end += 1
            if len(taken) > 1:
                yield from ((end - at, meant) for meant in table.get(taken, ()))


def _reading(
    text: str,
    folded: Folded,
    start: int,
    end: int,
    word: str,
    *,
    kinds: tuple[str, ...],
    score: float,
) -> Reading:
    first, last = folded.span(start, end)
    return Reading(
        start=first,
        end=last,
        surface=text[first:last],
        word=word,
        kinds=kinds,
        score=round(score, 3),
    )


def _sensible(found: Sequence[Reading], text: str) -> list[Reading]:
    """Drop readings by likeness alone that cut a word of everyday Chinese, or are one: 开访问."""
    if not any(_is_likeness(reading) for reading in found):
        return list(found)
    words = _words(text)
    inside = {at for start, end in words for at in range(start + 1, end)}
    return [
        reading
        for reading in found
        if not _is_likeness(reading)
        or not (
            reading.start in inside
            or reading.end in inside
            or (reading.start, reading.end) in words
        )
    ]


def _is_likeness(reading: Reading) -> bool:
    return set(reading.kinds) <= _LIKENESS


def _words(text: str) -> set[tuple[int, int]]:
    """Give the ranges of the words of two and more characters that a dictionary knows."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return {
        (start, end)
        for word, start, end in jieba.tokenize(text, HMM=False)
        if end - start > 1 and jieba.dt.FREQ.get(word)
    }


def _stands(kinds: Sequence[str], word: str, *, cued: bool) -> bool:
    """Whether enough of a word is there: one weak sign in two characters, or a cue beside."""
    signs = [kind for kind in kinds if kind != "symbols"]
    weak = sum(kind in _WEAK for kind in signs)
    plain = sum(not kind for kind in signs)
    strong = len(signs) - weak - plain
    if weak and len(word) == 2 and plain + strong < 2:
        return cued
    return weak <= len(word) // 2 or cued


def _gap(text: str, at: int) -> int:
    """Give where the next character of a word may stand: over signs, not over a sentence's end."""
    end = at
    while end < len(text) and end - at <= _GAP and _is_filling(text[end]):
        end += 1
    return end if end - at <= _GAP else len(text)


def _is_filling(char: str) -> bool:
    return not char.isalnum() and char not in _STOPS and not _is_picture(char)


def _is_picture(char: str) -> bool:
    return ord(char) >= 0x2600 and not "　" <= char <= "〿"


def _best(found: Sequence[Reading]) -> tuple[Reading, ...]:
    """Give readings that do not overlap: the longer word first, then the surer."""
    taken = bytearray(max((reading.end for reading in found), default=0))
    kept: list[Reading] = []
    for reading in sorted(found, key=lambda r: (-len(r.word), -r.score, r.start)):
        if not any(taken[reading.start : reading.end]):
            taken[reading.start : reading.end] = b"\1" * (reading.end - reading.start)
            kept.append(reading)
    return tuple(sorted(kept, key=lambda reading: reading.start))


def _rewritten(folded: Folded, readings: Sequence[Reading]) -> tuple[str, tuple[int, ...]]:
    out: list[str] = []
    origin: list[int] = []
    todo = deque(readings)
    for char, at in zip(folded.text, folded.origin, strict=False):
        while todo and at >= todo[0].end:
            todo.popleft()
        if todo and todo[0].start <= at:
            reading = todo[0]
            if at == reading.start and (not origin or origin[-1] != reading.start):
                out.extend(reading.word)
                origin.extend([reading.start] * len(reading.word))
            continue
        out.append(char)
        origin.append(at)
    return "".join(out), (*origin, folded.origin[-1])
