"""Numbers of texts and pictures that are nearly the same, found by the marks that they bear."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from archive.ledger import link_tables as t
from archive.ledger.links import new_id, upsert


class LikenessBook:
    """Likenesses with signatures and marks; each call runs inside the caller's transaction."""

    def number(self, connection: Connection, digest: str) -> int | None:
        """Give the likeness of bytes or of a text seen before."""
        table = t.likeness_of
        found: int | None = connection.scalar(
            select(table.c.likeness).where(table.c.digest == digest)
        )
        return found

    def candidates(self, connection: Connection, marks: Sequence[int]) -> list[tuple[int, bytes]]:
        """Give the likenesses, with signatures, that bear one of the marks."""
        mark, kept = t.likeness_mark, t.likeness
        ids = select(mark.c.likeness).where(mark.c.mark.in_(marks)).distinct()
        rows = connection.execute(select(kept.c.id, kept.c.signature).where(kept.c.id.in_(ids)))
        return [(row.id, row.signature) for row in rows]

    def new(self, connection: Connection, kind: str, signature: bytes, marks: Sequence[int]) -> int:
        """Write a likeness that nothing before it resembles."""
        added = insert(t.likeness).values(kind=kind, signature=signature)
        number = new_id(connection, added)
        rows = [{"mark": mark, "likeness": number} for mark in sorted(set(marks))]
        connection.execute(insert(t.likeness_mark), rows)
        return number

    def know(self, connection: Connection, digest: str, likeness: int) -> None:
        """Note which likeness some bytes or a text have."""
        row = {"digest": digest, "likeness": likeness}
        connection.execute(upsert(connection, t.likeness_of).on_conflict_do_nothing(), [row])
