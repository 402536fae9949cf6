"""Opening the parts that a command works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from archive.alerts import Holder, Teller, Told
from archive.errors import IndexMovedError
from archive.index import Index
from archive.index.feeding import feed
from archive.index.opening import open_index
from archive.ledger.ledger import Ledger
from archive.lexicon import Lexicon, base
from archive.settings import Settings

Home = Annotated[Path | None, typer.Option("--home", help="Folder of ledger, index and evidence.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """An open archive."""

    settings: Settings
    ledger: Ledger
    index: Index


def settings_of(home: Path | None) -> Settings:
    """Give the settings, with the folder that a command named."""
    return Settings(home=home) if home else Settings()


@contextmanager
def rooms(home: Path | None) -> Iterator[Rooms]:
    """Open the archive of a home and close it."""
    with opened(settings_of(home)) as found:
        yield found


@contextmanager
def opened(settings: Settings) -> Iterator[Rooms]:
    """Open the archive that settings name and close it."""
    ledger = Ledger.open(settings)
    with ledger.reading() as connection:
        place = ledger.place.get(connection)
    url = settings.index_url or (place.engine if place else None)
    index = open_index(settings, url, fed=place is not None and place.engine == url)
    if lacking := index.lacking():
        typer.echo(lacking, err=True)
    try:
        yield Rooms(settings=settings, ledger=ledger, index=index)
    finally:
        index.close()
        ledger.close()


@contextmanager
def ledger_there(settings: Settings) -> Iterator[Ledger | None]:
    """Open the ledger of a home that has one; make none."""
    if not settings.has_ledger:
        yield None
        return
    with closing(Ledger.open(settings)) as ledger:
        yield ledger


def living_lexicon(ledger: Ledger | None) -> Lexicon:
    """Give the lexicon in force in a ledger; the base where there is none."""
    if ledger is None:
        return base()
    with ledger.reading() as connection:
        return ledger.lexicon.living(connection)


def feed_waiting(
    opened: Rooms, *, progress: Callable[[int], None] | None = None, tell: bool = True
) -> int:
    """Index what waits, also in an index that took over, and alert on what saved searches find.

    ``tell=False`` leaves the telling to whoever comes next.
    """
    try:
        return _feed(opened, progress)
    finally:
        Holder(opened.ledger, opened.settings).run()
        if tell:
            tell_alerts(opened)


def tell_alerts(opened: Rooms, *, put_off: bool = False) -> Told:
    """Tell alerts that wait; ``put_off`` tries again at once what failed a while ago."""

    def terminal(sentence: str) -> None:
        typer.echo(sentence, err=True)

    return Teller(opened.ledger, opened.settings, terminal=terminal).run(put_off=put_off)


def _feed(opened: Rooms, progress: Callable[[int], None] | None) -> int:
    try:
        return feed(opened.ledger, opened.index, progress=progress)
    except IndexMovedError as moved:
        if opened.settings.index_url:
            raise
        with closing(open_index(opened.settings, moved.to)) as index:
            return feed(opened.ledger, index, progress=progress)


def progress_bar(*, show: bool = True) -> Progress:
    """Give a progress bar on the error stream, so that output can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(*columns, TimeElapsedColumn(), console=console, disable=not show)
