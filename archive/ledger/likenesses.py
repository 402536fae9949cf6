"""Numbers of texts and pictures that are nearly the same, found by the marks that they bear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from archive.ledger import link_statements as s
from archive.ledger.links import new_id

_BATCH = 500
_MOST = 64  # candidates, those that share most marks


class LikenessBook:
    """Likenesses with signatures and marks; each call runs inside the caller's transaction."""

    def number(self, connection: Connection, digest: str) -> int | None:
        """Give the likeness of bytes or of a text seen before."""
        found: int | None = connection.scalar(s.LIKENESS_OF, {"digest": digest})
        return found

    def like_text(self, connection: Connection, marks: Sequence[int]) -> list[tuple[int, bytes]]:
        """Give the likenesses, with signatures, that share most of a text's marks."""
        wanted = {f"m{at}": mark for at, mark in enumerate(marks)}
        shared = Counter(connection.scalars(s.LATEST_BEARERS, wanted))
        return self._signatures(connection, [number for number, _ in shared.most_common(_MOST)])

    def like_picture(self, connection: Connection, marks: Sequence[int]) -> list[tuple[int, bytes]]:
        """Give the likenesses, with signatures, that bear one of a picture's marks."""
        return self._signatures(
            connection, list(set(connection.scalars(s.BEARERS, {"marks": marks})))
        )

    def new(self, connection: Connection, kind: str, signature: bytes, marks: Sequence[int]) -> int:
        """Write a likeness that nothing before it resembles."""
        number = new_id(connection, s.ADD_LIKENESS, {"kind": kind, "signature": signature})
        rows = [{"mark": mark, "likeness": number} for mark in sorted(set(marks))]
        connection.execute(s.ADD_MARKS, rows)
        return number

    def know(self, connection: Connection, digest: str, likeness: int) -> None:
        """Note which likeness some bytes or a text have."""
        row = {"digest": digest, "likeness": likeness}
        connection.execute(s.know_likeness(connection.dialect.name), [row])

    def _signatures(
        self, connection: Connection, numbers: Sequence[int]
    ) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        for at in range(0, len(numbers), _BATCH):
            rows = connection.execute(s.SIGNATURES, {"ids": numbers[at : at + _BATCH]})
            found += [(row.id, row.signature) for row in rows]
        return found
