"""The second reading: kappa as its author defined it; what was settled stands in the batches."""

import pytest

from classifier.corpus import read_batches
from classifier.corpus.agreement import (
    FOLDER,
    agreement,
    blind,
    draw,
    kappa,
    name_of,
    read_labels,
)


def test_kappa_of_the_textbook_table() -> None:
    # 50 rows: both yes 20, first only 5, second only 10, both no 15; chance 0.5
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(["y", "y"], ["y", "y"]) == 1


def test_the_second_reader_agrees_with_the_writers() -> None:
    found = agreement(read_labels(FOLDER / "first.tsv"), read_labels(FOLDER / "second.tsv"))
    assert found["rows"] == 600
    assert found["intent"] >= 0.85
    assert found["goods"] >= 0.85


def test_what_was_settled_stands_in_the_batches() -> None:
    rows = {name_of(row): row for batch in read_batches() for row in batch.rows}
    lines = (FOLDER / "settled.tsv").read_text("utf-8").split("\n")
    settled = [line.split("\t") for line in lines if line and not line.startswith("#")]
    first, second = (read_labels(FOLDER / f"{name}.tsv") for name in ("first", "second"))
    differ = {name for name in first if first[name][0] != second[name][0]}
    assert {name for name, *_ in settled} == differ
    for name, intent, why in settled:
        assert rows[name].intent == intent
        assert why


def test_a_reader_sees_no_label() -> None:
    rows = draw(20, seed=1)
    assert rows == draw(20, seed=1)
    text = "\n".join(blind(rows))
    for at, row in enumerate(rows, 1):
        assert f"== {at} {row.platform} {row.kind}\n" in text
        assert f"{row.intent} {row.platform}" not in text
