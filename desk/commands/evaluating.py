"""`anyu evaluate`: how good a judge is, slice by slice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from archive import codec
from archive.errors import InputError
from desk.rooms import progress_bar

if TYPE_CHECKING:
    from classifier.evaluation.bootstrap import Interval
    from classifier.evaluation.evaluating import Evaluation
    from classifier.evaluation.judges import Measured
    from classifier.evaluation.labelled import Labelled
    from classifier.evaluation.measures import Slice

_WIDE = 160
_GROUPS = ("all", "source", "intent", "degree")


def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Labelled posts; default: the development batches.")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(help="A model folder, keywords, words:FILE, gate, gate:FOLDER; repeat."),
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="All figures as JSON.")] = None,
    html_out: Annotated[Path | None, typer.Option("--html", help="A page with plots.")] = None,
    evasion: Annotated[bool, typer.Option(help="Judge under every attack too.")] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(help="More slices in the table: platform, goods, coding, length."),
    ] = None,
    floors: Annotated[bool, typer.Option(help="Set the shipped model's floors.")] = False,
    unread: Annotated[bool, typer.Option(help="Of ANYU_CORPUS only what no model read.")] = False,
    lower: Annotated[str, typer.Option(help="Why a floor may fall.")] = "",
) -> None:
    """Measure judges on labelled posts: text table, JSON, and one HTML page."""
    from classifier.evaluation.judges import judge_of
    from classifier.evaluation.labelled import read_labelled
    from classifier.evaluation.page import page

    posts = read_labelled(files or [], unread=unread)
    for path in (json_out, html_out):
        if path and not path.parent.is_dir():
            raise InputError(f"The folder of the output {path} is not there.")
    judges = [judge_of(name) for name in judge or ["", "keywords"]]
    evaluations = _measured(judges, posts, evasion=evasion)
    for evaluation in evaluations:
        _show(evaluation, (*_GROUPS, *(by or ())))
    if len(evaluations) > 1:
        _compare(evaluations)
    if floors:
        _set_floors(lower)
    if json_out:
        _write(json_out, codec.encode(evaluations))
    if html_out:
        _write(html_out, page(evaluations))


def _measured(judges: list[Measured], posts: list[Labelled], *, evasion: bool) -> list[Evaluation]:
    from classifier.evaluation.attacks import under_attack
    from classifier.evaluation.evaluating import evaluate as measured

    found = []
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=len(judges))
        for judge in judges:
            bar.update(task, description=f"measuring {judge.name} on {len(posts)} posts")
            attacks = tuple(under_attack(judge, posts)) if evasion else ()
            found.append(replace(measured(judge, posts), attacks=attacks))
            bar.advance(task)
    return found


def _set_floors(reason: str) -> None:
    from classifier.evaluation.evaluating import evaluate as measured
    from classifier.evaluation.floors import figures, write_floors
    from classifier.evaluation.judges import judge_of
    from classifier.evaluation.labelled import read_labelled

    write_floors(figures(measured(judge_of(""), read_labelled([]))), reason=reason)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The output {path} cannot be written: {error.strerror}.") from error


def _console() -> Console:
    """Give a console that cuts no figure off where output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _compare(evaluations: list[Evaluation]) -> None:
    from classifier.evaluation.page import figure

    columns = ("judge", "AUC", "recall", "false alarms", "at 5 %", "at 1 %", "sell at 5 % of hard")
    table = Table(*columns, "twins", "macro-F1", title="Compared on the same posts")
    for found in evaluations:
        whole = found.whole
        shown = (whole.auc, whole.recall, whole.false_positive_rate, *_at(whole, "0.05", "0.01"))
        rest = (found.sell_at_hard, found.twins_in_order, found.macro_f1)
        table.add_row(found.judge, *map(figure, (*shown, *rest)))
    _console().print(table)


def _at(found: Slice, *rates: str) -> tuple[Interval, ...]:
    return tuple(found.recall_at[rate] for rate in rates)


def _show(evaluation: Evaluation, groups: tuple[str, ...]) -> None:
    from classifier.evaluation.page import figure

    twins = figure(evaluation.twins_in_order)
    goods = figure(evaluation.goods_micro_f1)
    intents = figure(evaluation.macro_f1)
    table = Table(
        *("slice", "adverts", "negatives", "recall", "false alarms", "AUC", "recall at 5 %"),
        title=f"{evaluation.judge}: macro-F1 {intents}, goods {goods}, twins {twins}",
    )
    for found in evaluation.slices:
        if found.group in groups:
            table.add_row(
                found.name,
                str(found.adverts),
                str(found.negatives),
                figure(found.recall),
                figure(found.false_positive_rate),
                figure(found.auc),
                figure(found.recall_at["0.05"]),
            )
    _console().print(table)
    _show_reasons(evaluation)
    if evaluation.attacks:
        _show_attacks(evaluation)


def _show_reasons(evaluation: Evaluation) -> None:
    table = Table("error", "why", "posts", title=f"{evaluation.judge}: errors by reason")
    for reason in evaluation.reasons:
        side = "advert missed" if reason.missed else "false alarm"
        table.add_row(side, reason.reason, str(reason.posts))
    _console().print(table)


def _show_attacks(evaluation: Evaluation) -> None:
    table = Table(
        *("attack", "strength", "recall", "change", "false alarms", "change"),
        title=f"{evaluation.judge} under attack",
    )
    for score in evaluation.attacks:
        table.add_row(
            score.attack,
            score.strength,
            f"{score.recall:.3f}",
            f"{score.recall_change:+.3f}",
            f"{score.false_positive_rate:.3f}",
            f"{score.false_positive_change:+.3f}",
        )
    _console().print(table)
