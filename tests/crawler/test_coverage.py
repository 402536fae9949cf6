"""Coverage and its estimate: what is known of the size of what was not seen."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.coverage import chapman


@given(first=st.integers(0, 500), second=st.integers(0, 500), data=st.data())
def test_the_estimate_is_at_least_what_was_seen_and_inside_its_interval(
    first: int, second: int, data: st.DataObject
) -> None:
    shared = data.draw(st.integers(0, min(first, second)))
    total, low, high = chapman(first, second, shared)
    seen = first + second - shared
    assert total >= seen - 1e-9
    assert seen - 1e-9 <= low <= max(total, seen) + 1e-9
    assert high >= total - 1e-9


def test_the_estimate_is_that_of_a_worked_example() -> None:
    # 200 marked, 150 caught again, 50 of them marked: (201 * 151) / 51 - 1
    total, low, high = chapman(200, 150, 50)
    assert total == pytest.approx(594.12, abs=0.01)
    assert 495 < low < 505
    assert 690 < high < 760


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random, held = Random(7), 0  # noqa: S311
    for _ in range(400):
        first = {n for n in range(600) if random.random() < 0.3}
        second = {n for n in range(600) if random.random() < 0.2}
        _, low, high = chapman(len(first), len(second), len(first & second))
        held += low <= 600 <= high
    assert 0.92 <= held / 400 <= 0.98
