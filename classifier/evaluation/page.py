"""An evaluation as one HTML page with its plots inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from classifier.evaluation.bootstrap import Interval
from classifier.evaluation.evaluating import Evaluation
from classifier.evaluation.plots import (
    COLOURS,
    HEIGHT,
    WIDTH,
    attack_rows,
    recall_plot,
    reliability_plot,
)

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(evaluations: Sequence[Evaluation]) -> str:
    """Give the page of several judges on the same posts."""
    template = _environment.get_template("evaluation.html")
    return template.render(
        evaluations=evaluations,
        plots=[recall_plot(evaluations), reliability_plot(evaluations)],
        attack_rows=attack_rows,
        colours=COLOURS,
        figure=figure,
        width=WIDTH,
        height=HEIGHT,
    )


def figure(value: Interval | float | None) -> str:
    """Give a figure as text, with its interval where it has one."""
    if isinstance(value, Interval):
        if value.value is None:
            return "–"
        if value.low is None or value.high is None:
            return f"{value.value:.3f}"
        return f"{value.value:.3f} ({value.low:.2f}–{value.high:.2f})"
    return "–" if value is None else f"{value:.3f}"
