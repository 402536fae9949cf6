"""Backups: ledger and evidence in one folder, the keys that open them in another."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from archive import codec
from archive.errors import AnyuError, EvidenceError, InputError
from archive.keys import KEY_FILE, Keys
from archive.ledger.copying import copy_in, copy_out, opened_copy, refuse_filled
from archive.ledger.ledger import Ledger, engine_of, migrate
from archive.settings import Settings

MANIFEST = "manifest.json"
_LEDGER = "ledger.db"
_FOLDERS = ("evidence", "models", "anchors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds; ``key`` is a keyed digest that only the right key gives."""

    made_at: datetime
    key: str
    posts: int
    chain: int
    files: dict[str, str]
    missing: tuple[str, ...] = ()


def back_up(settings: Settings, folder: Path, *, keys: Path | None) -> Manifest:
    """Copy one moment of an archive into a new folder, its keys into another one.

    Raises ``InputError`` where a folder holds something or the keys would lie with the rest.
    """
    _refuse_bad_places(folder, keys)
    with closing(Ledger.open(settings)) as ledger, _new_folder(folder) as draft:
        with ledger.writing() as connection:
            body = {"keys": int(keys is not None)}
            ledger.chain.append(connection, "backup", actor=settings.operator, body=body)
        copy_out(ledger.engine, draft / _LEDGER)
        for name in _FOLDERS:
            _copy_files(settings.home / name, draft / name)
        manifest = _describe(draft, Keys.open(settings.keys))
        (draft / MANIFEST).write_text(codec.encode(manifest) + "\n", encoding="utf-8")
        _sync(draft)
        if keys is not None:
            _copy_key(settings.keys, keys)
    return manifest


def restore(settings: Settings, folder: Path, *, keys: Path | None) -> Manifest:
    """Put a backup in the place of what was lost; verify all of it first, overwrite nothing.

    A restore that was cut off can be run again.
    """
    manifest = _verified(folder)
    source = keys if keys is not None else settings.keys
    if not (source / KEY_FILE).is_file():
        raise InputError(f"{source} holds no {KEY_FILE}: name the folder of the keys with --keys.")
    _verify_ledger(folder, manifest, Keys.open(source))
    _refuse_filled(settings, folder, source)
    settings.home.mkdir(parents=True, exist_ok=True)
    if source != settings.keys:
        _copy_key(source, settings.keys)
    for name in manifest.files:
        if name != _LEDGER:
            _copy(folder / name, settings.home / name)
    copy_in(folder / _LEDGER, settings.ledger)
    with closing(Ledger.open(settings)) as ledger, ledger.writing() as connection:
        ledger.chain.verify(connection)
        body = {"backup": _sha256(folder / MANIFEST)}
        ledger.chain.append(connection, "restore", actor=settings.operator, body=body)
    return manifest


def _refuse_bad_places(folder: Path, keys: Path | None) -> None:
    for place in filter(None, (folder, keys)):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise InputError(f"{place} is not empty: a backup overwrites nothing, name a new one.")
    if keys is not None:
        one, other = folder.resolve(), keys.resolve()
        if one == other or one in other.parents or other in one.parents:
            raise InputError("The keys must not lie with what they open: name another --keys.")


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Give a draft that becomes the folder when all went well."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.") from error
    try:
        yield draft
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    """Copy whole files, no drafts; what was erased meanwhile is gone."""
    for path in _files(source):
        if path.suffix == ".draft":
            continue
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copyfile(path, to)


def _describe(draft: Path, keys: Keys) -> Manifest:
    made_at = datetime.now(UTC)
    with _opened(draft / _LEDGER, keys) as ledger, ledger.reading() as connection:
        held = {piece.file for piece in ledger.evidence.held(connection)}
        posts, lines = ledger.posts.count(connection), ledger.chain.verify(connection)
    for path in (draft / "evidence").glob("*/*"):
        if path.name not in held:
            path.unlink()  # it came after the ledger's moment, or was erased before it
    for path in (draft / "anchors").glob("*.json"):
        if path.stem.isdigit() and int(path.stem) > lines:
            path.unlink()  # it stamps a line that came after the ledger's moment
    files = {str(p.relative_to(draft)): _sha256(p) for p in _files(draft)}
    copied = {Path(name).name for name in files if name.startswith("evidence/")}
    return Manifest(
        made_at=made_at,
        key=keys.digest("backup", made_at.isoformat().encode()),
        posts=posts,
        chain=lines,
        files=files,
        missing=tuple(sorted(held - copied)),
    )


@contextmanager
def _opened(file: Path, keys: Keys) -> Iterator[Ledger]:
    with opened_copy(file) as engine:
        yield Ledger(engine, keys=keys, evidence=file.parent / "evidence")


def _verified(folder: Path) -> Manifest:
    """Read a manifest and hold every file against it."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = codec.decode(text, Manifest)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise InputError(f"{folder} is no backup: its {MANIFEST} cannot be read.") from error
    if _LEDGER not in manifest.files:
        raise InputError(f"{folder} is no backup: it holds no ledger.")
    for name, digest in manifest.files.items():
        path = folder / name
        if folder.resolve() not in path.resolve().parents:
            raise InputError(f"The backup names a file outside its folder: {name}.")
        if not path.is_file():
            raise InputError(f"The backup {folder} lacks {name}: nothing was restored.")
        if _sha256(path) != digest:
            raise InputError(f"{name} of the backup {folder} was changed: nothing was restored.")
    return manifest


def _verify_ledger(folder: Path, manifest: Manifest, keys: Keys) -> None:
    """See that the key fits and that chain and evidence can be read with it."""
    if keys.digest("backup", manifest.made_at.isoformat().encode()) != manifest.key:
        raise InputError("These keys do not belong to this backup: nothing was restored.")
    with _opened(folder / _LEDGER, keys) as ledger, ledger.reading() as connection:
        try:
            ledger.chain.verify(connection)
            _verify_evidence(ledger, connection, manifest)
        except AnyuError as error:
            raise InputError(f"The backup is damaged: {error}; nothing was restored.") from error


def _verify_evidence(ledger: Ledger, connection: Connection, manifest: Manifest) -> None:
    """Open every piece that the ledger has a key of, and see that no other file lies there."""
    copied = {Path(name).name for name in manifest.files if name.startswith("evidence/")}
    missing, opened = set(manifest.missing), set()
    for piece in ledger.evidence.held(connection):
        if piece.file in copied:
            ledger.evidence.get(connection, piece.name, observation=piece.observation)
            opened.add(piece.file)
        elif piece.file not in missing:
            raise EvidenceError(f"evidence {piece.file} has a key, but no file")
    if copied - opened:
        raise EvidenceError(f"evidence {min(copied - opened)} has a file, but no key")


def _refuse_filled(settings: Settings, folder: Path, keys: Path) -> None:
    if settings.ledger_url is None:
        if settings.ledger_file.exists():
            raise InputError(f"{settings.ledger_file} is there already: nothing was restored.")
    else:
        engine = engine_of(settings.ledger)
        migrate(engine)
        with engine.connect() as connection:
            refuse_filled(connection)
        engine.dispose()
    files = (path for path in _files(folder) if path != folder / _LEDGER)
    here = {settings.home / path.relative_to(folder): path for path in files}
    here[settings.keys / KEY_FILE] = keys / KEY_FILE
    for target, source in here.items():
        if target.exists() and _sha256(target) != _sha256(source):
            raise InputError(f"{target} is there already and differs: nothing was restored.")


def _copy_key(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copy(source / KEY_FILE, target / KEY_FILE)
    (target / KEY_FILE).chmod(0o600)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with source.open("rb") as original:
            shutil.copyfileobj(original, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)


def _files(folder: Path) -> list[Path]:
    top = folder / MANIFEST
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != top)


def _sync(folder: Path) -> None:
    for path in (*_files(folder), folder / MANIFEST):
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
