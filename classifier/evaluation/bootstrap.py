"""Bootstrap: how far a figure moves when its posts are drawn again, all draws at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_MOST, _LEAST = 400, 100
_CELLS = 20_000_000  # draws times posts: 80 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % bootstrap interval; all ``None`` where it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Risks in rising order, and for each draw how many of the first ``i`` it took."""

    ordered: Floats
    taken: NDArray[np.int32]

    def over(self, limits: Floats) -> Floats:
        """Give the share of each draw over its limit."""
        at = np.searchsorted(self.ordered, limits, side="right")
        rows = np.arange(len(self.taken))
        shares: Floats = 1 - self.taken[rows, at] / max(1, len(self.ordered))
        return shares

    def quantile(self, share: float) -> Floats:
        """Give each draw's value with at least this share at or under it."""
        at = int(np.ceil((len(self.ordered) - 1) * share))
        places = (self.taken[:, 1:] <= at).sum(axis=1)
        values: Floats = self.ordered[np.minimum(places, len(self.ordered) - 1)]
        return values

    @property
    def counts(self) -> NDArray[np.int32]:
        """How often each draw took each risk."""
        return np.diff(self.taken, axis=1)


class Bootstrap:
    """Draws of one evaluation; risks that many slices are held against are drawn once."""

    def __init__(self, posts: int, *, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self.draws = max(_LEAST, min(_MOST, _CELLS // max(1, posts)))
        self._held: dict[int, tuple[Floats, Drawn]] = {}

    def draw(self, risks: Floats, *, keep: bool = False) -> Drawn:
        """Draw risks again and again; what is kept once is given again for the same array."""
        held = self._held.get(id(risks))
        if held is not None:
            return held[1]
        number = len(risks)
        counts = self._random.multinomial(number, np.full(number, 1 / number), self.draws)
        taken = np.zeros((self.draws, number + 1), np.int32)
        np.cumsum(counts, axis=1, out=taken[:, 1:])
        drawn = Drawn(np.sort(risks), taken)
        if keep:
            self._held[id(risks)] = risks, drawn
        return drawn

    def share(self, hits: Bools) -> Interval:
        """Give the share of hits."""
        if not len(hits):
            return Interval(value=None)
        return interval(float(hits.mean()), self.shares(hits))

    def shares(self, hits: Bools) -> Floats:
        """Draw the share of hits from its Jeffreys posterior.

        Drawing the hits again would call none of twenty surely none: (0.00–0.00).
        """
        found = int(hits.sum())
        shares: Floats = self._random.beta(found + 0.5, len(hits) - found + 0.5, self.draws)
        return shares

    def ratio(self, above: Floats, below: Floats) -> Interval:
        """Give the sum of one figure a post over the sum of another."""
        if not len(below) or not below.sum():
            return Interval(value=None)
        rows = self._random.integers(len(below), size=(self.draws, len(below)))
        drawn = above[rows].sum(axis=1) / np.maximum(below[rows].sum(axis=1), 1)
        return interval(float(above.sum() / below.sum()), drawn)

    def macro_f1(self, true: Sequence[str], said: Sequence[str]) -> Interval:
        """Give the mean F1 over the classes that occur."""
        if not true:
            return Interval(value=None)
        names = sorted({*true, *said})
        table = np.zeros((len(names), len(names)))
        np.add.at(table, ([names.index(t) for t in true], [names.index(s) for s in said]), 1)
        occur = table.sum(axis=1) > 0
        drawn = self._random.multinomial(len(true), table.ravel() / len(true), self.draws)
        found = _f1(drawn.reshape(-1, len(names), len(names)), occur)
        return interval(float(_f1(table[None], occur)[0]), found)


def interval(value: float | None, drawn: Floats) -> Interval:
    """Give a figure with the middle 95 % of its draws; the figure itself is never outside."""
    known = drawn[~np.isnan(drawn)]
    if value is None or not len(known):
        return Interval(value=value)
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value=value, low=min(float(low), value), high=max(float(high), value))


def _f1(tables: NDArray[np.generic], occur: Bools) -> Floats:
    both = np.diagonal(tables, axis1=1, axis2=2)
    either = tables.sum(axis=1) + tables.sum(axis=2)
    scores: Floats = np.where(either > 0, 2 * both / np.maximum(either, 1), 0.0)
    means: Floats = scores[:, occur].mean(axis=1)
    return means
