"""Texts as the rows of a matrix, and the features worth knowing."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.features import BITS, Grams
from classifier.vocabulary import Vocabulary

LEAST = 2  # texts that must hold an n-gram: what stands in one only teaches that text
LEAST_PAIRS = 3  # of the many pairs; 2 and 5 differ within the noise


def rows(found: Grams) -> Any:
    """Give a sparse row of 0 and 1 for each text, a column a bucket."""
    from scipy.sparse import csr_matrix

    ones = np.ones(len(found.buckets), np.float32)
    return csr_matrix((ones, found.buckets, found.starts), (len(found.starts) - 1, 1 << BITS))


def learned(counted: Any, *, least: int = LEAST) -> Vocabulary:
    """Give the features in so many texts and their smoothed IDF as rarity (Spärck Jones 1972)."""
    held = np.bincount(counted.indices, minlength=1 << BITS)
    buckets = np.flatnonzero(held >= least)
    rarity = np.log((1 + counted.shape[0]) / (1 + held[buckets])) + 1
    return Vocabulary(buckets, rarity.astype(np.float16).astype(np.float64))


def weighed(counted: Any, vocabulary: Vocabulary) -> Any:
    """Give what ``rows`` gave as a model sees it: of each text the known, together of length 1."""
    from scipy.sparse import diags

    known = counted[:, vocabulary.buckets] @ diags(vocabulary.rarity)
    lengths = np.sqrt(np.maximum(np.asarray(known.multiply(known).sum(axis=1)).ravel(), 1e-12))
    return (diags(1 / lengths) @ known).tocsr()
