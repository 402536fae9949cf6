"""`anyu model …`: which models there are, and which one a home judges with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from archive.errors import InputError
from archive.ledger.models import ModelUse
from archive.settings import Settings
from desk.rooms import Home, Rooms, ledger_there, progress_bar, rooms, settings_of


def model_list(home: Home = None) -> None:
    """List the models that ship and those that the home keeps."""
    from classifier.manifest import read_manifest
    from classifier.models import chosen_model, known_models

    settings = settings_of(home)
    with ledger_there(settings) as ledger:
        used = read_manifest(chosen_model(settings, ledger)).id
    table = Table("", "model", "kind", "threshold", "to people")
    for name, folder in known_models(settings).items():
        manifest = read_manifest(folder)
        band = "–" if manifest.abstain is None else "{:g} to {:g}".format(*manifest.abstain)
        mark = "in use" if manifest.id == used else ""
        kind = manifest.kind.partition(":")[0].partition(",")[0]
        table.add_row(mark, name, kind, f"{manifest.threshold:g}", band)
    Console().print(table)


def model_show(
    model: Annotated[str, typer.Argument(help="An id or a folder; default: in use.")] = "",
    home: Home = None,
) -> None:
    """Show what a model says of itself, and when the home used which."""
    from classifier.manifest import read_manifest
    from classifier.models import chosen_model, find_model

    settings = settings_of(home)
    with ledger_there(settings) as ledger:
        folder = find_model(model, settings) if model else chosen_model(settings, ledger)
    manifest = read_manifest(folder)
    table = Table("", manifest.id, show_header=True)
    for name in ("kind", "base", "licence", "threshold", "review_threshold", "abstain", "seed"):
        table.add_row(name.replace("_", " "), str(getattr(manifest, name)))
    for name, value in manifest.scores.items():
        table.add_row(name.replace("_", " "), f"{value:g}")
    table.add_row("learned", ", ".join(sorted(manifest.classes)))
    table.add_row("trained on", f"{len(manifest.sources)} sources")
    table.add_row("folder", str(folder))
    for use in _uses(settings):
        table.add_row(f"{use.used_at:%Y-%m-%d %H:%M}", f"{use.operator} took {use.model} into use")
    Console().print(table)


def model_use(
    model: Annotated[str, typer.Argument(help="An id or a folder, which the home copies.")] = "",
    home: Home = None,
    back: Annotated[bool, typer.Option("--back", help="Take the model used before.")] = False,
    later: Annotated[bool, typer.Option("--later", help="Leave the judging to a worker.")] = False,
) -> None:
    """Judge with another model from now on, and judge the stored posts again.

    Crawls, imports and searches go on meanwhile. A run that was cut off goes on with the same
    command; until then a post has its older verdict.
    """
    from classifier.models import find_model, keep_model
    from desk.commands.importing import judge_waiting

    if bool(model) == back:
        raise InputError("Say which model, or --back for the one used before.")
    with rooms(home) as opened:
        if opened.settings.model:
            raise InputError(
                f"ANYU_MODEL ({opened.settings.model}) outranks what a home uses: unset it first."
            )
        name = _before(opened) if back else model
        used = _take(opened, keep_model(find_model(name, opened.settings), opened.settings))
        waiting = _promise(opened, used)
        typer.echo(f"{used} is in use; {waiting} posts wait to be judged again")
        if not later:
            judge_waiting(opened, quiet=False)


def _uses(settings: Settings) -> list[ModelUse]:
    if not settings.home.exists():
        return []
    with rooms(settings.home) as opened, opened.ledger.reading() as connection:
        return list(opened.ledger.models.all(connection))


def _before(opened: Rooms) -> str:
    """Give the model used before; before the first choice it was the shipped one."""
    from classifier.models import DEFAULT

    with opened.ledger.reading() as connection:
        uses = [use.model for use in opened.ledger.models.all(connection)]
    before = next((name for name in [*uses, DEFAULT] if uses and name != uses[0]), None)
    if before is None:
        raise InputError("This home has used one model only: name another.")
    return before


def _take(opened: Rooms, folder: Path) -> str:
    """Note the model as in use, in the ledger and the chain; give its id."""
    from classifier.judge import Choice, Judge
    from classifier.manifest import NAME, read_manifest, sha256
    from classifier.models import chosen_model

    Judge.load(Choice(model=folder))  # what cannot be loaded is not taken into use
    name, ledger, operator = read_manifest(folder).id, opened.ledger, opened.settings.operator
    before = read_manifest(chosen_model(opened.settings, ledger)).id
    use = ModelUse(
        model=name, manifest=sha256(folder / NAME), used_at=datetime.now(UTC), operator=operator
    )
    with ledger.writing() as connection:
        current = ledger.models.current(connection)
        if current is None or (current.model, current.manifest) != (use.model, use.manifest):
            ledger.models.add(connection, use)
            body = {"model": name, "before": before, "manifest": use.manifest}
            ledger.chain.append(connection, "model", actor=operator, body=body)
    return name


def _promise(opened: Rooms, model: str) -> int:
    """Put posts that another model judged last into the outbox; give how many wait."""
    ledger, after = opened.ledger, 0
    with progress_bar() as bar:
        task = bar.add_task("looking for what another model judged", total=None)
        while True:
            with ledger.writing() as connection:
                promised, last = ledger.models.judge_again(connection, model, after=after)
            if last is None:
                break
            bar.advance(task, promised)
            after = last
    with ledger.reading() as connection:
        return ledger.to_judge.waiting(connection)
