"""Training the goods of the gate: one logistic regression a label, over written adverts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.labels import Goods
from archive.lexicon import Lexicon
from classifier.decode import Reader
from classifier.features import Grams, grams, neutral
from classifier.goods import BITS, NAMED, WEIGHTS, named_goods, strengths
from classifier.training.sources import Example

_LABELS = list(Goods)
_LEAST = 2  # texts that must hold an n-gram: what stands in one only teaches its writer
_STRENGTH = 20.0  # 5 and 80 are as good within 0.01
_STEPS = 127  # int8 weights: one byte a bucket and label


def train_goods(examples: Sequence[Example], lexicon: Lexicon, out: Path) -> bool:
    """Learn which goods adverts name and write the weights; ``False`` where none is labelled."""
    taught = [example for example in examples if example.acts and example.goods]
    if not taught:
        return False
    reader = Reader(lexicon)
    texts = [reader.read(example.text).text for example in taught]
    found = grams([neutral(text) for text in texts], bits=BITS)
    rarity = _rarity(found)
    named = NAMED * named_goods(texts, lexicon)
    truth = np.array([[label in (e.goods or ()) for label in _LABELS] for e in taught])
    _write(out / WEIGHTS, *_fit(found, rarity, named, truth), rarity=rarity)
    return True


def _rarity(found: Grams) -> NDArray[np.float64]:
    """Give the smoothed inverse document frequency (Spärck Jones 1972) of each bucket."""
    held = np.bincount(found.buckets, minlength=1 << BITS)
    texts = len(found.starts) - 1
    rare: NDArray[np.float64] = np.log((1 + texts) / (1 + held)) + 1
    return np.where(held >= _LEAST, rare, 0.0).astype(np.float16).astype(np.float64)


def _fit(
    found: Grams, rarity: NDArray[np.float64], named: NDArray[np.float64], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give coefficients and constants, a row a label: of known buckets, then of named goods."""
    matrix = _matrix(found, rarity, named)
    coefficients = np.zeros((len(_LABELS), matrix.shape[1]))
    constants = np.full(len(_LABELS), -10.0)
    for row, said in enumerate(truth.T):
        if said.all() or not said.any():
            constants[row] = 10.0 if said.all() else constants[row]
            continue
        coefficients[row], constants[row] = _one(matrix, said)
    return coefficients, constants


def _one(matrix: Any, said: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, solver="liblinear", max_iter=200, random_state=0)
    model.fit(matrix, said)
    return model.coef_[0], float(model.intercept_[0])


def _matrix(found: Grams, rarity: NDArray[np.float64], named: NDArray[np.float64]) -> Any:
    from scipy.sparse import csr_matrix, hstack

    shape = (len(found.starts) - 1, 1 << BITS)
    counted = csr_matrix((strengths(found, rarity), found.buckets, found.starts), shape)
    return hstack([counted[:, np.flatnonzero(rarity)], csr_matrix(named)]).tocsr()


def _write(
    path: Path,
    coefficients: NDArray[np.float64],
    constants: NDArray[np.float64],
    *,
    rarity: NDArray[np.float64],
) -> None:
    known = np.flatnonzero(rarity)
    weights = np.zeros((1 << BITS, len(_LABELS)))
    weights[known] = coefficients[:, : len(known)].T
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _STEPS
    np.savez_compressed(
        path,
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale,
        rarity=rarity.astype(np.float16),
        named=coefficients[:, len(known) :].T,
        bias=constants,
    )
