"""Batch search as a user meets it: lists of every kind, wrong lines, the page and its twin."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from posts import add_judged
from typer.testing import CliRunner

from archive.errors import InputError
from archive.index.feeding import feed
from archive.settings import Settings
from desk.batch import read
from desk.cli import app
from desk.rooms import rooms
from desk.web.app import build

_LIST = '# who\n开房\n\n"开房\ndemo_cha01\n开房\nnobody_at_all\n'


@pytest.fixture
def pages(home: Path) -> Iterator[TestClient]:
    with TestClient(build(Settings(home=home)), base_url="http://127.0.0.1") as client:
        yield client


def _batch(home: Path, file: Path, *words: str) -> tuple[list[dict[str, object]], int]:
    run = ["search", "--batch", str(file), "--json", "--home", str(home), *words]
    done = CliRunner().invoke(app, run)
    return [json.loads(line) for line in done.stdout.splitlines()], done.exit_code


def test_a_row_a_line_in_order_and_one_error_for_a_wrong_one(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(_LIST, encoding="utf-8")
    rows, status = _batch(home, file)
    assert status == 1
    assert [row["line"] for row in rows] == [2, 4, 5, 6, 7]
    assert [row.get("hits") for row in rows] == [3, None, 1, 3, 0]
    assert "Character 1: This quotation mark" in str(rows[1]["error"])
    assert rows[0]["platforms"] == [{"value": "weibo", "count": 3}]
    assert (rows[2]["first"], rows[2]["last"]) == ("2026-05-01", "2026-05-01")
    assert rows[2]["keys"] == ["weibo:w2"]
    assert rows[0] == {**rows[3], "line": 2}
    narrow, _ = _batch(home, file, "--goods", "communications", "--most", "1")
    assert (narrow[0]["hits"], narrow[0]["keys"]) == (1, ["weibo:w4"])
    cut, _ = _batch(home, file, "--most", "1")
    assert (cut[0]["hits"], cut[0]["platforms"]) == (3, rows[0]["platforms"])
    assert cut[0]["last"] == rows[0]["last"]


def test_an_index_that_was_lost_is_told_until_it_is_filled(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    file = tmp_path / "posts.jsonl"
    file.write_text('{"id": "a", "text": "查开房 #查流水 #查户籍 #查机主 薇abc_demo1"}\n', "utf-8")
    runner = CliRunner()
    assert runner.invoke(app, ["import", str(file), *home]).exit_code == 0
    for part in (tmp_path / "home").glob("index.db*"):
        part.unlink()  # as a restored backup leaves it
    for _ in range(2):
        assert "was lost" in runner.invoke(app, ["search", "开房", *home]).stderr
    assert runner.invoke(app, ["index", "rebuild", *home]).exit_code == 0
    found = runner.invoke(app, ["search", "开房", "--json", *home])
    assert (len(found.stdout.splitlines()), found.stderr) == (1, "")


def test_a_table_progress_and_what_was_passed_over(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(_LIST, encoding="utf-8")
    run = [sys.executable, "-m", "desk.cli", "search", "--batch", str(file), "--home", str(home)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "demo_cha01" in done.stdout
    assert "searching" in done.stderr
    assert "passed over: 1" in done.stderr
    assert "1 of 5 lines could not be searched" in done.stderr


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_first_column_of_a_csv_in_any_usual_encoding(kind: str) -> None:
    data = '账号,备注\r\n"开房,记录",x\r\n\r\n,y\r\n"两\r\n行",z\r\n流水\r\n'.encode(kind)
    found = read(data, name="list.csv")
    assert found.heading == "账号"
    assert [(line.line, line.query) for line in found.lines] == [
        (2, "开房,记录"),
        (5, "两\r\n行"),
        (7, "流水"),
    ]


def test_what_is_no_list_is_told() -> None:
    with pytest.raises(InputError, match="no text"):
        read(b"\x00\x01\x02\xff\xfe\x00", name="a.bin")


@pytest.mark.parametrize("words", [("开房",), ("--facets",), ("--histogram",)])
def test_a_batch_and_a_query_exclude_each_other(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "list.txt"
    file.write_text("x", encoding="utf-8")
    run = [sys.executable, "-m", "desk.cli", "search", *words, "--batch", str(file)]
    done = subprocess.run([*run, "--home", str(home)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "takes its queries from the list" in done.stderr


def test_a_list_that_is_not_there_is_one_sentence(home: Path) -> None:
    run = [sys.executable, "-m", "desk.cli", "search", "--batch", "/none", "--home", str(home)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_the_page_takes_lines_and_a_file_up_to_a_limit(pages: TestClient) -> None:
    assert pages.get("/batch").status_code == 200
    files = {"file": ("list.csv", b"handle\ndemo_cha01\n", "text/csv")}
    rows = pages.post("/api/v1/batch", data={"lines": "开房\n"}, files=files).json()
    assert [(row["query"], row["hits"]) for row in rows] == [("开房", 3), ("demo_cha01", 1)]
    page = pages.post("/batch", data={"lines": '开房\n"开房\n<b>x'}).text
    assert "<strong>1</strong> of 3 lines have hits, 1 could not be searched" in page
    assert 'href="/posts/weibo%3Aw1"' in page
    assert "<b>x" not in page
    many = pages.post("/api/v1/batch", data={"lines": "x\n" * 1001})
    assert (many.status_code, "anyu search --batch" in many.json()["error"]) == (400, True)
    large = {"file": ("l.txt", b"x\n" * 200_000, "text/plain")}
    assert pages.post("/batch", files=large).status_code == 400


def test_facets_and_histogram_on_the_command_line(home: Path) -> None:
    run = ["search", "开房", "--facets", "--histogram", "--home", str(home)]
    done = CliRunner().invoke(app, [*run, "--json"])
    counted, *hits = [json.loads(line) for line in done.stdout.splitlines()]
    assert counted["facets"]["platform"] == [{"value": "weibo", "count": 3}]
    assert counted["days"] == [{"value": "2026-05-01", "count": 3}]
    assert len(hits) == 3
    table = CliRunner().invoke(app, run).stdout
    assert "communications" in table
    assert "2026-05-01" in table


def test_hundreds_of_handles_each_find_their_own(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "list.txt"
    words = [f"handle_{number:04}" for number in range(500)]
    with rooms(home) as opened:
        add_judged(opened.ledger, 1000, texts=[f"查开房 流水 加薇{word}" for word in words])
        feed(opened.ledger, opened.index)
    file.write_text("\n".join(words), encoding="utf-8")
    rows, status = _batch(home, file)
    assert status == 0
    assert [row["query"] for row in rows] == words
    assert [set(row["keys"]) for row in rows] == [{f"x:{n + 500}", f"x:{n}"} for n in range(500)]
