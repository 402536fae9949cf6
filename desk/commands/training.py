"""`anyu train …`: making models from the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from archive.settings import Settings

Corpus = Annotated[Path | None, typer.Option(help="Training files; default: ANYU_CORPUS.")]


def train_gate(
    out: Annotated[Path, typer.Option(help="The model folder to write.")],
    corpus: Corpus = None,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 7,
) -> None:
    """Train the linear gate over hashed character n-grams."""
    from classifier.training.gate import train

    manifest = train(corpus or Settings().corpus, out, seed=seed)
    table = Table("measure on held-back groups", "value", title=manifest.id)
    for name, value in manifest.scores.items():
        table.add_row(name, f"{value:g}")
    table.add_row("threshold", f"{manifest.threshold:g}")
    Console().print(table)


def train_leave_out(
    source: Annotated[str, typer.Argument(help="A training file without its ending.")],
    corpus: Corpus = None,
) -> None:
    """Train without the adverts of one source, and measure on them."""
    from classifier.training.leave_out import leave_out

    found = leave_out(corpus or Settings().corpus, source)
    table = Table("measure", "value", title=f"{source} left out")
    table.add_row("adverts", str(found.adverts))
    table.add_row("held-back innocent posts", str(found.innocent))
    table.add_row("AUC", f"{found.auc:.4f}")
    for rate, recall in found.recall_at.items():
        table.add_row(f"recall at {rate}", "–" if recall is None else f"{recall:.3f}")
    Console().print(table)
