"""Opening the parts that a command works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from archive.index import Index
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
    settings = settings_of(home)
    ledger = Ledger.open(settings)
    with ledger.reading() as connection:
        place = ledger.place.get(connection)
    index = open_index(settings, settings.index_url or (place.engine if place else None))
    try:
        yield Rooms(settings=settings, ledger=ledger, index=index)
    finally:
        index.close()
        ledger.close()


def living_lexicon(home: Path | None) -> Lexicon:
    """Give the lexicon of a home's ledger; the base where there is no ledger, and make none."""
    settings = settings_of(home)
    if settings.ledger_url is None and not settings.ledger_file.exists():
        return base()
    ledger = Ledger.open(settings)
    try:
        with ledger.reading() as connection:
            return ledger.lexicon.living(connection)
    finally:
        ledger.close()


def progress_bar(*, show: bool = True) -> Progress:
    """Give a progress bar on the error stream, so that output can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(*columns, TimeElapsedColumn(), console=console, disable=not show)
