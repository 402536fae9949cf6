"""Evidence of an older home stays readable, and its keys go back with a downgrade."""

import hashlib
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import create_engine, text

import archive.ledger
from archive.keys import Keys
from archive.ledger.ledger import Ledger, migrate
from archive.settings import Settings

_MIGRATIONS = str(Path(archive.ledger.__file__).parent / "migrations")


def test_evidence_kept_before_is_read_and_its_key_goes_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    name = hashlib.sha256(b"an old page").hexdigest()
    engine = create_engine(settings.ledger)
    migrate(engine, to="0002")
    key, nonce = AESGCM.generate_key(bit_length=256), os.urandom(12)
    wrapped = Keys.open(settings.keys).wrap(key)
    old = "INSERT INTO evidence_key (name, wrapped) VALUES (:name, :wrapped)"
    with engine.begin() as connection:
        connection.execute(text(old), {"name": name, "wrapped": wrapped})
    path = settings.evidence / name[:2] / name
    path.parent.mkdir(parents=True)
    path.write_bytes(nonce + AESGCM(key).encrypt(nonce, b"an old page", name.encode()))
    opened = Ledger.open(settings)
    with opened.writing() as connection:
        assert opened.evidence.get(connection, name) == b"an old page"
        assert opened.evidence.put(connection, b"an old page") == name
        assert opened.evidence.misplaced(connection) is None
        opened.evidence.put(connection, b"a new page")
    opened.close()
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        kept = dict(connection.execute(text("SELECT name, wrapped FROM evidence_key")).all())
    assert kept[name] == wrapped
    assert len(kept) == 2
