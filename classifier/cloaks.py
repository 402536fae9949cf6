"""The tables of how a character is cloaked: sound, shape, parts, emoji; restricted to a set."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"
# Sounds that sellers and southern input methods take for one another.
_SAME = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))


@dataclass(frozen=True, slots=True)
class Meant:
    """A character that a sign may stand for, by which kind of cloak, and how sure that is."""

    char: str
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Cloaks:
    """What signs may mean; a key of ``signs`` is one code point, the others hold more."""

    signs: dict[str, tuple[Meant, ...]]
    parts: dict[str, tuple[Meant, ...]]
    sounds: dict[str, tuple[Meant, ...]]


def cloaks_of(vocabulary: frozenset[str]) -> Cloaks:
    """Give the cloaks of a set of characters."""
    signs: dict[str, dict[str, Meant]] = defaultdict(dict)
    for sign, meant in _signs(vocabulary):
        held = signs[sign].get(meant.char)
        if held is None or held.score < meant.score:
            signs[sign][meant.char] = meant
    return Cloaks(
        signs={sign: tuple(found.values()) for sign, found in signs.items()},
        parts=_collected(
            (parts, Meant(char, "split", 0.9))
            for char, parts in _rows("parts.tsv")
            if char in vocabulary
        ),
        sounds=_collected(
            (sound, Meant(char, "pinyin", 0.8))
            for sound, chars in _rows("sounds.tsv")
            for char in chars
            if char in vocabulary
        ),
    )


def _signs(vocabulary: frozenset[str]) -> Iterator[tuple[str, Meant]]:
    own = tomllib.loads((_DATA / "cloaks.toml").read_text(encoding="utf-8"))
    for kind, score in (("emoji", 0.9), ("shape", 0.8), ("digit", 0.6)):
        for char, signs in own[kind].items():
            if char in vocabulary:
                yield from ((sign, Meant(char, _named(kind), score)) for sign in signs)
    for char, alike in _rows("shapes.tsv"):
        for other in alike:
            if other in vocabulary:
                yield char, Meant(other, "lookalike", 0.6)
            if char in vocabulary:
                yield other, Meant(char, "lookalike", 0.6)
    for chars in sounds_alike().values():
        meant = [char for char in chars if char in vocabulary]
        for char in chars:
            yield from ((char, Meant(other, "homophone", 0.6)) for other in meant if other != char)


@cache
def sounds_alike() -> dict[str, str]:
    """Give the characters of each sound, near sounds taken together."""
    found: dict[str, str] = {}
    for sound, chars in _rows("sounds.tsv"):
        near = _near(sound)
        found[near] = found.get(near, "") + chars
    return found


@cache
def sounds_of() -> dict[str, str]:
    """Give one sound of each character."""
    return {char: sound for sound, chars in _rows("sounds.tsv") for char in chars}


def components() -> frozenset[str]:
    """Give every character that stands as a part of a split one, as 氵 and 夬 do for 决."""
    return frozenset(part for _, parts in _rows("parts.tsv") for part in parts)


def _near(sound: str) -> str:
    for theirs, ours in _SAME:
        sound = sound.replace(theirs, ours)
    return sound


def _named(kind: str) -> str:
    return {"shape": "lookalike", "digit": "digits"}.get(kind, kind)


def _collected(pairs: Iterator[tuple[str, Meant]]) -> dict[str, tuple[Meant, ...]]:
    found: dict[str, list[Meant]] = defaultdict(list)
    for key, meant in pairs:
        found[key].append(meant)
    return {key: tuple(every) for key, every in found.items()}


def _rows(name: str) -> list[tuple[str, str]]:
    lines = (_DATA / name).read_text(encoding="utf-8").split("\n")
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [(pair[0], pair[1]) for pair in pairs]
