"""What there is to train on: ``ANYU_CORPUS``, rings capped, and the written corpus."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.errors import MissingError
from archive.labels import Intent
from classifier.corpus import read_batches

GROUP_CAP = 30  # two rings hold 46 % of the positives (the corpus' README)
DEVELOPMENT = "dev-"
_LEFT_OUT = {"review", "pd_sale_weak", "mixed_pd"}
_DISCUSS = ("legal", "news", "security", "court")


WRITTEN = "written"
WRITTEN_WEIGHT = 10.0  # there are a hundred real rows to each written one


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; ``held`` marks what is kept back to measure on."""

    text: str
    intent: Intent
    file: str
    held: bool

    @property
    def weight(self) -> float:
        """How much the example counts in training."""
        return WRITTEN_WEIGHT if self.file == WRITTEN else 1.0


def read_corpus(folder: Path | None) -> list[Example]:
    """Read every ``train_*.jsonl``; raises ``MissingError`` when the folder is not there."""
    files = training_files(folder)
    counts: Counter[str] = Counter()
    return [example for path in files for example in _read(path, counts)]


def read_written() -> list[Example]:
    """Give the written corpus; batches named ``dev-…`` are the development test."""
    return [
        Example(row.whole, row.intent, WRITTEN, batch.id.startswith(DEVELOPMENT))
        for batch in read_batches()
        for row in batch.rows
    ]


def training_files(folder: Path | None) -> list[Path]:
    """Give the training files of the corpus folder."""
    files = sorted(folder.glob("train_*.jsonl")) if folder else []
    if not files:
        raise MissingError(
            f"The training corpus is missing ({folder or 'ANYU_CORPUS is not set'}): "
            "set ANYU_CORPUS to the folder that holds the train_*.jsonl files."
        )
    return files


def _read(path: Path, counts: Counter[str]) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            group = f"{row['label']}/{row['group']}"
            intent = intent_of(row["label"], row["source"])
            if intent is None or counts[group] >= GROUP_CAP:
                continue
            counts[group] += 1
            yield Example(row["text"], intent, path.stem, _is_held(row["group"]))


def intent_of(label: str, source: str) -> Intent | None:
    """Give the intent of a label of ``ANYU_CORPUS``; ``None`` for rows to leave out."""
    if label in _LEFT_OUT:
        return None
    if label in {"pd_sale", "surveil_hack"}:
        return Intent.SELL
    if label.startswith(("benign", "prompt")):
        discusses = label == "benign_hard" and source.startswith(_DISCUSS)
        return Intent.DISCUSS if discusses else Intent.BENIGN
    return Intent.OTHER_AD


def _is_held(group: str) -> bool:
    return hashlib.sha256(group.encode()).digest()[0] < 51  # a fifth
