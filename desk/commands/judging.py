"""`anyu judge`: a stream of posts in, a stream of verdicts out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.settings import Settings


def judge(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL, CSV or Parquet; - is stdin.")],
    out: Annotated[str, typer.Option("--out", help="JSONL; - is stdout.")] = "-",
    model: Annotated[Path | None, typer.Option(help="Model folder; default: the shipped.")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Not used; for symmetry.")] = None,
) -> None:
    """Judge posts; status 1 when a row was bad, 2 when the input cannot be read."""
    from classifier.judge import Judge
    from classifier.stream import judge_stream

    loaded = Judge.load(model or Settings().model)
    summary = judge_stream(source, out, judge=loaded)
    if summary.errors:
        raise typer.Exit(1)
