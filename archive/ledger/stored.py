"""Posts as they are read from the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from archive import codec
from archive.ledger import tables
from archive.records import Post

StoredRow = Row[*tuple[Any, ...]]


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


def columns() -> Select[*tuple[Any, ...]]:
    """Give the statement that reads every version of posts."""
    p, v = tables.post, tables.post_version
    columns = (p.c.id, v.c.version, p.c.first_seen, p.c.last_seen, p.c.gone_at)
    return select(*columns, v.c.observation, v.c.body).join(v, v.c.post == p.c.id)


def newest() -> Select[*tuple[Any, ...]]:
    """Give the statement that reads the newest version of posts."""
    return columns().where(tables.post_version.c.version == tables.post.c.version)


def stored(row: StoredRow) -> StoredPost:
    """Read a row of them."""
    return StoredPost(
        id=row.id,
        version=row.version,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        gone_at=row.gone_at,
        post=replace(codec.decode(row.body, Post), observation=row.observation),
    )
