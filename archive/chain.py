"""The append-only chain: custody, decisions, reads, exports; keyed digests, never a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from archive import codec
from archive.errors import ChainError
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.turns import one_writer

GENESIS = "0" * 64
_AT_ONCE = 500  # lines read from the ledger at a time, so that memory stays flat


Body = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the chain; ``digest`` covers all else."""

    seq: int
    at: datetime
    kind: str
    actor: str
    body: Body
    previous: str
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be told by a line of the chain."""

    kind: str
    actor: str
    body: Body


class Chain:
    """The chain in the ledger; every call runs inside the caller's transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def append(self, connection: Connection, kind: str, *, actor: str, body: Body) -> Entry:
        """Add a line behind the head."""
        return self.append_all(connection, [Line(kind=kind, actor=actor, body=body)])[0]

    def append_all(self, connection: Connection, lines: Sequence[Line]) -> list[Entry]:
        """Add lines behind the head, in one statement."""
        one_writer(connection)
        head = self.head(connection)
        seq, previous = (head.seq, head.digest) if head else (0, GENESIS)
        entries: list[Entry] = []
        for line in lines:
            seq += 1
            entry = self._entry_of(line, seq=seq, previous=previous)
            entries.append(entry)
            previous = entry.digest
        rows = [{**_fields(entry), "body": codec.encode(entry.body)} for entry in entries]
        if rows:
            connection.execute(insert(tables.chain), rows)
        return entries

    def head(self, connection: Connection) -> Entry | None:
        """Give the newest line."""
        newest = select(tables.chain).order_by(tables.chain.c.seq.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        return _entry(row._asdict()) if row else None

    def entries(self, connection: Connection) -> Iterator[Entry]:
        """Walk over the chain from its first line."""
        query = select(tables.chain).order_by(tables.chain.c.seq)
        for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
            yield _entry(row._asdict())

    def verified(self, connection: Connection) -> Iterator[Entry]:
        """Walk over the chain and recompute it; raises ``ChainError`` naming the first misfit."""
        previous, count, entries = GENESIS, 0, self.entries(connection)
        while True:
            try:
                entry = next(entries, None)
            except (ValueError, TypeError, DBAPIError) as error:
                raise ChainError(f"chain line {count + 1} cannot be read: {error}") from error
            if entry is None:
                return
            count += 1
            if entry.seq != count:
                raise ChainError(f"chain line {count} is missing: line {entry.seq} is in its place")
            if entry.previous != previous:
                raise ChainError(f"chain line {entry.seq} does not follow the line before it")
            if entry.digest != self._digest(entry):
                raise ChainError(f"chain line {entry.seq} ({entry.kind}) was changed")
            previous = entry.digest
            yield entry

    def verify(self, connection: Connection) -> int:
        """Recompute the chain and count its lines; name the first that does not fit."""
        return sum(1 for _ in self.verified(connection))

    def mark(self, data: str) -> str:
        """Give the keyed digest under which a text or a query stands in the chain."""
        return self._keys.digest("chain-value", data.encode())

    def _entry_of(self, line: Line, *, seq: int, previous: str) -> Entry:
        entry = Entry(
            seq=seq,
            at=datetime.now(UTC),
            kind=line.kind,
            actor=line.actor,
            body=dict(line.body),
            previous=previous,
        )
        return replace(entry, digest=self._digest(entry))

    def _digest(self, entry: Entry) -> str:
        bare = codec.encode(replace(entry, digest=""))
        return self._keys.digest("chain", bare.encode())


def _fields(entry: Entry) -> dict[str, object]:
    return {one.name: getattr(entry, one.name) for one in fields(entry)}


def _entry(row: Mapping[str, object]) -> Entry:
    body = codec.decode(str(row["body"]), dict[str, str | int | None])
    if codec.encode(body) != row["body"]:
        raise ValueError("its body is not written as the chain writes")
    return Entry(**{**row, "body": body})  # type: ignore[arg-type]
