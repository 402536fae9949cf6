"""Texts of sellers: a house style, re-combined and cloaked from post to post."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from benchmarks.planting.material import disguise, pools
from classifier.training.evasion import attack

_CLOAKS = ("symbols", "fullwidth", "traditional", "homophone", "emoji", "zerowidth", "digits")
_PRICES = (30, 50, 80, 100, 150, 180, 200, 260, 300, 350, 400, 500, 600, 800, 1000, 1200, 1500)


@dataclass(frozen=True, slots=True)
class Handle:
    """A way to reach or to pay somebody."""

    kind: str
    value: str

    def said(self, random: Random) -> str:
        """Give the handle in one of the ways in which sellers write it."""
        section = "payment" if self.kind in {"wallet", "alipay"} else "contact"
        form = random.choice(pools(section)[self.kind])
        return form.format(v=disguise(self.value, self.kind, random))


class Style:
    """The texts that one seller, or one campaign, comes back to."""

    def __init__(self, random: Random, *, texts: int) -> None:
        self._bases = [_base(random) for _ in range(texts)]

    def draw(self, random: Random) -> list[str]:
        """Give a text as its parts: one of the bases, parts left out, put in or moved."""
        parts = list(random.choice(self._bases))
        if random.random() < 0.35:
            parts.pop(random.randrange(len(parts)))
        if random.random() < 0.35:
            parts.insert(random.randrange(len(parts) + 1), _part(random))
        if random.random() < 0.3:
            at = random.randrange(len(parts) - 1)
            parts[at], parts[at + 1] = parts[at + 1], parts[at]
        return parts


def _base(random: Random) -> list[str]:
    sell = pools("sell")
    parts = [random.choice(sell["opening"])]
    parts += random.sample(sell["goods"], random.choice((2, 3, 3, 4, 5)))
    for name in random.sample(("needs", "speed", "trust", "pay", "close"), random.choice((2, 3))):
        parts.append(random.choice(sell[name]))
    return [part.replace("{n}", str(random.choice(_PRICES))) for part in parts]


def _part(random: Random) -> str:
    part = random.choice(pools("sell")[random.choice(("needs", "speed", "trust", "close"))])
    return part.replace("{n}", str(random.choice(_PRICES)))


def compose(parts: list[str], handles: list[str], random: Random) -> str:
    """Join parts and handles as one post; cloak words of some posts, never the handles."""
    mark = random.choice(("，", " ", "\n", "。", " | "))
    body = mark.join(parts)
    if random.random() < 0.35:
        cloak = random.choice(_CLOAKS)
        share = random.choice((0.03, 0.06, 0.1))
        body = attack(body, cloak, share=share, seed=random.randrange(1 << 30)).text
    if random.random() < 0.3:
        body += random.choice(pools("sell")["filler"])
    tail = random.choice(("，", " ", "\n")).join(handles)
    if not tail:
        return body
    return f"{tail} {body}" if random.random() < 0.2 else f"{body} {tail}"


def moved(old: Handle, new: Handle, random: Random) -> str:
    """Say that one handle takes the place of another."""
    form = random.choice(pools("contact")["both"])
    return form.format(a=old.said(random), b=new.said(random))


def innocent(random: Random) -> str:
    """Give an everyday post."""
    words = pools("innocent")
    middle = random.sample(words["middle"], random.choice((1, 2, 2, 3)))
    return "，".join([random.choice(words["opening"]), *middle, random.choice(words["end"])])


def warning(handle: Handle, random: Random) -> str:
    """Give an innocent post that names a seller's handle."""
    form = random.choice(pools("innocent")["warn"])
    return f"{innocent(random)}。{form.format(c=handle.said(random))}"
