"""Evidence of many observations in one segment: erased apart, verified to the last byte."""

from pathlib import Path

import pytest
from kept_evidence import order, seen
from sqlalchemy import text

from archive.custody import erase, observe_all
from archive.errors import EvidenceError
from archive.ledger.ledger import Ledger
from archive.places import Place
from archive.settings import Settings
from archive.verification import Verification


def keep_together(ledger: Ledger, *pieces: bytes) -> list[int]:
    sealed = ledger.evidence.seal([[piece] for piece in pieces])
    with ledger.writing() as connection:
        return observe_all(ledger, connection, [(seen(ledger, connection), one) for one in sealed])


def files(ledger: Ledger) -> list[Path]:
    return [path for path in ledger.evidence.folder.rglob("*") if path.is_file()]


def test_one_of_a_segment_is_erased_and_its_neighbours_stay(
    ledger: Ledger, settings: Settings
) -> None:
    first, second, third = keep_together(ledger, b"first page", b"second page", b"third page")
    [segment] = files(ledger)
    before = segment.read_bytes()
    erase(ledger, order(second))
    after = segment.read_bytes()
    with ledger.reading() as connection:
        [name] = ledger.evidence.names(connection, second)
        told = connection.scalar(
            text("SELECT file FROM evidence_blob WHERE name = :name"), {"name": name}
        )
        assert ledger.evidence.get(connection, ledger.evidence.names(connection, third)[0])
    place = Place.read(str(told))
    assert place.length is not None
    end = place.offset + place.length
    assert after[place.offset : end] == bytes(place.length)
    assert after[: place.offset] + after[end:] == before[: place.offset] + before[end:]
    found = Verification(ledger, settings.anchors).run()
    assert (found.observations, found.blobs, found.erased) == (3, 2, 1)
    segment.write_bytes(after[: place.offset] + b"\1" + after[place.offset + 1 :])
    with pytest.raises(EvidenceError, match="still there"):
        Verification(ledger, settings.anchors).run()
    segment.write_bytes(after)
    erase(ledger, order(first))
    erase(ledger, order(third))
    assert files(ledger) == []
    assert Verification(ledger, settings.anchors).run().erased == 3


@pytest.mark.parametrize("change", [b"more", b""])
def test_a_segment_that_grew_or_was_cut_is_found(
    ledger: Ledger, settings: Settings, change: bytes
) -> None:
    keep_together(ledger, b"first page", b"second page")
    [segment] = files(ledger)
    whole = segment.read_bytes()
    segment.write_bytes(whole + change if change else whole[:-1])
    with pytest.raises(EvidenceError):
        Verification(ledger, settings.anchors).run()


def test_what_the_ledger_did_not_take_is_removed(ledger: Ledger) -> None:
    sealed = ledger.evidence.seal([[b"first page"], [b"second page"]])
    assert len(files(ledger)) == 1
    ledger.evidence.discard(sealed)
    assert files(ledger) == []


@pytest.mark.parametrize("told", ["a@1+2", "a@0000000001+x", "a@0000000001", "a@0000000001+2+3"])
def test_a_place_that_is_not_one_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"place|literal"):
        Place.read(told)
