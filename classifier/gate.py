"""The gate: a linear model over hashed n-grams, pairs of signs and signals; numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.labels import Intent
from archive.lexicon import Lexicon, load
from classifier.decode import Reader
from classifier.features import grams, matched, pairs, signals
from classifier.goods import WEIGHTS as GOODS_WEIGHTS
from classifier.goods import Tagger
from classifier.manifest import Manifest, read_manifest
from classifier.vocabulary import Table

WEIGHTS = "weights.npz"
LEXICON = "lexicon.json"  # the words as they were at training: signals must not move under a model


_PAIRS = "pair_"


@dataclass(frozen=True, slots=True)
class Linear:
    """What was learned: a column a class of n-grams, of pairs, and of signals, and a constant."""

    grams: Table
    pairs: Table
    signals: NDArray[np.floating]
    bias: NDArray[np.floating]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Linear:
        """Read what ``arrays`` gave."""
        return cls(
            grams=Table.of(kept),
            pairs=Table.of(kept, _PAIRS),
            signals=kept["signals"].astype(np.float32),
            bias=kept["bias"].astype(np.float32),
        )

    def arrays(self) -> dict[str, Any]:
        """Give the arrays to keep in a file of weights."""
        tables = self.grams.arrays() | self.pairs.arrays(_PAIRS)
        return tables | {"signals": self.signals, "bias": self.bias}

    def logits(self, read: Sequence[str], lexicon: Lexicon) -> NDArray[np.float64]:
        """Give the sums before softmax for texts as the reader left them."""
        terms = matched(read, lexicon)
        sums = self.grams.sums(grams(read)) + signals(read, terms) @ self.signals + self.bias
        if len(self.pairs.weights):
            sums = sums + self.pairs.sums(pairs(read, terms))
        said: NDArray[np.float64] = sums
        return said


@dataclass(frozen=True, slots=True)
class Gate:
    """A linear model of the learned classes; the other classes have probability 0.

    ``tagger`` names an advert's goods; ``None`` where no labelled goods were there to learn from.
    """

    manifest: Manifest
    linear: Linear
    lexicon: Lexicon
    reader: Reader
    tagger: Tagger | None = None

    @classmethod
    def load(cls, folder: Path) -> Gate:
        """Read a model folder; raises ``MissingError`` when a file is not as its manifest says."""
        manifest = read_manifest(folder)
        with np.load(folder / WEIGHTS) as kept:
            lexicon = load((folder / LEXICON).read_text(encoding="utf-8"))
            return cls(
                manifest=manifest,
                linear=Linear.of(kept),
                lexicon=lexicon,
                reader=Reader(lexicon),
                tagger=Tagger.load(folder, lexicon) if GOODS_WEIGHTS in manifest.files else None,
            )

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give one row a text, one column an intent in the order of ``Intent``."""
        logits = self.logits(texts)
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        out = np.zeros((len(texts), len(Intent)))
        order = list(Intent)
        columns = [order.index(label) for label in self.manifest.classes]
        out[:, columns] = exp / exp.sum(axis=1, keepdims=True)
        return out

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give the sums before softmax, one column a learned class."""
        if not texts:
            return np.empty((0, len(self.linear.bias)))
        return self.linear.logits([self.reader.read(text).text for text in texts], self.lexicon)
