"""`anyu lexicon …`: the words of the trade, from proposal to retirement."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive import codec
from archive.errors import InputError
from archive.labels import Goods
from archive.ledger.lexicon import Change, check
from archive.lexicon import APPROVED, Entry, dump
from archive.settings import Settings
from desk.rooms import Home, rooms

Word = Annotated[str, typer.Argument(help="A word of the trade.")]
Why = Annotated[str, typer.Option(help="Why; kept with the change.")]


class Status(StrEnum):
    """Where a word stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RETIRED = "retired"


class Shape(StrEnum):
    """How a lexicon is written: whole, or only its words to search with."""

    JSON = "json"
    WORDS = "words"


def show_all(
    home: Home = None,
    status: Annotated[Status | None, typer.Option(help="Only words that stand so.")] = None,
    goods: Annotated[list[Goods] | None, typer.Option(help="Only words of these goods.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines instead of a table.")] = False,
) -> None:
    """List the words with their newest change."""
    with rooms(home) as opened, opened.ledger.reading() as connection:
        version = opened.ledger.lexicon.living(connection).version
        changes = [
            change
            for change in opened.ledger.lexicon.all(connection)
            if (status is None or change.entry.status == status)
            and (not goods or set(goods) & set(change.entry.goods))
        ]
    if as_json:
        for change in changes:
            typer.echo(codec.encode(change))
    else:
        _show(changes, title=f"{len(changes)} terms; the lexicon in force is {version}")


def show(term: Word, home: Home = None) -> None:
    """Show a word with all that was ever done to it."""
    with rooms(home) as opened, opened.ledger.reading() as connection:
        steps = opened.ledger.lexicon.history(connection, term)
        alike = opened.ledger.lexicon.living(connection).alike(term)
    if not steps:
        raise InputError(f"There is no term {term!r} in the lexicon.")
    _show_steps(steps)
    if alike:
        typer.echo(f"means the same: {' '.join(alike)}")


def propose(
    term: Word,
    home: Home = None,
    gloss: Annotated[str, typer.Option(help="What it means, in a few words.")] = "",
    goods: Annotated[list[Goods] | None, typer.Option(help="What it names; repeat.")] = None,
    unless: Annotated[
        list[str] | None, typer.Option(help="An innocent longer word that holds it; repeat.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where it was met.")] = "",
    reason: Why = "",
) -> None:
    """Propose a word, measured on the corpus; what a known word does not say stays as it was."""
    with rooms(home) as opened:
        with opened.ledger.reading() as connection:
            steps = opened.ledger.lexicon.history(connection, term)
        old = steps[-1].entry if steps else None
        entry = Entry(
            term=term,
            gloss=gloss or (old.gloss if old else ""),
            goods=tuple(goods or (old.goods if old else ())),
            unless=tuple(unless or (old.unless if old else ())),
            source=source or (old.source if old else opened.settings.operator),
        )
        check(entry, known=bool(steps))
        held = _measured(entry, opened.settings)
        with opened.ledger.writing() as connection:
            change = opened.ledger.lexicon.propose(
                *(connection, replace(entry, precision=held)),
                actor=opened.settings.operator,
                reason=reason,
            )
    _tell(change)


def approve(term: Word, home: Home = None, reason: Why = "") -> None:
    """Approve a proposal: from now on it is marked, searched for and never dropped unread."""
    with rooms(home) as opened, opened.ledger.writing() as connection:
        actor = opened.settings.operator
        change = opened.ledger.lexicon.approve(connection, term, actor=actor, reason=reason)
    _tell(change)


def retire(term: Word, home: Home = None, reason: Why = "") -> None:
    """Retire a word, of the base too, or turn a proposal down."""
    with rooms(home) as opened, opened.ledger.writing() as connection:
        actor = opened.settings.operator
        change = opened.ledger.lexicon.retire(connection, term, actor=actor, reason=reason)
    _tell(change)


def export(
    home: Home = None,
    out: Annotated[Path | None, typer.Option(help="A file; default: the terminal.")] = None,
    format: Annotated[
        Shape, typer.Option(help="The whole, or the words to crawl with.")
    ] = Shape.JSON,
    goods: Annotated[list[Goods] | None, typer.Option(help="Words of these goods only.")] = None,
) -> None:
    """Write the lexicon in force; of its words those first that are surest."""
    with rooms(home) as opened, opened.ledger.reading() as connection:
        lexicon = opened.ledger.lexicon.living(connection)
    if format is Shape.WORDS:
        words = [word for label in goods or Goods for word in lexicon.seeds(label)]
        text = "".join(f"{word}\n" for word in dict.fromkeys(words))
    elif goods:
        raise InputError("Goods choose words only: add --format words.")
    else:
        text = dump(lexicon) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The output {out} cannot be written: {error.strerror}.") from error


def _measured(entry: Entry, settings: Settings) -> float | None:
    from classifier.training.terms import measure_word

    held = measure_word(entry, settings.corpus)
    typer.echo(f"{held.adverts} adverts and {held.others} other posts of the corpus hold it")
    return held.precision


def _tell(change: Change) -> None:
    entry = change.entry
    typer.echo(f"{entry.term}: {entry.status}")
    if entry.status == APPROVED:
        typer.echo("marked, searched and never dropped from now on; verdicts given before stay")


def _show(changes: list[Change], *, title: str) -> None:
    table = Table("term", "status", "goods", "gloss", "precision", "who", title=title)
    for change in changes:
        entry = change.entry
        table.add_row(
            *(escape(entry.term), entry.status, " ".join(entry.goods), escape(entry.gloss)),
            "–" if entry.precision is None else f"{entry.precision:.2f}",
            escape(change.actor),
        )
    Console().print(table)


def _show_steps(steps: list[Change]) -> None:
    entry = steps[-1].entry
    said = [
        f"{entry.term}: {entry.gloss}",
        f"goods: {' '.join(entry.goods) or 'none'}",
        f"not in: {' '.join(entry.unless) or 'no longer word'}",
        f"precision: {'too few posts' if entry.precision is None else entry.precision}",
        f"source: {entry.source}",
        *(_step(change) for change in steps),
    ]
    typer.echo("\n".join(said))


def _step(change: Change) -> str:
    when = f"{change.at:%Y-%m-%d %H:%M} UTC" if change.at else "shipped"
    return f"{change.entry.status}, {when}, {change.actor} {change.reason}".rstrip()
