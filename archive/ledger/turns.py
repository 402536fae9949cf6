"""Who may write: one at a time what all write, and rows in one order, so that nobody deadlocks.

SQLite has one writer anyway. On PostgreSQL these locks end with the transaction.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_LOCK = 0x414E5955  # "ANYU"
_MIGRATION = 0x414E5956


def one_writer(connection: Connection) -> None:
    """Wait for the turn to write posts, evidence, units or the chain.

    All of them share one lock: two transactions that write them in different order cannot wait
    for each other. Judging, indexing and leases go on beside it.
    """
    _hold(connection, _LOCK)


def one_migration(connection: Connection) -> None:
    """Wait for the turn to change the tables."""
    _hold(connection, _MIGRATION)


def _hold(connection: Connection, lock: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
