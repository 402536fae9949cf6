"""Numbers of texts and pictures that are nearly the same, found by the marks that they bear."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from archive.ledger import link_statements as s

_BATCH = 500
Candidates = list[tuple[int, bytes]]


class LikenessBook:
    """Likenesses with signatures and marks, for one transaction of the one linker.

    What is new is kept aside until ``write``, and found there meanwhile.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: int = connection.scalar(s.LAST_LIKENESS) or 0
        self._known: dict[str, int] = {}
        self._digests: dict[str, int] = {}
        self._rows: list[dict[str, object]] = []
        self._signatures: dict[int, bytes] = {}
        self._bearers: dict[int, list[int]] = defaultdict(list)

    def recall(self, digests: Sequence[str]) -> None:
        """Look up which bytes and texts were seen before."""
        for at in range(0, len(digests), _BATCH):
            some = {"digests": digests[at : at + _BATCH]}
            rows = self._connection.execute(s.LIKENESSES_OF, some)
            self._known |= {row.digest: row.likeness for row in rows}

    def number(self, digest: str) -> int | None:
        """Give the likeness of recalled bytes or of a recalled text."""
        return self._known.get(digest)

    def like_text(self, marks: Sequence[int]) -> Candidates:
        """Give the likenesses, with signatures, that share most of a text's marks."""
        wanted = {f"m{at}": mark for at, mark in enumerate(marks)}
        rows = self._connection.execute(s.LIKE_TEXT, wanted).all()
        shared = Counter({row.id: row.shared for row in rows}) + self._aside(marks)
        held = {row.id: row.signature for row in rows} | self._signatures
        return [(number, held[number]) for number, _ in shared.most_common(s.MOST_LIKE)]

    def like_picture(self, marks: Sequence[int]) -> Candidates:
        """Give the likenesses, with signatures, that bear one of a picture's marks."""
        rows = self._connection.execute(s.LIKE_PICTURE, {"marks": marks})
        aside = [(number, self._signatures[number]) for number in self._aside(marks)]
        return [*((row.id, row.signature) for row in rows), *aside]

    def new(self, kind: str, signature: bytes, marks: Sequence[int]) -> int:
        """Give a number to what nothing before it resembles."""
        self._last += 1
        self._rows.append({"id": self._last, "kind": kind, "signature": signature})
        self._signatures[self._last] = signature
        for mark in sorted(set(marks)):
            self._bearers[mark].append(self._last)
        return self._last

    def know(self, digest: str, likeness: int) -> None:
        """Note which likeness some bytes or a text have."""
        self._known[digest] = self._digests[digest] = likeness

    def write(self) -> None:
        """Write what was new."""
        marks = [{"mark": m, "likeness": n} for m, some in self._bearers.items() for n in some]
        digests = [{"digest": d, "likeness": n} for d, n in self._digests.items()]
        know = s.know_likeness(self._connection.dialect.name)
        for statement, rows in (
            (s.ADD_LIKENESS, self._rows),
            (s.ADD_MARKS, marks),
            (know, digests),
        ):
            if rows:
                self._connection.execute(statement, rows)

    def _aside(self, marks: Sequence[int]) -> Counter[int]:
        return Counter(number for mark in marks for number in self._bearers.get(mark, ()))


def signatures(connection: Connection, numbers: Collection[int]) -> Candidates:
    """Give the signatures of likenesses, the oldest first."""
    rows = connection.execute(s.SIGNATURES, {"numbers": sorted(numbers)})
    return sorted((row.id, row.signature) for row in rows)
