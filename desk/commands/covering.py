"""`anyu crawl coverage`: what was seen and what was not, for the terminal, pipes and a browser."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from archive.errors import InputError
from desk.rooms import Home, rooms

if TYPE_CHECKING:
    from crawler.coverage import Estimate, Report

_SHOWN_ESTIMATES = 10
_COLUMNS = (
    *("platform", "query", "work", "window", "state", "extent"),
    *("pages", "refetched", "lapsed"),
)


def coverage(
    home: Home = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
) -> None:
    """Report coverage by platform, query, window, state and extent, with an estimate."""
    from crawler.coverage import report

    with rooms(home) as opened:
        found = report(opened.ledger, platform=platform)
    if html:
        _write(html, found)
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False, indent=1))
    elif not html:
        _show(found)


def _plain(found: Report) -> dict[str, object]:
    return {
        "saw_it_all": found.saw_it_all,
        "coverage": [{**asdict(row), "saw_it_all": row.saw_it_all} for row in found.rows],
        "unfinished": dict(found.unfinished),
        "estimates": [{**asdict(one), "sure": one.sure} for one in found.estimates],
    }


def _write(path: Path, found: Report) -> None:
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("desk", "web/templates"), autoescape=True)
    try:
        path.write_text(pages.get_template("coverage.html").render(report=found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"The page cannot be written to {path}: {error.strerror}.") from error
    typer.echo(f"written to {path}")


def _show(found: Report) -> None:
    console = Console()
    table = Table(*_COLUMNS)
    for row in found.rows:
        style = "" if row.saw_it_all else "yellow"
        extent = f"{row.extent}, split" if row.split else row.extent
        counts = (str(row.pages), str(row.refetches or ""), str(row.lapses or ""))
        told = (row.platform, row.query, row.work, row.window or "all", row.state, extent)
        table.add_row(*told, *counts, style=style)
    console.print(table)
    for name, why in found.unfinished.items():
        console.print(f"not finished: job {name}: {why}", markup=False, highlight=False)
    for one in found.estimates[:_SHOWN_ESTIMATES]:
        console.print(_estimated(one), markup=False, highlight=False)
    console.print("all was seen" if found.saw_it_all else "not all was seen: the yellow lines")


def _estimated(one: Estimate) -> str:
    doubt = "" if one.sure else "; too few are shared to rely on it"
    return (
        f"{one.platform}: {one.first} ({one.first_seen}) and {one.second} ({one.second_seen}) "
        f"share {one.shared}: at least about {one.total:.0f} posts "
        f"(95 %: {one.low:.0f} to {one.high:.0f}){doubt}"
    )
