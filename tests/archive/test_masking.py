"""Victims' numbers go, sellers' contacts stay, offsets hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.masking import MARK, mask

IDENTITY = "11010119900307" + "7715"  # invented


@pytest.mark.parametrize(
    "text",
    [
        f"样本：{IDENTITY}",
        "卡号 6222 0200 1122 3344 556",
        "姓名：张三 电话：13800001111",
        "查到的号 是这个 一三 １３８００００１１１１",
        f"手机{IDENTITY}",
    ],
)
def test_numbers_of_victims_are_masked(text: str) -> None:
    masked = mask(text)
    assert MARK * 4 in masked
    assert len(masked) == len(text)


@pytest.mark.parametrize("text", ["加微信13800001111", "电话：138-0000-1111", "QQ 13800001111"])
def test_contacts_of_sellers_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text(), st.text())
def test_an_identity_number_never_survives(before: str, after: str) -> None:
    text = f"{before} {IDENTITY} {after}"
    assert IDENTITY not in mask(text)
    assert len(mask(text)) == len(text)
