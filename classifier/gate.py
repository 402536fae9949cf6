"""The gate: a linear model over hashed character n-grams and lexicon signals; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.labels import Intent
from archive.lexicon import Lexicon, load
from classifier.decode import Reader
from classifier.features import signals
from classifier.goods import WEIGHTS as GOODS_WEIGHTS
from classifier.goods import Tagger
from classifier.manifest import Manifest, read_manifest
from classifier.vocabulary import Vocabulary

WEIGHTS = "weights.npz"
LEXICON = "lexicon.json"  # the words as they were at training: signals must not move under a model


@dataclass(frozen=True, slots=True)
class Gate:
    """Weights by n-gram and learned class; the other classes have probability 0.

    ``tagger`` names an advert's goods; ``None`` where no labelled goods were there to learn from.
    """

    manifest: Manifest
    vocabulary: Vocabulary
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    signal_weights: NDArray[np.float32]
    lexicon: Lexicon
    reader: Reader
    tagger: Tagger | None = None

    @classmethod
    def load(cls, folder: Path) -> Gate:
        """Read a model folder; raises ``MissingError`` when a file is not as its manifest says."""
        manifest = read_manifest(folder)
        with np.load(folder / WEIGHTS) as kept:
            scale = kept["scale"].astype(np.float32)
            lexicon = load((folder / LEXICON).read_text(encoding="utf-8"))
            return cls(
                manifest=manifest,
                vocabulary=Vocabulary.of(kept),
                weights=kept["weights"].astype(np.float32) * scale,
                bias=kept["bias"].astype(np.float32),
                signal_weights=kept["signals"].astype(np.float32),
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
            return np.empty((0, len(self.bias)))
        read = [self.reader.read(text).text for text in texts]
        sums = self.vocabulary.count(read).sums(self.weights)
        said: NDArray[np.float64] = (
            sums + signals(read, self.lexicon) @ self.signal_weights + self.bias
        )
        return said
