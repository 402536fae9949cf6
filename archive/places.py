"""Where sealed evidence lies: in a file of its own, or in a range of a segment of many pieces."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or a range of one; ``str`` is what the ledger holds of it."""

    file: str
    offset: int = 0
    length: int | None = None

    @classmethod
    def read(cls, told: str) -> Place:
        """Read what ``str`` gave; raises ``ValueError`` on what it never gives."""
        file, ranged, span = told.partition("@")
        if not ranged:
            return cls(file)
        offset, _, length = span.partition("+")
        place = cls(file, int(offset), int(length))
        if str(place) != told:
            raise ValueError(f"{told} is no place")
        return place

    def __str__(self) -> str:
        """Give the place so that those of a segment sort by where they begin."""
        return self.file if self.length is None else f"{self.file}@{self.offset:010d}+{self.length}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of the files; what it wrote is on disk when it says so."""

    folder: Path

    def write(self, file: str, data: bytes) -> None:
        """Write a whole file, its name included."""
        path = self.path(file)
        fresh = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{file}.{os.getpid()}.draft")
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(path)
        _sync_folder(path.parent)
        if fresh:
            _sync_folder(self.folder)

    def read(self, place: Place) -> bytes:
        """Give the bytes of a place, fewer where its file is shorter."""
        with self.path(place.file).open("rb") as file:
            file.seek(place.offset)
            return file.read(-1 if place.length is None else place.length)

    def size(self, file: str) -> int | None:
        """Give the length of a file, ``None`` where there is none."""
        path = self.path(file)
        return path.stat().st_size if path.exists() else None

    def remove(self, file: str) -> None:
        """Remove a file."""
        self.path(file).unlink(missing_ok=True)

    def blank(self, place: Place) -> None:
        """Write zeros over a range, so that its neighbours stay."""
        if self.size(place.file) is None or self.is_blank(place):
            return
        with self.path(place.file).open("r+b") as file:
            file.seek(place.offset)
            file.write(bytes(place.length or 0))
            file.flush()
            os.fsync(file.fileno())

    def is_blank(self, place: Place) -> bool:
        """Say whether nothing is left at a place."""
        if self.size(place.file) is None:
            return True
        return place.length is not None and not any(self.read(place))

    def path(self, file: str) -> Path:
        """Give the path of a file."""
        return self.folder / file[:2] / file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
