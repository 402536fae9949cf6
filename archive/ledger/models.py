"""Which model a home judges with: one line a change, the newest holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive.ledger import tables

_BATCH = 5000  # posts a transaction: crawls and imports write between two of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """One change of the model; ``manifest`` is the SHA-256 of its manifest."""

    model: str
    manifest: str
    used_at: datetime
    operator: str


class ModelUses:
    """The changes of the model; every call runs inside the caller's transaction."""

    def add(self, connection: Connection, use: ModelUse) -> None:
        """Write a change."""
        connection.execute(
            insert(tables.model_use).values(
                model=use.model,
                manifest=use.manifest,
                used_at=use.used_at,
                operator=use.operator,
            )
        )

    def current(self, connection: Connection) -> ModelUse | None:
        """Give the model in use; ``None`` as long as nobody chose one."""
        return next(self.all(connection), None)

    def all(self, connection: Connection) -> Iterator[ModelUse]:
        """Give every change, newest first."""
        table = tables.model_use
        rows = connection.execute(select(table).order_by(table.c.id.desc()))
        for row in rows:
            yield ModelUse(
                model=row.model, manifest=row.manifest, used_at=row.used_at, operator=row.operator
            )

    def judge_again(
        self, connection: Connection, model: str, *, after: int = 0
    ) -> tuple[int, int | None]:
        """Promise to judge posts whose newest verdict is another model's, some thousand at a time.

        Gives how many were promised, and the row id to go on after; ``None`` at the end. A worker
        that holds one of them with the old model does not strike it off.
        """
        last = connection.scalar(
            select(func.max(tables.post.c.id)).where(
                tables.post.c.id.in_(
                    select(tables.post.c.id)
                    .where(tables.post.c.id > after)
                    .order_by(tables.post.c.id)
                    .limit(_BATCH)
                )
            )
        )
        if last is None:
            return 0, None
        self._let_go(connection, after, last)
        return self._promise(connection, model, after, last), last

    def _let_go(self, connection: Connection, after: int, last: int) -> None:
        table = tables.to_judge
        here = (table.c.post > after) & (table.c.post <= last)
        ordered = select(table.c.post).where(here).order_by(table.c.post).with_for_update()
        held = update(table).where(
            table.c.post.in_(select(ordered.cte("held", nesting=True).c.post))
        )
        connection.execute(held.values(owner=None, leased_until=None))

    def _promise(self, connection: Connection, model: str, after: int, last: int) -> int:
        p, v, table = tables.post, tables.verdict, tables.to_judge
        newest = (
            select(func.max(v.c.id)).where(v.c.post > after, v.c.post <= last).group_by(v.c.post)
        )
        others = (
            select(p.c.id, p.c.version, literal_column("NULL"), literal_column("NULL"))
            .join(v, v.c.post == p.c.id)
            .where(v.c.id.in_(newest), v.c.model != model)
        )
        postgres = connection.dialect.name == "postgresql"
        statement = (postgres_insert if postgres else sqlite_insert)(table).from_select(
            ["post", "version", "owner", "leased_until"], others
        )
        statement = statement.on_conflict_do_nothing(index_elements=["post"])
        # PostgreSQL gives no row count here
        return len(connection.execute(statement.returning(table.c.post)).all())
