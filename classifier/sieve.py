"""The first look: drops what is surely no advert, thousands of posts a second; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from archive.lexicon import Lexicon
from archive.text import folded

WEIGHTS = "sieve.npz"
SIZES = (1, 2, 3)
BITS = 20
SURE = 0.9  # measured precision from which a word alone is worth a closer look
_MOST = 2000  # code points read: a firehose has no time for novels, and adverts say it early
_BETWEEN = "\n\n\n"  # no gram reaches over it: one sign fewer than the longest gram would do
_MULTIPLIER = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class Grams:
    """Buckets of all n-grams of texts laid end to end; text ``i`` owns ``starts[i]:ends[i]``.

    ``counts`` says how many of them are the text's own; the others have bucket 0.
    """

    buckets: tuple[NDArray[np.uint32], ...]
    starts: NDArray[np.int64]
    counts: NDArray[np.float32]


def grams(texts: Sequence[str]) -> Grams:
    """Hash the n-grams of folded texts, all texts at once."""
    joined = _BETWEEN.join(texts) + _BETWEEN
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(lengths + len(_BETWEEN))[:-1]]).astype(np.int64)
    apart = codes == ord("\n")
    hashes = np.zeros(len(codes), np.uint32)
    outside = np.zeros(len(codes), bool)
    found = []
    for size in SIZES:
        reach = len(codes) - size + 1
        hashes = (hashes[:reach] ^ codes[size - 1 :]) * _MULTIPLIER
        hashes ^= hashes >> np.uint32(15)
        outside = outside[:reach] | apart[size - 1 :]
        bucket = (hashes * np.uint32(2 * size + 1)) >> np.uint32(32 - BITS)
        bucket[outside] = 0
        found.append(bucket)
    counts = sum(np.maximum(lengths - size + 1, 0) for size in SIZES)
    return Grams(tuple(found), starts, np.maximum(counts, 1).astype(np.float32))


def readable(text: str) -> str:
    """Give a text as the sieve reads it: folded, on one line."""
    return folded(text[:_MOST]).replace("\n", " ")


class Sieve:
    """A linear model over hashed n-grams, and a list of words that always pass."""

    def __init__(
        self,
        weights: NDArray[np.float32],
        bias: float,
        threshold: float,
        lexicon: Lexicon,
        learned: Lexicon | None = None,
    ) -> None:
        self._weights = weights
        self._bias = bias
        self._threshold = threshold
        self._words = AhoCorasick(passing(lexicon, learned))

    @classmethod
    def load(cls, folder: Path, lexicon: Lexicon, learned: Lexicon | None = None) -> Sieve:
        """Read a model folder's sieve; the words that pass are those of the lexicon of today.

        ``learned`` are the words that the model was trained with: any later one passes.
        """
        with np.load(folder / WEIGHTS) as kept:
            weights = kept["weights"].astype(np.float32) * kept["scale"].astype(np.float32)
            numbers = float(kept["bias"]), float(kept["threshold"])
            return cls(weights, *numbers, lexicon, learned)

    def passes(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Say for each text whether it is worth a closer look."""
        if not texts:
            return np.zeros(0, bool)
        read = [readable(text) for text in texts]
        passed: NDArray[np.bool_] = self.logits(read) >= self._threshold
        for at in np.flatnonzero(~passed):
            passed[at] = bool(self._words.find_matches_as_indexes(read[at]))
        return passed

    def logits(self, read: Sequence[str]) -> NDArray[np.float64]:
        """Give the model's sum for each text as ``readable`` gave it."""
        found = grams(read)
        sums = np.zeros(len(read), np.float32)
        for buckets in found.buckets:
            values = self._weights[buckets]
            sums += np.add.reduceat(values, np.minimum(found.starts, len(values) - 1))
        logits: NDArray[np.float64] = sums / np.sqrt(found.counts) + self._bias
        return logits


def passing(lexicon: Lexicon, learned: Lexicon | None = None) -> list[str]:
    """Give the words that no post is dropped over: those not yet measured, and the sure ones.

    A word that was approved after the model's training is in no weight of it: it passes whatever
    its precision.
    """
    new = set(lexicon.beyond(learned)) if learned else set()
    return [
        folded(entry.term)
        for entry in lexicon.entries
        if entry in new or (entry.goods and (entry.precision is None or entry.precision >= SURE))
    ]
