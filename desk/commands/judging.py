"""`anyu judge`: a stream of posts in, a stream of verdicts out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from desk.rooms import Home, settings_of


def judge(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL, CSV or Parquet; - is stdin.")],
    out: Annotated[str, typer.Option("--out", help="JSONL; - is stdout.")] = "-",
    model: Annotated[str, typer.Option(help="Id or folder; default: the home's.")] = "",
    thorough: Annotated[bool, typer.Option(help="Let the encoder read every post.")] = False,
    review_everything: Annotated[
        bool, typer.Option(help="Call a hit what a person who misses nothing would look at.")
    ] = False,
    why: Annotated[bool, typer.Option(help="Tell which words moved the score of a hit.")] = False,
    why_all: Annotated[bool, typer.Option(help="Tell it of every post.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    home: Home = None,
) -> None:
    """Judge posts; status 1 when a row was bad, 2 when the input cannot be read."""
    from itertools import chain, islice

    from classifier.judge import Choice, Judge, Why
    from classifier.models import chosen_model, find_model
    from classifier.pool import cores, judged_by_many
    from classifier.posts import read_chunks
    from classifier.stream import CHUNK, Judged, judge_chunk, write_judged

    settings = settings_of(home)
    choice = Choice(
        model=find_model(model, settings) if model else chosen_model(settings),
        thorough=thorough,
        everything=review_everything,
        why=Why.ALL if why_all else Why.HITS if why else Why.NONE,
    )
    chunks = read_chunks(source, size=CHUNK)
    first = list(islice(chunks, 2))
    many = workers or cores()
    if len(first) < 2 or many == 1:  # starting processes takes longer than judging one chunk
        loaded = Judge.load(choice, threads=cores())
        judged: Iterator[Judged] = (judge_chunk(chunk, loaded) for chunk in chain(first, chunks))
    else:
        judged = judged_by_many(chain(first, chunks), choice, workers=many)
    if write_judged(judged, out).errors:
        raise typer.Exit(1)
