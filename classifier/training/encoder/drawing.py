"""Which posts a training shows in which order, some of them cloaked anew each epoch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from classifier.cascade import log_odds
from classifier.decode import reader
from classifier.features import neutral
from classifier.gate import Gate
from classifier.models import default_model
from classifier.training.encoder.plan import Plan
from classifier.training.evasion import ATTACKS, attack, strengths
from classifier.training.sources import WRITTEN, Example, Part, read_corpus, read_written

_MINED = 6  # how many negatives are looked at for each that is drawn
_HARDEST = {"homophone", "pinyin", "lookalike", "split"}  # recall fell most under these
_OFTEN = [3 if name in _HARDEST else 1 for name in ATTACKS]
_POOL = 50  # batches of about equal length are cut from pools of so many


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts as the network reads them, with their examples."""

    texts: tuple[str, ...]
    examples: tuple[Example, ...]


def readable(text: str) -> str:
    """Give a post as the encoder reads it: coded words put back, sources' marks taken away."""
    return neutral(reader().read(text).text)


def chosen(plan: Plan, corpus: Path | None) -> list[Example]:
    """Give the examples of a plan: all written posts, the adverts, a draw of other real posts."""
    random = Random(plan.seed)  # noqa: S311
    gate = Gate.load(default_model())
    written = [e for e in read_written() if e.part is Part.TRAIN] if plan.written else []
    by_file: dict[str, list[Example]] = defaultdict(list)
    adverts: list[Example] = []
    for example in read_corpus(corpus):
        if example.part is not Part.TRAIN or example.file in plan.without:
            continue
        if example.acts:
            adverts.append(example)
        else:
            by_file[example.file].append(example)
    real = [
        example
        for _, rows in sorted(by_file.items())
        for example in _drawn(rows, plan.real, gate, random)
    ]
    return [*written, *adverts, *real]


def _drawn(rows: Sequence[Example], number: int, gate: Gate, random: Random) -> list[Example]:
    """Draw half at random, half by the risk that the gate sees: the easy ones teach little."""
    if len(rows) <= number:
        return list(rows)
    pool = random.sample(rows, min(len(rows), number * _MINED))
    odds = log_odds(gate.probabilities([example.text for example in pool]))
    order = sorted(range(len(pool)), key=lambda at: -odds[at])
    hard, rest = order[: number // 2], order[number // 2 :]
    return [pool[at] for at in hard + random.sample(rest, number - len(hard))]


class Drawing:
    """The batches of each epoch, the same for the same plan and examples."""

    def __init__(self, plan: Plan, examples: Sequence[Example]) -> None:
        self._plan = plan
        self._examples = examples
        self._plain = [readable(example.text) for example in examples]
        self._units = _paired(examples)

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self._examples) // self._plan.batch)

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of one epoch: twins and posts of like length together, shuffled."""
        random = Random(f"{self._plan.seed}/{number}")  # noqa: S311
        texts = [self._shown(at, random) for at in range(len(self._examples))]
        units = random.sample(self._units, len(self._units))
        size, pooled = self._plan.batch, self._plan.batch * _POOL
        order: list[int] = []
        for start in range(0, len(units), pooled):
            pool = units[start : start + pooled]
            pool.sort(key=lambda unit: max(len(texts[at]) for at in unit))
            order.extend(at for unit in pool for at in unit)
        batches = [order[at : at + size] for at in range(0, len(order), size)]
        random.shuffle(batches)
        for rows in batches:
            yield Batch(tuple(texts[at] for at in rows), tuple(self._examples[at] for at in rows))

    def _shown(self, at: int, random: Random) -> str:
        example = self._examples[at]
        share = self._plan.cloaked if example.file == WRITTEN else self._plan.cloaked / 2
        if random.random() >= share:
            return self._plain[at]
        name = random.choices(ATTACKS, _OFTEN)[0]
        strength = random.choice(list(strengths().values()))
        cloaked = attack(example.text, name, share=strength, seed=random.getrandbits(32))
        return readable(cloaked.text) or self._plain[at]


def _paired(examples: Sequence[Example]) -> list[tuple[int, ...]]:
    """Give the places of twins together, of all others alone."""
    units: dict[str, list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        units[example.pair or f"/{at}"].append(at)
    return [tuple(unit) for unit in units.values()]
