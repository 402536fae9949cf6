"""Accounts as last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from archive import codec
from archive.ledger import tables
from archive.records import Account


def touch(connection: Connection, authors: Iterable[Account], *, seen_at: datetime) -> None:
    """Write accounts as they are now."""
    table = tables.account
    newest = {(author.platform, author.account_id): author for author in authors}
    for (platform, account_id), author in newest.items():
        here = (table.c.platform == platform) & (table.c.account_id == account_id)
        values = {"last_seen": seen_at, "body": codec.encode(author)}
        if not connection.execute(update(table).where(here).values(**values)).rowcount:
            names = {"platform": platform, "account_id": account_id, "first_seen": seen_at}
            connection.execute(insert(table).values(**names, **values))


def get(connection: Connection, platform: str, account_id: str) -> Account | None:
    """Give an account as last seen."""
    table = tables.account
    here = (table.c.platform == platform) & (table.c.account_id == account_id)
    body = connection.scalar(select(table.c.body).where(here))
    return codec.decode(body, Account) if body else None
