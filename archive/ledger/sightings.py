"""Which job saw which post, and which pictures are kept: what overlaps and what need not come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, String, Table, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive.ledger import tables
from archive.ledger.tables import Instant, metadata

sighting = Table(
    "sighting",
    metadata,
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("job", ForeignKey("job.id"), primary_key=True),
)

picture = Table(
    "picture",
    metadata,
    Column("address", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("seen_at", Instant, nullable=False),
)


class Sightings:
    """Sightings and pictures; every call runs inside the caller's transaction."""

    def add(self, connection: Connection, seen: Sequence[tuple[int, str]]) -> None:
        """Write which jobs saw posts: ids of jobs and keys of posts."""
        table, keys = tables.post, {key for _, key in seen}
        found = connection.execute(select(table.c.key, table.c.id).where(table.c.key.in_(keys)))
        ids: dict[str, int] = {row.key: row.id for row in found}
        pairs = {(ids[key], job) for job, key in seen if key in ids}
        rows: list[dict[str, object]] = [{"post": post, "job": job} for post, job in sorted(pairs)]
        self._insert(connection, sighting, rows)

    def of_jobs(self, connection: Connection, jobs: Iterable[int]) -> dict[int, set[int]]:
        """Give the posts that each job saw, by the ledger's row ids; comments are not counted."""
        found: dict[int, set[int]] = {job: set() for job in jobs}
        query = select(sighting.c.job, sighting.c.post).where(sighting.c.job.in_(found))
        for job, post in connection.execute(query):
            found[job].add(post)
        return found

    def keep_pictures(
        self, connection: Connection, kept: Iterable[tuple[str, str, datetime]]
    ) -> None:
        """Write under which digests the pictures of addresses are kept, and since when."""
        rows: list[dict[str, object]] = [
            {"address": _address(url), "sha256": sha256, "seen_at": at} for url, sha256, at in kept
        ]
        self._insert(connection, picture, rows)

    def pictures(self, connection: Connection, urls: Iterable[str]) -> dict[str, str]:
        """Give the digests of the pictures that are kept already."""
        by = {_address(url): url for url in urls}
        query = select(picture.c.address, picture.c.sha256).where(picture.c.address.in_(by))
        return {by[address]: sha256 for address, sha256 in connection.execute(query)}

    def _insert(
        self, connection: Connection, table: Table, rows: Sequence[dict[str, object]]
    ) -> None:
        if rows:
            postgres = connection.dialect.name == "postgresql"
            statement = (postgres_insert if postgres else sqlite_insert)(table)
            connection.execute(statement.on_conflict_do_nothing(), rows)


def _address(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
