"""What the gate sees of a text, the same in training and in judging: n-grams and signals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.lexicon import Lexicon
from archive.text import folded

SIZES = (1, 2, 3, 4)
_LINK = re.compile(r"(?:https?://|www\.|t\.co/)[^\s一-鿿]*")
# Three Latin words in a row beside Chinese are padding: sellers on X add English sentences.
_PADDING = re.compile(r"(?:\b[a-z']+\b[\s.,!?-]+){2,}\b[a-z']+\b[.!?]?")
# A handle tells who, not what: Latin letters with digits or underscores, or all behind an @.
_HANDLE = re.compile(r"@[a-z0-9_.]+|\b(?=[a-z0-9_.-]*[0-9_])(?=[a-z0-9_.-]*[a-z])[a-z0-9_.-]{5,}\b")
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[一-鿿]")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Grams:
    """Distinct buckets of each text, end to end; text ``i`` owns ``starts[i]:starts[i + 1]``."""

    buckets: NDArray[np.int64]
    starts: NDArray[np.int64]


def neutral(text: str) -> str:
    """Fold, and take away what tells the source, not the trade: links, padding, handles, digits."""
    said = _LINK.sub(" ", folded(text[:_MOST]))
    if _HAN.search(said):
        said = _PADDING.sub(" ", said)
    return _SPACE.sub(" ", _DIGIT.sub("0", _HANDLE.sub(" @ ", said))).strip()


_MOST = 4000  # code points read of a post: adverts longer than this repeat themselves


def grams(texts: Sequence[str], *, bits: int) -> Grams:
    """Hash every n-gram of neutral texts into ``2 ** bits`` buckets."""
    parts = [_one(text, bits) for text in texts]
    lengths = np.fromiter((len(part) for part in parts), np.int64, len(parts))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    buckets = np.concatenate(parts) if parts else np.empty(0, np.int64)
    return Grams(buckets, starts)


SIGNALS = (
    "words of goods",
    "distinct goods",
    "share of the text in words of goods",
    "other words of the trade",
    "times 查 or cx",
    "hashtags",
    "two goods or more",
    "three goods or more",
)
_MOST_GOODS = 6
_SCALE = 0.3  # beside n-grams of length 1: chosen on X left out, 0.3 to 1 differ by 0.02 in recall


def signals(texts: Sequence[str], lexicon: Lexicon) -> NDArray[np.float64]:
    """Give one row a text: how densely it speaks the trade, which search bait does."""
    rows = [_signals(text[:_MOST], lexicon) for text in texts]
    return _SCALE * np.array(rows).reshape(len(texts), len(SIGNALS))


def _signals(text: str, lexicon: Lexicon) -> list[float]:
    terms = lexicon.match(text)
    named = [term for term in terms if term.goods]
    goods = {label for term in named for label in term.goods}
    covered = sum(term.end - term.start for term in named) / max(1, len(neutral(text)))
    asked = text.count("查") + text.lower().count("cx")
    return [
        float(np.log1p(len(named))),
        min(len(goods), _MOST_GOODS) / 2,
        2 * min(covered, 1.0),
        float(np.log1p(len(terms) - len(named))),
        float(np.log1p(asked)),
        float(np.log1p(text.count("#") + text.count("＃"))),
        float(len(goods) >= 2),
        float(len(goods) >= 3),
    ]


def _one(text: str, bits: int) -> NDArray[np.int64]:
    codes = np.frombuffer(f" {text} ".encode("utf-32-le"), np.uint32).astype(np.uint64)
    found = [_hashes(codes, size) for size in SIZES if len(codes) >= size]
    hashed = np.concatenate(found) >> np.uint64(64 - bits)
    return np.unique(hashed).astype(np.int64)


def _hashes(codes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    count = len(codes) - size + 1
    value = np.full(count, np.uint64(size), np.uint64)
    for at in range(size):
        value = (value ^ codes[at : at + count]) * _MULTIPLIER
        value ^= value >> np.uint64(29)
    return value * _MIX
