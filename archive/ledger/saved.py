"""Saved searches: what is searched again whenever a post is indexed, and whom to tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    exists,
    insert,
    literal,
    select,
    union,
    update,
)

from archive import codec
from archive.errors import InputError
from archive.ledger import tables
from archive.ledger.link_statements import upsert
from archive.ledger.links import new_id
from archive.ledger.outbox import Ticket
from archive.ledger.place import IndexPlace
from archive.ledger.tables import Instant, metadata
from archive.ledger.turns import one_writer
from archive.ledger.verdicts import Mark, Verdicts

saved_search = Table(
    "saved_search",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("query", Text, nullable=False),
    Column("mail", Text, nullable=False),
    Column("webhook", Text),
    Column("saved_at", Instant, nullable=False),
    Column("operator", String(128), nullable=False),
    Column("verdicts", Integer, nullable=False),
    Column("reviews", Integer, nullable=False),
    Column("broken", Text),
    Column("broken_since", Instant),
)

saved_owed = Table(
    "saved_owed",
    metadata,
    Column("saved", ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("unseen", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved search; ``query`` is the record of the index as JSON.

    What was a hit of it at ``mark``, when it was saved, is not new. ``broken`` is why the query
    cannot be read any more.
    """

    id: int = 0
    name: str
    query: str
    mail: tuple[str, ...] = ()
    webhook: str | None = None
    saved_at: datetime
    operator: str
    mark: Mark = field(default_factory=Mark)
    broken: str | None = None
    broken_since: datetime | None = None


class SavedSearches:
    """Saved searches; every call runs inside the caller's transaction."""

    def __init__(self, place: IndexPlace, verdicts: Verdicts) -> None:
        self._place = place
        self._verdicts = verdicts

    def add(self, connection: Connection, saved: Saved) -> Saved:
        """Keep a search; what the ledger promises to index from now on is held against it.

        Raises ``InputError`` where the name is taken. Feeding the index waits meanwhile, so that
        no post falls between the two.
        """
        one_writer(connection)
        self._place.get(connection)
        if self._row(connection, saved.name):
            raise InputError(f"There is a saved search {saved.name!r}: remove it first.")
        mark = self._verdicts.mark(connection)
        row = {
            "name": saved.name,
            "query": saved.query,
            "mail": codec.encode(saved.mail),
            "webhook": saved.webhook,
            "saved_at": saved.saved_at,
            "operator": saved.operator,
            "verdicts": mark.verdicts,
            "reviews": mark.reviews,
        }
        number = new_id(connection, insert(saved_search), row)
        self._owe_waiting(connection, number)
        return self.get(connection, saved.name)

    def get(self, connection: Connection, name: str) -> Saved:
        """Give a saved search; raises ``InputError`` where there is none."""
        row = self._row(connection, name)
        if row is None:
            raise InputError(f"There is no saved search {name!r}: see `anyu saved list`.")
        return _saved(row)

    def all(self, connection: Connection) -> list[Saved]:
        """Give every saved search by name."""
        rows = connection.execute(select(saved_search).order_by(saved_search.c.name))
        return [_saved(row) for row in rows]

    def any(self, connection: Connection) -> bool:
        """Say whether there is one."""
        return bool(connection.scalar(select(exists().select_from(saved_search))))

    def remove(self, connection: Connection, name: str) -> None:
        """Forget a saved search and its alerts; raises ``InputError`` where there is none."""
        one_writer(connection)
        here = delete(saved_search).where(saved_search.c.name == name)
        if not connection.execute(here).rowcount:
            self.get(connection, name)

    def break_off(
        self, connection: Connection, saved: Saved, *, why: str | None, at: datetime
    ) -> None:
        """Note that a query cannot be read, since when and why; ``None``: it can be read again."""
        since = (saved.broken_since or at) if why else None
        here = update(saved_search).where(saved_search.c.id == saved.id)
        connection.execute(here.values(broken=why, broken_since=since))

    def owe(self, connection: Connection, saved: Saved, posts: Iterable[int]) -> None:
        """Note posts that could not be held against a saved search."""
        rows = [{"saved": saved.id, "post": post, "unseen": False} for post in posts]
        if rows:
            connection.execute(
                upsert(connection.dialect.name, saved_owed).on_conflict_do_nothing(), rows
            )

    def unseen(self, connection: Connection, saved: Saved, posts: Collection[int]) -> set[int]:
        """Give those posts that waited for the index when the search was saved."""
        owed = saved_owed.c
        here = select(owed.post).where(owed.saved == saved.id, owed.unseen.is_(True))
        return set(connection.scalars(here.where(owed.post.in_(posts))))

    def settle(self, connection: Connection, saved: Sequence[int], posts: Sequence[int]) -> None:
        """Note that posts were held against saved searches."""
        owed = saved_owed.c
        both = (owed.saved.in_(saved), owed.post.in_(posts))
        connection.execute(delete(saved_owed).where(*both))

    def owed(self, connection: Connection, saved: Saved, *, most: int) -> list[Ticket]:
        """Give posts that a search which was broken still has to be held against."""
        post, owed = tables.post.c, saved_owed.c
        rows = select(post.id, post.version).join(saved_owed, owed.post == post.id)
        rows = rows.where(owed.saved == saved.id, owed.unseen.is_(False))
        found = connection.execute(rows.order_by(post.id).limit(most))
        return [Ticket(post=row.id, version=row.version) for row in found]

    def _owe_waiting(self, connection: Connection, number: int) -> None:
        """Note what waits for the index: it was not there to be seen when the search was saved."""
        waiting = union(select(tables.to_index.c.post), select(tables.to_alert.c.post)).subquery()
        rows = select(literal(number), waiting.c.post, literal(True))
        columns = ["saved", "post", "unseen"]
        connection.execute(insert(saved_owed).from_select(columns, rows))

    def _row(self, connection: Connection, name: str) -> Row[Any] | None:
        here = select(saved_search).where(saved_search.c.name == name)
        return connection.execute(here).one_or_none()


def _saved(row: Row[Any]) -> Saved:
    return Saved(
        id=row.id,
        name=row.name,
        query=row.query,
        mail=codec.decode(row.mail, tuple[str, ...]),
        webhook=row.webhook,
        saved_at=row.saved_at,
        operator=row.operator,
        mark=Mark(verdicts=row.verdicts, reviews=row.reviews),
        broken=row.broken,
        broken_since=row.broken_since,
    )
