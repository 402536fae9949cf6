"""``python -m classifier.training.terms FOLDER``: how sure each word of the lexicon is, counted.

Counts posts that hold the word, each source of adverts and negatives apart: written adverts,
written negatives, real adverts (X), real innocent posts. Development batches take no part.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from archive.lexicon import MEASURED, base
from classifier.training.sources import WRITTEN, Example, Part, read_corpus, read_written

_HEADER = "# term\twritten adverts\twritten negatives\treal adverts\treal innocent posts\n"


def main(folder: Path) -> None:
    """Write the table beside the base lexicon."""
    counts: Counter[tuple[str, int]] = Counter()
    totals: Counter[int] = Counter()
    for example in [*read_written(), *read_corpus(folder)]:
        column = _column(example)
        if column is None or example.part is Part.TEST:
            continue
        totals[column] += 1
        counts.update({(term.term, column) for term in base().match(example.text)})
    rows = [[entry.term, *(counts[entry.term, c] for c in range(4))] for entry in base().entries]
    lines = ["\t".join(map(str, row)) + "\n" for row in sorted(rows)]
    all_posts = "\t".join(["#", *(str(totals[c]) for c in range(4))]) + "\n"
    MEASURED.write_text(_HEADER + all_posts + "".join(lines), encoding="utf-8")


def _column(example: Example) -> int | None:
    if example.file == WRITTEN:
        return 0 if example.acts else 1
    if example.acts:
        return 2
    return 3 if example.innocent else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
