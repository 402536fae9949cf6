"""More like this, as people ask for it: the look enters the chain."""

from __future__ import annotations

from archive.chain import Body
from archive.index.together import Together
from archive.similar import By, Found, find
from desk.rooms import Rooms


def more_like(rooms: Rooms, key: str, *, by: By, most: int = 20) -> Found:
    """Give the adverts most like one; raises ``InputError`` where there is no such advert."""
    index = Together(rooms.index, rooms.settings.search_seconds)
    found = find(rooms.ledger, index, key, by=by, most=most)
    ledger = rooms.ledger
    with ledger.writing() as connection:
        body: Body = {"post": ledger.chain.mark(key), "by": by, "found": len(found.similar)}
        ledger.chain.append(connection, "similar", actor=rooms.settings.operator, body=body)
    return found
