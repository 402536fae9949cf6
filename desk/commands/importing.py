"""`anyu import`: posts that other tools collected."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from archive.chain import Body
from archive.errors import EngineError
from archive.ledger.ledger import Ledger
from archive.ledger.posts import Added
from archive.records import Post
from desk.rooms import Home, Rooms, feed_waiting, progress_bar, rooms

_BATCH = 1000
_SHOWN_PROBLEMS = 20


@dataclass(slots=True)
class Tally:
    """What an import came to; ``problems`` are the skipped rows' sentences."""

    format: str
    read: int = 0
    skipped: int = 0
    stored: Added = field(default_factory=Added)

    def line(self) -> str:
        """Give the closing line of the contract; an edited post counts as added."""
        return json.dumps(
            {
                "format": self.format,
                "read": self.read,
                "added": self.stored.added + self.stored.edited,
                "known": self.stored.known,
                "skipped": self.skipped,
            }
        )


def import_file(
    file: Annotated[Path, typer.Argument(help="JSONL, CSV, Parquet, or another tool's output.")],
    home: Home = None,
    format: Annotated[str | None, typer.Option(help="Name the format; else recognised.")] = None,
    platform: Annotated[str, typer.Option(help="Platform of rows that name none.")] = "import",
    keep_all: Annotated[bool, typer.Option(help="Keep innocent posts, for research.")] = False,
    judge: Annotated[bool, typer.Option(help="Judge and index what was added.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Close with one line of JSON.")] = False,
) -> None:
    """Read posts into the ledger, judge them, and index the hits."""
    with rooms(home) as opened:
        tally = store(
            opened.ledger, file, format=format, platform=platform, keep=keep_all, quiet=as_json
        )
        with opened.ledger.writing() as connection:
            body: Body = {"format": tally.format, "read": tally.read, "added": tally.stored.added}
            opened.ledger.chain.append(
                connection, "import", actor=opened.settings.operator, body=body
            )
        if judge:
            judge_waiting(opened, quiet=as_json)
    if as_json:
        typer.echo(tally.line())
    else:
        _tell(tally)


def store(
    ledger: Ledger, file: Path, *, format: str | None, platform: str, keep: bool, quiet: bool
) -> Tally:
    """Write a file's posts to the ledger, a transaction a batch; say which rows were skipped."""
    from crawler.imports import RowProblem, read

    reading = read(file, format=format, platform=platform)
    tally = Tally(format=reading.format)
    batch: list[Post] = []
    with progress_bar(show=not quiet) as bar:
        task = bar.add_task(f"reading {file.name}", total=None)
        for row in reading:
            tally.read += 1
            if isinstance(row, RowProblem):
                tally.skipped += 1
                _report(file, row.line, row.message, tally.skipped)
                continue
            batch.append(row.post)
            if len(batch) >= _BATCH:
                _flush(ledger, batch, tally, keep=keep)
                bar.update(task, completed=tally.read)
        _flush(ledger, batch, tally, keep=keep)
        bar.update(task, completed=tally.read, total=tally.read)
    return tally


def judge_waiting(opened: Rooms, *, quiet: bool) -> int:
    """Judge what waits in the outbox and index the hits; return how many were judged."""
    from classifier.worker import JudgeInUse, Worker

    ledger, settings = opened.ledger, opened.settings
    with ledger.reading() as connection:
        waiting = ledger.to_judge.waiting(connection)
    worker = Worker(
        ledger,
        JudgeInUse(ledger, settings),
        retention_days=settings.retention_days,
        review_days=settings.review_days,
    )
    with progress_bar(show=not quiet) as bar:
        task = bar.add_task("judging", total=waiting)
        judged = worker.run(progress=lambda number: bar.advance(task, number))
        task = bar.add_task("indexing", total=judged)
        try:
            feed_waiting(opened, progress=lambda number: bar.advance(task, number))
        except EngineError as error:
            typer.echo(
                f"{error}\nkept and judged; not all can be searched: {_behind(ledger)}", err=True
            )
    return judged


def _behind(ledger: Ledger) -> str:
    from archive.index.feeding import lag

    return f"{lag(ledger).waiting} posts wait for the index (anyu index feed, anyu index status)"


def _flush(ledger: Ledger, batch: list[Post], tally: Tally, *, keep: bool) -> None:
    with ledger.writing() as connection:
        tally.stored += ledger.posts.add(connection, batch, seen_at=datetime.now(UTC), keep=keep)
    batch.clear()


def _report(file: Path, line: int, message: str, number: int) -> None:
    if number <= _SHOWN_PROBLEMS:
        typer.echo(f"{file.name}, line {line}: {message}", err=True)
    elif number == _SHOWN_PROBLEMS + 1:
        typer.echo("further skipped rows are counted only", err=True)


def _tell(tally: Tally) -> None:
    stored = tally.stored
    Console().print(
        f"{tally.format}: {tally.read} rows read, {stored.added} posts added, "
        f"{stored.edited} edited, {stored.known} known, {tally.skipped} skipped"
    )
