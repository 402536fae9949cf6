"""`anyu search`, `anyu serve`, `anyu takedown list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive import codec
from archive.chain import Body
from archive.errors import InputError
from archive.index import Hit, Page, Query
from archive.labels import Goods, Intent
from desk.commands.counting import counts, search_batch, show_counts
from desk.rooms import Home, rooms, settings_of

_LANGUAGE = 'Words, "a phrase", -not, (a OR b), goods:bank, price:>500: see docs/searching.md.'


def search(
    text: Annotated[
        str,
        typer.Argument(
            help='Words, "a phrase", -not, (a OR b), goods:bank, price:>500: docs/searching.md.'
        ),
    ] = "",
    home: Home = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform.")] = None,
    goods: Annotated[list[Goods] | None, typer.Option(help="Only these goods.")] = None,
    intent: Annotated[list[Intent] | None, typer.Option(help="Only this intent.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
    batch: Annotated[
        Path | None,
        typer.Option(help="A list: a handle or a word a line, or a CSV's first column."),
    ] = None,
    facets: Annotated[bool, typer.Option(help="Count hits by platform, intent, goods.")] = False,
    histogram: Annotated[bool, typer.Option(help="Count hits by day.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines instead of a table.")] = False,
) -> None:
    """Search the adverts found, newest first; or each line of a list."""
    query = Query(
        text=text,
        platforms=tuple(platform or ()),
        goods=tuple(goods or ()),
        intents=tuple(intent or ()),
        size=most,
    )
    if batch:
        _search_batch(batch, home, query, alone=not (text or facets or histogram), as_json=as_json)
        return
    counted = {"facets": facets, "histogram": histogram}
    with rooms(home) as opened:
        page = opened.index.search(query)
        if not as_json:
            show_counts(opened.index, query, **counted)
        elif facets or histogram:
            typer.echo(codec.encode(counts(opened.index, query, **counted)))
        with opened.ledger.writing() as connection:
            chain = opened.ledger.chain
            body: Body = {"query": chain.mark(text), "hits": page.total}
            chain.append(connection, "search", actor=opened.settings.operator, body=body)
            alike = opened.ledger.lexicon.living(connection).alike(text)
    if as_json:
        for hit in page.hits:
            typer.echo(codec.encode(hit))
    else:
        _show(page)
        if alike:
            typer.echo(f"means the same, search it too: {' '.join(alike)}")


def _search_batch(file: Path, home: Home, query: Query, *, alone: bool, as_json: bool) -> None:
    if not alone:
        raise InputError("--batch takes its queries from the list: no other, no --facets.")
    wrong = search_batch(file, home=home, narrowed=query, most=query.size, as_json=as_json)
    if wrong:
        raise typer.Exit(1)


def serve(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 8765,
) -> None:
    """Serve the desk's pages on this machine only."""
    import uvicorn

    from desk.web.app import build

    typer.echo("loopback only: there are no accounts yet, so nobody else may reach these pages")
    typer.echo(f"http://127.0.0.1:{port}/")
    uvicorn.run(build(settings_of(home)), host="127.0.0.1", port=port, log_level="warning")


def takedown_list(
    platform: Annotated[str, typer.Option(help="The platform that receives the list.")],
    home: Home = None,
    format: Annotated[str, typer.Option(help="csv or json.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="A file; default: the terminal.")] = None,
) -> None:
    """Write the takedown list of one platform."""
    from desk.takedown import takedown_rows, write

    with rooms(home) as opened:
        rows = takedown_rows(opened.ledger, platform)
        text = write(rows, format=format)
        with opened.ledger.writing() as connection:
            chain = opened.ledger.chain
            body: Body = {"platform": platform, "rows": len(rows), "list": chain.mark(text)}
            chain.append(connection, "export", actor=opened.settings.operator, body=body)
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
    unreviewed = sum(not row.reviewed for row in rows)
    if unreviewed:
        typer.echo(f"{unreviewed} of {len(rows)} posts are not reviewed: not to be sent", err=True)


def _show(page: Page) -> None:
    table = Table("when", "platform", "intent", "goods", "risk", "text", title=f"{page.total} hits")
    for hit in page.hits:
        found = hit.document
        table.add_row(
            f"{found.at:%Y-%m-%d}",
            found.platform,
            found.intent,
            " ".join(found.goods),
            f"{found.risk:.2f}",
            _marked(hit),
        )
    Console().print(table)


def _marked(hit: Hit) -> Text:
    text = Text(hit.document.text)
    for field, start, end in hit.marks:
        if field == "text":
            text.stylize("bold yellow", start, end)
    return text
