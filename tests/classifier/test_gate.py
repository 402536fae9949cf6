"""Training the gate on a small corpus written here: repeatable, exported = trained."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from archive.errors import InputError, MissingError
from archive.labels import Intent
from archive.lexicon import base
from classifier.features import neutral
from classifier.gate import Gate
from classifier.manifest import read_manifest
from classifier.training import gate as training
from classifier.training import leave_out as leaving
from classifier.training.cloaking import cloaked
from classifier.training.sources import WRITTEN, Example, Part, read_corpus

_ADS = ["查开房", "查流水", "名下号", "机主", "全户", "定位", "私信", "当天出"]
_TALK = ["天气", "晚饭", "地铁", "猫", "电影", "周末", "下雨", "跑步"]
_OTHER = ["贷款", "彩票", "发票", "刷单", "高仿", "包邮", "首存", "代办"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    dice = random.Random(1)  # noqa: S311
    kinds = {"pd_sale": _ADS, "benign": _TALK, "spam_x": _OTHER, "review": _ADS}
    for label, words in kinds.items():
        with (folder / f"train_{label}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(200):
                text = " ".join(dice.sample(words, 4))
                row = {"text": text, "label": label, "source": "test", "group": str(number)}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return folder


def test_the_same_seed_gives_the_same_model(corpus: Path, tmp_path: Path) -> None:
    first = training.train(corpus, tmp_path / "a", written=False)
    second = training.train(corpus, tmp_path / "b", written=False)
    assert first.files == second.files
    assert (first.threshold, first.scores) == (second.threshold, second.scores)
    assert first.scores["auc_real"] > 0.99
    assert first.data.keys() == {path.name for path in corpus.iterdir()}


def test_a_class_that_was_not_learned_has_probability_0(corpus: Path, tmp_path: Path) -> None:
    training.train(corpus, tmp_path / "m", written=False)
    gate = Gate.load(tmp_path / "m")
    rows = gate.probabilities(["查开房 查流水", "晚饭", ""])
    order = list(Intent)
    for intent in (Intent.BUY, Intent.RECRUIT, Intent.TUTORIAL, Intent.DISCUSS):
        assert (rows[:, order.index(intent)] == 0).all()
    assert np.allclose(rows.sum(axis=1), 1)
    assert rows[0, order.index(Intent.SELL)] > 0.9


def test_the_exported_weights_judge_as_the_trained_ones(corpus: Path, tmp_path: Path) -> None:
    training.train(corpus, tmp_path / "m", written=False)
    examples = [example for example in read_corpus(corpus) if example.part is Part.TRAIN]
    fitted = training.fit(examples, seed=7)
    gate = Gate.load(tmp_path / "m")
    assert fitted.classes == gate.manifest.classes
    texts = [" ".join(words) for words in (_ADS[:3], _TALK[:4], _OTHER[2:5], [*_ADS[:2], *_TALK])]
    want = fitted.linear.logits(texts, base())
    assert np.abs(gate.logits(texts) - want).max() < 0.2  # int8: a 254th of the largest, summed
    assert len(gate.linear.pairs.weights) > 0


def test_a_changed_or_missing_file_is_told(corpus: Path, tmp_path: Path) -> None:
    training.train(corpus, tmp_path / "m", written=False)
    (tmp_path / "m" / "weights.npz").write_bytes(b"x")
    with pytest.raises(MissingError, match="changed"):
        read_manifest(tmp_path / "m")
    with pytest.raises(MissingError, match="no model"):
        read_manifest(tmp_path / "none")
    with pytest.raises(MissingError, match="ANYU_CORPUS"):
        training.train(None, tmp_path / "n")


def test_links_digits_and_padding_do_not_tell_a_source() -> None:
    assert neutral("查开房 https://t.co/abc １２３") == "查开房 000"
    padded = neutral("查开房 sell crime design image me thank few road. 流水")
    assert padded == "查开房 流水"
    assert neutral("only english words are kept here") == "only english words are kept here"


def test_a_source_left_out_is_measured_and_not_learned(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "read_written", list)
    found = leaving.leave_out(corpus, "train_pd_sale")
    assert (found.source, found.adverts) == ("train_pd_sale", 200)
    with pytest.raises(InputError, match="train_pd_sale"):
        leaving.leave_out(corpus, "train_nothing")


def test_cloaked_copies_keep_the_label_and_leave_development_alone() -> None:
    taught = Example("查开房查流水，私信", Intent.SELL, WRITTEN, Part.TRAIN)
    held = Example("查开房查流水，私信", Intent.SELL, WRITTEN, Part.TEST)
    real = Example("查开房查流水，私信", Intent.SELL, "train_x", Part.TRAIN)
    copies = cloaked([taught, held, real], copies=4)
    assert len(copies) == 4
    assert {copy.intent for copy in copies} == {Intent.SELL}
    assert len({copy.text for copy in copies} - {taught.text}) >= 2
