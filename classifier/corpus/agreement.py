"""``python -m classifier.corpus.agreement``: how far a blind second reader agrees with writers.

``draw`` writes rows without their labels for a reader; the reader's table comes back as
``readings/second.tsv`` (row, intent, goods), the writers' labels as they then were as
``readings/first.tsv``. Where they differ, ``readings/settled.tsv`` says what was decided and the
batch holds that; kappa is that of the first two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np

from archive.labels import ACTIONABLE, Goods, Intent
from classifier.corpus.reading import read_batches
from classifier.corpus.rows import Row

FOLDER = Path(__file__).parent / "readings"
Labels = dict[str, tuple[Intent, frozenset[Goods]]]


def name_of(row: Row) -> str:
    """Give the name of a row over all batches."""
    return f"{row.batch}/{row.id}"


def draw(number: int, seed: int) -> list[Row]:
    """Draw rows at random, each as likely as any other."""
    rows = [row for batch in read_batches() for row in batch.rows]
    return Random(seed).sample(rows, number)  # noqa: S311


def blind(rows: Sequence[Row]) -> Iterator[str]:
    """Give the lines that a second reader sees: no label, no twin, no batch."""
    for at, row in enumerate(rows, 1):
        yield f"== {at} {row.platform} {row.kind}"
        if row.title:
            yield f"title: {row.title}"
        yield row.text


def read_labels(path: Path) -> Labels:
    """Read a table of row, intent and goods."""
    lines = path.read_text(encoding="utf-8").split("\n")
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {
        row: (Intent(intent), frozenset(map(Goods, goods.split()))) for row, intent, goods in cells
    }


def labels_line(name: str, intent: Intent, goods: Sequence[Goods]) -> str:
    """Give one line of such a table."""
    return f"{name}\t{intent}\t{' '.join(goods)}\n"


def kappa(first: Sequence[object], second: Sequence[object]) -> float:
    """Give Cohen's kappa of two readers (Cohen 1960)."""
    agreed = float(np.mean([a == b for a, b in zip(first, second, strict=True)]))
    classes = set(first) | set(second)
    chance = sum(
        (list(first).count(label) / len(first)) * (list(second).count(label) / len(second))
        for label in classes
    )
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def agreement(first: Labels, second: Labels) -> dict[str, float]:
    """Give kappas: of intents, of acting or not, and of goods over every row and label."""
    names = sorted(first.keys() & second.keys())
    ours, theirs = [first[n] for n in names], [second[n] for n in names]
    both = [
        (a, b)
        for a, b in zip(ours, theirs, strict=True)
        if a[0] in ACTIONABLE and b[0] in ACTIONABLE
    ]
    cells = [(label in a[1], label in b[1]) for a, b in both for label in Goods]
    return {
        "rows": float(len(names)),
        "intent": kappa([a[0] for a in ours], [b[0] for b in theirs]),
        "acts": kappa([a[0] in ACTIONABLE for a in ours], [b[0] in ACTIONABLE for b in theirs]),
        "goods": kappa([a for a, _ in cells], [b for _, b in cells]) if cells else 1.0,
    }


def main(arguments: Sequence[str]) -> None:
    """Print the agreement, or, given ``draw NUMBER SEED FOLDER``, write what a reader needs."""
    if arguments[:1] == ["draw"]:
        number, seed, folder = int(arguments[1]), int(arguments[2]), Path(arguments[3])
        rows = draw(number, seed)
        (folder / "blind.txt").write_text("\n".join(blind(rows)) + "\n", encoding="utf-8")
        lines = [labels_line(name_of(row), row.intent, row.goods) for row in rows]
        (FOLDER / "first.tsv").write_text("".join(lines), encoding="utf-8")
        return
    found = agreement(read_labels(FOLDER / "first.tsv"), read_labels(FOLDER / "second.tsv"))
    for name, value in found.items():
        print(f"{name}\t{value:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
