"""Filling an index anew from the ledger, in place or elsewhere, while posts keep coming."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from archive.index.feeding import (
    BATCH,
    LEASE_SECONDS,
    Refusals,
    batches,
    feed,
    put_off,
    put_through,
    shown,
    written,
)
from archive.index.protocol import Index
from archive.ledger.ledger import Ledger


def rebuild(ledger: Ledger, index: Index, *, progress: Callable[[int], None] | None = None) -> int:
    """Fill the index from the ledger and put it in charge; return how many documents it took.

    What others feed meanwhile is noted in ``to_index_next`` and caught up with before the
    switch. A killed rebuild leaves the index before it in charge: begin again.
    """
    with ledger.writing() as connection:
        move = ledger.place.begin_move(connection, index.name)
        ledger.to_index_next.clear(connection)
    fresh = index.fresh()
    total = 0
    for found in batches(written(ledger)):
        refusals = put_through(fresh, [], found)
        with ledger.writing() as connection:
            _note(ledger, connection, refusals)
        total += len(found)
        if progress:
            progress(len(found))
    while not _switch(ledger, index, fresh, move):
        _catch_up(ledger, fresh)
    feed(ledger, index)
    return total


def _switch(ledger: Ledger, index: Index, fresh: Index, move: str) -> bool:
    """Do the rest while nobody can feed, then put the filled index in charge."""
    with ledger.writing() as connection:
        ledger.place.get(connection)
        if ledger.to_index_next.waiting(connection) > BATCH:
            return False
        _apply(ledger, connection, fresh)
        ledger.place.end_move(connection, move, index.name)
        index.replace_by(fresh)
    return True


def _catch_up(ledger: Ledger, fresh: Index) -> None:
    with ledger.writing() as connection:
        _apply(ledger, connection, fresh)


def _apply(ledger: Ledger, connection: Connection, fresh: Index) -> None:
    tickets = ledger.to_index_next.take(connection, most=BATCH, seconds=LEASE_SECONDS)
    stored = ledger.posts.of_tickets(connection, tickets)
    found = list(shown(ledger, connection, stored))
    _note(ledger, connection, put_through(fresh, stored, found))
    ledger.to_index_next.done(connection, tickets)


def _note(ledger: Ledger, connection: Connection, refusals: Refusals) -> None:
    """Let what the engine refuses wait like any other post."""
    ledger.to_index.put(connection, refusals.tickets)
    put_off(ledger, connection, refusals)
