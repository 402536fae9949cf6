"""`anyu judge`: the contract of DESIGN §4 on real files and the shipped model."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from jsonschema import Draft202012Validator
from pyarrow import parquet

from archive.errors import InputError
from archive.labels import Intent
from classifier.judge import Judge
from classifier.stream import judge_stream

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "judge.schema.json"
POSTS = [
    {"id": "a", "text": "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 找@demo_cha01"},
    {"id": "b", "text": "今天下雨，和妈妈去公园走了一圈\u2028很开心"},
    {"id": "c", "title": "求助", "text": "病历丢了怎么补办？"},
    {"id": "a2", "text": "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 找@demo_cha01"},
]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load()


def _judged(judge: Judge, source: Path, out: Path) -> list[dict[str, Any]]:
    judge_stream(str(source), str(out), judge=judge)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n") if line]


def _jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_line_holds_the_schema(judge: Judge, tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", POSTS)
    with source.open("a", encoding="utf-8") as stream:
        stream.write('not json\n{"id": "x"}\n{"text": 3}\n[]\n{"id": 9, "text": ""}\n')
    rows = _judged(judge, source, tmp_path / "out.jsonl")
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for row in rows:
        validator.validate(row)
    assert [row["id"] for row in rows] == ["a", "b", "c", "a2", None, "x", None, None, "9"]
    assert [row.get("line") for row in rows][4:8] == [5, 6, 7, 8]
    assert sum(row["scores"][intent] for row in rows[:1] for intent in Intent) == pytest.approx(
        1, abs=1e-3
    )


def test_an_advert_is_a_hit_with_goods_terms_and_contact(judge: Judge, tmp_path: Path) -> None:
    row, everyday, *_ = _judged(judge, _jsonl(tmp_path / "i.jsonl", POSTS), tmp_path / "o.jsonl")
    assert row["hit"]
    assert row["intent"] == "sell"
    assert {"hotel_stay", "bank"} <= {goods["label"] for goods in row["goods"]}
    text = POSTS[0]["text"]
    for term in row["terms"]:
        assert text[term["start"] : term["end"]] == term["surface"]
    assert {"type": "telegram", "value": "demo_cha01", "raw": "@demo_cha01"} in row["offer"][
        "contacts"
    ]
    assert not everyday["hit"]
    assert everyday["offer"] is None
    assert everyday["goods"] == []


def test_the_three_formats_and_stdin_agree(judge: Judge, tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", POSTS)
    table = io.StringIO()
    writer = csv.DictWriter(table, ["id", "title", "text"])
    writer.writeheader()
    writer.writerows(POSTS)
    (tmp_path / "in.csv").write_text("\ufeff" + table.getvalue(), encoding="utf-8")
    want = _judged(judge, source, tmp_path / "o.jsonl")
    assert _judged(judge, tmp_path / "in.csv", tmp_path / "o2.jsonl") == want
    columns = {key: [row.get(key) for row in POSTS] for key in ("id", "title", "text")}
    parquet.write_table(pyarrow.table(columns), tmp_path / "in.parquet")
    assert _judged(judge, tmp_path / "in.parquet", tmp_path / "o3.jsonl") == want
    piped = subprocess.run(
        [sys.executable, "-m", "desk.cli", "judge", "-"],
        input=source.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert [json.loads(line) for line in piped.stdout.splitlines()] == want


def test_status_tells_bad_rows_from_bad_input(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b'{"text": "\xc4\xe3"}\n{"text": "ok"}\n')
    run = [sys.executable, "-m", "desk.cli", "judge"]
    assert subprocess.run([*run, str(bad)], capture_output=True, check=False).returncode == 1
    gone = subprocess.run([*run, str(tmp_path / "no.jsonl")], capture_output=True, check=False)
    assert gone.returncode == 2
    assert gone.stderr.count(b"\n") == 1
    assert b"Traceback" not in gone.stderr


def test_a_csv_without_text_is_refused_and_leaves_no_output(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,body\n1,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column named text"):
        judge_stream(str(tmp_path / "in.csv"), str(tmp_path / "o.jsonl"), judge=judge)
    assert not list(tmp_path.glob("o.jsonl*"))


def test_a_slow_sender_gets_its_verdicts_while_it_pauses() -> None:
    run = [sys.executable, "-m", "desk.cli", "judge", "-"]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for name, text in (("a", '"text": "查开房"}\n{"id": "half", '), ("half", '"text": "x"}\n')):
            start = '{"id": "a", ' if name == "a" else ""
            process.stdin.write(f"{start}{text}".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == name
        process.stdin.write(b'{"id": "last", "text": "no end of line"}')
        process.stdin.close()
        assert json.loads(process.stdout.readline())["id"] == "last"


def test_a_reader_that_goes_away_ends_the_run_quietly(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", POSTS * 600)
    command = f"{sys.executable} -m desk.cli judge {source} --workers 1 | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)  # noqa: S602
    assert json.loads(done.stdout)["id"] == "a"
    assert done.stderr == b""
