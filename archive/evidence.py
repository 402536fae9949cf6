"""Evidence at rest: each observation's bytes under a key of its own, wrapped by the operator's."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select, update

from archive.errors import EvidenceError
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.turns import one_writer

_NONCE = 12


class EvidenceStore:
    """Encrypted blobs named by the SHA-256 of their clear bytes.

    Erasing a blob destroys its key; the file may stay, nobody can read it.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys

    def put(self, connection: Connection, data: bytes) -> str:
        """Keep bytes and give their name; the file is on disk before the key is in the ledger."""
        name = hashlib.sha256(data).hexdigest()
        one_writer(connection)  # two keys of one blob: the file would fit one of them only
        if self._wrapped(connection, name) is not None:
            return name
        key = AESGCM.generate_key(bit_length=256)
        nonce = os.urandom(_NONCE)
        self._write(name, nonce + AESGCM(key).encrypt(nonce, data, name.encode()))
        self._store_key(connection, name, self._keys.wrap(key))
        return name

    def get(self, connection: Connection, name: str) -> bytes:
        """Give the clear bytes, verified against their name."""
        wrapped = self._wrapped(connection, name)
        if wrapped is None:
            raise EvidenceError(f"evidence {name} was erased or never kept: its key is not here")
        try:
            sealed = self._path(name).read_bytes()
            key = self._keys.unwrap(wrapped)
            data = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except FileNotFoundError as error:
            raise EvidenceError(f"evidence {name} is missing from {self._folder}") from error
        except InvalidTag as error:
            raise EvidenceError(f"evidence {name} was changed on disk") from error
        if hashlib.sha256(data).hexdigest() != name:
            raise EvidenceError(f"evidence {name} does not match its digest")
        return data

    def erase(self, connection: Connection, name: str) -> None:
        """Destroy the key of a blob and remove its file."""
        one_writer(connection)
        here = tables.evidence_key.c.name == name
        gone = update(tables.evidence_key).where(here)
        connection.execute(gone.values(wrapped=None, destroyed_at=datetime.now(UTC)))
        self._path(name).unlink(missing_ok=True)

    def _wrapped(self, connection: Connection, name: str) -> bytes | None:
        table = tables.evidence_key
        found: bytes | None = connection.scalar(select(table.c.wrapped).where(table.c.name == name))
        return found

    def _store_key(self, connection: Connection, name: str, wrapped: bytes) -> None:
        table = tables.evidence_key
        again = update(table).where(table.c.name == name)
        values = {"wrapped": wrapped, "destroyed_at": None}
        if not connection.execute(again.values(**values)).rowcount:
            connection.execute(insert(table).values(name=name, **values))

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _write(self, name: str, sealed: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
