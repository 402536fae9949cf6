"""Texts and pictures that are nearly the same get one number: MinHash and PDQ, banded."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pdqhash
from PIL import Image, UnidentifiedImageError
from rensa import RMinHash
from sqlalchemy import Connection

from archive.errors import EvidenceError
from archive.evidence import EvidenceStore
from archive.ledger.likenesses import Candidates, LikenessBook, signatures

SHORTEST_TEXT = 14  # letters and digits: less says nothing about who wrote it
_SHINGLE = 2
_PERMUTATIONS, _ROWS = 126, 6  # 21 bands: found with .63 at a likeness of .6, .0013 at .2
_SAME_TEXT = 0.6
# few words over one boiler-plate were alike by 0.50 to 0.79 (docs/campaigns.md); set by hand
_ONE_WRITING = 0.3
# PDQ's authors take 31 of 256 bits as the same picture and quality under 50 as featureless
_SAME_BITS, _LEAST_QUALITY = 31, 50
_WORDS = 16


class Likenesses:
    """Numbers what a batch shows; signatures are in the ledger, nothing is held in memory."""

    def __init__(self, connection: Connection, evidence: EvidenceStore) -> None:
        self._book = LikenessBook(connection)
        self._connection = connection
        self._evidence = evidence

    def recall(self, texts: Iterable[str], pictures: Iterable[str]) -> None:
        """Look up in one go what of a batch was seen before."""
        digests = [_digest(bare) for bare in texts if len(bare) >= SHORTEST_TEXT]
        self._book.recall([*digests, *pictures])

    def write(self) -> None:
        """Write what was new in the batch."""
        self._book.write()

    def of_text(self, bare: str) -> int | None:
        """Give the number of a text (letters and digits only), new where nothing is like it."""
        if len(bare) < SHORTEST_TEXT:
            return None
        digest = _digest(bare)
        known = self._book.number(digest)
        if known is not None:
            return known
        signature = _minhash(bare)
        marks = _bands(signature)
        number = _nearest_text(signature, self._book.like_text(marks))
        if number is None:
            number = self._book.new("text", signature.tobytes(), marks)
        self._book.know(digest, number)
        return number

    def of_picture(self, sha256: str) -> int | None:
        """Give the number of a kept picture; ``None`` where it is erased or shows nothing."""
        known = self._book.number(sha256)
        if known is not None:
            return known
        bits = self._pdq(sha256)
        if bits is None:
            return None
        words = np.packbits(bits).view(">u2").astype(np.int64)
        number = _nearest_picture(bits, self._book.like_picture(list(_near(words))))
        if number is None:
            number = self._book.new("picture", np.packbits(bits).tobytes(), list(_marks(words)))
        self._book.know(sha256, number)
        return number

    def _pdq(self, sha256: str) -> np.ndarray | None:
        try:
            with Image.open(io.BytesIO(self._evidence.get(self._connection, sha256))) as picture:
                pixels = np.asarray(picture.convert("RGB"))
        except (EvidenceError, UnidentifiedImageError, OSError):
            return None
        bits, quality = pdqhash.compute(pixels)
        return bits if quality >= _LEAST_QUALITY else None


def _digest(bare: str) -> str:
    return hashlib.sha256(b"text\0" + bare.encode()).hexdigest()


def _minhash(bare: str) -> np.ndarray:
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=7)
    sketch.update(sorted({bare[at : at + _SHINGLE] for at in range(len(bare) - _SHINGLE + 1)}))
    return np.array(sketch.digest(), dtype=np.uint32)


def _bands(signature: np.ndarray) -> list[int]:
    bands = signature.reshape(-1, _ROWS)
    return [_mark(f"t{at}".encode() + band.tobytes()) for at, band in enumerate(bands)]


def _mark(data: bytes) -> int:
    """Give 62 bits: a database has no unsigned number of 64, and pictures have bit 62."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 2


def unlike_texts(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Leave of texts that have much in common one: they are one reason, not several."""
    kept: list[tuple[int, np.ndarray]] = []
    for number, body in signatures(connection, numbers):
        signature = np.frombuffer(body, np.uint32)
        if all(np.mean(signature == other) < _ONE_WRITING for _, other in kept):
            kept.append((number, signature))
    return {number for number, _ in kept}


def look_of(picture: bytes) -> np.ndarray | None:
    """Give the PDQ bits of a picture; ``None`` where it is none or shows nothing."""
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            bits, quality = pdqhash.compute(np.asarray(opened.convert("RGB")))
    except (UnidentifiedImageError, OSError):
        return None
    return bits if quality >= _LEAST_QUALITY else None


def marks_near(bits: np.ndarray) -> list[int]:
    """Give the marks that a picture bears which looks nearly the same."""
    return list(_near(np.packbits(bits).view(">u2").astype(np.int64)))


def _marks(words: np.ndarray) -> Iterator[int]:
    """Give a mark for each 16-bit word of a picture's 256 bits; 1 << 62 keeps them apart."""
    for at, word in enumerate(words):
        yield (1 << 62) | (at << 16) | int(word)


def _near(words: np.ndarray) -> Iterator[int]:
    """Give the marks of every word with at most one bit changed.

    31 changed bits over 16 words leave a word with at most one: nothing is missed.
    """
    for mark in _marks(words):
        yield mark
        yield from (mark ^ (1 << bit) for bit in range(16))


def _nearest_text(signature: np.ndarray, candidates: Candidates) -> int | None:
    if not candidates:
        return None
    alike = np.mean(_stacked(candidates, np.uint32) == signature, axis=1)
    best = int(np.argmax(alike))
    return candidates[best][0] if alike[best] >= _SAME_TEXT else None


def _nearest_picture(bits: np.ndarray, candidates: Candidates) -> int | None:
    if not candidates:
        return None
    others = np.unpackbits(_stacked(candidates, np.uint8), axis=1)
    apart = np.count_nonzero(others != bits, axis=1)
    best = int(np.argmin(apart))
    return candidates[best][0] if apart[best] <= _SAME_BITS else None


def _stacked(candidates: Candidates, kind: type[np.generic]) -> np.ndarray:
    """Give the signatures as rows of one matrix."""
    joined = b"".join(body for _, body in candidates)
    return np.frombuffer(joined, dtype=kind).reshape(len(candidates), -1)
