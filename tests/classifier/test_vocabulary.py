"""Known n-grams: the quick look-up counts as the matrix of the training does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.training.counting import counts, learned, weighed
from classifier.vocabulary import Vocabulary

_TAUGHT = ["查开房 私信", "查流水 当天出", "天气不错", "今天天气", "查开房 查流水"]
_ROWS = counts(_TAUGHT)
_KNOWN = learned(_ROWS)


@given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(_TAUGHT)), min_size=1, max_size=6))
def test_texts_count_as_rows_of_the_matrix(texts: list[str]) -> None:
    weights = np.random.default_rng(1).normal(size=(len(_KNOWN.buckets), 3)).astype(np.float32)
    wanted = weighed(counts(texts), _KNOWN, np.zeros((len(texts), 1)))[:, :-1] @ weights
    assert _KNOWN.count(texts).sums(weights) == pytest.approx(wanted, abs=1e-5)


def test_each_text_with_a_known_gram_has_length_1() -> None:
    counted = _KNOWN.count(["查开房", "xyzw 私信", "天气"])
    squares = [
        float((counted.strengths[a:b] ** 2).sum())
        for a, b in zip(counted.starts[:-1], counted.starts[1:], strict=True)
    ]
    assert squares == pytest.approx([1, 1, 1])


def test_what_stands_in_one_text_only_is_not_known() -> None:
    held = np.bincount(_ROWS.indices, minlength=1 << 22)
    assert (held[_KNOWN.buckets] >= 2).all()
    assert _KNOWN.rarity.min() >= 1


def test_a_vocabulary_comes_back_from_its_arrays() -> None:
    again = Vocabulary.of(_KNOWN.arrays())
    assert (again.buckets == _KNOWN.buckets).all()
    assert (again.rarity == _KNOWN.rarity).all()


def test_nothing_known_counts_nothing() -> None:
    empty = Vocabulary(np.empty(0, np.int64), np.empty(0))
    assert (empty.count(["查开房"]).sums(np.empty((0, 2), np.float32)) == 0).all()
