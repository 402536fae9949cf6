"""What `anyu search` shows beside its hits: batches, facets, the histogram."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive import codec
from archive.index import Index, Query
from archive.index.protocol import FACETS, Bucket
from desk.batch import BatchError, BatchRow, note, read_file, search_all
from desk.rooms import Home, progress_bar, rooms

_SHOWN = 3  # keys in a cell of the table
_WIDEST = 50  # signs of the longest bar


def search_batch(file: Path, *, home: Home, narrowed: Query, most: int, as_json: bool) -> int:
    """Search a list; return how many lines were wrong."""
    read = read_file(file)
    if read.heading:
        typer.echo(f"the heading {read.heading!r} is passed over", err=True)
    if read.comments:
        typer.echo(f"lines with # at the beginning are passed over: {read.comments}", err=True)
    table = Table("line", "query", "hits", "platforms", "first", "last", "posts")
    for column in table.columns:
        column.overflow = "fold"
    wrong = hits = 0
    with rooms(home) as opened, progress_bar() as bar:
        task = bar.add_task("searching", total=len(read.lines))
        for row in search_all(opened.index, read.lines, narrowed=narrowed, most=most):
            bar.advance(task)
            wrong += isinstance(row, BatchError)
            hits += row.hits if isinstance(row, BatchRow) else 0
            if as_json:
                typer.echo(codec.encode(row))
            else:
                table.add_row(*_cells(row))
        note(opened, read.lines, hits)
    if not as_json:
        Console().print(table)
    if wrong:
        typer.echo(f"{wrong} of {len(read.lines)} lines could not be searched", err=True)
    return wrong


def show_counts(index: Index, query: Query, *, facets: bool, histogram: bool) -> None:
    """Print hits by facet and by day."""
    if facets:
        for facet in FACETS:
            _table(facet, index.facets(query, facet))
    if histogram:
        _table("day", index.histogram(query))


def counts(index: Index, query: Query, *, facets: bool, histogram: bool) -> dict[str, object]:
    """Give hits by facet and by day as one record."""
    found: dict[str, object] = {}
    if facets:
        found["facets"] = {facet: index.facets(query, facet) for facet in FACETS}
    if histogram:
        found["days"] = index.histogram(query)
    return found


def _cells(row: BatchRow | BatchError) -> tuple[str, ...]:
    line, query = str(row.line), escape(row.query)
    if isinstance(row, BatchError):
        return line, query, "", "", "", "", f"[red]{escape(row.error)}[/]"
    platforms = " ".join(f"{bucket.value} {bucket.count}" for bucket in row.platforms)
    more = f" +{row.hits - _SHOWN}" if row.hits > _SHOWN else ""
    keys = escape(" ".join(row.keys[:_SHOWN]) + more)
    return line, query, str(row.hits), escape(platforms), row.first or "", row.last or "", keys


def _table(name: str, buckets: list[Bucket]) -> None:
    table = Table(name, "hits", "")
    most = max((bucket.count for bucket in buckets), default=1)
    for bucket in buckets:
        bar = "█" * max(1, round(_WIDEST * bucket.count / most))
        table.add_row(escape(bucket.value), str(bucket.count), bar)
    Console().print(table)
