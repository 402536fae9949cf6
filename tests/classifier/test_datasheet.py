"""The datasheet: its tables are those of the corpus as it is."""

from pathlib import Path

from archive.labels import ACTIONABLE, Goods
from classifier.corpus import read_batches
from classifier.corpus.datasheet import sheet
from classifier.corpus.rows import PLATFORMS


def test_the_page_shows_the_corpus_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    assert page.rstrip().endswith("\n".join(sheet(read_batches())).rstrip())


def test_every_cell_of_goods_platform_and_intent_is_counted_or_called_empty() -> None:
    lines = list(sheet(read_batches()))
    start = next(at for at, line in enumerate(lines) if line.startswith("## Goods by platform"))
    told = next(at for at, line in enumerate(lines) if line.startswith("### Empty cells"))
    cells = [cell for line in lines[start:told] for cell in line.split(" | ") if "/" in cell]
    numbers = [number.strip("| ") for cell in cells for number in cell.split("/")]
    assert len(numbers) == len(Goods) * len(PLATFORMS) * len(ACTIONABLE)
    assert lines[told] == f"### Empty cells: {numbers.count('–')} of {len(numbers)}\n"
    named = [line for line in lines[told:] if line.startswith("| ") and " --- " not in line]
    listed = " ".join(named).replace("|", " ").split()
    assert sum(word in PLATFORMS for word in listed) == numbers.count("–")
    labels = [label for row in read_batches() for r in row.rows for label in r.goods]
    assert sum(int(number) for number in numbers if number != "–") == len(labels)
