"""The migrations there and back, and that they make the tables that the code describes."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from archive.ledger import ledger as opening
from archive.ledger.tables import metadata

_SCRIPTS = Path(opening.__file__).parent / "migrations"


def _downgrade(engine: Engine, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def test_migrations_make_the_described_tables_and_go_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    opening.migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    _downgrade(engine, "0002")
    assert "unit" not in inspect(engine).get_table_names()
    assert "post" in inspect(engine).get_table_names()
    opening.migrate(engine)
    assert "unit" in inspect(engine).get_table_names()
