"""The features that a linear model knows, and how much each counts in a text; numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.features import Grams

_STEPS = 127  # int8 weights: one byte a feature and class


@dataclass(frozen=True, slots=True)
class Counted:
    """Known n-grams of texts end to end; text ``i`` owns ``starts[i]:starts[i + 1]``, maybe none.

    ``strengths`` are of length 1 for each text that has any.
    """

    places: NDArray[np.int64]
    strengths: NDArray[np.float64]
    starts: NDArray[np.int64]

    def sums(self, weights: NDArray[np.floating]) -> NDArray[np.float64]:
        """Give a row a text: the weights of its n-grams by their strengths."""
        out = np.zeros((len(self.starts) - 1, weights.shape[1]))
        some = self.starts[:-1] < self.starts[1:]
        if some.any():
            parts = weights[self.places] * self.strengths[:, None]
            out[some] = np.add.reduceat(parts, self.starts[:-1][some], axis=0)
        return out


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Buckets in ascending order and their rarity (inverse document frequency)."""

    buckets: NDArray[np.int64]
    rarity: NDArray[np.float64]

    def count(self, found: Grams) -> Counted:
        """Leave of the features of texts those that are known."""
        places = np.searchsorted(self.buckets, found.buckets)
        places[places == len(self.buckets)] = 0
        known = self.buckets[places] == found.buckets if len(self.buckets) else places < 0
        kept = np.concatenate([[0], np.cumsum(known)])
        starts = kept[found.starts]
        return Counted(places[known], self._strengths(places[known], starts), starts)

    def _strengths(
        self, places: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        rare = self.rarity[places]
        squares = np.concatenate([[0.0], np.cumsum(rare * rare)])
        lengths = np.sqrt(np.maximum(np.diff(squares[starts]), 1e-12))
        strengths: NDArray[np.float64] = rare / np.repeat(lengths, np.diff(starts))
        return strengths


@dataclass(frozen=True, slots=True)
class Table:
    """Known features and their weights, a column a class."""

    vocabulary: Vocabulary
    weights: NDArray[np.floating]

    @classmethod
    def of(cls, kept: Mapping[str, Any], prefix: str = "") -> Table:
        """Read what ``arrays`` gave; a model that was made without this table has an empty one."""
        if f"{prefix}buckets" not in kept:
            empty = Vocabulary(np.empty(0, np.int64), np.empty(0))
            return cls(empty, np.empty((0, len(kept["bias"])), np.float32))
        return cls(
            Vocabulary(
                kept[f"{prefix}buckets"].astype(np.int64),
                kept[f"{prefix}rarity"].astype(np.float64),
            ),
            kept[f"{prefix}weights"].astype(np.float32) * kept[f"{prefix}scale"].astype(np.float32),
        )

    def arrays(self, prefix: str = "") -> dict[str, Any]:
        """Give the arrays to keep in a file of weights."""
        largest = np.abs(self.weights).max(axis=0, initial=1e-9)
        scale = largest / _STEPS
        return {
            f"{prefix}buckets": self.vocabulary.buckets.astype(np.int32),
            f"{prefix}rarity": self.vocabulary.rarity.astype(np.float16),
            f"{prefix}weights": np.round(self.weights / scale).astype(np.int8),
            f"{prefix}scale": scale,
        }

    def sums(self, found: Grams) -> NDArray[np.float64]:
        """Give a row a text: the weights of its features by their strengths."""
        return self.vocabulary.count(found).sums(self.weights)
