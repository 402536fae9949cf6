"""Training of the sieve: a binary regression, its threshold set on writers it never read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from archive.lexicon import Lexicon
from classifier.corpus import read_batches
from classifier.sieve import BITS, WEIGHTS, grams, passing, readable
from classifier.training.cloaking import cloaked
from classifier.training.sources import Part, part_of_batch, read_corpus, read_written

LOSS = 0.002  # of adverts by writers that took no part; asked of all stages: 0.003
_STEPS = 127
_ADVERT_WEIGHT = 20.0
_CHUNK = 4096
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights a bucket, and a constant."""

    weights: Floats
    bias: float

    def logits(self, matrix: Any) -> Floats:
        """Give the sums of rows."""
        out: Floats = matrix @ self.weights + self.bias
        return out


def train_sieve(corpus: Path | None, lexicon: Lexicon, out: Path) -> dict[str, float]:
    """Write ``sieve.npz``; return what it passes and loses on writers it had not read."""
    real = [e for e in read_corpus(corpus) if e.part is Part.TRAIN]
    written = [e for e in read_written() if e.part is Part.TRAIN]
    authors = [b.id for b in read_batches() if part_of_batch(b.id) is Part.TRAIN for _ in b.rows]
    copies = cloaked(written, copies=1)  # one a row, in the order of the rows
    examples = [*real, *written, *copies]
    read = [readable(e.text) for e in examples]
    matrix = _matrix(read)
    half = np.array([*[-1] * len(real), *_halves(authors), *_halves(authors)])
    acts = np.array([e.acts for e in examples])
    logits = np.zeros(len(examples))
    for side in (0, 1):
        rows = half == side
        logits[rows] = _fit(matrix[~rows], acts[~rows]).logits(matrix[rows])
    unread = half >= 0
    words = AhoCorasick(passing(lexicon))
    always = np.array([bool(words.find_matches_as_indexes(text)) for text in read])
    adverts = logits[unread & acts & ~always]
    share = LOSS * float((unread & acts).sum()) / max(1, len(adverts))
    threshold = float(np.quantile(adverts, min(share, 1.0), method="lower")) - 1e-3
    final = _fit(matrix, acts)
    _write(out / WEIGHTS, final, threshold)
    passed = always | (logits >= threshold)
    return {
        "sieve_loss_unread_adverts": float((~passed[unread & acts]).mean()),
        "sieve_passes_unread_negatives": float(passed[unread & ~acts].mean()),
    }


def _halves(authors: Sequence[str]) -> list[int]:
    order = {name: at % 2 for at, name in enumerate(sorted(set(authors)))}
    return [order[name] for name in authors]


def _matrix(texts: Sequence[str]) -> Any:
    """Count the grams of texts: a sparse row a text, divided by the root of their number."""
    from scipy.sparse import vstack

    return vstack(
        [_counted(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
    ).tocsr()


def _counted(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    found = grams(texts)
    rows, columns = [], []
    for buckets in found.buckets:
        owner = np.searchsorted(found.starts, np.arange(len(buckets)), side="right") - 1
        rows.append(owner)
        columns.append(buckets)
    row, column = np.concatenate(rows), np.concatenate(columns)
    value = (1 / np.sqrt(found.counts))[row]
    value[column == 0] = 0  # bucket 0 is what lies between texts
    return csr_matrix((value, (row, column)), shape=(len(texts), 1 << BITS))


def _fit(matrix: Any, acts: NDArray[np.bool_]) -> Fitted:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=200, class_weight={True: _ADVERT_WEIGHT, False: 1})
    model.fit(matrix, acts)
    weights = model.coef_[0].copy()
    weights[0] = 0
    return Fitted(weights, float(model.intercept_[0]))


def _write(path: Path, fitted: Fitted, threshold: float) -> None:
    scale = float(np.abs(fitted.weights).max()) / _STEPS
    np.savez_compressed(
        path,
        weights=np.round(fitted.weights / scale).astype(np.int8),
        scale=np.float32(scale),
        bias=np.float32(fitted.bias),
        threshold=np.float32(threshold),
    )
