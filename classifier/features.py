"""What the gate sees of a text, in training and in judging: n-grams, pairs and signals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.lexicon import Lexicon
from archive.records import Term
from archive.text import folded

BITS = 22  # at 18 so many n-grams shared a bucket that AUC on unseen writers was 0.01 lower
SIZES = (1, 2, 3, 4)
GAPS = (2, 3, 4, 5)  # of the two signs of a pair; up to eight was no better
SLOT = "\ue000"  # stands for any word of goods: a private-use character, as no text holds it
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
_MOST_PAIRED = 600


def grams(read: Sequence[str]) -> Grams:
    """Hash every n-gram of texts as the reader left them into ``2 ** BITS`` buckets."""
    return _laid(_grams_of(neutral(text)) for text in read)


def pairs(read: Sequence[str], terms: Sequence[Sequence[Term]]) -> Grams:
    """Hash every two signs that stand two to five apart, a word of goods being one sign.

    These skip-grams (Guthrie et al. 2006) tell the frame of an offer, whatever is offered: of real
    adverts of a source left out 0.82 to 0.85 are found at one false alarm in a thousand, without
    them 0.77 (docs/model.md).
    """
    return _laid(
        _pairs_of(neutral(slotted(text, found))) for text, found in zip(read, terms, strict=True)
    )


def slotted(text: str, terms: Sequence[Term]) -> str:
    """Put one sign in the place of each word of goods, of words that overlap the first."""
    out, done = [], 0
    for term in sorted(terms, key=lambda term: (term.start, -term.end)):
        if term.goods and term.start >= done:
            out += [text[done : term.start], SLOT]
            done = term.end
    return "".join([*out, text[done:]])


def _laid(found: Iterable[NDArray[np.int64]]) -> Grams:
    parts = list(found)
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


def matched(read: Sequence[str], lexicon: Lexicon) -> list[tuple[Term, ...]]:
    """Find the lexicon's words in as much of each text as is looked at."""
    return [lexicon.match(text[:_MOST]) for text in read]


def signals(read: Sequence[str], terms: Sequence[Sequence[Term]]) -> NDArray[np.float64]:
    """Give one row a text: how densely it speaks the trade, which search bait does."""
    rows = [_signals(text[:_MOST], found) for text, found in zip(read, terms, strict=True)]
    return _SCALE * np.array(rows).reshape(len(read), len(SIGNALS))


def _signals(text: str, terms: Sequence[Term]) -> list[float]:
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


def _grams_of(text: str) -> NDArray[np.int64]:
    codes = _codes(f" {text} ")
    return _buckets([_hashes(codes, size) for size in SIZES if len(codes) >= size])


def _pairs_of(text: str) -> NDArray[np.int64]:
    codes = _codes(text[:_MOST_PAIRED])
    return _buckets(
        [_mixed(_mixed(codes[:-gap]) ^ codes[gap:]) * _MIX for gap in GAPS if len(codes) > gap]
    )


def _codes(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)


def _buckets(hashed: Sequence[NDArray[np.uint64]]) -> NDArray[np.int64]:
    if not hashed:
        return np.empty(0, np.int64)
    return np.unique(np.concatenate(hashed) >> np.uint64(64 - BITS)).astype(np.int64)


def _hashes(codes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    count = len(codes) - size + 1
    value = np.full(count, np.uint64(size), np.uint64)
    for at in range(size):
        value = _mixed(value ^ codes[at : at + count])
    return value * _MIX


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = value * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))
