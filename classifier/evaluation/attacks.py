"""The evasion suite: what attacks do to recall and false alarms at the frozen threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.evaluation.judges import Measured
from classifier.evaluation.labelled import Labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackScore:
    """Recall and false alarms under one attack at one strength, and their change."""

    attack: str
    strength: str
    recall: float
    recall_change: float
    false_positive_rate: float
    false_positive_change: float


def under_attack(judge: Measured, posts: Sequence[Labelled]) -> Iterator[AttackScore]:
    """Judge posts under every attack at every strength; needs the checkout's evasion engine."""
    from classifier.training.evasion import ATTACKS, CHANGES, attack, strengths

    recall, false = _rates(judge, posts)
    for name in ATTACKS:
        chosen = strengths() if name in CHANGES else {"whole": 1.0}
        for strength, share in chosen.items():
            cloaked = [
                replace(post, text=attack(post.text, name, share=share, seed=seed).text)
                for seed, post in enumerate(posts)
            ]
            now_recall, now_false = _rates(judge, cloaked)
            yield AttackScore(
                attack=name,
                strength=strength,
                recall=now_recall,
                recall_change=now_recall - recall,
                false_positive_rate=now_false,
                false_positive_change=now_false - false,
            )


def _rates(judge: Measured, posts: Sequence[Labelled]) -> tuple[float, float]:
    acts = np.array([post.acts for post in posts])
    hits = judge.judge(posts).risk >= judge.threshold
    return _share(hits[acts]), _share(hits[~acts])


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
