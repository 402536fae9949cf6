"""`anyu index …`, `anyu purge`, `anyu doctor`: keeping an archive well."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive.chain import Body
from desk.rooms import Home, feed_waiting, progress_bar, rooms, settings_of


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


def index_feed(home: Home = None) -> None:
    """Index what waits, after the index was away."""
    with rooms(home) as opened:
        number = feed_waiting(opened)
    typer.echo(f"{number} posts seen to")


def index_status(home: Home = None) -> None:
    """Say which index is in charge, what it holds, and how far it is behind."""
    from archive.index.feeding import lag

    with rooms(home) as opened:
        behind = lag(opened.ledger)
        since = f" since {behind.since:%Y-%m-%d %H:%M} UTC" if behind.since else ""
        typer.echo(f"{opened.index.name}: {behind.waiting} posts wait{since}")
        if behind.refused:
            typer.echo(f"{behind.refused} of them were refused and are tried again within a day")
        standing = opened.index.standing()
    typer.echo(f"{standing.documents} documents, {standing.bytes / 1e6:.1f} MB")
    for note in standing.notes:
        typer.echo(note)


def index_rebuild(
    home: Home = None,
    to: Annotated[
        str | None, typer.Option(help="sqlite, or elasticsearch://host:9200/name.")
    ] = None,
) -> None:
    """Build the index again from the ledger, in its place or in another engine."""
    from archive.index.moving import rebuild
    from archive.index.opening import open_index

    with rooms(home) as opened, progress_bar() as bar:
        with closing(open_index(opened.settings, to or opened.index.name)) as index:
            task = bar.add_task("indexing", total=None)
            total = rebuild(opened.ledger, index, progress=lambda n: bar.advance(task, n))
            name = index.name
        set_otherwise = opened.settings.index_url
    typer.echo(f"{total} documents in {name}")
    if to and set_otherwise:
        typer.echo(f"ANYU_INDEX_URL still says {set_otherwise}: unset it, or set it to {name}")


def purge(home: Home = None) -> None:
    """Drop innocent posts that are past their time."""
    with rooms(home) as opened:
        with opened.ledger.writing() as connection:
            dropped = opened.ledger.posts.purge(connection, now=datetime.now(UTC))
            body: Body = {"dropped": dropped}
            actor = opened.settings.operator
            opened.ledger.chain.append(connection, "purge", actor=actor, body=body)
        typer.echo(f"{dropped} posts dropped")
        for index in opened.index.retire():
            typer.echo(f"dropped the replaced index {index}")


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
