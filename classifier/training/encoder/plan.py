"""What one training is: everything that its scores depend on, but the data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive.errors import InputError, MissingError
from classifier.training.bases import DEFAULT_BASE

_FILE = "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Settings of a training; the defaults, and bfloat16, made the first of the two of anyu-5.

    ``layers`` are the first of the base; ``cloaked`` is the share of examples that an epoch shows
    under an attack; ``written_weight`` is the weight of a written row's loss; ``real`` is how many
    real negatives are drawn from each file at most, half of them those that the shipped gate takes
    for adverts first; ``without`` names files that take no part. ``twins`` is the weight of the
    loss of a written advert whose log-odds are not above those of its twin by ``margin``.
    ``half`` multiplies in bfloat16: 1.7 times as fast where the processor has it.
    """

    base: str = DEFAULT_BASE
    layers: int = 6
    epochs: int = 5
    batch: int = 32
    rate: float = 3e-4
    warmup: float = 0.06
    smoothing: float = 0.05
    cloaked: float = 0.4
    goods_weight: float = 5.0
    twins: float = 0.3
    margin: float = 2.0
    written: bool = True
    written_weight: float = 1.0
    real: int = 700
    without: tuple[str, ...] = ()
    seed: int = 7
    half: bool = False


def keep_plan(plan: Plan, folder: Path) -> None:
    """Write a plan beside its checkpoint; raises ``InputError`` where another one was begun."""
    path = folder / _FILE
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and read_plan(folder) != plan:
        raise InputError(
            f"{folder} holds a training with other settings: name another folder, or remove it."
        )
    path.write_bytes(msgspec.json.encode(plan))


def read_plan(folder: Path) -> Plan:
    """Read the plan of a training folder."""
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Plan)
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        raise MissingError(f"There is no training in {folder}: run anyu train encoder.") from error
