"""The judge's limits: what is a hit, what goes to people, and who reviews everything."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from archive.records import Post, Verdict
from classifier.judge import Choice, Judge
from classifier.manifest import read_manifest, write_manifest
from desk.cli import app

ROOT = Path(__file__).parents[2]
TEXTS = (
    "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 找@demo_cha01",
    "车主信息有没有人要，车牌就行",
    "病历丢了怎么补办？",
    "今天下雨，和妈妈去公园走了一圈",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give gate-7 with limits around the risk of the second text."""
    out = tmp_path_factory.mktemp("models") / "banded"
    shutil.copytree(ROOT / "models" / "gate-7", out)
    manifest = replace(read_manifest(out), id="banded")
    risk = _judged(Judge.load(Choice(model=out)))[1].risk
    limits = {"threshold": risk + 0.02, "abstain": (risk - 0.02, risk + 0.02)}
    write_manifest(out, replace(manifest, **limits, review_threshold=risk - 0.1))
    return out


def _judged(judge: Judge) -> list[Verdict]:
    posts = [Post(platform="x", post_id=str(at), text=text) for at, text in enumerate(TEXTS)]
    return judge.judge(posts, [1] * len(posts))


def test_a_risk_in_the_band_goes_to_people_with_its_marks(folder: Path) -> None:
    verdicts = _judged(Judge.load(Choice(model=folder)))
    assert [verdict.hit for verdict in verdicts] == [True, False, False, False]
    assert [verdict.review for verdict in verdicts] == [False, True, False, False]
    assert verdicts[1].terms


def test_who_reviews_everything_gets_the_lower_threshold(folder: Path) -> None:
    usual = Judge.load(Choice(model=folder))
    all_of_it = Judge.load(Choice(model=folder, everything=True))
    verdicts = _judged(all_of_it)
    assert [verdict.hit for verdict in verdicts][:2] == [True, True]
    assert [verdict.review for verdict in verdicts][:2] == [False, True]
    assert verdicts[1].threshold < _judged(usual)[1].threshold
    assert verdicts[1].offer is not None


def test_the_command_says_review_and_why(folder: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), "utf-8")
    words = ["judge", str(source), "--out", str(out), "--model", str(folder), "--why"]
    assert CliRunner().invoke(app, words).exit_code == 0
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    schema = json.loads((ROOT / "docs" / "schema" / "judge.schema.json").read_text("utf-8"))
    for row in rows:
        Draft202012Validator(schema).validate(row)
    assert [row["review"] for row in rows] == [False, True, False, False]
    assert [bool(row["spans"]) for row in rows] == [True, True, False, False]


def test_a_model_without_a_review_threshold_says_so(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "x"}\n', "utf-8")
    model = ["--model", str(ROOT / "models" / "gate-7")]
    done = CliRunner().invoke(app, ["judge", str(source), "--review-everything", *model])
    assert "gate-7 has no threshold" in str(done.exception)
