"""The embedded engine: SQLite FTS5 over Anyu's own tokens, one a character."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from archive import codec
from archive.errors import InputError
from archive.index.limits import Limit
from archive.index.matching import limited, where
from archive.index.protocol import FACETS, Bucket, Document, Facet, Index, Page, Query, Standing
from archive.index.wording import answer, columns
from archive.query import read
from archive.text import folded

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, intent TEXT NOT NULL,
    at TEXT NOT NULL, account TEXT NOT NULL, account_folded TEXT NOT NULL, risk REAL NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS document_at ON document (at DESC, key DESC);
CREATE INDEX IF NOT EXISTS document_account ON document (account);
CREATE INDEX IF NOT EXISTS document_account_folded ON document (account_folded);
CREATE TABLE IF NOT EXISTS document_goods (
    goods TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (goods, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_goods_id ON document_goods (id);
CREATE TABLE IF NOT EXISTS document_value (
    field TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL,
    PRIMARY KEY (field, value, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_value_id ON document_value (id);
CREATE TABLE IF NOT EXISTS document_price (
    amount REAL NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (amount, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_price_id ON document_price (id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    folded, squeezed, read, sound, content='', tokenize='ascii', detail=full);
"""
_VERSION = 4  # of the tables above
_BESIDE = ("document_goods", "document_value", "document_price")


class SqliteIndex:
    """One file; contentless, so a document's old words are taken out before new ones go in.

    ``fed``: it was filled before; where the file is not there, it was lost.
    """

    name = "sqlite"

    def __init__(self, path: Path, *, seconds: float = 20.0, fed: bool = False) -> None:
        self._path = path
        self._seconds = seconds
        there = path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._forget_old_tables(lost=fed and not there)
        self._db.executescript(_SCHEMA)

    def _forget_old_tables(self, *, lost: bool) -> None:
        """Drop the tables of another version; until they are filled the version is negative."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if abs(version) == _VERSION:
            return
        for table in ("words", *_BESIDE, "document"):
            self._db.execute(f"DROP TABLE IF EXISTS {table}")
        self._db.execute(f"PRAGMA user_version = {-_VERSION if version or lost else _VERSION}")

    def lacking(self) -> str:
        """Say that the file is empty as it had an older form or was lost."""
        if self._db.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
            return ""
        return (
            "The index had an older form or was lost, and is empty: fill it with anyu index check."
        )

    def settled(self) -> None:
        """Note that it holds what the ledger shows."""
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, documents: Iterable[Document]) -> None:
        """Write documents in one transaction; a key that is there is replaced."""
        with self._transaction():
            for document in documents:
                self._remove(document.key)
                self._insert(document)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove documents in one transaction."""
        with self._transaction():
            for key in keys:
                self._remove(key)

    def clear(self) -> None:
        """Remove everything."""
        with self._transaction():
            self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
            for table in (*_BESIDE, "document"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608

    def get(self, key: str) -> Document | None:
        """Give one document."""
        row = self._db.execute("SELECT body FROM document WHERE key = ?", (key,)).fetchone()
        return codec.decode(row["body"], Document) if row else None

    def search(self, query: Query, *, limit: Limit | None = None) -> Page:
        """Give one page, newest first."""
        limit = self._sooner(limit)
        asked = read(query.text)
        source, values = where(query, asked.tree)
        [[total]] = self._ask(f"SELECT count(*) {source}", values, limit)
        if query.after is not None:
            at, key = _cursor(query.after)
            source += " AND (d.at, d.key) < (:after_at, :after_key)"
            values |= {"after_at": at, "after_key": key}
        rows = self._ask(
            f"SELECT d.key, d.at, d.body {source} ORDER BY d.at DESC, d.key DESC LIMIT :size",
            values | {"size": query.size + 1},
            limit,
        )
        page, more = rows[: query.size], len(rows) > query.size
        hits = [answer(codec.decode(row["body"], Document), asked.wanted) for row in page]
        return Page(total=total, hits=hits, after=_after(page[-1]) if more else None)

    def facets(self, query: Query, facet: Facet, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by a facet, largest first."""
        if facet not in FACETS:
            raise InputError(f"There is no facet {facet!r}: use one of {', '.join(FACETS)}.")
        source, values = where(query, read(query.text).tree)
        value = "g.goods" if facet == "goods" else f"d.{facet}"
        if facet == "goods":
            source = source.replace(" WHERE ", " JOIN document_goods g ON g.id = d.id WHERE ", 1)
        rows = self._ask(
            f"SELECT {value} AS value, count(*) AS n {source} GROUP BY 1 ORDER BY 2 DESC, 1",
            values,
            self._sooner(limit),
        )
        return [Bucket(value=row["value"], count=row["n"]) for row in rows]

    def histogram(self, query: Query, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by UTC day."""
        source, values = where(query, read(query.text).tree)
        rows = self._ask(
            f"SELECT substr(d.at, 1, 10) AS value, count(*) AS n {source} GROUP BY 1 ORDER BY 1",
            values,
            self._sooner(limit),
        )
        return [Bucket(value=row["value"], count=row["n"]) for row in rows]

    def suggest(self, prefix: str, *, most: int = 10) -> list[str]:
        """Give accounts that begin with ``prefix``."""
        rows = self._db.execute(
            "SELECT DISTINCT account FROM document WHERE account >= ? AND account < ? "
            "AND account > '' ORDER BY account LIMIT ?",
            (prefix, prefix + "\U0010ffff", most),
        )
        return [row["account"] for row in rows]

    def scan(self) -> Iterator[Document]:
        """Walk over all documents by key."""
        for row in self._db.execute("SELECT body FROM document ORDER BY key"):
            yield codec.decode(row["body"], Document)

    def fresh(self) -> SqliteIndex:
        """Empty the file, to be filled again in its own place."""
        self.clear()
        return self

    def replace_by(self, fresh: Index) -> None:
        """Note that the file was filled, in its own place."""
        self.settled()

    def retire(self) -> list[str]:
        """Drop nothing: one file is all there is."""
        return []

    def standing(self) -> Standing:
        """Say how much the file holds."""
        documents = self._db.execute("SELECT count(*) FROM document").fetchone()[0]
        size = sum(p.stat().st_size for p in self._path.parent.glob(f"{self._path.name}*"))
        notes = (self.lacking(),) if self.lacking() else ()
        return Standing(engine=self.name, documents=documents, bytes=size, notes=notes)

    def _sooner(self, limit: Limit | None) -> Limit:
        return limit.sooner(self._seconds) if limit else Limit.of(self._seconds)

    def _ask(self, statement: str, values: dict[str, Any], limit: Limit) -> list[sqlite3.Row]:
        """Search, stopped when it takes longer than it may.

        On a connection of its own, so that nobody waits behind a slow search of another.
        """
        with closing(sqlite3.connect(self._path, timeout=60)) as db:
            db.row_factory = sqlite3.Row
            with limited(db, limit):
                return db.execute(statement, values).fetchall()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)

    def _insert(self, document: Document) -> None:
        at = document.at.isoformat()
        cursor = self._db.execute(
            "INSERT INTO document "
            "(key, platform, intent, at, account, account_folded, risk, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.key,
                document.platform,
                document.intent,
                at,
                document.account,
                folded(document.account),
                document.risk,
                codec.encode(document),
            ),
        )
        number = cursor.lastrowid
        self._db.execute(
            "INSERT INTO words (rowid, folded, squeezed, read, sound) VALUES (?, ?, ?, ?, ?)",
            (number, *columns(document)),
        )
        goods = [(label, number) for label in document.goods]
        self._db.executemany("INSERT INTO document_goods (goods, id) VALUES (?, ?)", goods)
        found = [("contact", folded(value), number) for value in document.contacts]
        found += [("ip", place, number) for place in document.places]
        self._db.executemany("INSERT OR IGNORE INTO document_value VALUES (?, ?, ?)", found)
        amounts = [(amount, number) for amount in document.prices]
        self._db.executemany("INSERT OR IGNORE INTO document_price VALUES (?, ?)", amounts)

    def _remove(self, key: str) -> None:
        row = self._db.execute("SELECT id, body FROM document WHERE key = ?", (key,)).fetchone()
        if row is None:
            return
        old = columns(codec.decode(row["body"], Document))
        self._db.execute(
            "INSERT INTO words (words, rowid, folded, squeezed, read, sound) "
            "VALUES ('delete', ?, ?, ?, ?, ?)",
            (row["id"], *old),
        )
        for table in _BESIDE:
            self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row["id"],))  # noqa: S608
        self._db.execute("DELETE FROM document WHERE id = ?", (row["id"],))


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK on an error."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")


def _after(row: sqlite3.Row) -> str:
    return f"{row['at']}|{row['key']}"


def _cursor(after: str) -> tuple[str, str]:
    at, _, key = after.partition("|")
    if not key:
        raise InputError(f"The page mark {after!r} is not one of ours: start at the first page.")
    return at, key
