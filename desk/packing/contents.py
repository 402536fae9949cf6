"""What goes into a pack: posts that are adverts, and every fetch that proves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive.errors import EvidenceError, InputError
from archive.records import Observation
from crawler.warc import Exchange, reopen
from desk.packing.masked import masked_picture, masked_warc
from desk.rooms import Rooms
from desk.web import reading
from desk.web.views import PostView

_ENDINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file of a pack; ``evidence`` is the SHA-256 under which the original is kept.

    A masked copy has another digest than its evidence. ``withheld`` says why there is no file.
    """

    path: str
    kind: str
    observation: int | None
    evidence: str
    data: bytes = b""
    withheld: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One observation in a pack, with what its WARC record tells of the line."""

    observation: Observation
    query: str
    server: str | None = None
    tls: str | None = None
    removed: tuple[str, ...] = ()


def posts_of(rooms: Rooms, keys: Sequence[str], *, clear: bool) -> list[PostView]:
    """Give the posts as a page shows them; raises ``InputError`` for one that is no advert."""
    views: list[PostView] = []
    for key in dict.fromkeys(keys):
        view = reading.post(rooms, key, clear=clear)
        if view is None:
            raise InputError(f"{key} is no advert in this archive: only adverts leave in a pack.")
        views.append(view)
    return views


def observations_of(
    rooms: Rooms, connection: Connection, views: Sequence[PostView]
) -> list[Observation]:
    """Give every fetch behind posts: their versions, their pictures, their screenshots."""
    numbers = {seen.observation.id for view in views for seen in view.evidence}
    pictures = {p.sha256 for view in views for p in view.pictures if p.sha256}
    jobs = rooms.ledger.jobs
    numbers |= set(jobs.ids_of_bodies(connection, pictures))
    numbers |= set(jobs.ids_of_screenshots(connection, [view.key for view in views]))
    found = (jobs.observation(connection, number) for number in sorted(numbers))
    return [seen for seen in found if seen]


def fetched(rooms: Rooms, connection: Connection, seen: Observation) -> Fetched:
    """Give an observation with what its WARC record tells; less where that was erased."""
    job = rooms.ledger.jobs.job(connection, seen.job)
    query = job.query if job else ""
    exchange = _exchange(rooms, connection, seen)
    if exchange is None:
        return Fetched(observation=seen, query=query)
    return Fetched(
        observation=seen,
        query=query,
        server=exchange.server,
        tls=exchange.tls,
        removed=exchange.removed,
    )


def files_of(
    rooms: Rooms, connection: Connection, seen: Observation, *, clear: bool
) -> Iterator[PackedFile]:
    """Give the files of one observation: WARC record, screenshot, picture."""
    store = rooms.ledger.evidence
    for name in store.names(connection, seen.id):
        kind = "warc" if name == seen.warc else "picture"
        kind = "screenshot" if name == seen.screenshot_sha256 else kind
        if store.destroyed_at(connection, seen.id):
            yield _withheld(seen, kind, name, "erased")
            continue
        data = store.get(connection, name, observation=seen.id)
        made = data if clear else _masked(kind, data)
        if made is None:
            yield _withheld(seen, kind, name, "no picture that could be made coarse")
        else:
            path = f"{kind}s/{seen.id:06d}.{_ending(kind, made)}"
            yield PackedFile(path=path, kind=kind, observation=seen.id, evidence=name, data=made)


def _masked(kind: str, data: bytes) -> bytes | None:
    return masked_warc(reopen(data)) if kind == "warc" else masked_picture(data)


def _withheld(seen: Observation, kind: str, name: str, why: str) -> PackedFile:
    return PackedFile(path="", kind=kind, observation=seen.id, evidence=name, withheld=why)


def _ending(kind: str, data: bytes) -> str:
    if kind == "warc":
        return "warc.gz"
    return next((end for start, end in _ENDINGS.items() if data.startswith(start)), "bin")


def _exchange(rooms: Rooms, connection: Connection, seen: Observation) -> Exchange | None:
    if seen.warc is None:
        return None
    try:
        return reopen(rooms.ledger.evidence.get(connection, seen.warc, observation=seen.id))
    except EvidenceError:
        if rooms.ledger.evidence.destroyed_at(connection, seen.id):
            return None
        raise
