"""Known features: the quick look-up counts as the matrix of the training does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.lexicon import base
from classifier.features import SLOT, grams, matched, pairs, slotted
from classifier.training.counting import learned, rows, weighed
from classifier.vocabulary import Table, Vocabulary

_TAUGHT = ["查开房 私信", "查流水 当天出", "天气不错", "今天天气", "查开房 查流水"]
_ROWS = rows(grams(_TAUGHT))
_KNOWN = learned(_ROWS)


@given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(_TAUGHT)), min_size=1, max_size=6))
def test_texts_count_as_rows_of_the_matrix(texts: list[str]) -> None:
    weights = np.random.default_rng(1).normal(size=(len(_KNOWN.buckets), 3)).astype(np.float32)
    found = grams(texts)
    wanted = weighed(rows(found), _KNOWN) @ weights
    assert _KNOWN.count(found).sums(weights) == pytest.approx(wanted, abs=1e-5)


def test_each_text_with_a_known_gram_has_length_1() -> None:
    counted = _KNOWN.count(grams(["查开房", "xyzw 私信", "天气"]))
    squares = [
        float((counted.strengths[a:b] ** 2).sum())
        for a, b in zip(counted.starts[:-1], counted.starts[1:], strict=True)
    ]
    assert squares == pytest.approx([1, 1, 1])


def test_what_stands_in_one_text_only_is_not_known() -> None:
    held = np.bincount(_ROWS.indices, minlength=1 << 22)
    assert (held[_KNOWN.buckets] >= 2).all()
    assert _KNOWN.rarity.min() >= 1


def test_a_table_comes_back_from_its_arrays_within_a_step_of_its_weights() -> None:
    weights = np.random.default_rng(1).normal(size=(len(_KNOWN.buckets), 3))
    kept = Table(_KNOWN, weights).arrays("some_")
    again = Table.of(kept | {"bias": np.zeros(3)}, "some_")
    assert (again.vocabulary.buckets == _KNOWN.buckets).all()
    assert (again.vocabulary.rarity == _KNOWN.rarity).all()
    assert (np.abs(again.weights - weights).max(axis=0) <= kept["some_scale"] * 0.51).all()


def test_a_table_that_a_model_does_not_have_is_empty() -> None:
    table = Table.of({"bias": np.zeros(4)}, "some_")
    assert table.weights.shape == (0, 4)
    assert (table.sums(grams(["查开房"])) == 0).all()


def test_nothing_known_counts_nothing() -> None:
    empty = Vocabulary(np.empty(0, np.int64), np.empty(0))
    assert (empty.count(grams(["查开房"])).sums(np.empty((0, 2), np.float32)) == 0).all()


def test_a_word_of_goods_is_one_sign_and_other_words_stay() -> None:
    text = "看开房和流水，私信我"
    (terms,) = matched([text], base())
    assert slotted(text, terms) == f"看{SLOT}和{SLOT}，私信我"
    assert slotted("今天天气不错", ()) == "今天天气不错"


def test_the_frame_of_an_offer_is_the_same_whatever_is_offered() -> None:
    first, second, other = (
        set(pairs([text], matched([text], base())).buckets)
        for text in ("查开房的私信我", "查流水的私信我", "我爱看开房的戏")
    )
    assert first == second
    assert len(first & other) < len(first) / 2


@given(st.lists(st.text(max_size=12), max_size=4))
def test_pairs_of_each_text_are_its_own(texts: list[str]) -> None:
    together = pairs(texts, matched(texts, base()))
    assert len(together.starts) == len(texts) + 1
    for at, text in enumerate(texts):
        own = together.buckets[together.starts[at] : together.starts[at + 1]]
        assert (own == pairs([text], matched([text], base())).buckets).all()
