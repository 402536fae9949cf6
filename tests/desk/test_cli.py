"""The command line: search, doctor, purge, and one sentence where something is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk.cli import app


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "desk.cli", *words]
    return subprocess.run(run, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("query", "found"), [("开房", 3), ("房", 3), ("kf", 1), ("公园", 0)])
def test_search_finds_phrases_and_single_characters(home: Path, query: str, found: int) -> None:
    done = CliRunner().invoke(app, ["search", query, "--home", str(home), "--json"])
    hits = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(hits) == found
    for hit in hits:
        assert hit["marks"]


def test_search_shows_a_table(home: Path) -> None:
    done = CliRunner().invoke(
        app, ["search", "开房", "--goods", "communications", "--home", str(home)]
    )
    assert "1 hits" in done.stdout


def test_a_wrong_query_is_one_sentence_with_its_place_and_status_2(home: Path) -> None:
    done = _run("search", '"开房', "--home", str(home))
    assert done.returncode == 2
    assert done.stderr == (
        'anyu: Character 1: This quotation mark is not closed: add one at the end.\n  "开房\n  ^\n'
    )


def test_an_import_of_nothing_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    done = _run("import", str(tmp_path / "none.jsonl"), "--home", str(tmp_path / "home"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "none.jsonl" in done.stderr


def test_import_ends_with_the_line_of_the_contract_and_adds_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "查开房 查流水"}\nwrong\n{"text": "天气好"}\n', encoding="utf-8")
    words = ["import", str(path), "--json", "--home", str(tmp_path / "home")]
    first, second = (_run(*words) for _ in range(2))
    assert json.loads(first.stdout.splitlines()[-1]) == {
        "format": "anyu",
        "read": 3,
        "added": 2,
        "known": 0,
        "skipped": 1,
    }
    assert "posts.jsonl, line 2" in first.stderr
    assert json.loads(second.stdout.splitlines()[-1])["added"] == 0


def test_innocent_posts_are_purged_and_not_taken_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYU_RETENTION_DAYS", "0")
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "查开房 #查流水 #查户籍 #查机主"}\n{"text": "天气好"}\n', "utf-8")
    home = ["--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, ["import", str(path), *home]).exit_code == 0
    assert "1 posts dropped" in CliRunner().invoke(app, ["purge", *home]).stdout
    again = CliRunner().invoke(app, ["import", str(path), "--json", *home])
    assert json.loads(again.stdout.splitlines()[-1])["added"] == 0


def test_doctor_names_every_part(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--home", str(tmp_path)])
    assert done.exit_code == 0
    for part in ("Python", "Chromium", "Chinese font", "scrapy", "training corpus"):
        assert part in done.stdout


def test_training_without_a_corpus_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYU_CORPUS", raising=False)
    monkeypatch.chdir(tmp_path)
    done = _run("train", "gate", "--out", str(tmp_path / "gate-x"))
    assert done.returncode == 1
    assert "ANYU_CORPUS" in done.stderr


def test_the_judge_loads_neither_torch_nor_scrapy_nor_a_browser() -> None:
    code = (
        "import sys; from desk.cli import app; from classifier.judge import Judge; "
        "import desk.web.app; Judge.load(); "
        "heavy = {'torch', 'transformers', 'scrapy', 'playwright', 'twisted'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_cloaked_word_is_found_by_what_it_means(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "#查幵🏠 #查户籍 #查机主 #查名下号 薇abc_demo1"}\n', "utf-8")
    home = ["--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, ["import", str(path), *home]).exit_code == 0
    done = CliRunner().invoke(app, ["search", "开房", "--json", *home])
    (hit,) = [json.loads(line) for line in done.stdout.splitlines()]
    field, start, end = hit["marks"][0]
    assert "幵🏠" in hit["document"][field][start:end]
