"""Training of the first judge: logistic regression over hashed character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.labels import Intent
from classifier.features import grams, neutral
from classifier.gate import WEIGHTS, Gate
from classifier.manifest import Manifest, sha256, write_manifest
from classifier.training.sources import Example, read_corpus, training_files

BITS = 18
FALSE_POSITIVE_RATE = 0.001
_STEPS = 127  # int8 weights: one byte a bucket and class


def train(corpus: Path | None, out: Path, *, seed: int = 7) -> Manifest:
    """Train on the corpus, measure on held-back groups, and write a model folder."""
    examples = read_corpus(corpus)
    taught = [example for example in examples if not example.held]
    weights, bias, classes = _fit(taught, seed)
    out.mkdir(parents=True, exist_ok=True)
    _write_weights(out, weights, bias)
    manifest = Manifest(
        id=out.name,
        kind="hashed n-grams, logistic regression",
        classes=classes,
        bits=BITS,
        threshold=1.0,
        seed=seed,
        files={WEIGHTS: sha256(out / WEIGHTS)},
        data={path.name: sha256(path) for path in training_files(corpus)},
        scores={},
        sources=tuple(path.stem for path in training_files(corpus)),
        licence="Apache-2.0",
    )
    write_manifest(out, manifest)
    manifest = _measure(Gate.load(out), [example for example in examples if example.held])
    write_manifest(out, manifest)
    return manifest


def _fit(
    examples: Sequence[Example], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[Intent, ...]]:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    found = grams([neutral(example.text) for example in examples], bits=BITS)
    norm = 1 / np.sqrt(np.maximum(np.diff(found.starts), 1))
    data = np.repeat(norm, np.diff(found.starts))
    matrix = csr_matrix((data, found.buckets, found.starts), (len(examples), 1 << BITS))
    model = LogisticRegression(C=30.0, max_iter=200, class_weight="balanced", random_state=seed)
    model.fit(matrix, [str(example.intent) for example in examples])
    return model.coef_.T, model.intercept_, tuple(Intent(name) for name in model.classes_)


def _write_weights(out: Path, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    scale = np.abs(weights).max(axis=0) / _STEPS
    kept = np.round(weights / scale).astype(np.int8)
    np.savez_compressed(out / WEIGHTS, weights=kept, scale=scale, bias=bias)


def _measure(gate: Gate, held: Sequence[Example]) -> Manifest:
    from sklearn.metrics import roc_auc_score

    risk = gate.probabilities([e.text for e in held])[:, list(Intent).index(Intent.SELL)]
    sell = np.array([example.intent is Intent.SELL for example in held])
    innocent = np.array([example.intent in {Intent.BENIGN, Intent.DISCUSS} for example in held])
    threshold = float(np.quantile(risk[innocent], 1 - FALSE_POSITIVE_RATE, method="higher"))
    hits = risk >= threshold
    scores = {
        "held_back_posts": float(len(held)),
        "held_back_adverts": float(sell.sum()),
        "auc": float(roc_auc_score(sell, risk)),
        "recall": float(hits[sell].mean()),
        "false_positive_rate_innocent": float(hits[innocent].mean()),
        "false_positive_rate_other_ads": float(hits[~sell & ~innocent].mean()),
    }
    rounded = {name: round(value, 5) for name, value in scores.items()}
    return replace(gate.manifest, threshold=round(threshold, 5), scores=rounded)
