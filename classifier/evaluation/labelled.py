"""Labelled posts to measure on: batches of the written corpus, or JSON lines of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import InputError
from archive.labels import ACTIONABLE, Goods, Intent
from classifier.corpus import Row, read_batch
from classifier.corpus.reading import FOLDER
from classifier.training.sources import DEVELOPMENT, Part, intent_of, part_of_group

_LENGTHS = ((20, "to 20"), (60, "21 to 60"), (200, "61 to 200"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A post with what it truly is; ``twin`` names the negative that differs in who speaks."""

    id: str
    source: str
    title: str = ""
    text: str
    intent: Intent
    goods: tuple[Goods, ...] = ()
    platform: str = ""
    degree: str = ""
    coding: tuple[str, ...] = ()
    hard: bool = False
    twin: str | None = None

    @property
    def acts(self) -> bool:
        """Whether the post is one to act on."""
        return self.intent in ACTIONABLE

    def slices(self) -> Iterator[tuple[str, str]]:
        """Give the slices that the post belongs to."""
        yield "all", "all"
        yield "source", self.source
        yield "intent", self.intent
        if self.platform:
            yield "platform", self.platform
        if self.degree:
            yield "degree", self.degree
        for kind in self.coding:
            yield "coding", kind
        for label in self.goods:
            yield "goods", label
        size = len(self.title) + len(self.text)
        yield "length", next((name for most, name in _LENGTHS if size <= most), "over 200")
        if self.hard:
            yield "hard negatives", "hard"


def read_labelled(paths: Iterable[Path], *, unread: bool = False) -> list[Labelled]:
    """Read files; without any, the written development batches.

    ``unread`` keeps, of rows with a group, those that no training reads (``Part.TEST``).
    """
    chosen = list(paths) or sorted(FOLDER.glob(f"{DEVELOPMENT}*.txt"))
    posts = [post for path in chosen for post in _read(path, unread=unread)]
    if not posts:
        raise InputError(f"There are no labelled posts in {', '.join(map(str, chosen))}.")
    return posts


def _read(path: Path, *, unread: bool) -> Iterator[Labelled]:
    if not path.is_file():
        raise InputError(f"The labelled file {path} is not there.")
    if path.suffix == ".txt":
        yield from (_written(row) for row in read_batch(path).rows)
        return
    with path.open(encoding="utf-8", newline="\n") as file:
        for line, text in enumerate(file, 1):
            if text.strip():
                try:
                    post = _row(json.loads(text), path.stem, line, unread=unread)
                except (ValueError, KeyError, TypeError) as error:
                    raise InputError(
                        f"{path}, line {line}: {error!r} in a labelled row."
                    ) from error
                if post:
                    yield post


def _written(row: Row) -> Labelled:
    return Labelled(
        id=f"{row.batch}-{row.id}",
        source=row.batch,
        title=row.title,
        text=row.text,
        intent=row.intent,
        goods=row.goods,
        platform=row.platform,
        degree=row.degree,
        coding=row.coding,
        hard=row.hard,
        twin=f"{row.batch}-{row.twin}" if row.twin else None,
    )


def _row(row: dict[str, Any], source: str, line: int, *, unread: bool) -> Labelled | None:
    """Read a row with an ``intent``, or with a ``label`` as in ``ANYU_CORPUS``."""
    if unread and "group" in row and part_of_group(row["group"]) is not Part.TEST:
        return None
    intent = Intent(row["intent"]) if "intent" in row else intent_of(row["label"], row["source"])
    if intent is None:
        return None
    return Labelled(
        id=str(row.get("id", f"{source}-{line}")),
        source=source,
        title=row.get("title") or "",
        text=row["text"],
        intent=intent,
        goods=tuple(Goods(label) for label in row.get("goods", ())),
        platform=row.get("platform", ""),
        degree=row.get("degree", ""),
        coding=tuple(row.get("coding", ())),
        hard=bool(row.get("hard", row.get("label") == "benign_hard")),
        twin=row.get("twin"),
    )
