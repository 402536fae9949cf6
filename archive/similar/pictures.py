"""Pictures that look nearly the same, by the PDQ hashes of the linker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from archive.errors import EvidenceError
from archive.ledger.alike import bearing, posts_alike
from archive.ledger.ledger import Ledger
from archive.links.likeness import look_of, marks_near
from archive.links.traces import PICTURE
from archive.records import Post
from archive.similar.phrases import Place, Shared

_UNLIKE = 128  # bits of 256 in which two pictures differ that have nothing in common
_MOST_BITS = 62  # two pictures that are each within 31 bits of a third
_MOST = 200


@dataclass(frozen=True, slots=True)
class Nearest:
    """The two pictures of two posts that are most alike."""

    score: float
    shared: Shared


class Pictures:
    """Compares the kept pictures of posts; each is hashed once."""

    def __init__(self, ledger: Ledger) -> None:
        self._evidence = ledger.evidence
        self._bits: dict[str, np.ndarray | None] = {}

    def candidates(self, connection: Connection, post: Post) -> list[str]:
        """Give the keys of linked posts with a picture that may be like one of this post's."""
        numbers: set[int] = set()
        for _, bits in self._of(connection, post):
            numbers |= {
                number
                for number, body in bearing(connection, marks_near(bits))
                if np.count_nonzero(np.unpackbits(np.frombuffer(body, np.uint8)) != bits)
                <= _MOST_BITS
            }
        return posts_alike(connection, PICTURE, numbers, most=_MOST) if numbers else []

    def compare(self, connection: Connection, here: Post, there: Post) -> Nearest | None:
        """Give the nearest two pictures of two posts; ``None`` where none are alike."""
        pairs = [
            (int(np.count_nonzero(one != other)), at, to)
            for at, one in self._of(connection, here)
            for to, other in self._of(connection, there)
        ]
        apart, at, to = min(pairs, default=(_UNLIKE, 0, 0))
        if apart > _MOST_BITS:
            return None
        proof = Shared(
            words=f"pictures {apart} of 256 bits apart",
            here=Place(field=f"media:{at}", start=0, end=0),
            there=Place(field=f"media:{to}", start=0, end=0),
        )
        return Nearest(score=round(1 - apart / _UNLIKE, 4), shared=proof)

    def _of(self, connection: Connection, post: Post) -> list[tuple[int, np.ndarray]]:
        found: list[tuple[int, np.ndarray]] = []
        for at, media in enumerate(post.media):
            if media.sha256 and media.sha256 not in self._bits:
                self._bits[media.sha256] = self._look(connection, media.sha256)
            bits = self._bits.get(media.sha256 or "")
            if bits is not None:
                found.append((at, bits))
        return found

    def _look(self, connection: Connection, sha256: str) -> np.ndarray | None:
        try:
            return look_of(self._evidence.get(connection, sha256))
        except EvidenceError:
            return None
