"""Floors under the shipped model's figures: a change that falls below one does not land."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive.errors import InputError
from classifier.corpus.reading import FOLDER
from classifier.evaluation.evaluating import Evaluation
from classifier.training.sources import DEVELOPMENT

FILE = Path(__file__).with_name("floors.json")
_ROOM = 0.02  # int8 kernels differ between processors (AVX2, VNNI), and numpy in the last digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """Least figures of a model on a corpus by its digest; ``lowered`` keeps the reasons."""

    digest: str
    figures: dict[str, float]
    lowered: tuple[str, ...] = ()


def figures(evaluation: Evaluation) -> dict[str, float]:
    """Give the figures that have floors."""
    whole = evaluation.whole
    found = {
        "auc": whole.auc.value,
        "recall": whole.recall.value,
        "specificity": 1 - (whole.false_positive_rate.value or 0.0),
        "twins_in_order": evaluation.twins_in_order.value,
        "sell_at_hard": evaluation.sell_at_hard.value,
        "goods_micro_f1": evaluation.goods_micro_f1.value,
    }
    return {name: round(value, 4) for name, value in found.items() if value is not None}


def read_floors(path: Path = FILE) -> Floors:
    """Read the floors."""
    return msgspec.json.decode(path.read_bytes(), type=Floors)


def fallen(floors: Floors, found: dict[str, float]) -> list[str]:
    """Name the figures below their floors, and a corpus that is not the one measured."""
    said = [
        f"{name} is {found.get(name, 0.0):.4f}, its floor {floor:.4f}"
        for name, floor in floors.figures.items()
        if found.get(name, 0.0) < floor - _ROOM
    ]
    if floors.digest != corpus_digest():
        said.append("the development batches changed: measure anew with anyu evaluate --floors")
    return said


def write_floors(found: dict[str, float], *, reason: str = "", path: Path = FILE) -> Floors:
    """Set floors to figures; raises ``InputError`` when one falls and no reason is given."""
    held = read_floors(path) if path.exists() else Floors(digest="", figures={})
    lower = [name for name, floor in held.figures.items() if found.get(name, 0.0) < floor - _ROOM]
    if lower and not reason:
        raise InputError(
            f"These floors would fall: {', '.join(lower)}; say why with --lower 'the reason'."
        )
    lowered = (*held.lowered, f"{', '.join(lower)}: {reason}") if lower else held.lowered
    floors = Floors(digest=corpus_digest(), figures=found, lowered=lowered)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(floors), indent=1) + b"\n")
    return floors


def corpus_digest(batches: Sequence[Path] = ()) -> str:
    """Give the digest of the development batches."""
    chosen = batches or sorted(FOLDER.glob(f"{DEVELOPMENT}*.txt"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in chosen)).hexdigest()
