"""Recomputing all that proves anything, offline: chain, heads, anchors, keys, evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from archive import anchors, custody
from archive.anchors import ANCHORED, Anchor
from archive.chain import Entry
from archive.errors import ChainError, EvidenceError
from archive.heads import Head
from archive.ledger.ledger import Ledger
from archive.records import Observation

Inspect = Callable[[Observation, bytes], None]


@dataclass(slots=True)
class Verified:
    """How much was recomputed and fits."""

    lines: int = 0
    observations: int = 0
    blobs: int = 0
    erased: int = 0
    heads: int = 0
    anchors: int = 0


@dataclass(slots=True)
class Verification:
    """One run over a home; ``inspect`` looks into a WARC record, where a reader is installed.

    ``heads`` were kept outside; ``roots`` replace the roots kept with the anchors.
    """

    ledger: Ledger
    folder: Path
    heads: Sequence[Head] = ()
    roots: Sequence[x509.Certificate] = ()
    inspect: Inspect | None = None
    progress: Callable[[int], None] = lambda _: None
    _found: Verified = field(default_factory=Verified)

    def run(self) -> Verified:
        """Recompute everything; raise an error naming the first thing that does not fit."""
        kept = self._anchors()
        heads = [*self.heads, *(_of_anchor(anchor) for anchor, _ in kept)]
        with _readable(), self.ledger.reading() as connection:
            self._structure(connection)
            later = self._chain(connection, heads)
            self._anchor_files(later, kept)
            known = self._custody(connection, later)
            self._nothing_beside(connection, known)
        return self._found

    def _anchors(self) -> list[tuple[Anchor, str]]:
        kept = [anchors.read(path) for path in sorted(self.folder.glob("*.json"))]
        for anchor, _ in kept:
            anchors.check(anchor, roots=self.roots)
        self._found.anchors = len(kept)
        return kept

    def _structure(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            told = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            if told != ["ok"]:
                raise EvidenceError(f"the ledger's file is damaged: {told[0]}")

    def _chain(self, connection: Connection, heads: Sequence[Head]) -> _Later:
        later = _Later()
        awaited: dict[int, list[Head]] = {}
        for head in heads:
            awaited.setdefault(head.seq, []).append(head)
        for entry in self.ledger.chain.verified(connection):
            self._found.lines += 1
            for head in awaited.pop(entry.seq, ()):
                _fits(head, entry)
            self._note(later, entry)
        if awaited:
            head = awaited[min(awaited)][0]
            raise ChainError(
                f"the chain ends at line {self._found.lines}, but {head.source} holds its line "
                f"{head.seq}: the tail was cut"
            )
        self._found.heads = len(self.heads)
        return later

    def _note(self, later: _Later, entry: Entry) -> None:
        if entry.kind == custody.ERASED:
            if not custody.tombstone_holds(self.ledger.keys, entry.body):
                raise ChainError(f"chain line {entry.seq}: the tombstone is not signed by our key")
            later.erased[_number(entry)] = entry
        elif entry.kind == ANCHORED:
            later.anchored[int(entry.body["head"] or 0)] = entry

    def _anchor_files(self, later: _Later, kept: Sequence[tuple[Anchor, str]]) -> None:
        digests = {anchor.head.seq: digest for anchor, digest in kept}
        for seq, entry in later.anchored.items():
            if seq not in digests:
                raise EvidenceError(f"the anchor of chain line {seq} is missing from {self.folder}")
            if digests[seq] != entry.body["file"]:
                raise EvidenceError(f"the anchor of chain line {seq} was changed on disk")

    def _custody(self, connection: Connection, later: _Later) -> set[int]:
        known: set[int] = set()
        jobs: set[int] = set()
        for entry in self.ledger.chain.entries(connection):
            if entry.kind == custody.OBSERVED:
                number = _number(entry)
                known.add(number)
                if int(entry.body["job"] or 0) not in jobs:
                    raise EvidenceError(f"the job of observation {number} is not in the chain")
                self._observation(connection, entry, later.erased.get(number))
                self.progress(len(known))
            elif entry.kind == "job":
                jobs.add(self._job(connection, entry))
        return known

    def _observation(self, connection: Connection, entry: Entry, tombstone: Entry | None) -> None:
        number, chain, store = _number(entry), self.ledger.chain, self.ledger.evidence
        seen = self.ledger.jobs.observation(connection, number)
        if seen is None:
            raise EvidenceError(f"observation {number} of chain line {entry.seq} is missing")
        if custody.record_mark(chain, seen) != entry.body["record"]:
            raise EvidenceError(f"observation {number} is not as chain line {entry.seq} has it")
        names = store.names(connection, number)
        if custody.names_mark(chain, names) != entry.body["evidence"]:
            raise EvidenceError(
                f"the evidence of observation {number} is not what chain line {entry.seq} names"
            )
        self._found.observations += 1
        if tombstone:
            self._erased(connection, number, tombstone)
            return
        if store.destroyed_at(connection, number):
            raise EvidenceError(f"observation {number} is said to be erased, without a tombstone")
        for name in names:
            self._blob(connection, seen, name)

    def _erased(self, connection: Connection, number: int, tombstone: Entry) -> None:
        store = self.ledger.evidence
        at = store.destroyed_at(connection, number)
        told = at.isoformat() if at else None
        if store.is_open(connection, number) or told != tombstone.body["at"]:
            raise EvidenceError(
                f"observation {number} was erased by chain line {tombstone.seq}, "
                "but its key was not destroyed then"
            )
        if left := self.ledger.evidence.left_files(connection, number):
            raise EvidenceError(
                f"observation {number} was erased, but its file {left[0]} is still there: "
                f"run anyu evidence erase {number} again"
            )
        self._found.erased += 1

    def _blob(self, connection: Connection, seen: Observation, name: str) -> None:
        try:
            data = self.ledger.evidence.get(connection, name, observation=seen.id)
        except EvidenceError as error:
            raise EvidenceError(f"observation {seen.id}: {error}") from error
        if self.inspect and name == seen.warc:
            self.inspect(seen, data)
        self._found.blobs += 1

    def _job(self, connection: Connection, entry: Entry) -> int:
        number, body = int(entry.body["job"] or 0), entry.body
        job = self.ledger.jobs.job(connection, number)
        if job is None:
            raise EvidenceError(f"job {number} of chain line {entry.seq} is missing")
        told = (job.platform, self.ledger.chain.mark(job.query), job.purpose, job.legal_basis)
        noted = tuple(body.get(name) for name in ("platform", "query", "purpose", "legal_basis"))
        if told != noted or job.operator != entry.actor:
            raise EvidenceError(f"job {number} is not as chain line {entry.seq} has it")
        return number

    def _nothing_beside(self, connection: Connection, known: set[int]) -> None:
        for number in self.ledger.jobs.observation_ids(connection):
            if number not in known:
                raise EvidenceError(f"observation {number} is not in the chain")
        if name := self.ledger.evidence.misplaced(connection):
            raise EvidenceError(f"evidence {name} points to a file that is not its own")
        for name in self.ledger.evidence.unowned(connection):
            self.ledger.evidence.get(connection, name)
            self._found.blobs += 1


@dataclass(slots=True)
class _Later:
    """Lines that speak of earlier ones."""

    erased: dict[int, Entry] = field(default_factory=dict)
    anchored: dict[int, Entry] = field(default_factory=dict)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, ValueError, TypeError) as error:
        told = getattr(error, "orig", None) or error
        raise EvidenceError(f"the ledger cannot be read: {told}") from error


def _of_anchor(anchor: Anchor) -> Head:
    return replace(anchor.head, source=f"its anchor ({anchor.url}, {anchor.time})")


def _fits(head: Head, entry: Entry) -> None:
    if head.digest != entry.digest:
        raise ChainError(
            f"chain line {entry.seq} is not the one that {head.source} holds: the chain was "
            "written anew"
        )


def _number(entry: Entry) -> int:
    return int(entry.body["observation"] or 0)
