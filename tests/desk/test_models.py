"""Another model for a home: swapped, rolled back, the stored posts judged again."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from archive.errors import InputError, MissingError
from archive.index import Query
from archive.labels import Intent
from archive.ledger import tables
from archive.records import Post, Review
from classifier.manifest import read_manifest, write_manifest
from classifier.worker import JudgeInUse, Worker
from desk.cli import app
from desk.rooms import Rooms, rooms

MODELS = Path(__file__).parents[2] / "models"
TEXTS = (
    "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 找@demo_cha01",
    "车辆档案 车主联系方式，滴滴",
    "今天下雨，和妈妈去公园走了一圈",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    source = tmp_path / "posts.jsonl"
    rows = (json.dumps({"id": str(at), "text": text}) for at, text in enumerate(TEXTS))
    source.write_text("\n".join(rows), "utf-8")
    done = CliRunner().invoke(app, ["import", str(source), "--home", str(home), "--keep-all"])
    assert done.exit_code == 0
    return home


def _use(home: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["model", "use", *words, "--home", str(home)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def _newest(opened: Rooms) -> list[str]:
    with opened.ledger.reading() as connection:
        stored = list(opened.ledger.posts.scan(connection))
        judged = opened.ledger.verdicts.of_posts(connection, [post.id for post in stored])
    return [judged[post.id].verdict.model for post in stored]


def test_use_judges_again_and_back_restores_and_nothing_is_edited(folder: Path) -> None:
    with rooms(folder) as opened:
        assert _newest(opened) == ["anyu-5"] * 3
    assert "3 posts wait" in _use(folder, "gate-7")
    with rooms(folder) as opened:
        assert _newest(opened) == ["gate-7"] * 3
        assert opened.index.search(Query()).total >= 1
    assert "anyu-5 is in use" in _use(folder, "--back")
    with rooms(folder) as opened:
        assert _newest(opened) == ["anyu-5"] * 3
        with opened.ledger.reading() as connection:
            kept = connection.scalar(select(func.count()).select_from(tables.verdict))
            entries = [e for e in opened.ledger.chain.entries(connection) if e.kind == "model"]
            opened.ledger.chain.verify(connection)
    assert kept == 9
    assert [(e.body["before"], e.body["model"]) for e in entries] == [
        ("anyu-5", "gate-7"),
        ("gate-7", "anyu-5"),
    ]


def test_the_stream_judges_with_the_model_in_use(folder: Path, tmp_path: Path) -> None:
    _use(folder, "gate-7", "--later")
    source = str(tmp_path / "posts.jsonl")
    done = CliRunner().invoke(app, ["judge", source, "--home", str(folder)])
    assert {json.loads(line)["model"] for line in done.stdout.splitlines()} == {"gate-7"}
    named = CliRunner().invoke(app, ["judge", source, "--home", str(folder), "--model", "anyu-5"])
    assert {json.loads(line)["model"] for line in named.stdout.splitlines()} == {"anyu-5"}
    listed = CliRunner().invoke(app, ["model", "list", "--home", str(folder)]).stdout
    assert [line for line in listed.splitlines() if "in use" in line and "gate-7" in line]


def test_a_cut_off_re_judging_goes_on_where_it_was(folder: Path) -> None:
    assert "3 posts wait" in _use(folder, "gate-7", "--later")
    with rooms(folder) as opened:
        Worker(opened.ledger, JudgeInUse(opened.ledger, opened.settings), batch=1).step()
        assert _newest(opened) == ["gate-7", "anyu-5", "anyu-5"]
    assert "2 posts wait" in _use(folder, "gate-7")
    with rooms(folder) as opened:
        assert _newest(opened) == ["gate-7"] * 3
        with opened.ledger.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(tables.model_use)) == 1


def test_a_worker_in_the_middle_of_the_swap_leaves_no_post_to_the_old_model(folder: Path) -> None:
    with rooms(folder) as opened:
        ledger = opened.ledger
        with ledger.writing() as connection:
            posts = [Post(platform="x", post_id="new", text=TEXTS[0])]
            ledger.posts.add(connection, posts, seen_at=datetime.now(UTC))
        judge = JudgeInUse(ledger, opened.settings)
        with ledger.writing() as connection:
            held = ledger.to_judge.take(connection, most=9, seconds=300)
            stored = ledger.posts.of_tickets(connection, held)
        old = judge.judge([s.post for s in stored], [s.version for s in stored])
        _use(folder, "gate-7", "--later")
        with ledger.writing() as connection:
            pairs = [(s.id, verdict) for s, verdict in zip(stored, old, strict=True)]
            ledger.verdicts.add(connection, pairs)
            ledger.to_judge.done(connection, held)
            assert ledger.to_judge.waiting(connection) == 4
        assert {verdict.model for verdict in old} == {"anyu-5"}
        Worker(ledger, judge).run()  # the same worker, which meets the new model
        assert _newest(opened) == ["gate-7"] * 4


def test_a_folder_is_copied_into_the_home_and_another_of_its_id_refused(
    folder: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(MODELS / "anyu-5", mine)
    write_manifest(mine, replace(read_manifest(mine), id="mine-1", threshold=0.5))
    _use(folder, str(mine))
    shutil.rmtree(mine)
    with rooms(folder) as opened:
        assert _newest(opened) == ["mine-1"] * 3
    shutil.copytree(MODELS / "anyu-5", mine)
    write_manifest(mine, replace(read_manifest(mine), id="mine-1", threshold=0.6))
    with pytest.raises(InputError, match="another model mine-1"):
        _use(folder, str(mine))
    (mine / "weights.npz").write_bytes(b"broken")
    with pytest.raises(MissingError, match=r"weights\.npz is missing or changed"):
        _use(folder, str(mine))


def test_wrong_choices_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, told in (
        (["nix"], "no model 'nix'"),
        ([], "Say which model"),
        (["--back"], "one model only"),
    ):
        with pytest.raises(InputError, match=told):
            _use(folder, *words)
    monkeypatch.setenv("ANYU_MODEL", "gate-7")
    with pytest.raises(InputError, match="ANYU_MODEL"):
        _use(folder, "anyu-5")


def test_a_reviewed_advert_stays_whatever_the_new_model_says(folder: Path) -> None:
    with rooms(folder) as opened, opened.ledger.writing() as connection:
        stored = opened.ledger.posts.get(connection, "import:2")
        assert stored is not None
        review = Review(
            post="import:2",
            post_version=1,
            reviewed_at=datetime.now(UTC),
            reviewer="r",
            intent=Intent.SELL,
        )
        opened.ledger.verdicts.review(connection, stored.id, review)
        connection.execute(tables.post.update().values(keep=False))
    _use(folder, "gate-7")
    with rooms(folder) as opened, opened.ledger.reading() as connection:
        drop = connection.scalar(select(tables.post.c.drop_after).where(tables.post.c.id == 3))
        judged = opened.ledger.verdicts.of_posts(connection, [3])[3]
    assert not judged.verdict.hit
    assert drop is None


def test_the_worker_keeps_the_grounds_of_hits(folder: Path) -> None:
    with rooms(folder) as opened, opened.ledger.reading() as connection:
        judged = opened.ledger.verdicts.of_posts(connection, [1, 3])
    assert judged[1].verdict.spans
    assert judged[3].verdict.spans == ()
