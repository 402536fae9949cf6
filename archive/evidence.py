"""Evidence at rest: each observation's bytes under a key of its own, wrapped by the operator's."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, insert, select, true, update

from archive.errors import EvidenceError
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.turns import one_writer
from archive.places import Place, Shelf

_NONCE = 12
_keys, _blobs = tables.evidence_key, tables.evidence_blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file of evidence, the name of its clear bytes, and the observation that left it."""

    file: str
    name: str
    observation: int | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """The pieces of one observation under a key of its own: on disk, not yet in the ledger."""

    wrapped: bytes
    places: tuple[tuple[str, Place], ...]

    @property
    def names(self) -> list[str]:
        """The names of the pieces."""
        return [name for name, _ in self.places]


class EvidenceStore:
    """Encrypted blobs named by the SHA-256 of their clear bytes.

    All blobs of an observation lie under its one key; erasing destroys that key, and then what it
    opened. The same bytes kept under two observations lie there twice: erasing one leaves the
    other. Observations that are written together share a segment, each with its own key: one
    file brought to disk costs what a hundred cost each.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder = folder
        self._shelf = Shelf(folder)
        self._keys = keys

    def seal(self, batch: Sequence[Sequence[bytes]]) -> list[Sealed]:
        """Seal the pieces of some observations into a segment, on disk when this returns."""
        segment = f"{uuid.uuid4().hex}.segment"
        data, given = bytearray(), []
        for pieces in batch:
            key = AESGCM.generate_key(bit_length=256)
            places = []
            for name, piece in {
                hashlib.sha256(piece).hexdigest(): piece for piece in pieces
            }.items():
                sealed = _encrypted(key, name, piece)
                places.append((name, Place(segment, len(data), len(sealed))))
                data += sealed
            given.append(Sealed(self._keys.wrap(key), tuple(places)))
        if data:
            self._shelf.write(segment, bytes(data))
        return given

    def enter(self, connection: Connection, sealed: Iterable[tuple[int, Sealed]]) -> None:
        """Write what was sealed into the ledger, each under its observation."""
        one_writer(connection)
        kept = [(number, one) for number, one in sealed if one.places]
        if not kept:
            return
        fresh = [{"observation": number, "wrapped": one.wrapped} for number, one in kept]
        statement = insert(_keys).returning(_keys.c.id, sort_by_parameter_order=True)
        ids = connection.scalars(statement, fresh).all()
        rows = [
            {"name": name, "key": key, "file": str(place)}
            for key, (_, one) in zip(ids, kept, strict=True)
            for name, place in one.places
        ]
        connection.execute(insert(_blobs), rows)

    def discard(self, sealed: Iterable[Sealed]) -> None:
        """Remove segments that the ledger did not take."""
        for file in {place.file for one in sealed for _, place in one.places}:
            self._shelf.remove(file)

    def put(self, connection: Connection, data: bytes, *, observation: int | None = None) -> str:
        """Keep bytes and give their name; the file is on disk before its row is in the ledger."""
        name = hashlib.sha256(data).hexdigest()
        one_writer(connection)  # two keys of one observation: its files would fit one of them only
        if observation is None and next(self._alive(connection, name), None):
            return name
        number, key = self._key_of(connection, observation)
        here = (_blobs.c.name == name) & (_blobs.c.key == number)
        if connection.scalar(select(_blobs.c.file).where(here)) is None:
            file = f"{name}.{number}"
            self._shelf.write(file, _encrypted(key, name, data))
            connection.execute(insert(_blobs).values(name=name, key=number, file=file))
        return name

    def get(self, connection: Connection, name: str, *, observation: int | None = None) -> bytes:
        """Give the clear bytes, verified against their name; of one observation or of any."""
        found = next(self._alive(connection, name, observation), None)
        if found is None:
            raise EvidenceError(f"evidence {name} was erased or never kept: its key is not here")
        told, wrapped = found
        try:
            sealed = self._shelf.read(Place.read(told))
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
            file = Place.read(row.file).file
            yield Held(file=file, name=row.name, observation=row.observation)

    def misplaced(self, connection: Connection) -> str | None:
        """Name the first piece of evidence whose row points to a place that is not its own.

        A segment is full from its first byte to its last: no piece may lie elsewhere.
        """
        segment, end, last = "", 0, ""
        for row in connection.execute(select(_blobs).order_by(_blobs.c.file, _blobs.c.name)):
            place = Place.read(row.file)
            if place.length is None:
                if place.file not in {row.name, f"{row.name}.{row.key}"}:
                    return str(row.name)
                continue
            if place.file != segment:
                if not self._is_full(segment, end):
                    return last
                segment, end = place.file, 0
            if place.offset != end:
                return str(row.name)
            end, last = end + place.length, row.name
        return None if self._is_full(segment, end) else last

    def _is_full(self, segment: str, end: int) -> bool:
        return not segment or self._shelf.size(segment) in (None, end)

    def destroy(self, connection: Connection, observation: int, *, at: datetime) -> None:
        """Destroy the key of an observation; its files go with ``sweep``, after the commit."""
        one_writer(connection)
        here = update(_keys).where(_keys.c.observation == observation)
        connection.execute(here.values(wrapped=None, destroyed_at=at))

    def sweep(self, connection: Connection, observation: int) -> None:
        """Remove the bytes whose key was destroyed: a file, or a range of a segment."""
        for place in self._places(connection, _keys.c.wrapped.is_(None), observation):
            if place.length is None or not self._is_used(connection, place.file):
                self._shelf.remove(place.file)
            else:
                self._shelf.blank(place)

    def left_files(self, connection: Connection, observation: int) -> list[str]:
        """Name the places of an observation that still hold something."""
        places = self._places(connection, true(), observation)
        return [str(place) for place in places if not self._shelf.is_blank(place)]

    def _places(
        self, connection: Connection, chosen: ColumnElement[bool], observation: int
    ) -> list[Place]:
        query = select(_blobs.c.file).join(_keys, _keys.c.id == _blobs.c.key)
        query = query.where(_keys.c.observation == observation, chosen)
        return [Place.read(told) for told in connection.scalars(query)]

    def _is_used(self, connection: Connection, segment: str) -> bool:
        query = select(_blobs.c.file).join(_keys, _keys.c.id == _blobs.c.key)
        here = _blobs.c.file.startswith(f"{segment}@", autoescape=True)
        alive = query.where(here, _keys.c.wrapped.is_not(None))
        return connection.scalar(alive.limit(1)) is not None

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


def _encrypted(key: bytes, name: str, data: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, name.encode())
