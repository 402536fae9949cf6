"""The sandbox's writer: adverts, everyday posts and hard negatives from seeded words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from archive.labels import Goods, Intent

_SHARES = (
    (Intent.SELL, 0.13),
    (Intent.BUY, 0.02),
    (Intent.RECRUIT, 0.015),
    (Intent.TUTORIAL, 0.01),
)
_HARD = 0.3
_HIDDEN = 0.12  # share of the sellers whose text says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text with its truth; ``menu`` lists what the picture of an advert offers."""

    text: str
    intent: Intent
    goods: tuple[Goods, ...] = ()
    menu: tuple[str, ...] = ()


class Writer:
    """Writes one post after the other; the same random source, the same posts."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._words = material()

    def post(self) -> Written:
        """Write one post of any sort."""
        dice = self._random.random()
        for intent, share in _SHARES:
            if dice < share:
                return self._advert(intent)
            dice -= share
        return self._hard() if self._random.random() < _HARD else self._everyday()

    def comment(self) -> str:
        """Write a short answer to anything."""
        answers = [
            "蹲",
            "真的吗",
            "路过",
            "支持",
            "多少钱",
            "哈哈哈哈",
            "已收藏",
            "同问",
            "报警吧",
            "dd",
        ]
        return self._random.choice(answers)

    def name(self) -> str:
        """Give a nickname."""
        first, last = self._choice("first"), self._choice("last")
        return f"{first}{last}{self._random.randrange(100)}"

    def region(self) -> str:
        """Give an IP location."""
        return self._choice("regions")

    def _advert(self, intent: Intent) -> Written:
        goods = self._random.sample(list(self._words["goods"]), k=3)
        x, y, z = (self._random.choice(self._words["goods"][label]) for label in goods)
        hidden = intent is Intent.SELL and self._random.random() < _HIDDEN
        line = self._random.choice(self._words["adverts"]["hidden" if hidden else intent])
        text = self._filled(line, x=x, y=y, z=z)
        named = [g for g, slot in zip(goods, "xyz", strict=True) if hidden or f"{{{slot}}}" in line]
        with_menu = hidden or "图" in line or self._random.random() < 0.2
        menu = tuple(f"{word}  {self._price()}" for word in (x, y, z)) if with_menu else ()
        labels = tuple(Goods(label) for label in named)
        return Written(text=text, intent=intent, goods=labels, menu=menu)

    def _hard(self) -> Written:
        kind = self._random.choice(self._words["hard"])
        line = self._random.choice(kind["lines"])
        return Written(text=self._filled(line), intent=Intent(kind["intent"]))

    def _everyday(self) -> Written:
        return Written(text=self._filled(self._choice("everyday")), intent=Intent.BENIGN)

    def _filled(self, line: str, **goods: str) -> str:
        contact = self._choice("contacts").format(n=self._random.randrange(10, 99))
        return line.format(
            **goods,
            price=self._price(),
            contact=contact,
            n=self._random.randrange(3, 90),
            place=self._choice("places"),
            food=self._choice("foods"),
            city=self._choice("regions"),
        )

    def _price(self) -> str:
        forms = ["{n}00", "{n}0元", "{n}张", "{n}0u", "￥{n}00", "一口价{n}00"]
        return self._random.choice(forms).format(n=self._random.randrange(2, 15))

    def _choice(self, name: str) -> str:
        return str(self._random.choice(self._words[name]))


@cache
def material() -> dict[str, Any]:
    """Give the words."""
    return tomllib.loads((Path(__file__).parent / "material.toml").read_text(encoding="utf-8"))
