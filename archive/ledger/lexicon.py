"""The living lexicon: every proposal, approval and retirement of a word; nothing is edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from archive import codec
from archive.chain import Body, Chain
from archive.errors import InputError
from archive.ledger import tables
from archive.lexicon import APPROVED, PROPOSED, RETIRED, Entry, Lexicon, base, living
from archive.text import fold

_LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step in the life of a word; ``entry.status`` is what it came to."""

    entry: Entry
    at: datetime | None  # None: it shipped with the package
    actor: str
    reason: str = ""


class LexiconBook:
    """The words of the trade as they are today; every call is inside the caller's transaction.

    ``proposed → approved → retired``; a proposal leaves the approved word as it is until it is
    approved itself. Every change is a line of the chain.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._held: tuple[tuple[int, datetime] | None, Lexicon] = (None, base())

    def living(self, connection: Connection) -> Lexicon:
        """Give the base with the approvals and retirements of this ledger."""
        table = tables.lexicon_change
        last = select(table.c.id, table.c.at).order_by(table.c.id.desc()).limit(1)
        row = connection.execute(last).one_or_none()
        newest = (row.id, row.at) if row else None
        if newest != self._held[0]:
            self._held = newest, living(self._in_force(connection))
        return self._held[1]

    def all(self, connection: Connection) -> list[Change]:
        """Give the newest step of every word: of the base, then of this ledger, by word."""
        newest = {fold(entry.term).text: _shipped(entry) for entry in base().entries}
        for change in self._changes(connection):
            newest[fold(change.entry.term).text] = change
        return sorted(newest.values(), key=lambda change: change.entry.term)

    def history(self, connection: Connection, term: str) -> list[Change]:
        """Give every step of a word, oldest first; none for a word that nobody knows."""
        shipped = base().get(term)
        return [
            *([_shipped(shipped)] if shipped else []),
            *self._changes(connection, fold(term).text),
        ]

    def propose(
        self, connection: Connection, entry: Entry, *, actor: str, reason: str = ""
    ) -> Change:
        """Propose a word, or other goods, gloss or exceptions for a word that is there."""
        steps = self.history(connection, entry.term)
        check(entry, known=bool(steps))
        wanted = replace(entry, status=PROPOSED)
        holds = [c.entry for c in steps if c.entry.status != PROPOSED][-1:]
        if steps and steps[-1].entry == wanted:
            raise InputError(f"{entry.term} is already proposed just so: approve it.")
        if holds and _unmeasured(holds[0]) == replace(_unmeasured(entry), status=APPROVED):
            raise InputError(f"{entry.term} is already approved just so: there is nothing to do.")
        return self._write(connection, wanted, actor=actor, reason=reason)

    def approve(self, connection: Connection, term: str, *, actor: str, reason: str = "") -> Change:
        """Approve what was proposed last; marks, seeds and the sieve follow at once."""
        newest = self._newest(connection, term)
        if newest.entry.status != PROPOSED:
            raise InputError(f"{term} is {newest.entry.status}: only a proposal can be approved.")
        entry = replace(newest.entry, status=APPROVED)
        return self._write(connection, entry, actor=actor, reason=reason)

    def retire(self, connection: Connection, term: str, *, actor: str, reason: str = "") -> Change:
        """Take a word out, or turn a proposal down; a word of the base too."""
        newest = self._newest(connection, term)
        if newest.entry.status == RETIRED:
            raise InputError(f"{term} is retired already.")
        entry = replace(newest.entry, status=RETIRED)
        return self._write(connection, entry, actor=actor, reason=reason)

    def _newest(self, connection: Connection, term: str) -> Change:
        steps = self.history(connection, term)
        if not steps:
            raise InputError(f"There is no term {term!r} in the lexicon: propose it first.")
        return steps[-1]

    def _in_force(self, connection: Connection) -> dict[str, Entry]:
        changes = self._changes(connection)
        return {fold(c.entry.term).text: c.entry for c in changes if c.entry.status != PROPOSED}

    def _changes(self, connection: Connection, word: str | None = None) -> Iterator[Change]:
        table = tables.lexicon_change
        query = select(table).order_by(table.c.id)
        for row in connection.execute(query.where(table.c.term == word) if word else query):
            entry = codec.decode(row.body, Entry)
            yield Change(entry=entry, at=row.at, actor=row.actor, reason=row.reason)

    def _write(self, connection: Connection, entry: Entry, *, actor: str, reason: str) -> Change:
        now = datetime.now(UTC)
        values = {"status": entry.status, "at": now, "actor": actor, "reason": reason}
        row = {"term": fold(entry.term).text, "body": codec.encode(entry), **values}
        connection.execute(insert(tables.lexicon_change).values(**row))
        body: Body = {
            "change": entry.status,
            "term": self._chain.mark(entry.term),
            "entry": self._chain.mark(codec.encode(entry)),
            "reason": self._chain.mark(reason),
            "version": self.living(connection).version,
        }
        self._chain.append(connection, "lexicon", actor=actor, body=body)
        return Change(entry=entry, at=now, actor=actor, reason=reason)


def _shipped(entry: Entry) -> Change:
    return Change(entry=entry, at=None, actor="base")


def _unmeasured(entry: Entry) -> Entry:
    return replace(entry, precision=None)


def check(entry: Entry, *, known: bool) -> None:
    """Refuse a proposal that could not be matched, or would match nearly everything."""
    said = fold(entry.term).text
    if not known and not 2 <= len(said) <= _LONGEST:
        raise InputError(f"The term {entry.term!r} needs 2 to {_LONGEST} characters that count.")
    if entry.term != " ".join(entry.term.split()) or not entry.term.isprintable():
        raise InputError(f"The term {entry.term!r} has spaces or signs that cannot be seen.")
    if not entry.gloss.strip():
        raise InputError(f"The term {entry.term} needs a gloss: say in a few words what it means.")
    if said in {fold(word).text for word in entry.unless}:
        raise InputError(f"The term {entry.term} cannot be its own exception.")
