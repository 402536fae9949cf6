"""`anyu judge`: a stream of posts in, a stream of verdicts out."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import InputError
from desk.rooms import Home, ledger_there, living_lexicon, settings_of

if TYPE_CHECKING:
    from classifier.judge import Choice
    from classifier.posts import Chunk
    from classifier.stream import Judged, Summary


class Engine(StrEnum):
    """What the judging runs on."""

    LOCAL = "local"
    RAY = "ray"


def judge(
    sources: Annotated[
        list[str], typer.Argument(metavar="IN…", help="JSONL, CSV or Parquet; - is stdin.")
    ],
    out: Annotated[str, typer.Option("--out", help="JSONL, or a folder; - is stdout.")] = "-",
    model: Annotated[str, typer.Option(help="Id or folder; default: the home's.")] = "",
    thorough: Annotated[bool, typer.Option(help="Let the encoder read every post.")] = False,
    review_everything: Annotated[
        bool, typer.Option(help="Call a hit what a person who misses nothing would look at.")
    ] = False,
    why: Annotated[bool, typer.Option(help="Tell which words moved the score of a hit.")] = False,
    why_all: Annotated[bool, typer.Option(help="Tell it of every post.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    engine: Annotated[Engine, typer.Option(help="This machine, or a Ray cluster.")] = Engine.LOCAL,
    address: Annotated[str, typer.Option(help="A running Ray cluster; else a local one.")] = "",
    home: Home = None,
) -> None:
    """Judge posts; status 1 when a row was bad, 2 when the input cannot be read."""
    from classifier.judge import Choice, Why
    from classifier.models import chosen_model, find_model
    from classifier.pool import cores
    from classifier.stream import places

    if address and engine is not Engine.RAY:
        raise InputError("An --address needs --engine ray.")
    settings = settings_of(home)
    with ledger_there(settings) as ledger:
        choice = Choice(
            model=find_model(model, settings) if model else chosen_model(settings, ledger),
            thorough=thorough,
            everything=review_everything,
            why=Why.ALL if why_all else Why.HITS if why else Why.NONE,
            entries=living_lexicon(ledger).entries,
        )
    many = workers or cores()
    found = places(sources, out, folder=engine is Engine.RAY)
    if engine is Engine.RAY:
        from classifier.cluster import judge_files

        errors = judge_files(found, choice, workers=many, address=address).errors
    else:
        errors = sum(_judge_here(*place, choice, many).errors for place in found)
    if errors:
        raise typer.Exit(1)


def _judge_here(source: str, out: str, choice: Choice, workers: int) -> Summary:
    from classifier.posts import read_chunks
    from classifier.stream import CHUNK, write_judged

    return write_judged(_judged(read_chunks(source, size=CHUNK), choice, workers), out)


def _judged(chunks: Iterator[Chunk], choice: Choice, workers: int) -> Iterator[Judged]:
    """Judge in this process until a full chunk comes: starting others takes a few seconds."""
    from itertools import chain

    from classifier.judge import Judge
    from classifier.pool import cores, judged_by_many
    from classifier.stream import CHUNK, judge_chunk

    judge: Judge | None = None
    for chunk in chunks:
        if workers > 1 and len(chunk) >= CHUNK:
            yield from judged_by_many(chain([chunk], chunks), choice, workers=workers)
            return
        judge = judge or Judge.load(choice, threads=cores())
        yield judge_chunk(chunk, judge)
