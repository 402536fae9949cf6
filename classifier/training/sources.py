"""What there is to train on: ``ANYU_CORPUS``, rings capped, and the written corpus."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archive.errors import MissingError
from archive.labels import ACTIONABLE, Goods, Intent
from archive.lexicon import base
from classifier.corpus import read_batches
from classifier.corpus.reading import FOLDER
from classifier.manifest import sha256

_TEST, _TUNE = 51, 115  # of 256
_DOUBTFUL = 2
GROUP_CAP = 30  # two rings hold 46 % of the positives (the corpus' README)
DEVELOPMENT = "dev-"
TUNING = "tune-"
_LEFT_OUT = {"review", "pd_sale_weak", "mixed_pd"}
_DISCUSS = ("legal", "news", "security", "court")


WRITTEN = "written"
WRITTEN_WEIGHT = 10.0  # there are a hundred real rows to each written one


class Part(StrEnum):
    """What an example is for: to learn from, to set thresholds with, or to measure on."""

    TRAIN = "train"
    TUNE = "tune"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; ``goods`` is ``None`` where nobody labelled them.

    A written one has the platform that it is in the manner of, its batch, and the name of the
    negative that it is the twin of, or that it is itself.
    """

    text: str
    intent: Intent
    file: str
    part: Part
    goods: frozenset[Goods] | None = None
    platform: str = ""
    batch: str = ""
    pair: str = ""

    @property
    def held(self) -> bool:
        """Whether it is kept back to measure on."""
        return self.part is Part.TEST

    @property
    def acts(self) -> bool:
        """Whether it is one to act on."""
        return self.intent in ACTIONABLE

    @property
    def innocent(self) -> bool:
        """Whether it is a real post of somebody who advertises nothing."""
        return self.file != WRITTEN and self.intent in (Intent.BENIGN, Intent.DISCUSS)

    @property
    def weight(self) -> float:
        """How much the example counts in training."""
        return WRITTEN_WEIGHT if self.file == WRITTEN else 1.0


def read_corpus(folder: Path | None) -> list[Example]:
    """Read every ``train_*.jsonl``; raises ``MissingError`` when the folder is not there."""
    files = training_files(folder)
    counts: Counter[str] = Counter()
    return [example for path in files for example in _read(path, counts)]


def part_of_batch(name: str) -> Part:
    """Batches named ``dev-…`` are the development test, those named ``tune-…`` set thresholds."""
    if name.startswith(DEVELOPMENT):
        return Part.TEST
    return Part.TUNE if name.startswith(TUNING) else Part.TRAIN


def read_written() -> list[Example]:
    """Give the written corpus."""
    return [
        Example(
            row.whole,
            row.intent,
            WRITTEN,
            part_of_batch(batch.id),
            frozenset(row.goods),
            row.platform,
            batch.id,
            f"{batch.id}/{row.twin or row.id}",
        )
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


def digests(corpus: Path | None, *, written: bool = True) -> dict[str, str]:
    """Give the digest of every file that a training reads; taken before: some change meanwhile."""
    files = [*training_files(corpus), *(sorted(FOLDER.glob("*.txt")) if written else ())]
    return {path.name: sha256(path) for path in files}


def _read(path: Path, counts: Counter[str]) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            group = f"{row['label']}/{row['group']}"
            intent = intent_of(row["label"], row["source"])
            if intent is None or counts[group] >= GROUP_CAP:
                continue
            counts[group] += 1
            if intent is Intent.OTHER_AD and _is_doubtful(row["text"]):
                continue
            yield Example(row["text"], intent, path.stem, part_of_group(row["group"]))


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


def _is_doubtful(text: str) -> bool:
    """Whether spam speaks of so many goods that it may sell them: no publisher labelled that."""
    goods = {label for term in base().match(text) for label in term.goods}
    return len(goods) >= _DOUBTFUL


def part_of_group(group: str) -> Part:
    """Give a fifth of the groups to measure on, a quarter to set thresholds with."""
    byte = hashlib.sha256(group.encode()).digest()[0]
    return Part.TEST if byte < _TEST else Part.TUNE if byte < _TUNE else Part.TRAIN
