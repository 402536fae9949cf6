"""`anyu session …`: operators' own log-ins, tested, sealed, never replaced by a dead one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from archive.errors import AnyuError, InputError
from desk.crawls import checked_base, look, open_session
from desk.rooms import Home, Rooms, rooms

PlatformName = Annotated[str, typer.Argument(help="The platform.")]
Name = Annotated[str, typer.Option("--name", help="How you call the session.")]
BaseUrl = Annotated[str | None, typer.Option(help="Ask here and not the real hosts: a sandbox.")]


def add(
    platform: PlatformName,
    file: Annotated[
        Path,
        typer.Option(help="Storage state, cookie export, cookies.txt, Cookie header; - is stdin."),
    ],
    home: Home = None,
    name: Name = "main",
    base_url: BaseUrl = None,
) -> None:
    """Test a session and keep it encrypted; one that is logged out replaces nothing."""
    from crawler.frontier import LOOKED
    from crawler.platforms.catalogue import load
    from crawler.sessions import read_session

    made = load(platform, base_url=checked_base(base_url))
    doorstep = made.doorstep()
    if doorstep is None:
        raise InputError(f"{platform} is read without a log-in: it takes no session.")
    given = read_session(name, _read(file))
    with rooms(home) as opened:
        [met] = look(opened, made, [doorstep], base_url=base_url, session=given)
        if met.state not in LOOKED:
            raise AnyuError(
                f"The session met {met.state} ({met.reason}): it was not kept, "
                "and a stored one of its name stays as it is."
            )
        with opened.ledger.writing() as connection:
            opened.ledger.sessions.put(
                connection, platform, name, given.pack(), state=met.state, reason=met.reason
            )
            _note(opened, connection, "session added", platform, name)
    typer.echo(f"{platform}: the session {name} is logged in and kept, encrypted")


def check(
    platform: PlatformName, home: Home = None, name: Name = "main", base_url: BaseUrl = None
) -> None:
    """Say whether a stored session is still logged in."""
    from crawler.frontier import LOOKED
    from crawler.platforms.catalogue import load

    made = load(platform, base_url=checked_base(base_url))
    doorstep = made.doorstep()
    if doorstep is None:
        raise InputError(f"{platform} is read without a log-in: it takes no session.")
    with rooms(home) as opened:
        kept = open_session(opened, platform, name)
        [met] = look(opened, made, [doorstep], base_url=base_url, session=kept)
        with opened.ledger.writing() as connection:
            opened.ledger.sessions.checked(
                connection, platform, name, state=met.state, reason=met.reason
            )
    if met.state not in LOOKED:
        raise AnyuError(f"{platform}: the session {name} met {met.state} ({met.reason}).")
    typer.echo(f"{platform}: the session {name} is logged in")


def show_all(home: Home = None) -> None:
    """List the stored sessions, never what is in them."""
    with rooms(home) as opened, opened.ledger.reading() as connection:
        kept = opened.ledger.sessions.all(connection)
    table = Table("platform", "name", "last test", "when", "added")
    for one in kept:
        when = f"{one.checked_at:%Y-%m-%d %H:%M}" if one.checked_at else ""
        told = f"{one.page_state or 'untested'} {one.reason}".strip()
        table.add_row(one.platform, one.name, told, when, f"{one.added_at:%Y-%m-%d %H:%M}")
    Console().print(table)


def remove(platform: PlatformName, home: Home = None, name: Name = "main") -> None:
    """Forget a session."""
    with rooms(home) as opened, opened.ledger.writing() as connection:
        if not opened.ledger.sessions.remove(connection, platform, name):
            raise InputError(f"There is no session {name!r} for {platform}.")
        _note(opened, connection, "session removed", platform, name)
    typer.echo(f"{platform}: the session {name} is removed")


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The session {file} cannot be read: {error}.") from error


def _note(opened: Rooms, connection: Connection, kind: str, platform: str, name: str) -> None:
    body: dict[str, str | int | None] = {"platform": platform, "name": name}
    opened.ledger.chain.append(connection, kind, actor=opened.settings.operator, body=body)
