"""`anyu similar`: more like this."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive import codec
from desk.rooms import Home, Rooms, progress_bar, rooms


class Way(StrEnum):
    """By what posts are compared."""

    TEXT = "text"
    PICTURE = "picture"


def similar(
    key: Annotated[str, typer.Argument(help="A post as PLATFORM:ID, as a search gives it.")],
    home: Home = None,
    by: Annotated[Way, typer.Option(help="By text, or by picture hash.")] = Way.TEXT,
    most: Annotated[int, typer.Option(min=1, max=100, help="How many at the most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Give the adverts most like one, with the phrases or the pictures that prove it."""
    from desk.similar import more_like

    with rooms(home) as opened:
        _link(opened)
        found = more_like(opened, key, by=by.value, most=most)
    if as_json:
        typer.echo(codec.encode(found))
        return
    title = f"{len(found.similar)} adverts like {key} by {by.value}"
    table = Table("score", "post", "when", "account", "shares", "text", title=title)
    for one in found.similar:
        shares = "\n".join(proof.words for proof in one.shared[:4])
        cells = (one.key, f"{one.at:%Y-%m-%d}", one.account, shares, one.text)
        table.add_row(f"{one.score:.2f}", *map(escape, cells))
    Console().print(table)


def _link(opened: Rooms) -> None:
    """Link what waits: near-duplicates are known from there."""
    from archive.links import Linker

    with opened.ledger.reading() as connection:
        waiting = opened.ledger.to_link.waiting(connection)
    if waiting:
        with progress_bar() as bar:
            task = bar.add_task("linking", total=waiting)
            Linker(opened.ledger).run(progress=lambda number: bar.advance(task, number))
