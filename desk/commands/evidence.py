"""`anyu evidence …`: verify what was kept, anchor it, take it out, erase it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.errors import InputError
from desk.rooms import Home, progress_bar, rooms

Root = Annotated[Path | None, typer.Option("--root", help="The authority's root certificate, PEM.")]


def verify(
    home: Home = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="A head or a pack kept elsewhere; repeatable. Shows a cut tail."),
    ] = None,
    root: Root = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
) -> None:
    """Recompute chain, anchors and evidence offline; name the first thing that does not fit."""
    from archive import codec
    from archive.anchors import read_roots
    from archive.heads import read_heads
    from archive.verification import Verification
    from crawler.warc import check

    _exists(home)
    with rooms(home) as opened, progress_bar(show=not as_json) as bar:
        trusted = root or opened.settings.tsa_root
        task = bar.add_task("observations", total=None)
        found = Verification(
            opened.ledger,
            opened.settings.anchors,
            heads=[read_heads(path, keys=opened.ledger.keys) for path in against or ()],
            roots=read_roots(trusted) if trusted else (),
            inspect=check,
            progress=lambda number: bar.update(task, completed=number),
        ).run()
    if as_json:
        typer.echo(codec.encode(found))
        return
    typer.echo(
        f"all fits: {found.lines} chain lines, {found.observations} observations, "
        f"{found.blobs} pieces of evidence, {found.erased} erased, "
        f"{found.anchors} anchors, {found.heads} heads kept elsewhere"
    )
    if not found.anchors and not found.heads:
        typer.echo(
            "no anchor and no head from outside: a tail cut off whole would not show", err=True
        )


def head(
    home: Home = None,
    out: Annotated[Path | None, typer.Option(help="A file; default: the terminal.")] = None,
) -> None:
    """Write the chain's signed head, to be kept where nobody of this house can change it."""
    from archive import codec
    from archive.heads import head_of

    _exists(home)
    with rooms(home) as opened, opened.ledger.reading() as connection:
        entry = opened.ledger.chain.head(connection)
        if entry is None:
            raise InputError("The chain has no line yet.")
        text = codec.encode(head_of(entry, opened.ledger.keys))
    if out is None:
        typer.echo(text)
    else:
        _write(out, text)


def anchor(
    home: Home = None,
    url: Annotated[str | None, typer.Option(help="Default: ANYU_TSA_URL.")] = None,
    root: Root = None,
) -> None:
    """Have the chain's head stamped by a time-stamping authority (RFC 3161)."""
    from archive import anchors

    _exists(home)
    with rooms(home) as opened:
        settings = opened.settings
        address = url or settings.tsa_url
        if not address:
            raise InputError("Name a time-stamping authority with --url or ANYU_TSA_URL.")
        made = anchors.anchor(
            opened.ledger,
            settings.anchors,
            address,
            roots=anchors.read_roots(root or settings.tsa_root),
            actor=settings.operator,
        )
        if made is None:
            typer.echo("nothing to anchor: the chain has no line since the last anchor")
            return
    typer.echo(f"line {made.head.seq} anchored at {made.time}: {settings.anchors / made.file}")


def erase(
    observations: Annotated[list[int], typer.Argument(help="Numbers of observations.")],
    case: Annotated[str, typer.Option(help="The case or request that asks for it.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the chain as a keyed digest.")],
    home: Home = None,
) -> None:
    """Destroy the keys of observations for good; a signed tombstone stays in the chain."""
    from archive.custody import Erasure
    from archive.custody import erase as destroy

    _exists(home)
    _given(case=case, reason=reason)
    with rooms(home) as opened:
        for number in observations:
            order = Erasure(
                observation=number, case=case, reason=reason, actor=opened.settings.operator
            )
            entry = destroy(opened.ledger, order)
            typer.echo(f"observation {number} erased; its tombstone is chain line {entry.seq}")


def _exists(home: Path | None) -> None:
    """Refuse a home that is not there, as a typing error must not make an empty one."""
    from desk.rooms import settings_of

    settings = settings_of(home)
    if settings.ledger_url is None and not (settings.home / "ledger.db").exists():
        raise InputError(f"There is no archive in {settings.home}: name its folder with --home.")


def _given(**words: str) -> None:
    for name, word in words.items():
        if not word.strip():
            raise InputError(f"The {name} is empty: it must be told.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
