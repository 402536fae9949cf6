"""Words of the trade written backwards or by initials of their sounds: generated, not listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from classifier.cloaks import sounds_of

_LETTERS = re.compile(r"(?<![a-z0-9@_./])[a-z]{3,16}(?![a-z0-9@_])")
_LEAST = 3  # letters that may stand alone: two stand for too many things
# What the same letters mean to everybody else.
_SLANG = """
    yyds xswl zqsg dbq gkd nsdd awsl plmm xjj djj bdjw pyq xhs ssfd blx cpdd dddd tql nbcs zgr rnm
    nmd cnm tmd wtf sjb xdm jms hhh szd yysy kswl ddl app vip ktv gps qq pdf ppt the and for you
    wifi usb html http https www com net org cctv nba cba
""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Reworded:
    """A stretch of a folded text that stands for a word."""

    start: int
    end: int
    word: str
    kind: str
    score: float


class Rewordings:
    """Finds words of two and more Chinese characters backwards and as initials."""

    def __init__(self, words: Sequence[str]) -> None:
        known = set(words)
        self._backwards = {word[::-1]: word for word in words if word[::-1] not in known}
        self._automaton = AhoCorasick(list(self._backwards), matchkind=MatchKind.Standard)
        self._keys = list(self._backwards)
        self._initials = _initials(words)

    def find(self, text: str, *, cued: bool) -> Iterator[Reworded]:
        """Give what stands in a folded text; short words only where the trade speaks about them."""
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word = self._backwards[self._keys[number]]
            if cued or len(word) > 2:
                yield Reworded(start, end, word, "reversal", 0.6)
        if cued:
            yield from self._spelled(text)

    def _spelled(self, text: str) -> Iterator[Reworded]:
        """Give the words of runs of letters that are initials through and through: cxkfjl."""
        for match in _LETTERS.finditer(text):
            parts = self._parts(match[0])
            at = match.start()
            for part in parts:
                if word := self._initials.get(part):
                    yield Reworded(at, at + len(part), word, "initials", 0.6)
                at += len(part)

    def _parts(self, run: str) -> tuple[str, ...]:
        """Cut a run into initials, longest first; none when a letter is left over."""
        if run in _SLANG:
            return ()
        if run in self._initials:
            return (run,) if len(run) >= _LEAST else ()
        for length in range(len(run) - 2, 1, -1):
            head, rest = run[:length], run[length:]
            if head in self._initials or head == _ASK:
                tail = (rest,) if rest in self._initials else self._parts(rest)
                if tail:
                    return (head, *tail)
        return ()


_ASK = "cx"  # 查询


def _initials(words: Sequence[str]) -> dict[str, str]:
    """Give words by their initials; of several with the same the first, as the lexicon has it."""
    found: dict[str, str] = {}
    for word in words:
        letters = "".join(sounds_of().get(char, "?")[0] for char in word)
        if "?" not in letters and letters not in _SLANG:
            found.setdefault(letters, word)
    return found
