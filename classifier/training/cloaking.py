"""Training posts under the attacks of the trade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from classifier.training.evasion import ATTACKS, attack, strengths
from classifier.training.sources import WRITTEN, Example, Part

COPIES = 2  # of each written post: AUC on cloaked development posts 0.856, without 0.834


def cloaked(examples: Sequence[Example], *, copies: int) -> list[Example]:
    """Give each written training post under attacks of the trade, negatives as much as adverts."""
    shares = tuple(strengths().values())
    return [
        replace(example, text=attack(example.text, name, share=share, seed=seed).text)
        for seed, (example, copy) in enumerate(product(examples, range(copies)))
        if example.file == WRITTEN and example.part is Part.TRAIN
        for name, share in [(ATTACKS[seed % len(ATTACKS)], shares[(seed + copy) % len(shares)])]
    ]
