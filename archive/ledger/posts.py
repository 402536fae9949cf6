"""What was said: posts with their versions, and accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from archive import codec
from archive.errors import InputError
from archive.keys import Keys
from archive.ledger import accounts, tables
from archive.ledger.limits import misfit
from archive.ledger.outbox import Outbox, Ticket
from archive.ledger.turns import one_writer
from archive.records import Post

_Row = Row[*tuple[Any, ...]]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPost:
    """A post as the ledger holds it."""

    id: int
    version: int
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    post: Post

    @property
    def at(self) -> datetime:
        """When it was posted, or first seen where the platform does not say."""
        return self.post.posted_at or self.first_seen


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
        total = Added()
        wrong = next(filter(None, map(misfit, posts)), None)
        if wrong:
            raise InputError(f"A post cannot be kept: {wrong}")
        one_writer(connection)
        self._hold_keys(connection, [post.key for post in posts])
        for at in range(0, len(posts), _BATCH):
            total += self._add_batch(connection, posts[at : at + _BATCH], seen_at, keep)
        return total

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
        row = connection.execute(_newest().where(tables.post.c.key == key)).one_or_none()
        return _stored(row) if row else None

    def versions(self, connection: Connection, key: str) -> list[StoredPost]:
        """Give every version of a post, oldest first."""
        every = _columns().where(tables.post.c.key == key)
        rows = connection.execute(every.order_by(tables.post_version.c.version))
        return [_stored(row) for row in rows]

    def of_tickets(self, connection: Connection, tickets: Iterable[Ticket]) -> list[StoredPost]:
        """Give the posts of outbox tickets, newest versions, in the order of their row ids."""
        return self.of_ids(connection, [ticket.post for ticket in tickets])

    def of_ids(self, connection: Connection, ids: Sequence[int]) -> list[StoredPost]:
        """Give posts by row id, newest versions, in the order of their ids."""
        rows = connection.execute(_newest().where(tables.post.c.id.in_(ids)))
        return sorted((_stored(row) for row in rows), key=lambda stored: stored.id)

    def scan(self, connection: Connection, *, size: int = 1000) -> Iterator[StoredPost]:
        """Walk over every post, newest versions, in the order of row ids."""
        after = 0
        while True:
            rows = connection.execute(
                _newest().where(tables.post.c.id > after).order_by(tables.post.c.id).limit(size)
            ).all()
            yield from map(_stored, rows)
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
        self, connection: Connection, posts: Sequence[Post], seen_at: datetime, keep: bool
    ) -> Added:
        newest = {post.key: post for post in posts}
        held = self._held(connection, list(newest))
        gone = self._dropped(connection, [key for key in newest if key not in held])
        fresh = [post for key, post in newest.items() if key not in held and key not in gone]
        edited = [
            (held[key], post)
            for key, post in newest.items()
            if key in held and held[key].digest != digest(post)
        ]
        tickets = self._insert(connection, fresh, seen_at, keep)
        tickets += [self._edit(connection, row, post, seen_at) for row, post in edited]
        self._touch(connection, [row.id for row in held.values()], seen_at)
        accounts.touch(connection, [p.author for p in posts if p.author], seen_at=seen_at)
        self._to_judge.put(connection, tickets)
        known = len(posts) - len(fresh) - len(edited)
        return Added(added=len(fresh), edited=len(edited), known=known)

    def _hold_keys(self, connection: Connection, keys: Sequence[str]) -> None:
        """Lock all that is known of some posts in one go: two batches could be out of order."""
        table = tables.post
        for at in range(0, len(keys), _LOCKED):
            known = select(table.c.id).where(table.c.key.in_(keys[at : at + _LOCKED]))
            _lock(connection, known)

    def _held(self, connection: Connection, keys: Sequence[str]) -> dict[str, _Row]:
        table = tables.post
        columns = select(table.c.key, table.c.id, table.c.version, table.c.digest)
        return {row.key: row for row in connection.execute(columns.where(table.c.key.in_(keys)))}

    def _dropped(self, connection: Connection, keys: Sequence[str]) -> set[str]:
        marks = {self._mark(key): key for key in keys}
        table = tables.dropped
        found = connection.scalars(select(table.c.digest).where(table.c.digest.in_(marks)))
        return {marks[mark] for mark in found}

    def _insert(
        self, connection: Connection, posts: Sequence[Post], seen_at: datetime, keep: bool
    ) -> list[Ticket]:
        if not posts:
            return []
        rows = [
            {
                "key": post.key,
                "platform": post.platform,
                "version": 1,
                "digest": digest(post),
                "first_seen": seen_at,
                "last_seen": seen_at,
                "keep": keep,
            }
            for post in posts
        ]
        connection.execute(insert(tables.post), rows)
        ids = {key: row.id for key, row in self._held(connection, [p.key for p in posts]).items()}
        bodies = [_version_row(ids[post.key], 1, post, seen_at) for post in posts]
        connection.execute(insert(tables.post_version), bodies)
        return [Ticket(post=ids[post.key], version=1) for post in posts]

    def _edit(self, connection: Connection, row: _Row, post: Post, seen_at: datetime) -> Ticket:
        version = row.version + 1
        table = tables.post
        connection.execute(
            update(table)
            .where(table.c.id == row.id)
            .values(version=version, digest=digest(post), gone_at=None)
        )
        body = _version_row(row.id, version, post, seen_at)
        connection.execute(insert(tables.post_version), [body])
        return Ticket(post=row.id, version=version)

    def _touch(self, connection: Connection, ids: Sequence[int], seen_at: datetime) -> None:
        table = tables.post
        seen = update(table).where(table.c.id.in_(ids), table.c.last_seen < seen_at)
        connection.execute(seen.values(last_seen=seen_at))

    def _mark(self, key: str) -> str:
        return self._keys.digest("dropped", key.encode())


def _lock(connection: Connection, rows: Select[*tuple[Any, ...]]) -> None:
    """Lock posts in the order of their ids; verdicts and reviews of them can still be added."""
    if connection.dialect.name == "postgresql":
        connection.execute(rows.order_by(tables.post.c.id).with_for_update(key_share=True)).all()


def digest(post: Post) -> str:
    """Digest what a reader would call the post: an edit changes it, a new count of likes not."""
    pictures = [media.sha256 or media.url for media in post.media]
    body = codec.encode([post.title, post.text, pictures])
    return hashlib.sha256(body.encode()).hexdigest()


def _version_row(post_id: int, version: int, post: Post, seen_at: datetime) -> dict[str, object]:
    return {
        "post": post_id,
        "version": version,
        "seen_at": seen_at,
        "observation": post.observation,
        "body": codec.encode(replace(post, observation=None)),
    }


def _columns() -> Select[*tuple[Any, ...]]:
    p, v = tables.post, tables.post_version
    columns = (p.c.id, v.c.version, p.c.first_seen, p.c.last_seen, p.c.gone_at)
    return select(*columns, v.c.observation, v.c.body).join(v, v.c.post == p.c.id)


def _newest() -> Select[*tuple[Any, ...]]:
    return _columns().where(tables.post_version.c.version == tables.post.c.version)


def _stored(row: _Row) -> StoredPost:
    return StoredPost(
        id=row.id,
        version=row.version,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        gone_at=row.gone_at,
        post=replace(codec.decode(row.body, Post), observation=row.observation),
    )
