"""Which posts show one of some likenesses: texts or pictures that are nearly the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from archive.ledger import link_tables as t
from archive.ledger import tables


def posts_alike(
    connection: Connection, kind: str, numbers: Collection[int], *, most: int
) -> list[str]:
    """Give the keys of posts that show one of some likenesses, the latest first."""
    trace, post = t.trace.c, tables.post.c
    here = trace.kind == kind, trace.value.in_([str(number) for number in numbers])
    rows = select(post.key).join_from(t.trace, tables.post).where(*here).group_by(post.key)
    return list(connection.scalars(rows.order_by(func.max(trace.at).desc(), post.key).limit(most)))


def numbers_of(connection: Connection, kind: str, post: int) -> set[int]:
    """Give the likenesses that a linked post shows."""
    trace = t.trace.c
    here = select(trace.value).where(trace.post == post, trace.kind == kind)
    return {int(value) for value in connection.scalars(here)}


def bearing(connection: Connection, marks: Sequence[int]) -> list[tuple[int, bytes]]:
    """Give the likenesses, with signatures, that bear one of some marks."""
    kept = t.likeness.c
    ids = select(t.likeness_mark.c.likeness).where(t.likeness_mark.c.mark.in_(marks)).distinct()
    rows = connection.execute(select(kept.id, kept.signature).where(kept.id.in_(ids)))
    return [(row.id, row.signature) for row in rows]
