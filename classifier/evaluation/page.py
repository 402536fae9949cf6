"""An evaluation as one HTML page with its plots inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from classifier.evaluation.evaluating import Evaluation
from classifier.evaluation.measures import Interval

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


def page(evaluations: Sequence[Evaluation]) -> str:
    """Give the page of several judges on the same posts."""
    template = _environment.get_template("evaluation.html")
    return template.render(evaluations=evaluations, figure=figure)


def figure(value: Interval | float | None) -> str:
    """Give a figure as text, with its interval where it has one."""
    if isinstance(value, Interval):
        if value.value is None:
            return "–"
        return f"{value.value:.3f} ({value.low:.2f}–{value.high:.2f})"
    return "–" if value is None else f"{value:.3f}"
