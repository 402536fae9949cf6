"""Verification finds a flipped byte, a cut tail, a re-ordered line: over a real store."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_evidence import keep, order
from sqlalchemy import text
from time_authority import Authority

from archive import anchors, codec
from archive.custody import erase
from archive.errors import AnyuError, ChainError, EvidenceError
from archive.heads import head_of, read_heads
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from archive.verification import Verification

# when and in which state a job is, and its window, is not evidence
_PROVING = {
    "chain": "*",
    "observation": "*",
    "evidence_key": "*",
    "evidence_blob": "*",
    "job": "id, platform, query, operator, purpose, legal_basis",
}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """Make a home with a page, a screenshot, an erased observation and an anchor."""
    home = tmp_path_factory.mktemp("small") / "home"
    opened = Ledger.open(Settings(home=home))
    keep(opened, b"page " * 40, b"screenshot " * 20)
    keep(opened, b"another page")
    erase(opened, order(2))
    roots = anchors.read_roots(authority.root)
    made = anchors.anchor(opened, home / "anchors", authority.url, roots=roots, actor="o")
    assert made is not None
    keep(opened, b"the last page")
    with opened.engine.connect() as connection:
        connection.rollback()
    opened.forget_freed_pages()
    opened.close()
    return home


def verify(home: Path) -> None:
    """Verify a home as the command does."""
    opened = Ledger.open(Settings(home=home))
    try:
        Verification(opened, home / "anchors").run()
    finally:
        opened.close()


def test_an_untouched_home_fits(small: Path) -> None:
    opened = Ledger.open(Settings(home=small))
    found = Verification(opened, small / "anchors").run()
    opened.close()
    assert (found.lines, found.observations, found.erased, found.anchors) == (8, 3, 1, 1)
    assert found.blobs == 3


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_of_evidence_anchor_or_key_is_found(
    small: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    home = tmp_path_factory.mktemp("flip") / "home"
    shutil.copytree(small, home)
    files = [
        path
        for folder in ("evidence", "anchors", "keys")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    ]
    path = data.draw(st.sampled_from(files))
    at = data.draw(st.integers(0, path.stat().st_size - 1))
    flip(path, at, data.draw(st.integers(1, 255)))
    with pytest.raises(AnyuError):
        verify(home)
    shutil.rmtree(home)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_of_the_ledger_is_found_or_changed_nothing_that_proves(
    small: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    home = tmp_path_factory.mktemp("flip") / "home"
    shutil.copytree(small, home)
    ledger = home / "ledger.db"
    before = ledger.read_bytes()
    used = [at for at in range(len(before)) if before[at]]  # most of the file is zeros, unused
    at = data.draw(st.one_of(st.sampled_from(used), st.integers(0, len(before) - 1)))
    flip(ledger, at, data.draw(st.integers(1, 255)))
    try:
        verify(home)
    except AnyuError:
        return
    else:
        assert _proving(home) == _proving(small)
    finally:
        shutil.rmtree(home)


@pytest.mark.parametrize("table", _PROVING)
def test_every_changed_cell_that_proves_is_found(small: Path, tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(small / "ledger.db")) as connection:
        asked = connection.execute(
            f"SELECT rowid, {_PROVING[table]} FROM {table} ORDER BY rowid LIMIT 1"  # noqa: S608
        )
        (row, *values), names = asked.fetchone(), [told[0] for told in asked.description][1:]
    for column, value in zip(names, values, strict=True):
        home = tmp_path / column
        shutil.copytree(small, home)
        changed = _changed(value)
        with closing(sqlite3.connect(home / "ledger.db")) as connection:
            change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
            connection.execute(change, (changed, row))
            connection.commit()
        with pytest.raises(AnyuError):  # noqa: PT012
            verify(home)
            pytest.fail(f"{table}.{column}: {value!r} became {changed!r} unseen")


def test_a_reordered_and_a_removed_line_are_named(ledger: Ledger, settings: Settings) -> None:
    for _ in range(4):
        keep(ledger, b"page")
    with ledger.writing() as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                text("UPDATE chain SET seq = :new WHERE seq = :old"), {"old": old, "new": new}
            )
    with pytest.raises(ChainError, match="line 2"):
        Verification(ledger, settings.anchors).run()
    with ledger.writing() as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                text("UPDATE chain SET seq = :new WHERE seq = :old"), {"old": old, "new": new}
            )
        connection.execute(text("DELETE FROM chain WHERE seq = 3"))
    with pytest.raises(ChainError, match="line 3 is missing"):
        Verification(ledger, settings.anchors).run()


def test_a_cut_tail_shows_against_a_head_kept_outside(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    keep(ledger, b"one")
    with ledger.writing() as connection:
        ledger.chain.append(connection, "read", actor="o", body={"n": 1})
        entry = ledger.chain.append(connection, "read", actor="o", body={"n": 2})
    out = tmp_path / "head.json"
    out.write_text(codec.encode(head_of(entry, ledger.keys)), "utf-8")
    heads = [read_heads(out, keys=ledger.keys)]
    assert Verification(ledger, settings.anchors, heads=heads).run().heads == 1
    with ledger.writing() as connection:
        connection.execute(text("DELETE FROM chain WHERE seq = 4"))
    assert Verification(ledger, settings.anchors).run().lines == 3
    with pytest.raises(ChainError, match="line 4: the tail was cut"):
        Verification(ledger, settings.anchors, heads=heads).run()
    with ledger.writing() as connection:
        ledger.chain.append(connection, "read", actor="o", body={"n": 3})
    with pytest.raises(ChainError, match="written anew"):
        Verification(ledger, settings.anchors, heads=heads).run()
    out.write_text(out.read_text("utf-8").replace('"seq":4', '"seq":3'), "utf-8")
    with pytest.raises(EvidenceError, match="changed"):
        read_heads(out, keys=ledger.keys)


def test_a_cut_tail_shows_against_an_anchor(
    ledger: Ledger,
    settings: Settings,
    authority: Authority,
) -> None:
    keep(ledger, b"one")
    with ledger.writing() as connection:
        ledger.chain.append(connection, "read", actor="o", body={"n": 1})
    roots = anchors.read_roots(authority.root)
    made = anchors.anchor(ledger, settings.anchors, authority.url, roots=roots, actor="o")
    assert made is not None
    assert anchors.anchor(ledger, settings.anchors, authority.url, roots=roots, actor="o") is None
    assert Verification(ledger, settings.anchors, roots=roots).run().anchors == 1
    with ledger.writing() as connection:
        connection.execute(text("DELETE FROM chain WHERE seq > 2"))
    with pytest.raises(ChainError, match="its line 3: the tail was cut"):
        Verification(ledger, settings.anchors).run()
    with pytest.raises(EvidenceError, match="does not verify"):
        anchors.check(replace(made, head=replace(made.head, digest="0" * 64)))


def test_a_stamp_of_a_stranger_is_refused(
    ledger: Ledger,
    settings: Settings,
    authority: Authority,
) -> None:
    keep(ledger, b"one")
    strangers = anchors.read_roots(None)
    with pytest.raises(EvidenceError, match="--root"):
        anchors.anchor(ledger, settings.anchors, authority.url, roots=strangers, actor="o")
    roots = anchors.read_roots(authority.root)
    with pytest.raises(EvidenceError, match="gave no time stamp"):
        anchors.anchor(ledger, settings.anchors, "http://127.0.0.1:9/", roots=roots, actor="o")
    url = authority.url + "nonsense"
    with pytest.raises(EvidenceError, match="no time stamp"):
        anchors.anchor(ledger, settings.anchors, url, roots=roots, actor="o")
    assert not settings.anchors.exists()


def flip(path: Path, at: int, by: int) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[at] ^= by
    path.write_bytes(bytes(data))


def _changed(value: object) -> object:
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int | float):
        return value + 100
    if value is None:
        return "a" * 64
    return f"{str(value)[:-1]}{'1' if str(value)[-1] != '1' else '2'}"


def _proving(home: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return [
            connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608
            for table, columns in _PROVING.items()
        ]
