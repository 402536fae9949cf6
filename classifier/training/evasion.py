"""What sellers do to words, seeded and with the map of spans kept; a training tool only.

Not in the wheel and not on the command line: it makes training and test posts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from archive.lexicon import base
from classifier.cloaks import sounds_alike, sounds_of

_DATA = Path(__file__).parents[1] / "data"
_SIGNS = "*.·/-|~_♢❤"
_MARKS = "\u0336\u0332\u0338"
_ZERO_WIDTH = "\u200b\u200c\u2060"
_CIRCLED = dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
_HAN_DIGITS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
_FOREIGN = (
    "Rain over the harbor tonight.",
    "she said maybe next summer",
    "ありがとうございました",
    "new photos from the mountain trip",
)
_NAMES = ("信阳", "驻马店", "商丘", "周口", "许昌", "漯河", "平顶山")


@dataclass(frozen=True, slots=True)
class Attacked:
    """A text after an attack; ``origin[i]`` is where ``text[i]`` comes from, -1 for what is new."""

    text: str
    origin: tuple[int, ...]


Change = Callable[[str, Random], str]


def attack(text: str, name: str, *, share: float, seed: int) -> Attacked:
    """Cloak ``share`` of the content characters of a text, words of the trade first."""
    random = Random(seed)  # noqa: S311
    if name in _WHOLE:
        return _WHOLE[name](text, random)
    change = CHANGES[name]
    able = [at for at, char in enumerate(text) if change(char, Random(0)) != char]  # noqa: S311
    content = sum(char.isalnum() for char in text)
    chosen = set(_chosen(text, able, round(share * content), random))
    out: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        new = change(char, random) if at in chosen else char
        out.append(new)
        origin.extend([at] * len(new))
    return Attacked("".join(out), tuple(origin))


def strengths() -> dict[str, float]:
    """Give the named strengths: shares of the content characters."""
    path = Path(__file__).with_name("evasion.toml")
    return {k: float(v) for k, v in tomllib.loads(path.read_text("utf-8"))["strength"].items()}


def _chosen(text: str, able: list[int], number: int, random: Random) -> list[int]:
    named = {at for term in base().match(text) for at in range(term.start, term.end)}
    first = [at for at in able if at in named]
    rest = [at for at in able if at not in named]
    random.shuffle(first)
    random.shuffle(rest)
    return (first + rest)[:number]


def _homophone(char: str, random: Random) -> str:
    sound = sounds_of().get(char)
    others = [other for other in sounds_alike().get(sound or "", "") if other != char]
    return random.choice(others) if others else char


def _lookalike(char: str, random: Random) -> str:
    others = _shapes().get(char, "")
    return random.choice(others) if others else char


def _split(char: str, _random: Random) -> str:
    return _parts().get(char, char)


def _emoji(char: str, random: Random) -> str:
    others = _pictures().get(char, "")
    return random.choice(others) if others else char


def _pinyin(char: str, _random: Random) -> str:
    return sounds_of().get(char, char)


def _traditional(char: str, _random: Random) -> str:
    return _old_forms().get(char, char)


def _fullwidth(char: str, _random: Random) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def _zero_width(char: str, random: Random) -> str:
    return char + random.choice(_ZERO_WIDTH) if char.isalnum() else char


def _marks(char: str, random: Random) -> str:
    return char + random.choice(_MARKS) if char.isalnum() else char


def _symbols(char: str, random: Random) -> str:
    return char + random.choice(_SIGNS) if char.isalnum() else char


def _digits(char: str, random: Random) -> str:
    return random.choice((_CIRCLED, _HAN_DIGITS)).get(char, char)


CHANGES: dict[str, Change] = {
    "homophone": _homophone,
    "lookalike": _lookalike,
    "split": _split,
    "emoji": _emoji,
    "pinyin": _pinyin,
    "traditional": _traditional,
    "fullwidth": _fullwidth,
    "zerowidth": _zero_width,
    "marks": _marks,
    "symbols": _symbols,
    "digits": _digits,
}


def _padding(text: str, random: Random) -> Attacked:
    before, after = random.sample(_FOREIGN, 2)
    out = f"{before}\n{text}\n{after}"
    start = len(before) + 1
    rest = len(out) - start - len(text)
    return Attacked(out, (*[-1] * start, *range(len(text)), *[-1] * rest))


def _hashtags(text: str, random: Random) -> Attacked:
    tags = " ".join(f"#{name}" for name in random.sample(_NAMES, 3))
    return Attacked(f"{text} {tags}", (*range(len(text)), *[-1] * (len(tags) + 1)))


def _column(text: str, _random: Random) -> Attacked:
    out = "\n".join(text)
    return Attacked(out, tuple(at // 2 if at % 2 == 0 else -1 for at in range(len(out))))


def _reversal(text: str, _random: Random) -> Attacked:
    """Write each word of the trade backwards, or, where there is none, the first two signs."""
    spans = [(term.start, term.end) for term in base().match(text)] or [(0, 2)]
    order = list(range(len(text)))
    for start, end in spans:
        order[start:end] = order[start:end][::-1]
    return Attacked("".join(text[at] for at in order), tuple(order))


def _initials(text: str, _random: Random) -> Attacked:
    """Write each word of the trade by the first letters of its sounds."""
    named = {at for term in base().match(text) for at in range(term.start, term.end)}
    out = [sounds_of().get(char, char)[0] if at in named else char for at, char in enumerate(text)]
    return Attacked("".join(out), tuple(range(len(text))))


_WHOLE: dict[str, Callable[[str, Random], Attacked]] = {
    "padding": _padding,
    "hashtags": _hashtags,
    "column": _column,
    "reversal": _reversal,
    "initials": _initials,
}
ATTACKS = (*CHANGES, *_WHOLE)


@cache
def _shapes() -> dict[str, str]:
    own: dict[str, str] = tomllib.loads((_DATA / "cloaks.toml").read_text("utf-8"))["shape"]
    return _table("shapes.tsv") | own


@cache
def _pictures() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((_DATA / "cloaks.toml").read_text("utf-8"))["emoji"]
    return found


@cache
def _parts() -> dict[str, str]:
    return _table("parts.tsv")


@cache
def _old_forms() -> dict[str, str]:
    path = Path(__file__).parents[2] / "archive" / "data" / "TSCharacters.txt"
    lines = (line.split("\t") for line in path.read_text("utf-8").split("\n") if "\t" in line)
    return {new.split(" ")[0]: old for old, new in lines if new.split(" ")[0] != old}


def _table(name: str) -> dict[str, str]:
    lines = (_DATA / name).read_text("utf-8").split("\n")
    return {
        line.split("\t")[0]: line.split("\t")[1]
        for line in lines
        if line and not line.startswith("#")
    }
