"""Where each field of a shape was learned: repository, commit and date, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public file or thread that a shape was learned from; ``date`` is the commit's."""

    repository: str
    at: str
    date: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One kind of answer: what asks for it, and the source of every field it has."""

    name: str
    asks: str
    fields: dict[str, Source]


def learned(platform: str) -> tuple[Answer, ...]:
    """Read a platform's table; a field of an unknown source raises ``KeyError``."""
    file = Path(__file__).parent / platform / "provenance.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    sources = {name: Source(**row) for name, row in table["sources"].items()}
    return tuple(
        Answer(
            name=name,
            asks=row["asks"],
            fields={
                field: sources[source]
                for source, fields in row["fields"].items()
                for field in fields.split()
            },
        )
        for name, row in table["answers"].items()
    )
