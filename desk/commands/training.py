"""`anyu train …`: making models from the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from archive.settings import Settings

Corpus = Annotated[Path | None, typer.Option(help="Training files; default: ANYU_CORPUS.")]


def train_gate(
    out: Annotated[Path, typer.Option(help="The model folder to write.")],
    corpus: Corpus = None,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 7,
    written: Annotated[bool, typer.Option(help="Train on the written corpus too.")] = True,
) -> None:
    """Train the linear gate over hashed character n-grams."""
    from classifier.training.gate import train

    manifest = train(corpus or Settings().corpus, out, seed=seed, written=written)
    table = Table("measure on held-back groups", "value", title=manifest.id)
    for name, value in manifest.scores.items():
        table.add_row(name, f"{value:g}")
    table.add_row("threshold", f"{manifest.threshold:g}")
    Console().print(table)


def train_encoder(
    out: Annotated[Path, typer.Option(help="The training folder; a cut-off training goes on.")],
    corpus: Corpus = None,
    base: Annotated[str, typer.Option(help="A Hugging Face id, or a folder.")] = "",
    layers: Annotated[int, typer.Option(min=1, help="How many layers of the base.")] = 6,
    epochs: Annotated[int, typer.Option(min=1)] = 5,
    seed: Annotated[int, typer.Option(help="Same seed, same scores.")] = 7,
    real: Annotated[int, typer.Option(help="Real posts from each file, at most.")] = 700,
    written: Annotated[bool, typer.Option(help="Train on the written corpus.")] = True,
    without: Annotated[list[str] | None, typer.Option(help="A file that takes no part.")] = None,
    half: Annotated[
        bool | None,
        typer.Option("--half/--full", help="Multiply in bfloat16; default: where it is faster."),
    ] = None,
) -> None:
    """Fine-tune the encoder (needs the extra train); half an hour on two cores."""
    from classifier.training.bases import DEFAULT_BASE, find_base
    from classifier.training.encoder.drawing import chosen
    from classifier.training.encoder.fitting import fast_half, fit
    from classifier.training.encoder.plan import Plan

    settings = Settings()
    plan = Plan(
        base=base or DEFAULT_BASE,
        layers=layers,
        epochs=epochs,
        seed=seed,
        real=real,
        written=written,
        without=tuple(without or ()),
        half=fast_half() if half is None else half,
    )
    examples = chosen(plan, corpus or settings.corpus)
    folder = find_base(plan.base, settings.cache / "bases")
    with _bar() as bar:
        task = bar.add_task(f"training on {len(examples)} posts", total=None)

        def progress(step: int, steps: int, loss: float) -> None:
            bar.update(task, completed=step, total=steps, description=f"loss {loss:.3f}")

        fit(plan, examples, folder, out, progress=progress)


def export(
    trainings: Annotated[
        list[Path], typer.Argument(help="What anyu train encoder wrote; of several the mean.")
    ],
    gate: Annotated[Path, typer.Option(help="The gate's model folder.")],
    out: Annotated[Path, typer.Option(help="The model folder to write.")],
    corpus: Corpus = None,
) -> None:
    """Make a model to judge with: ONNX with int8 weights, calibrated, thresholds set."""
    from classifier.training.bases import find_base
    from classifier.training.encoder.export import export as exported
    from classifier.training.encoder.plan import read_plan
    from classifier.training.release import release

    settings, console = Settings(), Console()
    plans = [read_plan(training) for training in trainings]
    exported(trainings, find_base(plans[0].base, settings.cache / "bases"), out)
    manifest = release(gate, plans, corpus or settings.corpus, out, say=console.print)
    console.print(f"{out}: threshold {manifest.threshold:g}")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


def train_leave_out(
    source: Annotated[
        str, typer.Argument(help="A training file without its ending; not with --all.")
    ] = "",
    corpus: Corpus = None,
    every: Annotated[bool, typer.Option("--all", help="Every source in turn.")] = False,
    out: Annotated[
        Path, typer.Option(help="With --all: what is done so far; a cut-off run goes on.")
    ] = Path("runs/leave-out"),
) -> None:
    """Train without a source, and measure on it: the adverts of a file, or every source."""
    from archive.errors import InputError
    from classifier.training.leave_out import leave_out

    if every == bool(source):
        raise InputError("Name one source to leave out, or every one with --all.")
    if every:
        _leave_each(corpus, out)
        return
    found = leave_out(corpus or Settings().corpus, source)
    table = Table("measure", "value", title=f"{source} left out")
    table.add_row("adverts", str(found.adverts))
    table.add_row("held-back innocent posts", str(found.innocent))
    table.add_row("AUC", f"{found.auc:.4f}")
    for rate, recall in found.recall_at.items():
        table.add_row(f"recall at {rate}", _figure(recall))
    Console().print(table)


def _leave_each(corpus: Path | None, out: Path) -> None:
    from classifier.training.leave_each import leave_each

    with _bar() as bar:
        task = bar.add_task("reading", total=None)

        def say(done: int, total: int, words: str) -> None:
            bar.update(task, completed=done, total=total, description=words[:40])

        found = leave_each(corpus or Settings().corpus, out, say=say)
    heads = ("AUC", "at 5 %", "at 1 %")
    table = Table(
        *("left out", "what", "adverts", "own negatives", *heads, "AUC, real", "at 1 %", "0.1 %"),
        title="Recall of adverts of a source that took no part: against its own negatives, "
        "and against held-back real innocent posts",
    )
    for apart in found:
        table.add_row(
            *(apart.kind, apart.source, str(apart.adverts), str(apart.negatives)),
            *map(_figure, [apart.own_auc, *apart.own_recall_at.values()]),
            *map(_figure, [apart.auc, *apart.recall_at.values()]),
        )
    Console().print(table)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
