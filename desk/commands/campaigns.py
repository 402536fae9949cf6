"""`anyu campaign …`: the people behind posts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive import codec
from archive.ledger.campaigns import Act
from desk.rooms import Home, Rooms, progress_bar, rooms

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]
Number = Annotated[int, typer.Argument(help="A campaign's id; an older id leads to the newer.")]


def campaign_link(home: Home = None) -> None:
    """Link the judged posts that wait; `list` and `show` do so too."""
    with rooms(home) as opened:
        number = _link(opened)
    typer.echo(f"{number} posts linked")


def campaign_list(
    home: Home = None,
    least: Annotated[int, typer.Option(min=1, help="Accounts at the least.")] = 2,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List campaigns, the largest first."""
    from desk.campaigns import listed

    with rooms(home) as opened:
        _link(opened)
        found = listed(opened.ledger, least=least, most=most)
    if as_json:
        typer.echo(codec.encode(found))
        return
    table = Table("campaign", "accounts", "since", title=f"{found.total} campaigns")
    for row in found.campaigns:
        table.add_row(str(row.id), str(row.members), f"{row.since:%Y-%m-%d}")
    Console().print(table)


def campaign_show(number: Number, home: Home = None, as_json: AsJson = False) -> None:
    """Show a campaign: accounts, what they share, and the places that prove it."""
    from desk.campaigns import shown

    with rooms(home) as opened:
        _link(opened)
        view = shown(opened.ledger, number)
    if as_json:
        typer.echo(codec.encode(view))
        return
    console = Console()
    members = Table("account", "name", title=f"campaign {view.id}")
    for member in view.members:
        members.add_row(escape(member.account), escape(member.name))
    shared = Table("what", "value", "accounts", "first", "last", "hub")
    for one in view.shared:
        dates = (f"{one.first:%Y-%m-%d}", f"{one.last:%Y-%m-%d}")
        hub = "yes: joins nobody" if one.hub else ""
        shared.add_row(one.reason, escape(one.value), str(one.accounts), *dates, hub)
    links = Table("reason", "strength", "accounts", "since", "proof")
    for link in view.links[:40]:
        proof = "\n".join(
            f"{place.proof.post} {place.proof.field} {place.proof.start}-{place.proof.end} "
            f"{place.words}"
            for place in link.places
        )
        pair = escape(f"{link.left}\n{link.right}")
        links.add_row(
            link.reason, f"{link.strength:.2f}", pair, f"{link.first:%Y-%m-%d}", escape(proof)
        )
    for table in (members, shared, links):
        console.print(table)
    for act in view.acts:
        state = "undone" if act.undone_at else "holds"
        console.print(f"act {act.id}: {act.kind} by {act.actor}, {act.at:%Y-%m-%d}, {state}")


def campaign_merge(number: Number, other: Number, home: Home = None) -> None:
    """Say that two campaigns are one; the older id stays."""
    from archive.links import Persons

    with rooms(home) as opened:
        act = Persons(opened.ledger).merge(number, other, actor=opened.settings.operator)
    _tell(act)


def campaign_split(
    number: Number,
    accounts: Annotated[list[str], typer.Argument(help="The accounts to take out.")],
    home: Home = None,
) -> None:
    """Take accounts out of a campaign into a new one."""
    from archive.links import Persons

    with rooms(home) as opened:
        act = Persons(opened.ledger).split(number, accounts, actor=opened.settings.operator)
    _tell(act)


def campaign_undo(
    act: Annotated[int, typer.Argument(help="The number of the act, as merge and split tell it.")],
    home: Home = None,
) -> None:
    """Take a merge or a split back."""
    from archive.links import Persons

    with rooms(home) as opened:
        done = Persons(opened.ledger).undo(act, actor=opened.settings.operator)
    typer.echo(f"act {done.id} ({done.kind}) undone")


def _tell(act: Act) -> None:
    typer.echo(
        f"act {act.id}: {act.kind}; campaign {act.campaign} has {len(act.kept)} of the accounts, "
        f"campaign {act.other} had or has {len(act.moved)}; `anyu campaign undo {act.id}` takes "
        "it back"
    )


def _link(opened: Rooms) -> int:
    from archive.links import Linker

    with opened.ledger.reading() as connection:
        waiting = opened.ledger.to_link.waiting(connection)
    if not waiting:
        return 0
    with progress_bar() as bar:
        task = bar.add_task("linking", total=waiting)
        return Linker(opened.ledger).run(progress=lambda number: bar.advance(task, number))
