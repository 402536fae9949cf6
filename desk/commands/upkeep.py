"""`anyu index …`, `anyu purge`, `anyu doctor`: keeping an archive well."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive.chain import Body
from desk.rooms import Home, progress_bar, rooms, settings_of


def index_check(home: Home = None) -> None:
    """Compare the index with the ledger and mend what differs."""
    from archive.index.feeding import check

    with rooms(home) as opened:
        found = check(opened.ledger, opened.index)
        with opened.ledger.reading() as connection:
            waiting = opened.ledger.to_judge.waiting(connection)
    typer.echo(
        f"{found.documents} documents; mended: {found.missing} missing, {found.stale} stale, "
        f"{found.extra} extra; {waiting} posts wait to be judged"
    )


def index_rebuild(home: Home = None) -> None:
    """Drop the index and build it again from the ledger."""
    from archive.index.feeding import rebuild

    with rooms(home) as opened, progress_bar() as bar:
        task = bar.add_task("indexing", total=None)
        total = rebuild(opened.ledger, opened.index, progress=lambda n: bar.advance(task, n))
    typer.echo(f"{total} documents")


def purge(home: Home = None) -> None:
    """Drop innocent posts that are past their time."""
    with rooms(home) as opened, opened.ledger.writing() as connection:
        dropped = opened.ledger.posts.purge(connection, now=datetime.now(UTC))
        body: Body = {"dropped": dropped}
        opened.ledger.chain.append(connection, "purge", actor=opened.settings.operator, body=body)
    typer.echo(f"{dropped} posts dropped")


def doctor(
    home: Home = None,
    install: Annotated[bool, typer.Option(help="Install a browser and a Chinese font.")] = False,
) -> None:
    """Say what is there, what is missing, and how to get it."""
    from desk.doctor import examine

    if install:
        from desk.provisions import provide

        for sentence in provide(settings_of(home)):
            typer.echo(sentence)

    table = Table("part", "state", "what to do")
    for finding in examine(home):
        style = "green" if finding.found else "yellow"
        table.add_row(finding.part, f"[{style}]{finding.state}[/]", escape(finding.remedy))
    Console().print(table)
