"""Leave one source out: how well a model finds adverts of a source that took no part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from archive.errors import InputError
from archive.labels import ACTIONABLE
from archive.lexicon import base
from classifier.cascade import softmax
from classifier.evaluation.measures import RATES, auc, recall_at
from classifier.training.cloaking import COPIES, cloaked
from classifier.training.gate import Fitted, fit, readable
from classifier.training.sources import Example, Part, read_corpus, read_written


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Recall on the adverts left out, at false-positive rates on held-back real innocent posts."""

    source: str
    adverts: int
    innocent: int
    auc: float
    recall_at: dict[str, float | None]


def leave_out(corpus: Path | None, source: str, *, seed: int = 7) -> LeftOut:
    """Train on the written corpus and on everything real but the source's adverts."""
    real = read_corpus(corpus)
    adverts = [e for e in real if e.file == source and e.intent in ACTIONABLE]
    if not adverts:
        files = ", ".join(sorted({e.file for e in real if e.intent in ACTIONABLE}))
        raise InputError(f"No advert is of a source {source!r}: use one of {files}.")
    innocent = [e for e in real if e.held and e.innocent]
    left = set(map(id, adverts))
    taught = [e for e in real + read_written() if e.part is Part.TRAIN and id(e) not in left]
    fitted = fit(taught + cloaked(taught, copies=COPIES), seed=seed)
    found, wrong = _risks(fitted, adverts), _risks(fitted, innocent)
    return LeftOut(
        source=source,
        adverts=len(adverts),
        innocent=len(innocent),
        auc=auc(found, wrong),
        recall_at={f"{rate:g}": recall_at(found, wrong, rate) for rate in RATES},
    )


def _risks(fitted: Fitted, examples: list[Example]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    texts = readable([example.text for example in examples])
    logits = fitted.linear.logits(texts, base())
    acting = [at for at, intent in enumerate(fitted.classes) if intent in ACTIONABLE]
    risk: np.ndarray[tuple[int], np.dtype[np.float64]] = softmax(logits)[:, acting].sum(axis=1)
    return risk
