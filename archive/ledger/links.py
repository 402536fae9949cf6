"""What links accounts: traces of posts, ties of accounts, hubs, links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Row,
    and_,
    delete,
    or_,
    select,
)

from archive import codec
from archive.errors import LedgerError
from archive.ledger import link_statements as s
from archive.ledger import link_tables as t
from archive.records import Link, Proof

_BATCH = 400
_MOST = 64  # how many accounts of one shared thing are looked at: cost stays flat


@dataclass(frozen=True, slots=True)
class Key:
    """A thing that accounts may share: a contact, a text, a picture, a name."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where one post shows a key."""

    post: int
    version: int
    member: str
    key: Key
    field: str
    start: int
    end: int
    at: datetime
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """That an account shows a key, how often, and how often as its only contact."""

    key: Key
    member: str
    posts: int
    alone: int
    first: datetime
    last: datetime


class Links:
    """Traces, ties, hubs and links; each call runs inside the caller's transaction."""

    def add(self, connection: Connection, traces: Sequence[Trace]) -> set[Key]:
        """Write the traces of one post, count them into ties; give the keys new to its account."""
        if not traces:
            return set()
        keys = {trace.key for trace in traces}
        whose = {"keys": _pairs(keys), "member": traces[0].member}
        fresh = keys - {Key(*row) for row in connection.execute(s.KNOWN, whose)}
        connection.execute(s.ADD_TRACES, [_trace_row(trace) for trace in traces])
        count_ties = s.count_ties(connection.dialect.name)
        connection.execute(count_ties, [_tie_row(trace) for trace in traces])
        return fresh

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
        return [_tie(row) for row in connection.execute(s.TIES_OF, {"members": members})]

    def live_ties_of(self, connection: Connection, members: Sequence[str]) -> list[Tie]:
        """Give every tie of some accounts but those to hubs."""
        found: list[Tie] = []
        for at in range(0, len(members), _BATCH):
            some = {"members": members[at : at + _BATCH]}
            found += [_tie(row) for row in connection.execute(s.LIVE_TIES_OF, some)]
        return found

    def live_ties_among(
        self, connection: Connection, member: str, keys: Collection[Key]
    ) -> list[Tie]:
        """Give an account's ties to some keys but those to hubs."""
        whose = {"member": member, "keys": _pairs(keys)}
        return [_tie(row) for row in connection.execute(s.LIVE_TIES_AMONG, whose)]

    def in_common(
        self, connection: Connection, own: int, other: int, *, kinds: Collection[str]
    ) -> set[Key]:
        """Give the keys of some kinds, hubs aside, that two campaigns share."""
        sides = {"own": own, "other": other, "kinds": sorted(kinds)}
        return {Key(*row) for row in connection.execute(s.KEYS_IN_COMMON, sides)}

    def ties_on(self, connection: Connection, key: Key, *, most: int = _MOST) -> list[Tie]:
        """Give the accounts tied to a key, the latest first."""
        which = {"kind": key.kind, "value": key.value, "most": most}
        return [_tie(row) for row in connection.execute(s.TIES_ON, which)]

    def count(self, connection: Connection, key: Key) -> int:
        """Count the accounts tied to a key."""
        return connection.scalar(s.COUNT, {"kind": key.kind, "value": key.value}) or 0

    def hubs(self, connection: Connection, keys: Iterable[Key]) -> set[Key]:
        """Give those of the keys that are known to be shared by strangers."""
        pairs = _pairs(set(keys))
        found: set[Key] = set()
        for at in range(0, len(pairs), _BATCH):
            rows = connection.execute(s.HUBS, {"keys": pairs[at : at + _BATCH]})
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

    def proofs(self, connection: Connection, key: Key, members: Sequence[str]) -> dict[str, Proof]:
        """Give the first place where each of some accounts shows a key."""
        which = {"kind": key.kind, "value": key.value, "members": members}
        return {
            row.member: Proof(
                post=row.key, version=row.version, field=row.field, start=row.start, end=row.end
            )
            for row in connection.execute(s.FIRST_PLACES, which)
        }

    def link(self, connection: Connection, links: Sequence[Link]) -> None:
        """Write links; one that is known gets its newer date."""
        if links:
            write = s.write_links(connection.dialect.name)
            connection.execute(write, [_link_row(link) for link in links])

    def between(self, connection: Connection, members: Sequence[str]) -> list[Link]:
        """Give the links among some accounts."""
        link = t.link.c
        both = and_(link.left.in_(members), link.right.in_(members))
        return [_link(row) for row in connection.execute(select(t.link).where(both))]

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


def _pairs(keys: Iterable[Key]) -> list[tuple[str, str]]:
    return [(key.kind, key.value) for key in keys]


def _trace_row(trace: Trace) -> dict[str, object]:
    return {
        "post": trace.post,
        "version": trace.version,
        "member": trace.member,
        "kind": trace.key.kind,
        "value": trace.key.value,
        "field": trace.field,
        "start": trace.start,
        "end": trace.end,
        "at": trace.at,
        "alone": trace.alone,
    }


def _tie_row(trace: Trace) -> dict[str, object]:
    return {
        "kind": trace.key.kind,
        "value": trace.key.value,
        "member": trace.member,
        "posts": 1,
        "alone": int(trace.alone),
        "first": trace.at,
        "last": trace.at,
    }


def _tie(row: Row[Any]) -> Tie:
    return Tie(
        key=Key(row.kind, row.value),
        member=row.member,
        posts=row.posts,
        alone=row.alone,
        first=row.first,
        last=row.last,
    )


def _link_row(link: Link) -> dict[str, object]:
    return {
        "left": link.left,
        "right": link.right,
        "reason": link.reason,
        "value": link.value,
        "strength": link.strength,
        "first": link.first,
        "last": link.last,
        "proof": codec.encode(link.proof),
    }


def _link(row: Row[Any]) -> Link:
    return Link(
        left=row.left,
        right=row.right,
        reason=row.reason,
        value=row.value,
        strength=row.strength,
        first=row.first,
        last=row.last,
        proof=codec.decode(row.proof, tuple[Proof, ...]),
    )
