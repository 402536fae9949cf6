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
from classifier.training.sources import Example, Part, read_corpus, read_written

LOSS = 0.0015  # of adverts by writers that took no part; asked of all stages: 0.003
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
    """Write ``sieve.npz``; return what it loses of writers, and passes of posts, it had not read.

    It learns adverts against real posts only. What the written hard negatives say in adverts' words
    is for the encoder to judge: taught to drop them, the sieve has to pass four times as many
    ordinary posts for the same loss (``docs/model.md``).
    """
    posts = read_corpus(corpus)
    real = [e for e in posts if e.part is Part.TRAIN]
    written, authors = _adverts()
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
    always = _hold([text for text, apart in zip(read, unread, strict=True) if apart], lexicon)
    found = logits[unread]
    share = LOSS * len(found) / max(1, int((~always).sum()))
    threshold = float(np.quantile(found[~always], min(share, 1.0), method="lower")) - 1e-3
    final = _fit(matrix, acts)
    _write(out / WEIGHTS, final, threshold)
    innocent = [readable(e.text) for e in posts if e.part is Part.TUNE and e.innocent]
    passed = _hold(innocent, lexicon) | (final.logits(_matrix(innocent)) >= threshold)
    return {
        "sieve_loss_unread_adverts": float((~always & (found < threshold)).mean()),
        "sieve_passes_real_innocent": float(passed.mean()),
    }


def _adverts() -> tuple[list[Example], list[str]]:
    """Give the written adverts to learn from, and the batch of each."""
    batches = [b.id for b in read_batches() for _ in b.rows]
    kept = [
        (e, b)
        for e, b in zip(read_written(), batches, strict=True)
        if e.part is Part.TRAIN and e.acts
    ]
    return [e for e, _ in kept], [b for _, b in kept]


def _hold(texts: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    """Say which texts hold a word that always passes."""
    words = AhoCorasick(passing(lexicon))
    return np.array([bool(words.find_matches_as_indexes(text)) for text in texts], dtype=bool)


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
