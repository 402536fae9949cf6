"""The datasheet: its tables are those of the corpus as it is."""

from pathlib import Path

from classifier.corpus import read_batches
from classifier.corpus.datasheet import sheet


def test_the_page_shows_the_corpus_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    assert page.rstrip().endswith("\n".join(sheet(read_batches())).rstrip())
