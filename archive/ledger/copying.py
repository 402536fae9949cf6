"""A ledger copied as one moment of it: out into a SQLite file, and back into either engine."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.util.exc import CommandError
from sqlalchemy import Column, Connection, Engine, Integer, Table, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from archive.errors import InputError
from archive.ledger.ledger import engine_of, migrate
from archive.ledger.tables import metadata

_BATCH = 1000


def copy_out(engine: Engine, file: Path) -> None:
    """Write one moment of a ledger into a new SQLite file, while others go on writing."""
    if engine.dialect.name == "sqlite":
        _copy_file(Path(str(engine.url.database)), file)
        return
    target = engine_of(f"sqlite:///{file}")
    migrate(target)
    with engine.connect() as source, target.begin() as into:
        source.execution_options(isolation_level="REPEATABLE READ")
        _copy_tables(source, into)
    target.dispose()
    _close_up(file)


def copy_in(file: Path, address: str) -> None:
    """Fill an empty ledger from a SQLite file, which stays as it is; all of it or nothing."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        target = Path(str(url.database))
        draft = target.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _copy_file(file, draft)
        for log in ("-wal", "-shm"):  # of the ledger that was lost
            target.with_name(f"{target.name}{log}").unlink(missing_ok=True)
        draft.rename(target)
        return
    target_engine = engine_of(address)
    migrate(target_engine)
    with opened_copy(file) as source, source.connect() as out, target_engine.begin() as into:
        refuse_filled(into)
        _copy_tables(out, into)
        _set_sequences(into)
    target_engine.dispose()


@contextmanager
def opened_copy(file: Path) -> Iterator[Engine]:
    """Give a copy of a SQLite ledger with the tables of today."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "ledger.db"
        shutil.copyfile(file, copy)
        engine = engine_of(f"sqlite:///{copy}")
        try:
            migrate(engine)
            yield engine
        except CommandError as error:
            raise InputError(f"{file} was written by a newer Anyu: update this one.") from error
        except DatabaseError as error:
            raise InputError(f"{file} is no ledger: {error.orig}") from error
        finally:
            engine.dispose()


def refuse_filled(connection: Connection) -> None:
    """Raise ``InputError`` where a table of a ledger holds a row."""
    for table in metadata.sorted_tables:
        if connection.execute(select(1).select_from(table).limit(1)).first():
            raise InputError(
                f"The ledger is not empty (table {table.name}): nothing was restored; "
                "name an empty database or another home."
            )


def _copy_file(source: Path, target: Path) -> None:
    """Copy with SQLite's backup interface: one moment, whatever is written meanwhile."""
    with closing(sqlite3.connect(source)) as out, closing(sqlite3.connect(target)) as into:
        out.backup(into)
    _close_up(target)


def _close_up(file: Path) -> None:
    """Leave one file without a log beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_tables(source: Connection, target: Connection) -> None:
    for table in metadata.sorted_tables:
        rows = source.execution_options(yield_per=_BATCH).execute(select(table))
        for batch in rows.mappings().partitions(_BATCH):
            target.execute(insert(table), [dict(row) for row in batch])


def _set_sequences(connection: Connection) -> None:
    """Let new rows go on behind the copied ones."""
    for table in metadata.sorted_tables:
        column = _counted(table)
        if column is not None and (last := connection.scalar(select(func.max(column)))):
            name = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
            connection.execute(name, {"table": table.name, "column": column.name, "last": last})


def _counted(table: Table) -> Column[int] | None:
    column = table.autoincrement_column
    return column if column is not None and isinstance(column.type, Integer) else None
