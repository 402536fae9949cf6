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
from classifier.features import grams
from classifier.goods import WEIGHTS, named_goods
from classifier.training.counting import learned, rows, weighed
from classifier.training.sources import Example
from classifier.vocabulary import Table

_LABELS = list(Goods)
_STRENGTH = 20.0  # 5 and 80 are as good within 0.01
_NEVER = -10.0  # log-odds of a label that no advert has


def train_goods(examples: Sequence[Example], lexicon: Lexicon, out: Path) -> bool:
    """Learn which goods adverts name and write the weights; ``False`` where none is labelled."""
    from scipy.sparse import csr_matrix, hstack

    taught = [example for example in examples if example.acts and example.goods]
    if not taught:
        return False
    reader = Reader(lexicon)
    texts = [reader.read(example.text).text for example in taught]
    counted = rows(grams(texts))
    vocabulary = learned(counted)
    named = csr_matrix(named_goods(texts, lexicon))
    matrix = hstack([weighed(counted, vocabulary), named]).tocsr()
    truth = np.array([[label in (e.goods or ()) for label in _LABELS] for e in taught])
    coefficients, constants = _fit(matrix, truth)
    known = len(vocabulary.buckets)
    np.savez_compressed(
        out / WEIGHTS,
        **Table(vocabulary, coefficients[:known]).arrays(),
        named=coefficients[known:],
        bias=constants,
    )
    return True


def _fit(matrix: Any, truth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give coefficients, a column a label, and constants."""
    coefficients = np.zeros((matrix.shape[1], len(_LABELS)))
    constants = np.full(len(_LABELS), _NEVER)
    for column, said in enumerate(truth.T):
        if said.all():
            constants[column] = -_NEVER
        elif said.any():
            coefficients[:, column], constants[column] = _one(matrix, said)
    return coefficients, constants


def _one(matrix: Any, said: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=_STRENGTH, solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    model.fit(matrix, said)
    return model.coef_[0], float(model.intercept_[0])
