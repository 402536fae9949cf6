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
