"""`anyu revisit`: known adverts again, on a schedule that grows rarer, until they are gone."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from archive.ledger.looks import LookOutcome
from archive.ledger.units import Scope, Work
from desk.crawls import checked_base, tell, work
from desk.rooms import Home, Rooms, rooms

if TYPE_CHECKING:
    from crawler.revisits import Stay

_PURPOSE = "see whether known adverts still stand"


def revisit(
    home: Home = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is not due yet.")] = False,
    session: Annotated[str | None, typer.Option(help="Ask with a stored session.")] = None,
    pages: Annotated[int | None, typer.Option(min=1, help="Fetch no more pages.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="Begin no page after this.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Ask here: a sandbox.")] = None,
    report: Annotated[bool, typer.Option(help="Only say what became of the adverts.")] = False,
    edits: Annotated[bool, typer.Option(help="Show what edits changed.")] = False,
) -> None:
    """Look at known adverts again: alive, edited, gone, account gone."""
    from crawler.platforms.catalogue import load
    from crawler.revisits import stays, watch_hits

    if platform:
        load(platform, base_url=checked_base(base_url))
    with rooms(home) as opened:
        if not report:
            watch_hits(opened.ledger)
            due = _due(opened, platform, everything=everything)
            if not due:
                typer.echo("no advert is due")
            elif len(due) > 1:
                typer.echo(f"due on {', '.join(due)}: name one with --platform")
                raise typer.Exit(2)
            for name, posts in due.items():
                _open(opened, name, posts, session)
                told = work(
                    opened, name, base_url=base_url, session=session, pages=pages, minutes=minutes
                )
                tell(opened, name, told)
        if edits:
            _show_edits(opened)
        with opened.ledger.reading() as connection:
            counts = opened.ledger.looks.count(connection)
        found = [stay for stay in stays(opened.ledger) if _is_of(stay, platform)]
    _show(counts, found)


def _is_of(stay: Stay, platform: str | None) -> bool:
    return platform is None or stay.key.startswith(f"{platform}:")


def _due(opened: Rooms, platform: str | None, *, everything: bool) -> dict[str, list[str]]:
    now = datetime.max.replace(tzinfo=UTC) if everything else datetime.now(UTC)
    with opened.ledger.reading() as connection:
        keys = opened.ledger.looks.due(connection, now=now, platform=platform)
    found: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        name, _, post = key.partition(":")
        found[name].append(post)
    return dict(found)


def _open(opened: Rooms, platform: str, posts: list[str], session: str | None) -> None:
    from crawler.frontier import Frontier, Order

    order = Order(
        platform=platform,
        queries=posts,
        work=Work.POST,
        scope=Scope(follow=(Work.ACCOUNT,), pictures=False, revisit=True, session=session),
        operator=opened.settings.operator,
        purpose=_PURPOSE,
        name=f"re-visit {datetime.now(UTC):%Y-%m-%d %H:%M}",
    )
    Frontier(opened.ledger).open(order)


def _show(counts: dict[LookOutcome, int], found: list[Stay]) -> None:
    console = Console()
    table = Table(*(outcome.value for outcome in LookOutcome), title="Adverts, by their last look")
    table.add_row(*(str(counts.get(outcome, 0)) for outcome in LookOutcome))
    console.print(table)
    gone = [stay for stay in found if stay.gone]
    if gone:
        hours = [(s.gone - s.first_seen).total_seconds() / 3600 for s in gone if s.gone]
        console.print(
            f"{len(gone)} of {len(found)} are gone; from first seen to seen gone: "
            f"median {statistics.median(hours):.1f} h",
            highlight=False,
        )
    for words, number in _words(gone):
        console.print(f"{number} with the words: {words}", markup=False, highlight=False)


def _words(gone: list[Stay]) -> list[tuple[str, int]]:
    counted: dict[str, int] = defaultdict(int)
    for stay in gone:
        counted[stay.words or "(none)"] += 1
    return sorted(counted.items(), key=lambda pair: -pair[1])


def _show_edits(opened: Rooms) -> None:
    from archive.masking import mask
    from crawler.revisits import diff

    console = Console()
    with opened.ledger.reading() as connection:
        for stored in opened.ledger.posts.scan(connection):
            if stored.version == 1:
                continue
            old, new = opened.ledger.posts.versions(connection, stored.post.key)[-2:]
            console.print(stored.post.key, style="bold", markup=False)
            for line in diff(mask(old.post.text), mask(new.post.text)):
                console.print(line, markup=False, highlight=False)
