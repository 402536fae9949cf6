"""Which goods an advert names: a linear model over hashed n-grams and the lexicon's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.labels import Goods
from archive.lexicon import Lexicon
from classifier.features import grams
from classifier.vocabulary import Table

WEIGHTS = "goods.npz"
_NAMED = 0.3  # beside n-grams of length 1: of 0, 0.3 and 1 the best on writers left out
_LABELS = list(Goods)


@dataclass(frozen=True, slots=True)
class Tagger:
    """Weights by n-gram and goods, and by goods that the lexicon's words name."""

    table: Table
    named_weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    lexicon: Lexicon

    @classmethod
    def load(cls, folder: Path, lexicon: Lexicon) -> Tagger:
        """Read the weights of a model folder, to be used with the lexicon they were taught with."""
        with np.load(folder / WEIGHTS) as kept:
            return cls(
                table=Table.of(kept),
                named_weights=kept["named"].astype(np.float32),
                bias=kept["bias"].astype(np.float32),
                lexicon=lexicon,
            )

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give 22 columns for each text as the reader left it, given that it is an advert."""
        if not texts:
            return np.empty((0, len(_LABELS)))
        sums = self.table.sums(grams(texts))
        said: NDArray[np.float64] = (
            sums + named_goods(texts, self.lexicon) @ self.named_weights + self.bias
        )
        return said


def named_goods(texts: Sequence[str], lexicon: Lexicon) -> NDArray[np.float64]:
    """Say which goods the lexicon's words name: 0.3 or 0, a row a text, a column a label."""
    named = np.zeros((len(texts), len(_LABELS)))
    for row, text in enumerate(texts):
        for term in lexicon.match(text):
            for label in term.goods:
                named[row, _LABELS.index(label)] = _NAMED
    return named
