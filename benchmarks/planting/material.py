"""The phrases of the planted posts and how a handle is made up and disguised."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from random import Random

Pools = dict[str, list[str]]
PLATFORMS = ("weibo", "tieba", "x", "xiaohongshu", "telegram", "douyin")
KINDS = ("wechat", "qq", "telegram", "batchat")
_STARTS, _ENDS = "xqlmdnbt", ("in", "ian", "i", "ing")
_SYLLABLES = [start + end for start in _STARTS for end in _ENDS]
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CIRCLED = dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
_KEYCAP = {digit: f"{digit}\ufe0f\u20e3" for digit in "0123456789"}


@cache
def pools(section: str) -> Pools:
    """Give the phrase pools of a section of ``material.toml``."""
    path = Path(__file__).with_name("material.toml")
    found: Pools = tomllib.loads(path.read_text(encoding="utf-8"))[section]
    return found


class Handles:
    """Makes handles up; none comes twice, but many look alike."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._used: set[str] = set()

    def draw(self, kind: str) -> str:
        """Give a new handle of a contact kind, of a ``wallet`` or of an ``alipay`` account."""
        while True:
            value = self._make(kind)
            if value not in self._used:
                self._used.add(value)
                return value

    def _make(self, kind: str) -> str:
        random = self._random
        if kind == "qq":
            return str(random.randrange(100_000_000, 3_999_999_999))
        if kind == "wallet":
            return "T" + "".join(random.choices(_BASE58, k=33))
        if kind == "alipay":
            return f"{self._word(2)}{random.randrange(10, 9999)}@{random.choice(_MAILS)}"
        if kind == "batchat":
            return str(random.randrange(1_000_000, 99_999_999))
        sign = "_" if random.random() < 0.3 else ""
        return f"{self._word(random.choice((2, 2, 3)))}{sign}{random.randrange(10, 99999)}"

    def _word(self, syllables: int) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=syllables))


_MAILS = ("163.com", "126.com", "sina.com", "foxmail.com")


def disguise(value: str, kind: str, random: Random) -> str:
    """Write a handle as a seller would: mostly plain, at times in other signs."""
    roll = random.random()
    if roll < 0.55:
        return value
    if roll < 0.67:
        return value.upper() if kind != "wallet" else value
    if roll < 0.77:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    if roll < 0.86 and kind != "wallet":
        return "".join(_CIRCLED.get(char, char) for char in value)
    if roll < 0.92 and kind == "qq":
        return " ".join(value[at : at + 3] for at in range(0, len(value), 3))
    if roll < 0.96 and kind in {"wechat", "qq"}:
        return "".join(_KEYCAP.get(char, char) for char in value)
    return value
