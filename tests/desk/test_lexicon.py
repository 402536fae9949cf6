"""A word's way through the whole house: proposed, approved, judged, shown, retired."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from typer.testing import CliRunner, Result

from archive.index import Query
from archive.index.protocol import Bucket
from archive.labels import Goods
from archive.lexicon import Entry, Lexicon, base, load
from archive.records import Post
from classifier.judge import Choice, Judge
from classifier.manifest import Manifest
from classifier.worker import JudgeInUse, Worker
from desk.cli import app
from desk.rooms import rooms
from desk.web import reading

WORD = "捞人头像"
POST = "查开房 查流水 #查户籍 #查机主 捞人头像 薇abc_demo1"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
MODELS = Path(__file__).parents[2] / "models"


def run(*words: str, ok: bool = True) -> Result:
    done = CliRunner().invoke(app, ["lexicon", *words])
    assert (done.exit_code == 0) == ok, done.output
    return done


def marks(home: Path, folder: Path, *options: str) -> tuple[str, set[str]]:
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text(json.dumps({"text": POST}) + "\n", "utf-8")
    words = ["judge", str(source), "--out", str(out), "--home", str(home), *options]
    assert CliRunner().invoke(app, words).exit_code == 0
    verdict = json.loads(out.read_text("utf-8"))
    return verdict["lexicon"], {term["term"] for term in verdict["terms"]}


def test_a_word_goes_from_proposal_to_the_judge_and_out_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    at = ("--home", str(home))
    version, before = marks(home, tmp_path)
    assert (version, WORD in before) == (base().version, False)
    assert not home.exists()
    run("propose", WORD, "--gloss", "photo", "--goods", "household_id", "--source", "a case", *at)
    assert marks(home, tmp_path) == (version, before)
    assert WORD in run("list", "--status", "proposed", *at).stdout
    run("approve", WORD, "--reason", "three cases", *at)
    told = run("show", WORD, *at).stdout
    assert "three cases" in told
    assert "source: a case" in told
    approved, now = marks(home, tmp_path)
    assert now == before | {WORD}
    assert approved != version
    exported = load(run("export", *at).stdout)
    assert exported.version == approved
    words = run("export", "--format", "words", "--goods", "household_id", *at).stdout
    assert WORD in words.split()
    run("retire", WORD, *at)
    run("retire", "开房", *at)
    run("retire", "查开房", *at)
    left = marks(home, tmp_path)[1]
    assert left == before - {"查开房", "开房"}
    states = [json.loads(line) for line in run("list", "--json", *at).stdout.splitlines()]
    assert {s["entry"]["term"] for s in states if s["entry"]["status"] == "retired"} == {
        *(WORD, "开房", "查开房")
    }


def test_several_processes_judge_by_the_living_lexicon(tmp_path: Path) -> None:
    home, at = tmp_path / "home", ("--home", str(tmp_path / "home"))
    run("propose", WORD, "--gloss", "photo", *at)
    run("approve", WORD, *at)
    source, out = tmp_path / "many.jsonl", tmp_path / "out.jsonl"
    source.write_text((json.dumps({"text": POST}) + "\n") * 4100, "utf-8")
    words = ["judge", str(source), "--out", str(out), *at, "--workers", "2"]
    assert CliRunner().invoke(app, words).exit_code == 0
    lines = out.read_text("utf-8").splitlines()
    assert len(lines) == 4100
    assert all(WORD in line for line in lines)
    assert home.exists()


def test_worker_and_pages_follow_an_approval_at_once(tmp_path: Path) -> None:
    with rooms(tmp_path / "home") as opened:
        ledger = opened.ledger
        living = JudgeInUse(ledger, opened.settings)
        entry = Entry(term=WORD, gloss="photo of a person", goods=(Goods.HOUSEHOLD_ID,))
        found = []
        for number in range(2):
            post = Post(platform="x", post_id=str(number), text=POST)
            with ledger.writing() as connection:
                ledger.posts.add(connection, [post], seen_at=NOW)
            Worker(ledger, living).run()
            with ledger.writing() as connection:
                stored = ledger.posts.get(connection, post.key)
                assert stored is not None
                found.append(ledger.verdicts.of_posts(connection, [stored.id])[stored.id].verdict)
                if number == 0:
                    ledger.lexicon.propose(connection, entry, actor="ann")
                    ledger.lexicon.approve(connection, WORD, actor="ann")
        assert [WORD in {t.term for t in verdict.terms} for verdict in found] == [False, True]
        assert found[0].lexicon == base().version
        assert found[1].lexicon != base().version
        for key in ("x:0", "x:1"):  # the older verdict's page has the mark as well
            assert "photo of a person" in _glosses(opened, key)
        with ledger.writing() as connection:
            ledger.lexicon.retire(connection, WORD, actor="ann")
        assert "photo of a person" not in _glosses(opened, "x:1")


def test_a_search_offers_the_words_that_mean_the_same(tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "posts.jsonl"
    source.write_text(json.dumps({"text": POST}) + "\n", "utf-8")
    assert CliRunner().invoke(app, ["import", str(source), "--home", str(home)]).exit_code == 0
    known = Entry(term="头像照", gloss="photo", goods=(Goods.HOUSEHOLD_ID,))
    with rooms(home) as opened:
        query = Query(text=known.term)
        assert reading.search(opened, query).alike == ()
        with opened.ledger.writing() as connection:
            for entry in (known, replace(known, term=WORD)):
                opened.ledger.lexicon.propose(connection, entry, actor="ann")
                opened.ledger.lexicon.approve(connection, entry.term, actor="ann")
        assert reading.search(opened, query).alike == (Bucket(value=WORD, count=1),)
    told = CliRunner().invoke(app, ["search", known.term, "--home", str(home)])
    assert f"means the same, search it too: {WORD}" in told.stdout


def test_wrong_words_are_told_in_a_sentence(tmp_path: Path) -> None:
    at = ("--home", str(tmp_path / "home"))
    assert "gloss" in str(run("propose", WORD, *at, ok=False).exception)
    assert "no term" in str(run("approve", "没有的", *at, ok=False).exception)
    assert "no term" in str(run("show", "没有的", *at, ok=False).exception)
    assert "--format words" in str(run("export", "--goods", "bank", *at, ok=False).exception)
    wrong = str(tmp_path / "no" / "file")
    assert "cannot be written" in str(run("export", "--out", wrong, *at, ok=False).exception)


def test_a_cascade_drops_no_post_over_a_word_it_never_learned() -> None:
    folder = next(filter(_is_cascade, sorted(MODELS.iterdir())))
    word = "青苔石"
    post = Post(platform="x", post_id="1", text=f"今天下雨，和妈妈去公园看{word}，很开心")
    entry = Entry(term=word, gloss="photo", goods=(Goods.HOUSEHOLD_ID,), precision=0.1)
    for lexicon, stage in ((base(), "gate"), (Lexicon([*base().entries, entry]), "encoder")):
        (verdict,) = Judge.load(Choice(model=folder, entries=lexicon.entries)).judge([post], [1])
        assert verdict.stage == stage
        assert (word in {term.term for term in verdict.terms}) == (stage == "encoder")


def _is_cascade(folder: Path) -> bool:
    path = folder / "manifest.json"
    return path.exists() and bool(msgspec.json.decode(path.read_bytes(), type=Manifest).fusion)


def _glosses(opened: reading.Rooms, key: str) -> str:
    view = reading.post(opened, key)
    assert view is not None
    return " ".join(mark.gloss for mark in view.text.marks)
