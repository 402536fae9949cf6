"""The plots of an evaluation's page, as SVG that needs no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from classifier.evaluation.attacks import AttackScore
from classifier.evaluation.evaluating import Evaluation
from classifier.evaluation.measures import CURVE

WIDTH, HEIGHT = 420, 260
_LEFT, _TOP, _ACROSS, _DOWN = 46, 14, 350, 200
Corners = Callable[[Evaluation], list[tuple[float, float]]]
COLOURS = ("#8a1c2b", "#1f5fa8", "#2f7d4f", "#b26a00", "#6b4fa0", "#475467")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One judge in a plot: corners in pixels."""

    name: str
    colour: str
    corners: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The corners as SVG wants them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.corners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A titled plot with its ticks, (pixel, label)."""

    title: str
    across: str
    down: str
    lines: tuple[Line, ...]
    ticks_across: tuple[tuple[float, str], ...]
    ticks_down: tuple[tuple[float, str], ...]
    diagonal: bool = False


def recall_plot(evaluations: Sequence[Evaluation]) -> Plot:
    """Plot recall over the false-positive rate, on a scale of tenths."""
    return Plot(
        title="Recall at a false-positive rate",
        across="false-positive rate",
        down="recall",
        lines=_lines(
            evaluations,
            lambda e: [(_log(p.rate), p.recall) for p in e.curve if p.recall is not None],
        ),
        ticks_across=tuple((_x(_log(rate)), f"{rate:g}") for rate in CURVE if rate in _SHOWN),
        ticks_down=_TENTHS,
    )


def reliability_plot(evaluations: Sequence[Evaluation]) -> Plot:
    """Plot the share of adverts over the risk that was told."""
    return Plot(
        title="Does a risk mean what it says?",
        across="risk told",
        down="share of adverts",
        lines=_lines(evaluations, lambda e: [(b.risk, b.share) for b in e.reliability]),
        ticks_across=tuple((_x(at), f"{at:g}") for at in (0, 0.25, 0.5, 0.75, 1)),
        ticks_down=_TENTHS,
        diagonal=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackRow:
    """One attack with its strengths, weakest first."""

    attack: str
    scores: tuple[AttackScore, ...]


def attack_rows(attacks: Iterable[AttackScore]) -> list[AttackRow]:
    """Group scores by attack, the most harmful first."""
    rows: dict[str, list[AttackScore]] = {}
    for score in attacks:
        rows.setdefault(score.attack, []).append(score)
    found = [AttackRow(attack=name, scores=tuple(scores)) for name, scores in rows.items()]
    return sorted(found, key=lambda row: min(s.recall_change for s in row.scores))


def _lines(evaluations: Sequence[Evaluation], values: Corners) -> tuple[Line, ...]:
    return tuple(
        Line(
            name=evaluation.judge,
            colour=COLOURS[at % len(COLOURS)],
            corners=tuple((_x(x), _y(y)) for x, y in values(evaluation)),
        )
        for at, evaluation in enumerate(evaluations)
    )


def _log(rate: float) -> float:
    low, high = math.log10(CURVE[0]), math.log10(CURVE[-1])
    return (math.log10(rate) - low) / (high - low)


def _x(share: float) -> float:
    return _LEFT + share * _ACROSS


def _y(share: float) -> float:
    return _TOP + (1 - share) * _DOWN


_SHOWN = frozenset({0.001, 0.01, 0.05, 0.2, 0.5})
_TENTHS = tuple((_y(at), f"{at:g}") for at in (0, 0.25, 0.5, 0.75, 1))
