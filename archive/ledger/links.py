"""What links accounts: traces of posts, ties of accounts, hubs, links."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    Insert,
    and_,
    delete,
    or_,
    select,
)

from archive.errors import LedgerError
from archive.ledger import link_statements as s
from archive.ledger import link_tables as t
from archive.ledger.link_rows import (
    Key,
    Pair,
    Tie,
    Trace,
    link_of,
    link_row,
    tie_of,
    tie_row,
    trace_row,
)
from archive.records import Link, Proof

_BATCH = 400
_MOST = 64  # how many accounts of one shared thing are looked at: cost stays flat


class Links:
    """Traces, ties, hubs and links; each call runs inside the caller's transaction."""

    def add(self, connection: Connection, traces: Sequence[Trace]) -> set[Pair]:
        """Write traces and count them into ties; give which account shows which key newly."""
        if not traces:
            return set()
        pairs = {(trace.member, trace.key) for trace in traces}
        known: set[Pair] = set()
        for some in _pieces(pairs):
            rows = connection.execute(s.ties(connection.dialect.name), some)
            known |= {(row.member, Key(row.kind, row.value)) for row in rows}
        connection.execute(s.ADD_TRACES, [trace_row(trace) for trace in traces])
        count_ties = s.count_ties(connection.dialect.name)
        connection.execute(count_ties, [tie_row(trace) for trace in traces])
        return pairs - known

    def withdraw(
        self, connection: Connection, post: int, *, version: int | None = None
    ) -> set[str]:
        """Take the traces of a post (of a version) back, and what rests on nothing else."""
        trace, tie = t.trace.c, t.tie.c
        whose = [trace.post == post, *([trace.version == version] if version else [])]
        here = select(trace.kind, trace.value, trace.member).where(*whose).distinct()
        gone = connection.execute(here).all()
        if not gone:
            return set()
        connection.execute(delete(t.trace).where(*whose))
        for kind, value, member in gone:
            same = and_(trace.kind == kind, trace.value == value, trace.member == member)
            rest = list(connection.scalars(select(trace.alone).where(same)))
            row = and_(tie.kind == kind, tie.value == value, tie.member == member)
            if rest:
                values = {"posts": len(rest), "alone": sum(rest)}
                connection.execute(t.tie.update().where(row).values(**values))
            else:
                connection.execute(delete(t.tie).where(row))
                self._unlink(connection, Key(kind, value), member)
        return {row.member for row in gone}

    def traced(self, connection: Connection, posts: Sequence[int]) -> set[int]:
        """Give those of some posts that have left traces."""
        return set(connection.scalars(s.TRACED, {"posts": posts}))

    def ties_of(self, connection: Connection, members: Sequence[str]) -> list[Tie]:
        """Give every tie of some accounts."""
        return [tie_of(row) for row in connection.execute(s.TIES_OF, {"members": members})]

    def live_ties_of(self, connection: Connection, members: Sequence[str]) -> list[Tie]:
        """Give every tie of some accounts but those to hubs."""
        found: list[Tie] = []
        for at in range(0, len(members), _BATCH):
            some = {"members": members[at : at + _BATCH]}
            found += [tie_of(row) for row in connection.execute(s.LIVE_TIES_OF, some)]
        return found

    def live_ties(self, connection: Connection, pairs: Collection[Pair]) -> list[Tie]:
        """Give the ties between accounts and keys but those to hubs."""
        return [
            tie_of(row)
            for some in _pieces(pairs)
            for row in connection.execute(s.live_ties(connection.dialect.name), some)
        ]

    def in_common(
        self, connection: Connection, own: int, other: int, *, kinds: Collection[str]
    ) -> set[Key]:
        """Give the keys of some kinds, hubs aside, that two campaigns share."""
        rows = connection.execute(s.KEYS_IN_COMMON, {"own": own, "other": other})
        return {Key(*row) for row in rows if row[0] in kinds}

    def ties_on(self, connection: Connection, key: Key, *, most: int = _MOST) -> list[Tie]:
        """Give the accounts tied to a key, the latest first."""
        which = {"kind": key.kind, "value": key.value, "most": most}
        return [tie_of(row) for row in connection.execute(s.TIES_ON, which)]

    def ties_on_each(
        self, connection: Connection, numbers: Mapping[Key, int], *, most: int
    ) -> dict[Key, list[Tie]]:
        """Give the latest ties to each of some keys that so many accounts share."""
        narrow = [key for key, number in numbers.items() if number <= most]
        found: dict[Key, list[Tie]] = {key: [] for key in narrow}
        for some in _key_pieces(narrow):
            rows = connection.execute(s.ties_on_each(connection.dialect.name), some)
            for tie in map(tie_of, rows):
                found[tie.key].append(tie)
        for ties in found.values():
            ties.sort(key=lambda tie: (tie.last, tie.member), reverse=True)
        wide = [key for key, number in numbers.items() if number > most]
        return found | {key: self.ties_on(connection, key, most=most) for key in wide}

    def counts(self, connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
        """Count the accounts tied to each of some keys; one with none is left out."""
        found: dict[Key, int] = {}
        for some in _key_pieces(keys):
            rows = connection.execute(s.counts(connection.dialect.name), some)
            found.update({Key(row.kind, row.value): int(row.number) for row in rows})
        return found

    def hubs(self, connection: Connection, keys: Iterable[Key]) -> set[Key]:
        """Give those of the keys that are known to be shared by strangers."""
        found: set[Key] = set()
        for some in _key_pieces(keys):
            rows = connection.execute(s.hubs(connection.dialect.name), some)
            found |= {Key(*row) for row in rows}
        return found

    def set_hub(self, connection: Connection, key: Key, members: int, *, at: datetime) -> None:
        """Note that strangers share a key; its links fall."""
        row = {"kind": key.kind, "value": key.value, "since": at, "members": members}
        statement = s.upsert(connection.dialect.name, t.hub)
        elements = ["kind", "value"]
        connection.execute(
            statement.on_conflict_do_update(index_elements=elements, set_={"members": members}),
            [row],
        )
        link = t.link.c
        connection.execute(delete(t.link).where(link.reason == key.kind, link.value == key.value))

    def unset_hub(self, connection: Connection, key: Key) -> None:
        """Note that a key is no hub after all."""
        same = and_(t.hub.c.kind == key.kind, t.hub.c.value == key.value)
        connection.execute(delete(t.hub).where(same))

    def every_hub(self, connection: Connection, *, most: int = 100) -> list[tuple[Key, int]]:
        """Give the known hubs with how many accounts share each, the widest first."""
        rows = select(t.hub).order_by(t.hub.c.members.desc()).limit(most)
        return [(Key(row.kind, row.value), row.members) for row in connection.execute(rows)]

    def proofs(self, connection: Connection, pairs: Collection[Pair]) -> dict[Pair, Proof]:
        """Give the first place where each of some accounts shows a key."""
        return {
            (row[2], Key(row[0], row[1])): Proof(
                post=row.key, version=row.version, field=row.field, start=row.start, end=row.end
            )
            for some in _pieces(pairs)
            for row in connection.execute(s.first_places(connection.dialect.name), some)
        }

    def link(self, connection: Connection, links: Sequence[Link]) -> None:
        """Write links; one that is known gets its newer date."""
        if links:
            write = s.write_links(connection.dialect.name)
            connection.execute(write, [link_row(link) for link in links])

    def between(self, connection: Connection, members: Sequence[str]) -> list[Link]:
        """Give the links among some accounts."""
        link = t.link.c
        both = and_(link.left.in_(members), link.right.in_(members))
        return [link_of(row) for row in connection.execute(select(t.link).where(both))]

    def drop(self, connection: Connection, *, reason: str, value: str) -> None:
        """Take the links of one reason and value back."""
        same = and_(t.link.c.reason == reason, t.link.c.value == value)
        connection.execute(delete(t.link).where(same))

    def _unlink(self, connection: Connection, key: Key, member: str) -> None:
        link = t.link.c
        side = or_(link.left == member, link.right == member)
        connection.execute(
            delete(t.link).where(link.reason == key.kind, link.value == key.value, side)
        )


def new_id(connection: Connection, added: Insert, row: Mapping[str, object]) -> int:
    """Insert one row and give the id that it got."""
    key = connection.execute(added, row).inserted_primary_key
    if key is None:
        raise LedgerError("the ledger gave no id to a new row")
    return int(key[0])


def _key_pieces(keys: Iterable[Key]) -> Iterator[dict[str, str]]:
    return _wanted(sorted({(key.kind, key.value) for key in keys}))


def _pieces(pairs: Iterable[Pair]) -> Iterator[dict[str, str]]:
    return _wanted(sorted((key.kind, key.value, member) for member, key in pairs))


def _wanted(rows: Sequence[tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """Give rows as the statements want them, as many at a time as one takes."""
    for at in range(0, len(rows), _BATCH):
        yield {"wanted": json.dumps(rows[at : at + _BATCH])}
