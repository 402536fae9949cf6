"""What every index engine does, and the records it takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from archive.errors import InputError
from archive.index.limits import Limit
from archive.labels import Goods, Intent

Facet = Literal["platform", "intent", "goods"]
LARGEST = 5000  # hits of a page; Elasticsearch gives 10,000 at the most
FACETS: tuple[Facet, ...] = ("platform", "intent", "goods")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWord:
    """A word that a stretch of a document stands for under a cloak: 开房 for 开🏠."""

    word: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A post as it is searched: victims' data masked, no innocent post among them.

    ``at`` is when it was posted, or first seen where the platform does not say. ``contacts`` are
    the seller's, normalised; ``prices`` are those in yuan; ``places`` as ``archive.regions`` gives.
    """

    key: str
    version: int
    platform: str
    intent: Intent
    goods: tuple[Goods, ...]
    risk: float
    at: datetime
    title: str
    text: str
    account: str = ""
    read: tuple[ReadWord, ...] = ()
    contacts: tuple[str, ...] = ()
    prices: tuple[float, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is searched; empty fields do not narrow.

    ``text`` is in the language of ``archive.query``: words, phrases, fields, AND, OR, NOT.
    """

    text: str = ""
    platforms: tuple[str, ...] = ()
    intents: tuple[Intent, ...] = ()
    goods: tuple[Goods, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    size: int = 20
    after: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InputError`` on a page that no engine gives."""
        if not 1 <= self.size <= LARGEST:
            raise InputError(f"A page holds 1 to {LARGEST:,} hits, not {self.size:,}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found; ``marks`` are (field, start, end) of the words searched."""

    document: Document
    marks: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of hits, newest first; ``after`` continues, ``None`` at the end."""

    total: int
    hits: Sequence[Hit]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A value of a facet, or a day, with its count."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an index stands; ``notes`` are sentences for the operator."""

    engine: str
    documents: int
    bytes: int
    notes: tuple[str, ...] = ()


class Searcher(Protocol):
    """What answers queries, until ``limit`` and never longer than the settings allow.

    Raises ``QueryError`` on a query that cannot be read, ``SlowError`` on one that takes longer.
    """

    def search(self, query: Query, *, limit: Limit | None = None) -> Page:
        """Give one page."""

    def facets(self, query: Query, facet: Facet, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by a facet, largest first."""

    def histogram(self, query: Query, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by UTC day, oldest first; days without hits are left out."""


class Index(Searcher, Protocol):
    """One engine; ``put`` and ``delete`` are durable when they return.

    A search of the same object sees them at once, another process within a second.
    ``EngineError`` is raised by every call when the engine is away, slow or full.
    """

    @property
    def name(self) -> str:
        """Name the engine and its place, without secrets."""

    def put(self, documents: Iterable[Document]) -> None:
        """Write documents; a key that is there is replaced.

        Raises ``RefusedError`` where single documents cannot be written, after all others were.
        """

    def delete(self, keys: Iterable[str]) -> None:
        """Remove documents; an unknown key is no error."""

    def get(self, key: str) -> Document | None:
        """Give one document."""

    def suggest(self, prefix: str, *, most: int = 10) -> list[str]:
        """Give accounts that begin with ``prefix``."""

    def scan(self) -> Iterator[Document]:
        """Walk over all documents by key."""

    def clear(self) -> None:
        """Remove everything."""

    def fresh(self) -> Index:
        """Give an empty index to be filled in this one's stead."""

    def replace_by(self, fresh: Index) -> None:
        """Let a filled one take this one's place, for all readers at once."""

    def retire(self) -> list[str]:
        """Drop what was replaced longer ago than the settings keep it; give the names."""

    def standing(self) -> Standing:
        """Say how much it holds, and what an operator should look at."""

    def lacking(self) -> str:
        """Say in a sentence why searches miss posts that are in the ledger; empty if they do not.

        Costs nothing: an engine that would have to ask a server says nothing here.
        """

    def settled(self) -> None:
        """Note that it was compared with the ledger and holds all that is shown."""

    def close(self) -> None:
        """Let go of files and connections."""
