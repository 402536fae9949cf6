"""The sieve: each text alone, words that always pass; and the joining of two models' risks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.labels import ACTIONABLE, Goods, Intent
from archive.lexicon import Entry, Lexicon
from classifier.cascade import fused, log_odds
from classifier.sieve import BITS, Sieve, passing, readable

_ROOM = Entry(term="开房", gloss="hotel stays", goods=(Goods.HOTEL_STAY,))
_SURE = Entry(term="查档", gloss="files", goods=(Goods.DOXXING_BUNDLE,), precision=0.95)
_COMMON = Entry(term="定位", gloss="place", goods=(Goods.LOCATION,), precision=0.3)
_LEXICON = Lexicon([_ROOM, _SURE, _COMMON])
_ACTS = [intent in ACTIONABLE for intent in Intent]


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    dice = np.random.default_rng(1)
    weights = dice.normal(size=1 << BITS).astype(np.float32)
    weights[0] = 0
    return Sieve(weights, 0.1, 1e6, _LEXICON)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_a_text_has_the_same_sum_alone_and_among_others(sieve: Sieve, texts: list[str]) -> None:
    read = [readable(text) for text in texts]
    together = sieve.logits(read)
    alone = [float(sieve.logits([text])[0]) for text in read]
    assert together == pytest.approx(alone, abs=1e-3)


def test_words_not_yet_measured_and_sure_words_always_pass(sieve: Sieve) -> None:
    assert passing(_LEXICON) == ["开房", "查档"]
    texts = ["今天開房記錄怎么查", "查檔 私", "定位一下这家店", "天气不错"]
    assert sieve.passes(texts).tolist() == [True, True, False, False]
    assert sieve.passes([]).tolist() == []


def test_joined_rows_are_probabilities_and_keep_the_order_within_a_side() -> None:
    dice = np.random.default_rng(2)
    encoder, gate = dice.dirichlet(np.ones(7), 50), dice.dirichlet(np.ones(7), 50)
    rows = fused(encoder, gate, (0.7, 0.4, -0.2))
    assert rows.sum(axis=1) == pytest.approx(np.ones(50))
    assert log_odds(rows) == pytest.approx(0.7 * log_odds(encoder) + 0.4 * log_odds(gate) - 0.2)
    for side in (_ACTS, [not acts for acts in _ACTS]):
        assert (rows[:, side].argmax(axis=1) == encoder[:, side].argmax(axis=1)).all()
