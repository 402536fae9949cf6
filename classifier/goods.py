"""Which goods an advert names: a linear model over hashed n-grams and the lexicon's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.labels import Goods
from archive.lexicon import Lexicon
from classifier.features import Grams, grams, neutral

WEIGHTS = "goods.npz"
BITS = 18
NAMED = 0.3  # beside n-grams of length 1: of 0, 0.3 and 1 the best on writers left out
_LABELS = list(Goods)


@dataclass(frozen=True, slots=True)
class Tagger:
    """Weights by bucket and goods; ``rarity`` is 0 for buckets that no training text held."""

    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    named_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    lexicon: Lexicon

    @classmethod
    def load(cls, folder: Path, lexicon: Lexicon) -> Tagger:
        """Read the weights of a model folder, to be used with the lexicon they were taught with."""
        with np.load(folder / WEIGHTS) as kept:
            return cls(
                weights=kept["weights"].astype(np.float32) * kept["scale"].astype(np.float32),
                rarity=kept["rarity"].astype(np.float32),
                named_weights=kept["named"].astype(np.float32),
                bias=kept["bias"].astype(np.float32),
                lexicon=lexicon,
            )

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give 22 columns for each text as the reader left it, given that it is an advert."""
        if not texts:
            return np.empty((0, len(_LABELS)))
        found = grams([neutral(text) for text in texts], bits=BITS)
        parts = self.weights[found.buckets] * strengths(found, self.rarity)[:, None]
        sums = np.add.reduceat(parts, found.starts[:-1], axis=0)
        named = NAMED * named_goods(texts, self.lexicon)
        said: NDArray[np.float64] = (sums + named @ self.named_weights + self.bias).astype(float)
        return said


def strengths(found: Grams, rarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give how much each n-gram counts: by its rarity, each text of length 1 (or 0, if unknown)."""
    rare = rarity[found.buckets].astype(np.float64)
    lengths = np.sqrt(np.add.reduceat(rare * rare, found.starts[:-1]))
    shares: NDArray[np.float64] = rare / np.repeat(
        np.where(lengths > 0, lengths, 1.0), np.diff(found.starts)
    )
    return shares


def named_goods(texts: Sequence[str], lexicon: Lexicon) -> NDArray[np.float64]:
    """Say which goods the lexicon's words name: 0 or 1, a row a text, a column a label."""
    named = np.zeros((len(texts), len(_LABELS)))
    for row, text in enumerate(texts):
        for term in lexicon.match(text):
            for label in term.goods:
                named[row, _LABELS.index(label)] = 1
    return named
