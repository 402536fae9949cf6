"""Goods by n-grams and words: what was learned is named, alone and among others, as trained."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.labels import Goods, Intent
from archive.lexicon import Entry, Lexicon
from classifier.goods import Tagger, named_goods
from classifier.training.goods import train_goods
from classifier.training.sources import WRITTEN, Example, Part

_ROOM = Entry(term="开房", gloss="hotel stays", goods=(Goods.HOTEL_STAY,))
_PLACE = Entry(term="定位", gloss="place", goods=(Goods.LOCATION,))
_LEXICON = Lexicon([_ROOM, _PLACE])
_WORDS = {
    Goods.MEDICAL_RECORD: ["住院底子", "出院小结", "看病本子"],
    Goods.VEHICLE: ["车档", "违章人", "牌照主"],
    Goods.HOTEL_STAY: ["入住记录", "开房", "同住人"],
}
_AROUND = ["私信", "当天出", "诚信", "一手", "要的来"]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    folder = tmp_path_factory.mktemp("goods")
    assert train_goods(_adverts(), _LEXICON, folder)
    return Tagger.load(folder, _LEXICON)


def _adverts() -> list[Example]:
    dice = random.Random(4)  # noqa: S311
    rows = []
    for _ in range(240):
        sold = dice.sample(list(_WORDS), dice.choice([1, 1, 2]))
        words = [dice.choice(_WORDS[label]) for label in sold] + dice.sample(_AROUND, 2)
        dice.shuffle(words)
        text = " ".join(words)
        rows.append(Example(text, Intent.SELL, WRITTEN, Part.TRAIN, frozenset(sold)))
    return rows


def test_what_was_learned_is_named(tagger: Tagger) -> None:
    said = tagger.log_odds(["出院小结 一手 私信", "要的来 车档 入住记录", "当天出"]) > 0
    labels = [{label for at, label in enumerate(Goods) if row[at]} for row in said]
    assert labels[0] == {Goods.MEDICAL_RECORD}
    assert labels[1] == {Goods.VEHICLE, Goods.HOTEL_STAY}


def test_a_label_that_no_advert_has_is_never_named(tagger: Tagger) -> None:
    said = tagger.log_odds(["住院底子", "车档", "定位", "", "天气"])
    assert (said[:, list(Goods).index(Goods.BANK)] < -5).all()


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_a_text_has_the_same_odds_alone_and_among_others(tagger: Tagger, texts: list[str]) -> None:
    together = tagger.log_odds(texts)
    assert np.isfinite(together).all()
    alone = np.concatenate([tagger.log_odds([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-4)


def test_no_text_has_no_odds(tagger: Tagger) -> None:
    assert tagger.log_odds([]).shape == (0, len(Goods))


def test_without_labelled_adverts_nothing_is_learned(tmp_path: Path) -> None:
    talk = Example("天气 晚饭", Intent.BENIGN, WRITTEN, Part.TRAIN, frozenset())
    assert not train_goods([talk], _LEXICON, tmp_path)
    assert not list(tmp_path.iterdir())


def test_goods_are_named_by_the_words_of_the_text() -> None:
    named = named_goods(["查开房和定位", "天气"], _LEXICON)
    labels = [label for at, label in enumerate(Goods) if named[0, at]]
    assert labels == [Goods.HOTEL_STAY, Goods.LOCATION]
    assert named[1].sum() == 0
