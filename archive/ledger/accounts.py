"""Accounts as last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive import codec
from archive.ledger import tables
from archive.records import Account


def touch(connection: Connection, seen: Iterable[tuple[Account, datetime]]) -> None:
    """Write accounts as they were at their moments; of one account the last given stands."""
    newest = {(author.platform, author.account_id): (author, at) for author, at in seen}
    rows = [
        {
            "platform": author.platform,
            "account_id": author.account_id,
            "first_seen": at,
            "last_seen": at,
            "body": codec.encode(author),
        }
        for author, at in newest.values()
    ]
    if not rows:
        return
    postgres = connection.dialect.name == "postgresql"
    statement = (postgres_insert if postgres else sqlite_insert)(tables.account)
    told = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["platform", "account_id"],
        set_={"last_seen": told.last_seen, "body": told.body},
    )
    connection.execute(statement, rows)


def get(connection: Connection, platform: str, account_id: str) -> Account | None:
    """Give an account as last seen."""
    table = tables.account
    here = (table.c.platform == platform) & (table.c.account_id == account_id)
    body = connection.scalar(select(table.c.body).where(here))
    return codec.decode(body, Account) if body else None
