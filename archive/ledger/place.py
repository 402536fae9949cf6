"""Which index the ledger feeds, and whether it is on the move to another."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from archive.errors import IndexMovedError, LedgerError
from archive.ledger import tables
from archive.ledger.turns import one_writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The index in charge; ``turn`` counts the moves, ``move`` names the one under way."""

    engine: str
    turn: int
    move: str | None


class IndexPlace:
    """One row; every call runs inside the caller's transaction."""

    def get(self, connection: Connection) -> Place | None:
        """Give the place, held until a writing transaction ends; ``None`` before any feeding."""
        query = select(tables.index_place)
        if not connection.get_execution_options().get("anyu_reading"):
            query = query.with_for_update()
        row = connection.execute(query).one_or_none()
        return Place(engine=row.engine, turn=row.turn, move=row.move) if row else None

    def claim(self, connection: Connection, index: str) -> Place:
        """Give the place; raises ``IndexMovedError`` where another index is in charge."""
        place = self.get(connection)
        if place is None:
            one_writer(connection)
            place = self.get(connection)  # another was first
        if place is None:
            connection.execute(insert(tables.index_place).values(id=1, engine=index, turn=0))
            return Place(engine=index, turn=0, move=None)
        if place.engine != index:
            raise IndexMovedError(index, place.engine)
        return place

    def begin_move(self, connection: Connection, index: str) -> str:
        """From now on, note what is fed also for an index that is being filled; name the move.

        A move that was under way, or was killed, is given up for this one.
        """
        if self.get(connection) is None:
            self.claim(connection, index)
        move = secrets.token_hex(8)
        connection.execute(update(tables.index_place).values(move=move))
        return move

    def end_move(self, connection: Connection, move: str, index: str) -> None:
        """Put the filled index in charge; raises ``LedgerError`` where another move took over."""
        table = tables.index_place
        mine = update(table).where(table.c.move == move)
        done = connection.execute(mine.values(move=None, engine=index, turn=table.c.turn + 1))
        if done.rowcount != 1:
            raise LedgerError("Another rebuild of the index has begun since: this one stops.")
