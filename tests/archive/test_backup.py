"""A backup, the disk lost, and the archive back, on either engine and from one to the other."""

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kept_evidence import keep, order
from sqlalchemy import text
from time_authority import Authority

from archive import anchors
from archive.backup import MANIFEST, back_up, restore
from archive.custody import erase
from archive.errors import InputError
from archive.ledger.ledger import Ledger, engine_of
from archive.records import Account, Post
from archive.settings import Settings
from archive.verification import Verification

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def make_posts(first: int, number: int = 5) -> list[Post]:
    author = Account(platform="sandbox", account_id="a1", name="某人")
    return [
        Post(platform="sandbox", post_id=str(n), text=f"查开房 {n}", author=author)
        for n in range(first, first + number)
    ]


def fill(ledger: Ledger) -> str:
    with ledger.writing() as connection:
        ledger.posts.add(connection, make_posts(0), seen_at=NOW)
        ledger.chain.append(connection, "import", actor="o", body={"n": 5})
        return ledger.evidence.put(connection, b"the page")


def lose_the_disk(settings: Settings) -> None:
    shutil.rmtree(settings.home)
    if settings.ledger_url:
        engine = engine_of(settings.ledger)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()


def test_all_is_back_after_the_disk_is_lost(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    name = fill(ledger)
    made = back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    ledger.close()
    assert (made.posts, made.chain, made.missing) == (5, 2, ())
    lose_the_disk(settings)
    restore(settings, tmp_path / "b", keys=tmp_path / "k")
    with closing(Ledger.open(settings)) as again, again.writing() as connection:
        assert again.evidence.get(connection, name) == b"the page"
        assert [e.kind for e in again.chain.entries(connection)] == ["import", "backup", "restore"]
        assert again.chain.verify(connection) == 3
        stored = again.posts.get(connection, "sandbox:4")
        assert stored is not None
        assert (stored.first_seen, stored.post.text) == (NOW, "查开房 4")
        assert again.to_judge.waiting(connection) == 5
        assert again.posts.add(connection, make_posts(3), seen_at=NOW).added == 3
    with pytest.raises(InputError, match="nothing was restored"):
        restore(settings, tmp_path / "b", keys=tmp_path / "k")


def test_custody_is_whole_after_the_disk_is_lost(
    ledger: Ledger, settings: Settings, tmp_path: Path, authority: Authority
) -> None:
    erased, left = keep(ledger, b"shared", b"own"), keep(ledger, b"shared")
    erase(ledger, order(erased))
    roots = anchors.read_roots(authority.root)
    anchors.anchor(ledger, settings.anchors, authority.url, roots=roots, actor="o")
    made = back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    ledger.close()
    assert made.missing == ()
    lose_the_disk(settings)
    restore(settings, tmp_path / "b", keys=tmp_path / "k")
    with closing(Ledger.open(settings)) as again:
        found = Verification(again, settings.anchors).run()
        assert (found.observations, found.blobs, found.erased, found.anchors) == (2, 1, 1, 1)
        assert keep(again, b"shared") == left + 1
        assert Verification(again, settings.anchors).run().blobs == 2


def test_evidence_that_was_lost_before_is_named_and_hides_no_more(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    keep(ledger, b"one", b"two")
    lost = next(settings.evidence.glob("*/*"))
    lost.unlink()
    made = back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    assert made.missing == (lost.name,)
    manifest = tmp_path / "b" / MANIFEST
    told = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**told, "missing": []}), encoding="utf-8")
    with pytest.raises(InputError, match="has a key, but no file"):
        restore(Settings(home=tmp_path / "new"), tmp_path / "b", keys=tmp_path / "k")


def test_what_opens_the_evidence_is_never_in_its_backup(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    fill(ledger)
    secret = (settings.keys / "operator.key").read_bytes()
    back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    held = [path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert len(held) == 3
    assert not any(secret in content or b"the page" in content for content in held)
    for keys in (tmp_path / "c", tmp_path / "c" / "keys", tmp_path):
        with pytest.raises(InputError, match=r"not empty|must not lie"):
            back_up(settings, tmp_path / "c", keys=keys)
    assert not (tmp_path / "c").exists()


def test_a_backup_overwrites_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty"):
        back_up(settings, tmp_path / "b", keys=None)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be made"):
        back_up(settings, tmp_path / "file" / "b", keys=None)


def _cut(folder: Path) -> None:
    evidence = next((folder / "evidence").glob("*/*"))
    evidence.write_bytes(evidence.read_bytes()[:-1])


def _lose(folder: Path) -> None:
    (folder / "ledger.db").unlink()


def _garble(folder: Path) -> None:
    (folder / MANIFEST).write_text("{", encoding="utf-8")


def _point_outside(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"]["../k/operator.key"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("harm", [_cut, _lose, _garble, _point_outside])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    settings = Settings(home=tmp_path / "home")
    with closing(Ledger.open(settings)) as ledger:
        fill(ledger)
    back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    lose_the_disk(settings)
    harm(tmp_path / "b")
    with pytest.raises(InputError):
        restore(settings, tmp_path / "b", keys=tmp_path / "k")
    assert not settings.home.exists()


def test_other_keys_are_refused(tmp_path: Path) -> None:
    settings, other = Settings(home=tmp_path / "home"), Settings(home=tmp_path / "other")
    for each in (settings, other):
        Ledger.open(each).close()
    back_up(settings, tmp_path / "b", keys=None)
    with pytest.raises(InputError, match="do not belong"):
        restore(Settings(home=tmp_path / "new"), tmp_path / "b", keys=other.keys)
    with pytest.raises(InputError, match="--keys"):
        restore(Settings(home=tmp_path / "new"), tmp_path / "b", keys=None)


def test_a_backup_is_one_moment_while_others_write(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    stop, wrote = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with ledger.writing() as connection:
                ledger.posts.add(connection, make_posts(number), seen_at=NOW)
                ledger.evidence.put(connection, f"page {number}".encode())
                ledger.chain.append(connection, "import", actor="o", body={"n": number})
            number += 5
            wrote.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert wrote.wait(60)
        made = back_up(settings, tmp_path / "b", keys=tmp_path / "k")
    finally:
        stop.set()
        writer.join()
    ledger.close()
    evidence = [name for name in made.files if name.startswith("evidence/")]
    assert made.missing == ()
    assert made.posts == 5 * (made.chain - 1) == 5 * len(evidence)
    elsewhere = Settings(home=tmp_path / "elsewhere")
    assert restore(elsewhere, tmp_path / "b", keys=tmp_path / "k").posts == made.posts


@pytest.mark.slow
def test_a_backup_of_one_engine_fills_the_other(postgres_url: str, tmp_path: Path) -> None:
    embedded = Settings(home=tmp_path / "home")
    with closing(Ledger.open(embedded)) as ledger:
        name = fill(ledger)
    back_up(embedded, tmp_path / "b", keys=tmp_path / "k")
    team = Settings(home=tmp_path / "team", ledger_url=postgres_url)
    restore(team, tmp_path / "b", keys=tmp_path / "k")
    with closing(Ledger.open(team)) as ledger, ledger.writing() as connection:
        assert ledger.evidence.get(connection, name) == b"the page"
        assert ledger.posts.add(connection, make_posts(4), seen_at=NOW).added == 4
        assert ledger.chain.verify(connection) == 3
