"""Figures of one slice: what was found, at which cost, and how sure the figure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
RATES = (0.05, 0.01, 0.001)
PREVALENCES = (0.01, 0.001)
_BINS = 10
_RESAMPLES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % bootstrap interval; all ``None`` where it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The figures of one slice; adverts of the slice against negatives (of it, or of all)."""

    group: str
    name: str
    adverts: int
    negatives: int
    auc: Interval
    recall: Interval
    false_positive_rate: Interval
    recall_at: dict[str, float | None]
    precision_at: dict[str, float | None]
    calibration_error: float | None


def measure(
    group: str,
    name: str,
    *,
    adverts: Floats,
    negatives: Floats,
    own_negatives: Floats,
    threshold: float,
    seed: int = 7,
) -> Slice:
    """Measure risks of adverts against risks of negatives.

    ``own_negatives`` are those of the slice itself: its false-positive rate is theirs.
    """
    random = np.random.default_rng(seed)
    recall = _share(adverts >= threshold, random)
    false = _share(own_negatives >= threshold, random)
    overall = float((negatives >= threshold).mean()) if len(negatives) else None
    return Slice(
        group=group,
        name=name,
        adverts=len(adverts),
        negatives=len(own_negatives),
        auc=_auc(adverts, negatives, random),
        recall=recall,
        false_positive_rate=false,
        recall_at={f"{rate:g}": recall_at(adverts, negatives, rate) for rate in RATES},
        precision_at={
            f"{share:g}": precision_at(recall.value, overall, share) for share in PREVALENCES
        },
        calibration_error=calibration_error(adverts, own_negatives),
    )


def auc(adverts: Floats, negatives: Floats) -> float:
    """Give the chance that an advert has a higher risk than a negative; ties count half."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, adverts, side="left")
    upto = np.searchsorted(ordered, adverts, side="right")
    return float((below + upto).mean() / (2 * len(ordered)))


def recall_at(adverts: Floats, negatives: Floats, rate: float) -> float | None:
    """Give the recall where at most ``rate`` of the negatives are called adverts."""
    if not len(adverts) or len(negatives) * rate < 1:
        return None  # so few negatives cannot tell such a rate
    limit = np.quantile(negatives, 1 - rate, method="higher")
    return float((adverts > limit).mean())


def precision_at(recall: float | None, false: float | None, prevalence: float) -> float | None:
    """Give the precision among posts of which ``prevalence`` are adverts."""
    if recall is None or false is None:
        return None
    found, wrong = recall * prevalence, false * (1 - prevalence)
    return found / (found + wrong) if found + wrong else None


def calibration_error(adverts: Floats, negatives: Floats) -> float | None:
    """Give the expected calibration error over ten bins of equal width."""
    if not len(adverts) or not len(negatives):
        return None
    risk = np.concatenate([adverts, negatives])
    truth = np.concatenate([np.ones(len(adverts)), np.zeros(len(negatives))])
    bins = np.minimum((risk * _BINS).astype(int), _BINS - 1)
    gaps = [
        (bins == at).sum() * abs(risk[bins == at].mean() - truth[bins == at].mean())
        for at in np.unique(bins)
    ]
    return float(sum(gaps) / len(risk))


def macro_f1(true: Sequence[str], said: Sequence[str]) -> float:
    """Give the mean F1 over the classes that occur."""
    scores = []
    for label in sorted(set(true)):
        both = sum(t == label == s for t, s in zip(true, said, strict=True))
        either = sum(t == label for t in true) + sum(s == label for s in said)
        scores.append(2 * both / either)
    return float(np.mean(scores))


def _auc(adverts: Floats, negatives: Floats, random: np.random.Generator) -> Interval:
    if not len(adverts) or not len(negatives):
        return Interval(value=None)
    drawn = [
        auc(random.choice(adverts, len(adverts)), random.choice(negatives, len(negatives)))
        for _ in range(_RESAMPLES)
    ]
    return _interval(auc(adverts, negatives), np.array(drawn))


def _share(hits: Bools, random: np.random.Generator) -> Interval:
    if not len(hits):
        return Interval(value=None)
    drawn = random.binomial(len(hits), hits.mean(), _RESAMPLES) / len(hits)
    return _interval(float(hits.mean()), drawn)


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value=value, low=float(low), high=float(high))
