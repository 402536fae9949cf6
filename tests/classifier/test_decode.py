"""The reader: total, with a map back, blind to innocent words, and a floor for each attack."""

import random
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.lexicon import base
from classifier.corpus import Row, read_batches
from classifier.decode import decode
from classifier.training.evasion import ATTACKS, CHANGES, attack, strengths

# Share of the words of goods that come back after an attack at heavy strength. A floor lies a
# little under what was measured on the written plain adverts; raising it needs no reason.
FLOORS = {
    "homophone": 0.45,
    "lookalike": 0.75,
    "split": 0.9,
    "emoji": 0.95,
    "pinyin": 0.85,
    "column": 0.9,
    "reversal": 0.65,
    "initials": 0.1,
}


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("查开*房", "开房", "symbols"),
        ("kai房记录", "开房记录", "pinyin"),
        ("想看开🏠的来", "开房", "emoji"),
        ("幵房私", "开房", "lookalike"),
        ("氵㐬水半年", "流水", "split"),
        ("查户藉信息", "户籍信息", "lookalike"),
        ("流氺 一千", "流水", "lookalike"),
        ("查录记房开", "开房记录", "reversal"),
        ("查zyjl", "住院记录", "initials"),
        ("开\n房\n记\n录", "开房记录", "symbols"),
    ],
)
def test_coded_words_are_read(text: str, word: str, kind: str) -> None:
    found = [r for r in decode(text).readings if word in r.word]
    assert found
    assert kind in {kind for reading in found for kind in reading.kinds}
    for reading in found:
        assert text[reading.start : reading.end] == reading.surface


@pytest.mark.parametrize(
    "text",
    [
        "开房门的声音",
        "在流水线上班",
        "定位仪坏了",
        "我开访问权限给你",
        "订位吃饭",
        "今天去银行排队，流感打针",
        "房东让我开门",
        "window shopping and a cup of tea",
        "6岁的孩子",
        "查一下 yyds 和 gps",
        "房开商跑路了",
        "为新同学和她的妈妈",
    ],
)
def test_innocent_words_are_not_touched(text: str) -> None:
    assert decode(text).readings == ()


@given(st.text())
def test_any_text_is_read_and_the_map_leads_back(text: str) -> None:
    found = decode(text)
    assert len(found.origin) == len(found.text) + 1
    assert list(found.origin) == sorted(found.origin)
    assert all(0 <= at <= len(text) for at in found.origin)
    reached = 0
    for reading in found.readings:
        assert reached <= reading.start < reading.end <= len(text)
        assert text[reading.start : reading.end] == reading.surface
        assert 0 < reading.score <= 1
        reached = reading.end


@given(st.text(alphabet="查开房流水定位户籍kaifang🏠氵 *", max_size=40))
def test_the_map_leads_back_among_coded_words(text: str) -> None:
    test_any_text_is_read_and_the_map_leads_back.hypothesis.inner_test(text)


@pytest.fixture(scope="module")
def adverts() -> list[Row]:
    rows = [row for batch in read_batches() for row in batch.rows]
    plain = [row for row in rows if row.actionable and row.degree == "plain"]
    return random.Random(5).sample(plain, min(300, len(plain)))  # noqa: S311


@pytest.mark.parametrize("name", ATTACKS)
def test_words_come_back_after_an_attack(name: str, adverts: list[Row]) -> None:
    back = list(_back(name, adverts))
    assert len(back) > 20
    assert sum(back) / len(back) >= FLOORS.get(name, 0.99), f"{name}: {sum(back) / len(back):.3f}"


def _back(name: str, adverts: list[Row]) -> Iterator[bool]:
    for seed, row in enumerate(adverts):
        cloaked = attack(row.text, name, share=strengths()["heavy"], seed=seed).text
        read = decode(cloaked)
        there = {term.term for text in (cloaked, read.text) for term in base().match(text)}
        there |= {reading.word for reading in read.readings}
        for word in {term.term for term in base().match(row.text) if term.goods}:
            if cloaked != row.text:
                yield any(word in other or other in word for other in there)


@given(st.text(max_size=60), st.sampled_from(ATTACKS), st.integers(0, 99))
def test_an_attack_is_repeatable_and_keeps_the_map(text: str, name: str, seed: int) -> None:
    first, second = (attack(text, name, share=0.5, seed=seed) for _ in range(2))
    assert first == second
    assert len(first.origin) == len(first.text)
    kept = [at for at in first.origin if at >= 0]
    assert name == "reversal" or kept == sorted(kept)
    assert set(kept) == set(range(len(text)))


def test_strength_is_the_share_of_changed_characters() -> None:
    text = "查开房查流水查户籍查定位" * 5
    for share in strengths().values():
        cloaked = attack(text, "homophone", share=share, seed=3).text
        changed = sum(a != b for a, b in zip(text, cloaked, strict=True))
        assert changed == pytest.approx(share * len(text), abs=1)
    assert set(CHANGES) < set(ATTACKS)


def test_judging_does_not_import_the_evasion_engine() -> None:
    module = "classifier.training.evasion"
    code = f"import sys, classifier.judge, desk.cli; print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
