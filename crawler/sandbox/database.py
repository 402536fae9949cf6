"""The sandbox's own database: the seeded world, and the log of what was served."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.labels import Extent, PageState
from crawler.sandbox.world import World

_SCHEMA = """
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT, ip_location TEXT, followers INTEGER);
CREATE TABLE entry (
    id TEXT PRIMARY KEY, author TEXT REFERENCES person, posted_at REAL, text TEXT, edited_at REAL,
    edited_text TEXT, deleted_at REAL, repost_of TEXT, feed INTEGER, intent TEXT, goods TEXT);
CREATE TABLE picture (name TEXT PRIMARY KEY, entry TEXT REFERENCES entry, menu TEXT);
CREATE TABLE comment (
    id TEXT PRIMARY KEY, entry TEXT REFERENCES entry, author TEXT, text TEXT, posted_at REAL);
CREATE TABLE served (
    seq INTEGER PRIMARY KEY, path TEXT, query TEXT, status INTEGER, page_state TEXT, extent TEXT);
"""
# a post as it stands at :now
_ENTRY = """
SELECT e.*, p.name, p.ip_location, p.followers,
    CASE WHEN e.edited_at <= :now THEN e.edited_text ELSE e.text END AS words,
    e.edited_at IS NOT NULL AND e.edited_at <= :now AS edited,
    (SELECT group_concat(name, ' ') FROM picture WHERE entry = e.id) AS pictures,
    (SELECT count(*) FROM comment c WHERE c.entry = e.id AND c.posted_at <= :now) AS comments
FROM entry e JOIN person p ON p.id = e.author
"""
_THERE = "e.posted_at <= :now AND (e.deleted_at IS NULL OR e.deleted_at > :now)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One answer the sandbox gave, as it meant it."""

    path: str
    query: str
    status: int
    page_state: PageState
    extent: Extent


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What narrows a search: a half-open span of time, and the region of the account."""

    since: datetime | None = None
    until: datetime | None = None
    region: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """The parameters that are set."""
        ends = {"since": self.since, "until": self.until}
        told = {name: at.isoformat() for name, at in ends.items() if at}
        return {**told, "region": self.region} if self.region else told


class Database:
    """SQLite in memory; every call is safe from any thread."""

    def __init__(self, world: World) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)
        _fill(self._db, world)

    def search(
        self, word: str, *, now: datetime, skip: int, most: int, span: Span | None = None
    ) -> tuple[int, list[Any]]:
        """Give how many posts hold a word, and one page of them, newest first."""
        held = f"NOT e.feed AND {_THERE} AND instr(lower(words), lower(:word))"
        values: dict[str, Any] = {"now": now.timestamp(), "word": word}
        if span and span.since:
            held, values["since"] = f"{held} AND e.posted_at >= :since", span.since.timestamp()
        if span and span.until:
            held, values["until"] = f"{held} AND e.posted_at < :until", span.until.timestamp()
        if span and span.region:
            held, values["region"] = f"{held} AND p.ip_location = :region", span.region
        found = self._all(f"{_ENTRY} WHERE {held} ORDER BY e.posted_at DESC, e.id", values)
        return len(found), found[skip : skip + most]

    def feed(self, *, now: datetime, skip: int, most: int) -> list[Any]:
        """Give one page of the feed, newest first."""
        order = "ORDER BY e.posted_at DESC, e.id LIMIT :most OFFSET :skip"
        values = {"now": now.timestamp(), "most": most, "skip": skip}
        return self._all(f"{_ENTRY} WHERE e.feed AND {_THERE} {order}", values)

    def entry(self, name: str, *, now: datetime) -> Any | None:
        """Give a post whether deleted or not, ``None`` when it was never posted."""
        values = {"now": now.timestamp(), "name": name}
        rows = self._all(f"{_ENTRY} WHERE e.id = :name AND e.posted_at <= :now", values)
        return rows[0] if rows else None

    def comments(self, entry: str, *, now: datetime) -> list[Any]:
        """Give the answers under a post, oldest first."""
        return self._all(
            "SELECT c.*, p.name, p.ip_location FROM comment c JOIN person p ON p.id = c.author "
            "WHERE c.entry = :entry AND c.posted_at <= :now ORDER BY c.posted_at, c.id",
            {"entry": entry, "now": now.timestamp()},
        )

    def person(self, name: str) -> Any | None:
        """Give an account."""
        rows = self._all("SELECT * FROM person WHERE id = :name", {"name": name})
        return rows[0] if rows else None

    def menu(self, picture: str) -> tuple[str, ...] | None:
        """Give what a picture's price list says, ``None`` for an unknown picture."""
        rows = self._all("SELECT menu FROM picture WHERE name = :name", {"name": picture})
        return tuple(filter(None, rows[0]["menu"].split("\n"))) if rows else None

    def truth(self, *, now: datetime) -> list[dict[str, Any]]:
        """Give what every post is, for scoring."""
        rows = self._all(f"{_ENTRY} WHERE e.posted_at <= :now", {"now": now.timestamp()})
        return [
            {
                "id": row["id"],
                "intent": row["intent"],
                "goods": row["goods"].split(),
                "feed": bool(row["feed"]),
                "gone": row["deleted_at"] is not None and row["deleted_at"] <= now.timestamp(),
                "edited": bool(row["edited"]),
            }
            for row in rows
        ]

    def log(self, served: Served) -> None:
        """Write down an answer."""
        values = (served.path, served.query, served.status, served.page_state, served.extent)
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO served (path, query, status, page_state, extent) "
                "VALUES (?, ?, ?, ?, ?)",
                values,
            )

    def served(self) -> list[dict[str, Any]]:
        """Give the log, in order."""
        return [dict(row) for row in self._all("SELECT * FROM served ORDER BY seq", {})]

    def _all(self, sql: str, values: dict[str, Any]) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _fill(database: sqlite3.Connection, world: World) -> None:
    with database:
        database.executemany(
            "INSERT INTO person VALUES (?, ?, ?, ?)",
            [(p.id, p.name, p.ip_location, p.followers) for p in world.people.values()],
        )
        for entry in world.entries:
            database.execute(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.id,
                    entry.author,
                    entry.posted_at.timestamp(),
                    entry.text,
                    entry.edited_at.timestamp() if entry.edited_at else None,
                    entry.edited_text,
                    entry.deleted_at.timestamp() if entry.deleted_at else None,
                    entry.repost_of,
                    entry.feed,
                    entry.intent,
                    " ".join(entry.goods),
                ),
            )
            database.executemany(
                "INSERT INTO picture VALUES (?, ?, ?)",
                [(p.name, entry.id, "\n".join(p.menu)) for p in entry.pictures],
            )
            database.executemany(
                "INSERT INTO comment VALUES (?, ?, ?, ?, ?)",
                [
                    (c.id, entry.id, c.author, c.text, c.posted_at.timestamp())
                    for c in entry.comments
                ],
            )
