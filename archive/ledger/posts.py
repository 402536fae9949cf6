"""What was said: posts with their versions, and accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from archive.errors import InputError
from archive.keys import Keys
from archive.ledger import accounts, tables
from archive.ledger.limits import misfit
from archive.ledger.outbox import Outbox, Ticket
from archive.ledger.stored import StoredPost, StoredRow, columns, newest, stored
from archive.ledger.turns import one_writer
from archive.ledger.versions import Change, changes_of, version_row
from archive.records import Post

_BATCH = 500  # SQLite takes 32,766 variables a statement; PostgreSQL 65,535
_LOCKED = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of posts handed in."""

    added: int = 0
    edited: int = 0
    known: int = 0

    def __add__(self, other: Added) -> Added:
        return Added(
            added=self.added + other.added,
            edited=self.edited + other.edited,
            known=self.known + other.known,
        )


class Posts:
    """Posts and accounts; every call runs inside the caller's transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._to_judge = Outbox(tables.to_judge)
        self._to_link = Outbox(tables.to_link)

    def add(
        self,
        connection: Connection,
        posts: Sequence[Post],
        *,
        seen_at: datetime,
        keep: bool = False,
    ) -> Added:
        """Write posts, a new version where one changed, and promise to judge what is new.

        Raises ``InputError`` on a post that cannot be kept, before anything is written.
        ``keep`` holds a post for research whatever it is judged to be.
        """
        return self.add_all(connection, [(posts, seen_at)], keep=keep)

    def add_all(
        self,
        connection: Connection,
        pages: Sequence[tuple[Sequence[Post], datetime]],
        *,
        keep: bool = False,
    ) -> Added:
        """Write the posts of several pages, each seen at its moment; in a page the last stands.

        Raises ``InputError`` on a post that cannot be kept, before anything is written.
        """
        total = Added()
        wrong = next((why for posts, _ in pages for p in posts if (why := misfit(p))), None)
        if wrong:
            raise InputError(f"A post cannot be kept: {wrong}")
        one_writer(connection)
        seen = [(post, at) for posts, at in pages for post in {p.key: p for p in posts}.values()]
        self._hold_keys(connection, [post.key for post, _ in seen])
        for at in range(0, len(seen), _BATCH):
            total += self._add_batch(connection, seen[at : at + _BATCH], keep)
        authors = ((p.author, at) for posts, at in pages for p in posts if p.author)
        accounts.touch(connection, authors)
        doubles = sum(len(posts) for posts, _ in pages) - len(seen)
        return total + Added(known=doubles)

    def gone(self, connection: Connection, key: str, *, at: datetime) -> bool:
        """Note that a post is no longer there; say whether it was known."""
        table = tables.post
        here = (table.c.key == key) & table.c.gone_at.is_(None)
        changed = update(table).where(here).values(gone_at=at)
        rows = connection.execute(changed.returning(table.c.id, table.c.version)).all()
        self._to_link.put(connection, [Ticket(post=row.id, version=row.version) for row in rows])
        return bool(rows)

    def get(self, connection: Connection, key: str) -> StoredPost | None:
        """Give the newest version of a post."""
        row = connection.execute(newest().where(tables.post.c.key == key)).one_or_none()
        return stored(row) if row else None

    def versions(self, connection: Connection, key: str) -> list[StoredPost]:
        """Give every version of a post, oldest first."""
        every = columns().where(tables.post.c.key == key)
        rows = connection.execute(every.order_by(tables.post_version.c.version))
        return [stored(row) for row in rows]

    def of_tickets(self, connection: Connection, tickets: Iterable[Ticket]) -> list[StoredPost]:
        """Give the posts of outbox tickets, newest versions, in the order of their row ids."""
        return self.of_ids(connection, [ticket.post for ticket in tickets])

    def of_ids(self, connection: Connection, ids: Sequence[int]) -> list[StoredPost]:
        """Give posts by row id, newest versions, in the order of their ids."""
        rows = connection.execute(newest().where(tables.post.c.id.in_(ids)))
        return sorted((stored(row) for row in rows), key=lambda found: found.id)

    def at_versions(self, connection: Connection, tickets: Iterable[Ticket]) -> list[StoredPost]:
        """Give posts as they were in some versions, in the order of their row ids."""
        v = tables.post_version
        wanted = tuple_(v.c.post, v.c.version).in_([(t.post, t.version) for t in tickets])
        rows = connection.execute(columns().where(wanted))
        return sorted((stored(row) for row in rows), key=lambda found: found.id)

    def scan(self, connection: Connection, *, size: int = 1000) -> Iterator[StoredPost]:
        """Walk over every post, newest versions, in the order of row ids."""
        after = 0
        while True:
            rows = connection.execute(
                newest().where(tables.post.c.id > after).order_by(tables.post.c.id).limit(size)
            ).all()
            yield from map(stored, rows)
            if not rows:
                return
            after = rows[-1].id

    def count(self, connection: Connection) -> int:
        """Count the posts kept."""
        return connection.scalar(select(func.count()).select_from(tables.post)) or 0

    def hold(self, connection: Connection, ids: Sequence[int]) -> None:
        """Lock posts by row id, before anything of theirs is locked elsewhere."""
        _lock(connection, select(tables.post.c.id).where(tables.post.c.id.in_(ids)))

    def retain(self, connection: Connection, ids: Sequence[int], *, until: datetime | None) -> None:
        """Set when posts are to be dropped (``None``: never); a post kept for research stays."""
        table = tables.post
        keep_free = update(table).where(table.c.id.in_(ids), table.c.keep.is_(False))
        connection.execute(keep_free.values(drop_after=until))

    def purge(self, connection: Connection, *, now: datetime) -> int:
        """Drop what is past its time; a keyed digest stays, so that it is not taken in again."""
        table = tables.post
        one_writer(connection)
        due = select(table.c.id, table.c.key).where(table.c.drop_after < now)
        rows = connection.execute(due.order_by(table.c.id).with_for_update()).all()
        if not rows:
            return 0
        marks = [{"digest": self._mark(row.key), "dropped_at": now} for row in rows]
        connection.execute(insert(tables.dropped), marks)
        ids = [row.id for row in rows]
        for at in range(0, len(ids), _BATCH):
            connection.execute(delete(table).where(table.c.id.in_(ids[at : at + _BATCH])))
        return len(rows)

    def _add_batch(
        self, connection: Connection, seen: Sequence[tuple[Post, datetime]], keep: bool
    ) -> Added:
        keys = list(dict.fromkeys(post.key for post, _ in seen))
        held = self._held(connection, keys)
        gone = self._dropped(connection, [key for key in keys if key not in held])
        changes = changes_of(held, [pair for pair in seen if pair[0].key not in gone])
        last = {change.post.key: change for change in changes}
        fresh = [change for change in changes if change.version == 1]
        ids = {key: row.id for key, row in held.items()}
        ids |= self._insert(connection, [(one, last[one.post.key]) for one in fresh], keep)
        self._edit(connection, [(ids[key], one) for key, one in last.items() if key in held])
        again = [
            (ids[post.key], at)
            for post, at in seen
            if post.key in held or (post.key in last and at > last[post.key].seen_at)
        ]
        self._touch(connection, again)
        if changes:
            bodies = [version_row(ids[change.post.key], change) for change in changes]
            connection.execute(insert(tables.post_version), bodies)
        tickets = (Ticket(post=ids[key], version=one.version) for key, one in last.items())
        self._to_judge.put(connection, tickets)
        edited = len(changes) - len(fresh)
        known = len(seen) - len(changes)
        return Added(added=len(fresh), edited=edited, known=known)

    def _hold_keys(self, connection: Connection, keys: Sequence[str]) -> None:
        """Lock all that is known of some posts in one go: two batches could be out of order."""
        table = tables.post
        for at in range(0, len(keys), _LOCKED):
            known = select(table.c.id).where(table.c.key.in_(keys[at : at + _LOCKED]))
            _lock(connection, known)

    def _held(self, connection: Connection, keys: Sequence[str]) -> dict[str, StoredRow]:
        table = tables.post
        columns = select(table.c.key, table.c.id, table.c.version, table.c.digest)
        return {row.key: row for row in connection.execute(columns.where(table.c.key.in_(keys)))}

    def _dropped(self, connection: Connection, keys: Sequence[str]) -> set[str]:
        marks = {self._mark(key): key for key in keys}
        table = tables.dropped
        found = connection.scalars(select(table.c.digest).where(table.c.digest.in_(marks)))
        return {marks[mark] for mark in found}

    def _insert(
        self, connection: Connection, fresh: Sequence[tuple[Change, Change]], keep: bool
    ) -> dict[str, int]:
        """Write new posts, given as first and last seen; give their ids by key."""
        if not fresh:
            return {}
        rows = [
            {
                "key": first.post.key,
                "platform": first.post.platform,
                "version": last.version,
                "digest": last.digest,
                "first_seen": first.seen_at,
                "last_seen": last.seen_at,
                "keep": keep,
            }
            for first, last in fresh
        ]
        connection.execute(insert(tables.post), rows)
        held = self._held(connection, [first.post.key for first, _ in fresh])
        return {key: row.id for key, row in held.items()}

    def _edit(self, connection: Connection, edited: Sequence[tuple[int, Change]]) -> None:
        table = tables.post
        rows = [
            {"here": number, "to_version": one.version, "to_digest": one.digest}
            for number, one in edited
        ]
        if rows:
            here = update(table).where(table.c.id == bindparam("here"))
            version: Any = bindparam("to_version")
            mark: Any = bindparam("to_digest")
            connection.execute(here.values(version=version, digest=mark, gone_at=None), rows)

    def _touch(self, connection: Connection, seen: Sequence[tuple[int, datetime]]) -> None:
        """Write when posts were last seen."""
        table = tables.post
        by: dict[datetime, list[int]] = {}
        for number, at in dict(sorted(seen, key=lambda pair: pair[1])).items():
            by.setdefault(at, []).append(number)
        for at, ids in by.items():
            older = update(table).where(table.c.id.in_(ids), table.c.last_seen < at)
            connection.execute(older.values(last_seen=at))

    def _mark(self, key: str) -> str:
        return self._keys.digest("dropped", key.encode())


def _lock(connection: Connection, rows: Select[*tuple[Any, ...]]) -> None:
    """Lock posts in the order of their ids; verdicts and reviews of them can still be added."""
    if connection.dialect.name == "postgresql":
        connection.execute(rows.order_by(tables.post.c.id).with_for_update(key_share=True)).all()
