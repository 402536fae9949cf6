"""Texts as the rows of a matrix, and the n-grams worth knowing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.features import grams, neutral
from classifier.vocabulary import BITS, Vocabulary

_LEAST = 2  # texts that must hold an n-gram: what stands in one only teaches that text


def counts(read: Sequence[str]) -> Any:
    """Give a sparse row of 0 and 1 for each text as the reader left it, a column a bucket."""
    from scipy.sparse import csr_matrix

    found = grams([neutral(text) for text in read], bits=BITS)
    ones = np.ones(len(found.buckets), np.float32)
    return csr_matrix((ones, found.buckets, found.starts), (len(read), 1 << BITS))


def learned(rows: Any) -> Vocabulary:
    """Give the n-grams of rows of ``counts``, rarity as smoothed IDF (Spärck Jones 1972)."""
    held = np.bincount(rows.indices, minlength=1 << BITS)
    buckets = np.flatnonzero(held >= _LEAST)
    rarity = np.log((1 + rows.shape[0]) / (1 + held[buckets])) + 1
    return Vocabulary(buckets, rarity.astype(np.float16).astype(np.float64))


def weighed(rows: Any, vocabulary: Vocabulary, beside: Any) -> Any:
    """Give rows of ``counts`` as a model sees them, dense columns behind them."""
    from scipy.sparse import csr_matrix, diags, hstack

    known = rows[:, vocabulary.buckets] @ diags(vocabulary.rarity)
    lengths = np.sqrt(np.maximum(np.asarray(known.multiply(known).sum(axis=1)).ravel(), 1e-12))
    return hstack([diags(1 / lengths) @ known, csr_matrix(beside)]).tocsr()
