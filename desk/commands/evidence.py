"""`anyu evidence …`: verify what was kept, anchor it, take it out, erase it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from archive.chain import Body
from archive.errors import InputError
from archive.heads import Head
from archive.keys import Keys
from desk.rooms import Home, Rooms, progress_bar, rooms

_AT_ONCE = 500

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
    from archive.verification import Verification
    from crawler.warc import check

    _exists(home)
    with rooms(home) as opened, progress_bar(show=not as_json) as bar:
        trusted = root or opened.settings.tsa_root
        task = bar.add_task("observations", total=None)
        found = Verification(
            opened.ledger,
            opened.settings.anchors,
            heads=[_head(path, opened.ledger.keys) for path in against or ()],
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


def pack(
    case: Annotated[str, typer.Argument(help="The case number that the pack is for.")],
    home: Home = None,
    post: Annotated[
        list[str] | None, typer.Option(help="Key of a post, platform:id; repeatable.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="Every advert that this search finds.")] = None,
    reason: Annotated[
        str, typer.Option(help="Why victims' data is needed in clear; without one it is masked.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="The ZIP file; default: named by case.")] = None,
) -> None:
    """Write the evidence of adverts as one ZIP: WARC, screenshots, manifest, report."""
    from desk.packing.pack import PackOrder
    from desk.packing.pack import pack as packed

    _exists(home)
    _given(case=case)
    if reason and not reason.strip():
        raise InputError("The reason is empty: tell it, or leave --reason out for a masked pack.")
    with rooms(home) as opened:
        keys = [*(post or ()), *(_hits(opened, search) if search else ())]
        if not keys:
            told = f"The search {search!r} finds no advert" if search else "No post is named"
            raise InputError(f"{told}: name posts with --post or --search.")
        path = out or Path(f"{_file_name(case)}.zip")
        made = packed(opened, PackOrder(case=case, posts=keys, reason=reason, out=path))
    masked = "in clear" if reason else "masked"
    typer.echo(f"{path}: {len(made.posts)} posts, {len(made.fetched)} fetches, {masked}")


def screenshots(
    purpose: Annotated[str, typer.Option(help="Stands in the job and in the chain.")],
    legal_basis: Annotated[str, typer.Option(help="Stands in the job and in the chain.")],
    home: Home = None,
    most: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 100,
    base_url: Annotated[
        str | None, typer.Option(help="The sandbox, the only private address that is opened.")
    ] = None,
    despite_robots: Annotated[
        bool, typer.Option(help="Pass over robots.txt, on the legal basis given.")
    ] = False,
) -> None:
    """Photograph, from top to bottom, adverts that have no screenshot yet."""
    from desk.screenshots import ScreenshotOrder, take_screenshots

    _exists(home)
    _given(purpose=purpose, **{"legal basis": legal_basis})
    with rooms(home) as opened:
        order = ScreenshotOrder(
            purpose=purpose,
            legal_basis=legal_basis,
            most=most,
            base_url=base_url,
            despite_robots=despite_robots,
        )
        taken = take_screenshots(opened, order)
    typer.echo(f"{taken.screenshots} screenshots, {taken.failed} failed")
    if taken.failed:
        typer.echo(f"the first: {taken.why}", err=True)
        raise typer.Exit(1)


def _head(path: Path, keys: Keys) -> Head:
    """Read a head kept elsewhere; a pack is checked whole."""
    import zipfile

    from archive.heads import read_heads
    from desk.packing.checking import check_pack

    if path.exists() and zipfile.is_zipfile(path):
        check_pack(path, public=keys.public)
    return read_heads(path, keys=keys)


def _hits(opened: Rooms, text: str) -> list[str]:
    """Give the keys of all hits, and write the search to the chain."""
    from archive.index import Query

    keys: list[str] = []
    page = opened.index.search(Query(text=text, size=_AT_ONCE))
    keys += [hit.document.key for hit in page.hits]
    while page.after:
        page = opened.index.search(Query(text=text, size=_AT_ONCE, after=page.after))
        keys += [hit.document.key for hit in page.hits]
    with opened.ledger.writing() as connection:
        chain = opened.ledger.chain
        body: Body = {"query": chain.mark(text), "hits": page.total}
        chain.append(connection, "search", actor=opened.settings.operator, body=body)
    return keys


def _file_name(case: str) -> str:
    """Give a case number as a file name: it may hold slashes and brackets."""
    return re.sub(r"[^\w.-]+", "-", case).strip("-.")[:80] or "case"


def _exists(home: Path | None) -> None:
    """Refuse a home that is not there, as a typing error must not make an empty one."""
    from desk.rooms import settings_of

    settings = settings_of(home)
    if not settings.has_ledger:
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
