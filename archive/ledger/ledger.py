"""Opening the ledger: engine, transactions, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from archive.chain import Chain
from archive.errors import LedgerError
from archive.evidence import EvidenceStore
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.campaigns import Campaigns
from archive.ledger.jobs import Jobs
from archive.ledger.lexicon import LexiconBook
from archive.ledger.links import Links
from archive.ledger.outbox import Outbox
from archive.ledger.posts import Posts
from archive.ledger.verdicts import Verdicts
from archive.settings import Settings

_BUSY_SECONDS = 60


class Ledger:
    """The tables by subject, and the transactions that they share.

    ``with ledger.writing() as connection: ledger.posts.add(connection, …)``
    """

    def __init__(self, engine: Engine, *, keys: Keys, evidence: Path) -> None:
        self.engine = engine
        self.posts = Posts(keys)
        self.jobs = Jobs()
        self.verdicts = Verdicts()
        self.to_judge = Outbox(tables.to_judge)
        self.to_index = Outbox(tables.to_index)
        self.to_link = Outbox(tables.to_link)
        self.links = Links()
        self.campaigns = Campaigns()
        self.chain = Chain(keys)
        self.lexicon = LexiconBook(self.chain)
        self.evidence = EvidenceStore(evidence, keys)

    @classmethod
    def open(cls, settings: Settings) -> Ledger:
        """Open the ledger of the settings, made and migrated where needed."""
        url = make_url(settings.ledger)
        settings.home.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        if url.get_backend_name() == "sqlite":
            _prepare_sqlite(engine)
        try:
            migrate(engine)
        except OperationalError as error:
            where = url.render_as_string(hide_password=True)
            raise LedgerError(f"the ledger at {where} cannot be opened: {error.orig}") from error
        keys = Keys.open(settings.keys)
        return cls(engine, keys=keys, evidence=settings.evidence)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that commits at the end, or rolls back on an error."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that sees one moment of the ledger and writes nothing."""
        with self.engine.connect().execution_options(anyu_reading=True) as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the tables to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def _prepare_sqlite(engine: Engine) -> None:
    """Set what the ledger needs of SQLite: WAL, full sync, foreign keys, early write locks."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("anyu_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
