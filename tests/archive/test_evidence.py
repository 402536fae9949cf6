"""Evidence at rest, custody in the chain, erasure by key: over a real SQLite ledger."""

import pytest
from kept_evidence import keep, order
from sqlalchemy import text

from archive.custody import erase
from archive.errors import EvidenceError, InputError
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from archive.verification import Verification


def test_evidence_is_unreadable_on_disk_and_one_observation_has_one_key(ledger: Ledger) -> None:
    number = keep(ledger, b"secret page", b"secret picture")
    with ledger.reading() as connection:
        names = ledger.evidence.names(connection, number)
        pieces = {ledger.evidence.get(connection, name) for name in names}
        keys = connection.scalar(text("SELECT count(*) FROM evidence_key"))
    assert pieces == {b"secret page", b"secret picture"}
    assert keys == 1
    for path in ledger.evidence.folder.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes()


def test_a_changed_a_missing_and_a_foreign_file_are_told_apart(ledger: Ledger) -> None:
    keep(ledger, b"secret page")
    with ledger.reading() as connection:
        [name] = ledger.evidence.names(connection, 1)
        path = next(path for path in ledger.evidence.folder.rglob("*") if path.is_file())
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(EvidenceError, match="changed"):
            ledger.evidence.get(connection, name)
        path.write_bytes(b"")
        with pytest.raises(EvidenceError, match="changed"):
            ledger.evidence.get(connection, name)
        path.unlink()
        with pytest.raises(EvidenceError, match="missing"):
            ledger.evidence.get(connection, name)


def test_erasure_leaves_a_signed_tombstone_and_a_chain_that_verifies(
    ledger: Ledger, settings: Settings
) -> None:
    first, second = keep(ledger, b"shared", b"own"), keep(ledger, b"shared")
    with ledger.reading() as connection:
        before = dict.fromkeys(ledger.evidence.names(connection, first))
        wrapped = connection.scalar(text("SELECT wrapped FROM evidence_key WHERE observation = 1"))
    entry = erase(ledger, order(first))
    assert len(str(entry.body["signature"])) == 128
    assert "asked for" not in str(entry.body)
    with ledger.reading() as connection:
        for name in before:
            with pytest.raises(EvidenceError, match="erased"):
                ledger.evidence.get(connection, name, observation=first)
        [shared] = ledger.evidence.names(connection, second)
        assert ledger.evidence.get(connection, shared) == b"shared"
    found = Verification(ledger, settings.anchors).run()
    assert (found.observations, found.blobs, found.erased) == (2, 1, 1)
    assert len([path for path in ledger.evidence.folder.rglob("*") if path.is_file()]) == 1
    kept = b"".join(path.read_bytes() for path in settings.home.glob("ledger.db*"))
    assert wrapped not in kept


def test_erasing_twice_what_is_not_there_or_what_kept_nothing_is_bad_input(
    ledger: Ledger,
) -> None:
    number, bare = keep(ledger, b"page"), keep(ledger)
    erase(ledger, order(number))
    for wrong in (number, bare, 99):
        with pytest.raises(InputError):
            erase(ledger, order(wrong))
    with ledger.writing() as connection, pytest.raises(EvidenceError, match="erased"):
        ledger.evidence.put(connection, b"again", observation=number)


def test_a_tombstone_without_our_signature_and_a_key_gone_without_one_show(
    ledger: Ledger, settings: Settings
) -> None:
    keep(ledger, b"page")
    with ledger.writing() as connection:
        connection.execute(text("UPDATE evidence_key SET wrapped = NULL"))
    with pytest.raises(EvidenceError, match="observation 1"):
        Verification(ledger, settings.anchors).run()
