"""Training of the gate: logistic regression over hashed n-grams, pairs of signs and signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.labels import ACTIONABLE, Intent
from archive.lexicon import base, dump
from classifier.decode import Reader
from classifier.features import BITS, grams, matched, pairs, signals
from classifier.gate import LEXICON, WEIGHTS, Gate, Linear
from classifier.goods import WEIGHTS as GOODS_WEIGHTS
from classifier.manifest import Manifest, sha256, write_manifest
from classifier.training.cloaking import COPIES, cloaked
from classifier.training.counting import LEAST_PAIRS, learned, rows, weighed
from classifier.training.goods import train_goods
from classifier.training.sources import (
    WRITTEN,
    Example,
    Part,
    digests,
    read_corpus,
    read_written,
)
from classifier.vocabulary import Table

FALSE_POSITIVE_RATE = 0.001


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model as it was trained, and its classes."""

    linear: Linear
    classes: tuple[Intent, ...]


def train(corpus: Path | None, out: Path, *, seed: int = 7, written: bool = True) -> Manifest:
    """Train, measure on what was held back, and write a model folder.

    ``written=False`` leaves the written corpus out, for comparison.
    """
    data = digests(corpus, written=written)
    examples = read_corpus(corpus) + (read_written() if written else [])
    taught = [example for example in examples if example.part is Part.TRAIN]
    fitted = fit(taught + cloaked(taught, copies=COPIES), seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    _write(out, fitted)
    tags = (GOODS_WEIGHTS,) if train_goods(taught, base(), out) else ()
    manifest = Manifest(
        id=out.name,
        kind="hashed n-grams, pairs of signs and lexicon signals, logistic regression",
        classes=fitted.classes,
        bits=BITS,
        threshold=1.0,
        seed=seed,
        files={name: sha256(out / name) for name in (WEIGHTS, LEXICON, *tags)},
        data=data,
        scores={},
        sources=tuple(Path(name).stem for name in data),
        licence="Apache-2.0",
    )
    write_manifest(out, manifest)
    manifest = _measure(Gate.load(out), [example for example in examples if example.held])
    write_manifest(out, manifest)
    return manifest


def fit(examples: Sequence[Example], *, seed: int) -> Fitted:
    """Fit the regression; rare classes count as much as their rows' weights say."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    read = readable([example.text for example in examples])
    terms = matched(read, base())
    grammed, paired = rows(grams(read)), rows(pairs(read, terms))
    known, frames = learned(grammed), learned(paired, least=LEAST_PAIRS)
    beside = csr_matrix(signals(read, terms))
    model = LogisticRegression(C=10.0, max_iter=300, random_state=seed)
    model.fit(
        hstack([weighed(grammed, known), weighed(paired, frames), beside]).tocsr(),
        [str(example.intent) for example in examples],
        sample_weight=np.array([example.weight for example in examples]),
    )
    ends = np.cumsum([len(known.buckets), len(frames.buckets)])
    weights = np.split(model.coef_.T, ends)
    return Fitted(
        Linear(Table(known, weights[0]), Table(frames, weights[1]), weights[2], model.intercept_),
        tuple(Intent(name) for name in model.classes_),
    )


def readable(texts: Sequence[str]) -> list[str]:
    """Give texts as the gate sees them: coded words put back."""
    reader = Reader(base())
    return [reader.read(text).text for text in texts]


def _write(out: Path, fitted: Fitted) -> None:
    np.savez_compressed(out / WEIGHTS, **fitted.linear.arrays())
    (out / LEXICON).write_text(dump(base()), encoding="utf-8")


def _measure(gate: Gate, held: Sequence[Example]) -> Manifest:
    """Set the threshold on real innocent posts, and score real and written posts apart."""
    said = gate.probabilities([e.text for e in held])
    risk = said[:, [list(Intent).index(intent) for intent in ACTIONABLE]].sum(axis=1)
    real = np.array([example.file != WRITTEN for example in held])
    acts = np.array([example.acts for example in held])
    innocent = np.array([example.innocent for example in held])
    threshold = float(np.quantile(risk[innocent], 1 - FALSE_POSITIVE_RATE, method="higher"))
    threshold = round(threshold + 5e-6, 5)  # rounding must not let an innocent post over it
    hits = risk >= threshold
    other = real & ~acts & ~innocent
    scores = {
        "held_back_real_posts": float(real.sum()),
        "held_back_real_adverts": float((real & acts).sum()),
        "false_positive_rate_real_innocent": float(hits[innocent].mean()),
        "false_positive_rate_real_other_ads": float(hits[other].mean()) if other.any() else 0.0,
        **_scores("real", risk[real], acts[real], hits[real]),
        **_scores("written_development", risk[~real], acts[~real], hits[~real]),
    }
    rounded = {name: round(value, 5) for name, value in scores.items()}
    return replace(gate.manifest, threshold=threshold, scores=rounded)


def _scores(
    name: str, risk: NDArray[np.float64], acts: NDArray[np.bool_], hits: NDArray[np.bool_]
) -> dict[str, float]:
    from sklearn.metrics import roc_auc_score

    if acts.all() or not acts.any():
        return {}
    return {
        f"auc_{name}": float(roc_auc_score(acts, risk)),
        f"recall_{name}": float(hits[acts].mean()),
        f"precision_{name}": float(acts[hits].mean()) if hits.any() else 0.0,
    }
