"""``python -m classifier.training.terms FOLDER``: how sure each word of the lexicon is, counted.

Counts posts that hold the word, each source of adverts and negatives apart: written adverts,
written negatives, real adverts (X), real innocent posts. Development batches take no part.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.lexicon import ENOUGH, MEASURED, Entry, Lexicon, base
from classifier.training.sources import WRITTEN, Example, Part, read_corpus, read_written

_HEADER = "# term\twritten adverts\twritten negatives\treal adverts\treal innocent posts\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many adverts and how many others hold a word."""

    adverts: int
    others: int

    @property
    def precision(self) -> float | None:
        """The share of adverts; ``None`` where too few posts hold the word to tell."""
        total = self.adverts + self.others
        return round(self.adverts / total, 3) if total >= ENOUGH else None


def measure_word(entry: Entry, corpus: Path | None) -> Held:
    """Count the posts that hold one word, real ones too where ``ANYU_CORPUS`` is given."""
    alone = Lexicon([entry])
    counts = Counter(column for column, e in _counted(corpus) if alone.match(e.text))
    return Held(adverts=counts[0] + counts[2], others=counts[1] + counts[3])


def main(folder: Path) -> None:
    """Write the table beside the base lexicon."""
    counts: Counter[tuple[str, int]] = Counter()
    totals: Counter[int] = Counter()
    for column, example in _counted(folder):
        totals[column] += 1
        counts.update({(term.term, column) for term in base().match(example.text)})
    rows = [[entry.term, *(counts[entry.term, c] for c in range(4))] for entry in base().entries]
    lines = ["\t".join(map(str, row)) + "\n" for row in sorted(rows)]
    all_posts = "\t".join(["#", *(str(totals[c]) for c in range(4))]) + "\n"
    MEASURED.write_text(_HEADER + all_posts + "".join(lines), encoding="utf-8")


def _counted(corpus: Path | None) -> Iterator[tuple[int, Example]]:
    for example in [*read_written(), *(read_corpus(corpus) if corpus else ())]:
        column = _column(example)
        if column is not None and example.part is not Part.TEST:
            yield column, example


def _column(example: Example) -> int | None:
    if example.file == WRITTEN:
        return 0 if example.acts else 1
    if example.acts:
        return 2
    return 3 if example.innocent else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
