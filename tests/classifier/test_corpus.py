"""The written corpus: every batch reads, and a wrong block is named with its line."""

from pathlib import Path

import pytest

from archive.errors import InputError
from archive.labels import Goods, Intent
from classifier.corpus import read_batch, read_batches
from classifier.corpus.check import main, near_duplicates, problems

_GOOD = """# batch: t
# writer: a test

== 1 sell tieba comment moderate | goods: hotel_stay | coding: initials | twin: 2
service: hotel_stay | 800 | record | kf 800一次
modifier: no id number | 100 | 没sfz加100
inputs: phone
time: 24 48 | 1-2天
contact: wechat | abc_demo77 | 薇abc_demo77
escrow: yes
kf 800一次，没sfz加100，1-2天 薇abc_demo77

== 2 discuss tieba comment plain | hard: yes
title: 提醒
别信这种
第二行
"""


def _batch(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_block_becomes_a_row_with_its_offer(tmp_path: Path) -> None:
    first, second = read_batch(_batch(tmp_path / "t.txt", _GOOD)).rows
    assert (first.intent, first.goods, first.twin) == (Intent.SELL, (Goods.HOTEL_STAY,), "2")
    assert first.offer is not None
    (service,) = first.offer.services
    span = service.source
    assert first.text[span.start : span.end] == "kf 800一次"
    assert service.price is not None
    assert service.price.amount == 800
    assert service.modifiers[0].delta == 100
    assert (second.title, second.text, second.offer) == ("提醒", "别信这种\n第二行", None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1 sell tieba", "1 sells tieba", "sells"),
        ("tieba comment moderate", "qzone comment moderate", "platform"),
        ("goods: hotel_stay", "goods: hotels", "hotels"),
        ("kf 800一次\nmod", "kf 900一次\nmod", "do not stand"),
        ("goods: hotel_stay |", "", "needs goods"),
        ("== 2 discuss tieba comment plain |", "== 2 discuss tieba plain |", "head line"),
    ],
)
def test_a_wrong_block_is_named(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = _batch(tmp_path / "t.txt", _GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as told:
        read_batch(path)
    assert "t.txt, line" in str(told.value)


def test_near_duplicates_and_missing_twins_are_found(tmp_path: Path) -> None:
    again = _GOOD + "\n== 3 benign weibo post plain\n别信这种第二行，提醒提醒\n"
    rows = read_batch(_batch(tmp_path / "t.txt", again.replace("twin: 2", "twin: 9"))).rows
    said = list(problems(rows))
    assert any("twin" in sentence for sentence in said)
    doubled = read_batch(_batch(tmp_path / "u.txt", _GOOD + _GOOD.replace("== 1", "== 4"))).rows
    assert list(near_duplicates(doubled))


def test_every_batch_is_right() -> None:
    batches = read_batches()
    assert batches
    for batch in batches:
        assert batch.writer
        assert not list(problems(batch.rows)), batch.id


def test_the_checker_counts_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_batch(tmp_path / "t.txt", _GOOD)) == 0
    assert "sell 1" in capsys.readouterr().out
    assert main(_batch(tmp_path / "t.txt", _GOOD.replace("twin: 2", ""))) == 1
