"""The migrations there and back on either engine, with rows in the tables that stay."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select

from archive.ledger import ledger as opening
from archive.ledger import tables
from archive.ledger.ledger import Ledger
from archive.ledger.tables import metadata
from archive.records import Account, Job, Post

_SCRIPTS = Path(opening.__file__).parent / "migrations"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _downgrade(engine: Engine, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Give a ledger with rows in its tables."""
    author = Account(platform="sandbox", account_id="a")
    posts = [
        Post(platform="sandbox", post_id=str(n), text="查开房", author=author) for n in range(9)
    ]
    job = Job(platform="sandbox", query="q", operator="o", purpose="p", legal_basis="l")
    with ledger.writing() as connection:
        ledger.posts.add(connection, posts, seen_at=NOW)
        ledger.looks.watch(connection, [1, 2], since=NOW)
        ledger.jobs.add(connection, job)
        ledger.evidence.put(connection, b"a page")
        ledger.chain.append(connection, "import", actor="o", body={"n": 9})
    return ledger


def _kept(ledger: Ledger) -> tuple[int, int, int]:
    with ledger.reading() as connection:
        jobs = connection.scalar(select(func.count()).select_from(tables.job)) or 0
        return ledger.posts.count(connection), jobs, ledger.chain.verify(connection)


def test_migrations_make_the_described_tables_and_go_back(filled: Ledger) -> None:
    engine = filled.engine
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    _downgrade(engine, "0002")
    names = inspect(engine).get_table_names()
    assert "unit" not in names
    assert "post" in names
    assert _kept(filled) == (9, 1, 1)
    opening.migrate(engine)
    assert "unit" in inspect(engine).get_table_names()
    assert _kept(filled) == (9, 1, 1)
    with filled.writing() as connection:
        filled.looks.watch(connection, [1], since=NOW)


def test_migrations_go_back_to_nothing_and_forth(filled: Ledger) -> None:
    _downgrade(filled.engine, "base")
    assert inspect(filled.engine).get_table_names() == ["alembic_version"]
    opening.migrate(filled.engine)
    assert _kept(filled) == (0, 0, 0)
