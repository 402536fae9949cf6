"""`anyu backup` and `anyu restore`: what to do before and after a disk is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.rooms import Home, settings_of

Folder = Annotated[
    Path, typer.Argument(help="Folder of the backup: ledger, evidence, models, anchors.")
]
Keys = Annotated[Path | None, typer.Option("--keys", help="Folder of the keys, apart from it.")]


def backup(folder: Folder, home: Home = None, keys: Keys = None) -> None:
    """Copy one moment of the archive into a new folder, while others go on writing."""
    from archive.backup import back_up

    made = back_up(settings_of(home), folder, keys=keys)
    typer.echo(f"{made.posts} posts, {made.chain} chain lines, {len(made.files)} files: {folder}")
    if made.missing:
        typer.echo(
            f"{len(made.missing)} pieces of evidence have no file here, the first "
            f"{made.missing[0]}: they were lost before, or erased just now",
            err=True,
        )
    if keys is None:
        typer.echo("without the keys, and unreadable without them: --keys OTHER_FOLDER", err=True)


def restore(folder: Folder, home: Home = None, keys: Keys = None) -> None:
    """Verify a backup and put it in the place of what was lost; nothing is overwritten."""
    from archive.backup import restore as put_back

    made = put_back(settings_of(home), folder, keys=keys)
    typer.echo(
        f"{made.posts} posts, {made.chain} chain lines and {len(made.files)} files "
        f"of {made.made_at:%Y-%m-%d %H:%M} UTC verified and put back"
    )
    typer.echo("now build the search index from them: anyu index rebuild")
