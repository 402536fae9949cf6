"""Opening the ledger: engine, transactions, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError

from archive.chain import Chain
from archive.errors import InputError, LedgerError, MissingError
from archive.evidence import EvidenceStore
from archive.keys import Keys
from archive.ledger import tables
from archive.ledger.alerts import Alerts
from archive.ledger.campaigns import Campaigns
from archive.ledger.frontier import Units
from archive.ledger.gates import Gates
from archive.ledger.jobs import Jobs
from archive.ledger.lexicon import LexiconBook
from archive.ledger.links import Links
from archive.ledger.looks import Looks
from archive.ledger.models import ModelUses
from archive.ledger.outbox import Outbox
from archive.ledger.place import IndexPlace
from archive.ledger.posts import Posts
from archive.ledger.saved import SavedSearches
from archive.ledger.sessions import Sessions
from archive.ledger.sightings import Sightings
from archive.ledger.timetable import Timetable
from archive.ledger.turns import one_migration
from archive.ledger.verdicts import Verdicts
from archive.settings import Settings

_BUSY_SECONDS = 60
_KINDS = "write sqlite:///FILE or postgresql://USER@HOST/DATABASE"


class Ledger:
    """The tables by subject, and the transactions that they share.

    ``with ledger.writing() as connection: ledger.posts.add(connection, …)``
    """

    def __init__(self, engine: Engine, *, keys: Keys, evidence: Path) -> None:
        self.engine = engine
        self.keys = keys
        self.posts = Posts(keys)
        self.jobs = Jobs()
        self.verdicts = Verdicts()
        self.models = ModelUses()
        self.to_judge = Outbox(tables.to_judge)
        self.to_index = Outbox(tables.to_index)
        self.units = Units()
        self.gates = Gates()
        self.sightings = Sightings()
        self.sessions = Sessions(keys)
        self.looks = Looks()
        self.timetable = Timetable()
        self.to_index_next = Outbox(tables.to_index_next)
        self.place = IndexPlace()
        self.to_link = Outbox(tables.to_link)
        self.links = Links()
        self.campaigns = Campaigns()
        self.to_alert = Outbox(tables.to_alert)
        self.saved = SavedSearches(self.place, self.verdicts)
        self.alerts = Alerts()
        self.chain = Chain(keys)
        self.lexicon = LexiconBook(self.chain)
        self.evidence = EvidenceStore(evidence, keys)

    @classmethod
    def open(cls, settings: Settings) -> Ledger:
        """Open the ledger of the settings, made and migrated where needed."""
        settings.home.mkdir(parents=True, exist_ok=True)
        engine = engine_of(settings.ledger)
        try:
            migrate(engine)
        except (DatabaseError, CommandError, ValueError) as error:
            where = engine.url.render_as_string(hide_password=True)
            raise LedgerError(f"the ledger at {where} cannot be opened: {_cause(error)}") from error
        keys = Keys.open(settings.keys)
        return cls(engine, keys=keys, evidence=settings.evidence)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that commits at the end, or rolls back on an error."""
        with _told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that sees one moment of the ledger and writes nothing."""
        opened = self.engine.connect().execution_options(anyu_reading=True)
        with _told(), opened as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def forget_freed_pages(self) -> bool:
        """Take destroyed keys out of SQLite's log; say whether no reader stood in the way.

        PostgreSQL's VACUUM does its own.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        with closing(self.engine.raw_connection()) as raw:
            (busy, *_) = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def engine_of(address: str) -> Engine:
    """Give the engine of a ledger's address; raises ``InputError`` on one of another kind."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise InputError("ANYU_LEDGER_URL is no address: " + _KINDS) from error
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise InputError(f"A ledger cannot be {url.drivername}: {_KINDS}")
    try:
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        raise MissingError("A ledger on PostgreSQL needs `pip install anyu[postgres]`.") from error
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the tables to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        one_migration(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, to)


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence that a value is none that the ledger can keep or look for."""
    try:
        yield
    except DataError as error:
        why = str(_cause(error)).partition("\n")[0]
        raise LedgerError(f"The ledger cannot take a value that was given: {why}.") from error


def _cause(error: Exception) -> object:
    return getattr(error, "orig", None) or error


def _prepare_sqlite(engine: Engine) -> None:
    """Set what the ledger needs of SQLite: WAL, full sync, foreign keys, early write locks."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # a destroyed key leaves no trace

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("anyu_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
