"""Figures of one slice: what was found, at which cost, and how sure the figure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.evaluation.bootstrap import Bootstrap, Drawn, Floats, Interval, interval

RATES = (0.05, 0.01, 0.001)
PREVALENCES = (0.01, 0.001)
CURVE = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_BINS = 10


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
    recall_at: dict[str, Interval]
    precision_at: dict[str, Interval]
    calibration_error: Interval
    macro_f1: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Posts of about one risk: their mean risk, and the share of adverts among them."""

    risk: float
    share: float
    posts: int


def measure(
    group: str,
    name: str,
    *,
    adverts: Floats,
    negatives: Floats,
    own_negatives: Floats,
    threshold: float,
    intents: tuple[Sequence[str], Sequence[str]] = ((), ()),
    bootstrap: Bootstrap | None = None,
) -> Slice:
    """Measure risks of adverts against risks of negatives.

    ``own_negatives`` are those of the slice itself: its false-positive rate is theirs.
    ``intents`` are the true ones and those said, of the slice.
    """
    bootstrap = bootstrap or Bootstrap(len(adverts) + len(negatives))
    ads = bootstrap.draw(adverts) if len(adverts) else None
    wrong = bootstrap.draw(negatives) if len(negatives) else None
    own = wrong if own_negatives is negatives else None
    return Slice(
        group=group,
        name=name,
        adverts=len(adverts),
        negatives=len(own_negatives),
        auc=_auc(adverts, negatives, ads, wrong),
        recall=bootstrap.share(adverts >= threshold),
        false_positive_rate=bootstrap.share(own_negatives >= threshold),
        recall_at={f"{rate:g}": _recall_at(adverts, negatives, ads, wrong, rate) for rate in RATES},
        precision_at={
            f"{share:g}": _precision_at(adverts, negatives, bootstrap, threshold, share)
            for share in PREVALENCES
        },
        calibration_error=_calibration(adverts, own_negatives, ads, own, bootstrap),
        macro_f1=bootstrap.macro_f1(*intents),
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
    bins = reliability(adverts, negatives)
    gaps = sum(found.posts * abs(found.risk - found.share) for found in bins)
    return gaps / (len(adverts) + len(negatives))


def reliability(adverts: Floats, negatives: Floats) -> tuple[Bin, ...]:
    """Give the ten bins of equal width, without the empty ones."""
    risk = np.concatenate([adverts, negatives])
    truth = np.concatenate([np.ones(len(adverts)), np.zeros(len(negatives))])
    bins = _bins(risk)
    return tuple(
        Bin(
            risk=float(risk[bins == at].mean()),
            share=float(truth[bins == at].mean()),
            posts=int((bins == at).sum()),
        )
        for at in np.unique(bins)
    )


def macro_f1(true: Sequence[str], said: Sequence[str]) -> float:
    """Give the mean F1 over the classes that occur."""
    return Bootstrap(len(true)).macro_f1(true, said).value or 0.0


def _auc(adverts: Floats, negatives: Floats, ads: Drawn | None, wrong: Drawn | None) -> Interval:
    if ads is None or wrong is None:
        return Interval(value=None)
    below = np.searchsorted(wrong.ordered, ads.ordered, side="left")
    upto = np.searchsorted(wrong.ordered, ads.ordered, side="right")
    less = (wrong.taken[:, below].astype(np.float64) + wrong.taken[:, upto]) * ads.counts
    drawn = less.sum(axis=1) / (2 * len(adverts) * len(negatives))
    return interval(auc(adverts, negatives), drawn)


def _recall_at(
    adverts: Floats, negatives: Floats, ads: Drawn | None, wrong: Drawn | None, rate: float
) -> Interval:
    value = recall_at(adverts, negatives, rate)
    if value is None or ads is None or wrong is None:
        return Interval(value=None)
    return interval(value, ads.over(wrong.quantile(1 - rate)))


def _precision_at(
    adverts: Floats, negatives: Floats, bootstrap: Bootstrap, threshold: float, prevalence: float
) -> Interval:
    if not len(adverts) or not len(negatives):
        return Interval(value=None)
    hits, alarms = adverts >= threshold, negatives >= threshold
    value = precision_at(float(hits.mean()), float(alarms.mean()), prevalence)
    found = bootstrap.shares(hits) * prevalence
    return interval(value, found / (found + bootstrap.shares(alarms) * (1 - prevalence)))


def _calibration(
    adverts: Floats,
    negatives: Floats,
    ads: Drawn | None,
    own: Drawn | None,
    bootstrap: Bootstrap,
) -> Interval:
    value = calibration_error(adverts, negatives)
    if value is None or ads is None:
        return Interval(value=None)
    sides = [(side.ordered, side.counts) for side in (ads, own or bootstrap.draw(negatives))]
    gaps = np.zeros(bootstrap.draws)
    for at in range(_BINS):
        gap = np.zeros(bootstrap.draws)
        for truth, (risks, counts) in zip((1.0, 0.0), sides, strict=True):
            here = _bins(risks) == at
            gap += counts[:, here] @ (risks[here] - truth)
        gaps += np.abs(gap)
    return interval(value, gaps / (len(adverts) + len(negatives)))


def _bins(risk: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    bins: np.ndarray[tuple[int], np.dtype[np.int64]] = np.minimum(
        (risk * _BINS).astype(np.int64), _BINS - 1
    )
    return bins
