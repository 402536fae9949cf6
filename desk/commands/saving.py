"""`anyu saved …`: searches that tell of new hits."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive import codec
from archive.errors import AnyuError
from archive.index import Query
from archive.labels import Goods, Intent
from desk.rooms import Home, feed_waiting, rooms, tell_alerts

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]
Name = Annotated[str, typer.Argument(help="What you call the search.")]


def saved_add(
    name: Name,
    text: Annotated[str, typer.Argument(metavar="QUERY", help="As for anyu search.")],
    home: Home = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform.")] = None,
    goods: Annotated[list[Goods] | None, typer.Option(help="Only these goods.")] = None,
    intent: Annotated[list[Intent] | None, typer.Option(help="Only this intent.")] = None,
    mail: Annotated[list[str] | None, typer.Option(help="Tell this address by mail.")] = None,
    webhook: Annotated[str | None, typer.Option(help="Post each alert here, as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Save a search: from now on, each new hit of it is told once."""
    from desk.saved import Order, save

    query = Query(
        text=text,
        platforms=tuple(platform or ()),
        goods=tuple(goods or ()),
        intents=tuple(intent or ()),
    )
    order = Order(name=name, query=query, mail=tuple(mail or ()), webhook=webhook)
    with rooms(home) as opened:
        row, hits = save(opened, order)
    if as_json:
        typer.echo(codec.encode({"saved": row, "hits": hits}))
        return
    known = "the 1 hit of today is known" if hits == 1 else f"{hits} hits of today are known"
    typer.echo(f"saved as {name}: {known}, new ones are told")
    typer.echo(f"told by: {', '.join(_named(row.ways))}")


def saved_list(home: Home = None, as_json: AsJson = False) -> None:
    """List saved searches with their alerts."""
    from desk.saved import broken, listed

    with rooms(home) as opened:
        found = listed(opened)
    if as_json:
        typer.echo(codec.encode(found))
        return
    title = f"{len(found.searches)} saved searches, {found.waiting} posts wait to be held"
    table = Table("name", "query", "told by", "alerts", "to tell", "newest", title=title)
    for row in found.searches:
        last = f"{row.last:%Y-%m-%d %H:%M}" if row.last else ""
        ways = ", ".join(_named(row.ways))
        name = f"{escape(row.name)}{' [red](broken)[/]' if row.broken else ''}"
        table.add_row(name, escape(row.query), ways, str(row.alerts), str(row.waiting), last)
    Console().print(table)
    for sentence in broken(found.searches):
        typer.echo(sentence)


def saved_show(
    name: Name,
    home: Home = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="Alerts at the most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show a saved search: its alerts, and how each was told."""
    from desk.saved import broken, shown

    with rooms(home) as opened:
        view = shown(opened, name, most=most)
    if as_json:
        typer.echo(codec.encode(view))
        return
    row = view.search
    typer.echo(f"{row.name}: {row.query}")
    typer.echo(f"saved {row.saved_at:%Y-%m-%d %H:%M} UTC by {row.operator}")
    whom = [*view.mail, *([view.webhook] if view.webhook else [])]
    typer.echo(f"told by: {', '.join(_named(row.ways))} {' '.join(whom)}".rstrip())
    for sentence in broken([row]):
        typer.echo(sentence)
    table = Table("found", "post", "goods", "told", "text", title=f"{row.alerts} alerts")
    for found in view.alerts:
        told = "\n".join(
            f"{one.way}: {one.error or 'waits'}" if one.told_at is None else one.way
            for one in found.told
        )
        at = f"{found.found_at:%Y-%m-%d %H:%M}"
        if found.alert is None:
            table.add_row(at, "", "", escape(told), "no advert any more")
            continue
        said = found.alert
        table.add_row(at, said.key, " ".join(said.goods), escape(told), escape(said.text))
    Console().print(table)


def saved_remove(name: Name, home: Home = None) -> None:
    """Forget a saved search and its alerts."""
    from desk.saved import remove

    with rooms(home) as opened:
        remove(opened, name)
    typer.echo(f"{name} is forgotten")


def saved_check(home: Home = None, as_json: AsJson = False) -> None:
    """Hold what waits against saved searches and tell what was not told; for a timetable."""
    from desk.saved import broken, listed

    with rooms(home) as opened:
        fed = feed_waiting(opened, tell=False)
        told = tell_alerts(opened, put_off=True)
        found = listed(opened)
    wrong = broken(found.searches)
    if as_json:
        line = {"indexed": fed, "told": told.told, "failed": told.failed, "broken": wrong}
        typer.echo(codec.encode(line))
    else:
        searches = f"{len(found.searches)} saved searches"
        typer.echo(f"{searches}; told: {told.told}; could not be told: {told.failed}")
    if wrong:
        raise AnyuError("\n".join(wrong))
    if told.failed:
        raise typer.Exit(1)


def _named(ways: tuple[str, ...]) -> list[str]:
    return ["terminal and log" if way == "here" else way for way in ways]
