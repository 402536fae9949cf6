"""Folding, squeezing and tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text import GAP, fold, squeeze, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("開房", "开房"),
        ("ＶＸ", "vx"),
        ("①②", "12"),
        ("1️⃣", "1"),
        ("病\u200b历", "病历"),
        ("é", "e"),
    ],
)
def test_fold_undoes_forms_of_writing(text: str, folded: str) -> None:
    assert fold(text).text == folded


@given(st.text())
def test_fold_is_idempotent_and_maps_back(text: str) -> None:
    once = fold(text)
    assert fold(once.text).text == once.text
    assert len(once.origin) == len(once.text) + 1
    assert list(once.origin) == sorted(once.origin)
    assert once.origin[-1] == len(text)


@given(st.text())
def test_squeeze_offsets_stay_inside(text: str) -> None:
    squeezed = squeeze(fold(text))
    assert len(squeezed.origin) == len(squeezed.text) + 1
    assert list(squeezed.origin) == sorted(squeezed.origin)
    assert all(0 <= at <= len(text) for at in squeezed.origin)


def test_squeeze_joins_over_symbols_but_not_over_sentences() -> None:
    squeezed = squeeze(fold("查开*房记录。房子"))
    assert squeezed.text == "查开房记录 房子"
    start = squeezed.text.index("开房")
    assert squeezed.span(start, start + 2) == (1, 4)


def test_tokens_are_one_a_character() -> None:
    assert tokens("開房 KF*") == ("开", "房", GAP, "k", "f", chr(0xE000 + ord("*")))
