"""Writing a pack: evidence, manifest with digests, report, the chain's head; all signed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from archive import codec
from archive.chain import Body
from archive.errors import InputError
from archive.heads import head_of
from archive.masking import mask
from desk.packing.contents import (
    Fetched,
    PackedFile,
    fetched,
    files_of,
    observations_of,
    posts_of,
)
from desk.packing.report import report
from desk.rooms import Rooms
from desk.web.reading import note_reveal
from desk.web.views import PostView


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOrder:
    """What is to be packed; with a reason victims' data stays in clear."""

    case: str
    posts: Sequence[str]
    reason: str = ""
    out: Path

    @property
    def clear(self) -> bool:
        """Whether nothing is masked."""
        return bool(self.reason)


@dataclass(slots=True)
class Packed:
    """A pack being written; ``sums`` are the digests of its files."""

    order: PackOrder
    posts: list[PostView] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)


def pack(rooms: Rooms, order: PackOrder) -> Packed:
    """Write a pack; the chain says so before the file has its name."""
    if order.out.exists():
        raise InputError(f"{order.out} is there already: name another file with --out.")
    packed = Packed(order=order, posts=posts_of(rooms, order.posts, clear=order.clear))
    draft = order.out.with_name(f".{order.out.name}.draft")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = _fill(rooms, archive, packed)
        _note(rooms, packed, manifest)
        draft.rename(order.out)
    except OSError as error:
        raise InputError(f"{order.out} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return packed


def _fill(rooms: Rooms, archive: zipfile.ZipFile, packed: Packed) -> bytes:
    with rooms.ledger.reading() as connection:
        for seen in observations_of(rooms, connection, packed.posts):
            packed.fetched.append(fetched(rooms, connection, seen))
            for file in files_of(rooms, connection, seen, clear=packed.order.clear):
                _add_evidence(archive, packed, file)
        head = _head(rooms, connection)
    _add(archive, packed, "head.json", head.encode())
    for path in sorted(rooms.settings.anchors.glob("*.json")):
        _add(archive, packed, f"anchors/{path.name}", path.read_bytes())
    _add(archive, packed, "report.html", report(rooms, packed).encode())
    manifest = _manifest(rooms, packed)
    _add(archive, packed, "manifest.json", manifest)
    _add(archive, packed, "manifest.sig", rooms.ledger.keys.sign(manifest).encode())
    sums = "".join(f"{digest}  {path}\n" for path, digest in packed.sums.items())
    archive.writestr("SHA256SUMS", sums)
    return manifest


def _head(rooms: Rooms, connection: Connection) -> str:
    entry = rooms.ledger.chain.head(connection)
    if entry is None:
        raise InputError("The chain has no line yet: there is nothing to prove.")
    return codec.encode(head_of(entry, rooms.ledger.keys))


def _add_evidence(archive: zipfile.ZipFile, packed: Packed, file: PackedFile) -> None:
    told: dict[str, Any] = {
        "kind": file.kind,
        "observation": file.observation,
        "evidence_sha256": file.evidence,
    }
    if file.withheld:
        packed.files.append({**told, "withheld": file.withheld})
        return
    if file.path not in packed.sums:
        _add(archive, packed, file.path, file.data)
    told |= {"path": file.path, "sha256": packed.sums[file.path], "bytes": len(file.data)}
    packed.files.append({**told, "masked": not packed.order.clear})


def _add(archive: zipfile.ZipFile, packed: Packed, path: str, data: bytes) -> None:
    archive.writestr(path, data)
    packed.sums[path] = hashlib.sha256(data).hexdigest()


def _manifest(rooms: Rooms, packed: Packed) -> bytes:
    order = packed.order
    body: dict[str, Any] = {
        "schema": 1,
        "case": order.case,
        "masked": not order.clear,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": rooms.settings.operator,
        "made_with": f"anyu {metadata.version('anyu')}",
        "public_key": rooms.ledger.keys.public,
        "posts": [_post(view) for view in packed.posts],
        "observations": [_fetched(one, clear=order.clear) for one in packed.fetched],
        "files": packed.files,
        "others": {path: packed.sums[path] for path in packed.sums if _is_other(packed, path)},
    }
    if order.clear:
        body["reason"] = order.reason
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _is_other(packed: Packed, path: str) -> bool:
    return all(file.get("path") != path for file in packed.files)


def _post(view: PostView) -> dict[str, Any]:
    return {
        "key": view.key,
        "version": view.version,
        "url": mask(view.url),
        "first_seen": view.first_seen.isoformat(),
        "last_seen": view.last_seen.isoformat(),
        "gone_at": view.gone_at.isoformat() if view.gone_at else None,
        "intent": view.review.intent if view.review else view.verdict.intent,
        "risk": view.verdict.risk,
        "model": view.verdict.model,
        "reviewed_by": view.review.reviewer if view.review else None,
        "observations": [seen.observation.id for seen in view.evidence],
    }


def _fetched(one: Fetched, *, clear: bool) -> dict[str, Any]:
    told: dict[str, Any] = codec.plain(one.observation)
    more = {f: getattr(one, f) for f in ("query", "server", "tls", "removed")}
    if not clear:
        told["url"], more["query"] = mask(one.observation.url), mask(one.query)
    return {**told, **more}


def _note(rooms: Rooms, packed: Packed, manifest: bytes) -> None:
    order, ledger = packed.order, rooms.ledger
    if order.clear:
        for view in packed.posts:
            note_reveal(rooms, view.key, case=order.case, reason=order.reason)
    body: Body = {
        "case": order.case,
        "posts": len(packed.posts),
        "files": len(packed.sums),
        "masked": int(not order.clear),
        "manifest": ledger.chain.mark(manifest.decode()),
    }
    if order.clear:
        body = {**body, "reason": ledger.chain.mark(order.reason)}
    with ledger.writing() as connection:
        ledger.chain.append(connection, "pack", actor=rooms.settings.operator, body=body)
