"""What can be measured: a model folder, or a keyword filter as a user would pick instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from archive.labels import Goods, Intent
from archive.lexicon import base
from classifier.cascade import Scorer, load_scorer
from classifier.evaluation.labelled import Labelled
from classifier.models import default_model

_ORDER = list(Intent)


@dataclass(frozen=True, slots=True)
class Judged:
    """Risks, likeliest intents and goods of posts, in their order."""

    risk: NDArray[np.float64]
    intents: tuple[Intent, ...]
    goods: tuple[frozenset[Goods], ...]


class Measured(Protocol):
    """A judge that can be measured; ``threshold`` is the risk from which it calls a hit."""

    name: str
    threshold: float

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge posts in order."""


class ModelJudge:
    """A model folder; ``scorer`` stands in for what the folder gives."""

    def __init__(self, folder: Path | None, *, scorer: Scorer | None = None) -> None:
        self._scorer = scorer or load_scorer(folder or default_model(), threads=2)
        self.name = self._scorer.manifest.id
        self.threshold = self._scorer.manifest.threshold

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge by the model's probabilities."""
        texts = [f"{post.title}\n{post.text}" if post.title else post.text for post in posts]
        scored = self._scorer.score(texts)
        intents = tuple(_ORDER[at] for at in scored.intents.argmax(axis=1))
        if scored.goods is None:
            return Judged(scored.risk, intents, tuple(map(_named, texts)))
        least = self._scorer.manifest.goods_threshold
        goods = tuple(frozenset(scored.named(at, least)) for at in range(len(texts)))
        return Judged(scored.risk, intents, goods)


class KeywordJudge:
    """A filter on the lexicon: the more words of goods, the higher the risk; two are a hit."""

    name = "keywords"
    threshold = 2 / 3

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge by counting distinct words."""
        counts = np.array([self._words(post) for post in posts], dtype=float)
        risk = counts / (counts + 1)
        calls = tuple(Intent.SELL if r >= self.threshold else Intent.BENIGN for r in risk)
        return Judged(risk, calls, tuple(_named(f"{p.title}\n{p.text}") for p in posts))

    def _words(self, post: Labelled) -> int:
        terms = base().match(f"{post.title}\n{post.text}")
        return len({term.term for term in terms if term.goods})


def _named(text: str) -> frozenset[Goods]:
    return frozenset(label for term in base().match(text) for label in term.goods)
