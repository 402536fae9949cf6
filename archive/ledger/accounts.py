"""Accounts as last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from archive import codec
from archive.ledger import tables
from archive.ledger.link_statements import upsert
from archive.records import Account


def touch(connection: Connection, seen: Iterable[tuple[Account, datetime]]) -> None:
    """Write accounts as they were at their moments; of one account the last given stands."""
    newest = {(author.platform, author.account_id): (author, at) for author, at in seen}
    rows = [
        {
            "platform": platform,
            "account_id": account_id,
            "first_seen": at,
            "last_seen": at,
            "body": codec.encode(author),
        }
        for (platform, account_id), (author, at) in sorted(newest.items(), key=lambda pair: pair[0])
    ]
    if rows:
        connection.execute(_touched(connection.dialect.name), rows)


@cache
def _touched(dialect: str) -> Any:
    """Give the statement that writes accounts, or what changed of those that are there."""
    statement = upsert(dialect, tables.account)
    newer = {"last_seen": statement.excluded.last_seen, "body": statement.excluded.body}
    return statement.on_conflict_do_update(index_elements=["platform", "account_id"], set_=newer)


def get(connection: Connection, platform: str, account_id: str) -> Account | None:
    """Give an account as last seen."""
    table = tables.account
    here = (table.c.platform == platform) & (table.c.account_id == account_id)
    body = connection.scalar(select(table.c.body).where(here))
    return codec.decode(body, Account) if body else None
