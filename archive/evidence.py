"""Evidence at rest: each observation's bytes under a key of its own, wrapped by the operator's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select, update

from archive.errors import EvidenceError
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.turns import one_writer

_NONCE = 12
_keys, _blobs = tables.evidence_key, tables.evidence_blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file of evidence, the name of its clear bytes, and the observation that left it."""

    file: str
    name: str
    observation: int | None


class EvidenceStore:
    """Encrypted blobs named by the SHA-256 of their clear bytes.

    All blobs of an observation lie under its one key; erasing destroys that key, and then the
    files. The same bytes kept under two observations are two files: erasing one leaves the other.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder = folder
        self._keys = keys

    def put(self, connection: Connection, data: bytes, *, observation: int | None = None) -> str:
        """Keep bytes and give their name; the file is on disk before its row is in the ledger."""
        name = hashlib.sha256(data).hexdigest()
        one_writer(connection)  # two keys of one observation: its files would fit one of them only
        if observation is None and next(self._alive(connection, name), None):
            return name
        number, key = self._key_of(connection, observation)
        here = (_blobs.c.name == name) & (_blobs.c.key == number)
        if connection.scalar(select(_blobs.c.file).where(here)) is None:
            nonce = os.urandom(_NONCE)
            file = f"{name}.{number}"
            self._write(file, nonce + AESGCM(key).encrypt(nonce, data, name.encode()))
            connection.execute(insert(_blobs).values(name=name, key=number, file=file))
        return name

    def get(self, connection: Connection, name: str, *, observation: int | None = None) -> bytes:
        """Give the clear bytes, verified against their name; of one observation or of any."""
        found = next(self._alive(connection, name, observation), None)
        if found is None:
            raise EvidenceError(f"evidence {name} was erased or never kept: its key is not here")
        file, wrapped = found
        try:
            sealed = self._path(file).read_bytes()
            key = self._keys.unwrap(wrapped)
            data = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except FileNotFoundError as error:
            raise EvidenceError(f"evidence {name} is missing from {self.folder}") from error
        except (InvalidTag, ValueError) as error:
            raise EvidenceError(f"evidence {name} was changed on disk") from error
        except EvidenceError as error:
            raise EvidenceError(f"the key of evidence {name} does not open: {error}") from error
        if hashlib.sha256(data).hexdigest() != name:
            raise EvidenceError(f"evidence {name} does not match its digest")
        return data

    def names(self, connection: Connection, observation: int) -> list[str]:
        """Name what was kept under an observation, erased or not, in order."""
        query = select(_blobs.c.name).join(_keys, _keys.c.id == _blobs.c.key)
        return sorted(connection.scalars(query.where(_keys.c.observation == observation)))

    def unowned(self, connection: Connection) -> Iterator[str]:
        """Name what is kept without an observation."""
        query = select(_blobs.c.name).join(_keys, _keys.c.id == _blobs.c.key)
        alone = _keys.c.observation.is_(None) & _keys.c.wrapped.is_not(None)
        yield from connection.scalars(query.where(alone).order_by(_blobs.c.name))

    def is_open(self, connection: Connection, observation: int) -> bool:
        """Say whether an observation has a key that was not destroyed."""
        alive = (_keys.c.observation == observation) & _keys.c.wrapped.is_not(None)
        return connection.scalar(select(_keys.c.id).where(alive)) is not None

    def destroyed_at(self, connection: Connection, observation: int) -> datetime | None:
        """Tell when the key of an observation was destroyed."""
        query = select(_keys.c.destroyed_at).where(_keys.c.observation == observation)
        at: datetime | None = connection.scalar(query)
        return at

    def held(self, connection: Connection) -> Iterator[Held]:
        """Tell of every file whose key was not destroyed what it holds."""
        query = select(_blobs, _keys.c.observation).join(_keys, _keys.c.id == _blobs.c.key)
        alive = query.where(_keys.c.wrapped.is_not(None)).order_by(_blobs.c.file)
        for row in connection.execute(alive):
            yield Held(file=row.file, name=row.name, observation=row.observation)

    def misplaced(self, connection: Connection) -> str | None:
        """Name the first piece of evidence whose row points to a file that is not its own."""
        rows = connection.execute(select(_blobs).order_by(_blobs.c.key, _blobs.c.name))
        own = ((row, {row.name, f"{row.name}.{row.key}"}) for row in rows)
        return next((row.name for row, files in own if row.file not in files), None)

    def destroy(self, connection: Connection, observation: int, *, at: datetime) -> None:
        """Destroy the key of an observation; its files go with ``sweep``, after the commit."""
        one_writer(connection)
        here = update(_keys).where(_keys.c.observation == observation)
        connection.execute(here.values(wrapped=None, destroyed_at=at))

    def sweep(self, connection: Connection, observation: int) -> None:
        """Remove the files whose key was destroyed."""
        query = select(_blobs.c.file).join(_keys, _keys.c.id == _blobs.c.key)
        erased = (_keys.c.observation == observation) & _keys.c.wrapped.is_(None)
        for file in connection.scalars(query.where(erased)):
            self._path(file).unlink(missing_ok=True)

    def left_files(self, connection: Connection, observation: int) -> list[str]:
        """Name the files of an observation that are still on disk."""
        query = select(_blobs.c.file).join(_keys, _keys.c.id == _blobs.c.key)
        files = connection.scalars(query.where(_keys.c.observation == observation))
        return [file for file in files if self._path(file).exists()]

    def _alive(
        self, connection: Connection, name: str, observation: int | None = None
    ) -> Iterator[tuple[str, bytes]]:
        query = select(_blobs.c.file, _keys.c.wrapped).join(_keys, _keys.c.id == _blobs.c.key)
        query = query.where(_blobs.c.name == name, _keys.c.wrapped.is_not(None))
        if observation is not None:
            query = query.where(_keys.c.observation == observation)
        for row in connection.execute(query.order_by(_keys.c.id)):
            yield row.file, row.wrapped

    def _key_of(self, connection: Connection, observation: int | None) -> tuple[int, bytes]:
        if observation is not None:
            query = select(_keys).where(_keys.c.observation == observation)
            if row := connection.execute(query).one_or_none():
                if row.wrapped is None:
                    raise EvidenceError(f"the evidence of observation {observation} was erased")
                return row.id, self._keys.unwrap(row.wrapped)
        key = AESGCM.generate_key(bit_length=256)
        fresh = insert(_keys).values(observation=observation, wrapped=self._keys.wrap(key))
        number: int = connection.execute(fresh.returning(_keys.c.id)).scalar_one()
        return number, key

    def _path(self, file: str) -> Path:
        return self.folder / file[:2] / file

    def _write(self, file: str, sealed: bytes) -> None:
        path = self._path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{file}.{os.getpid()}.draft")
        with draft.open("wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(path)
