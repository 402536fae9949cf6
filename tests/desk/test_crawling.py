"""`anyu crawl parse` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[1] / "crawler" / "platforms"


def _parse(*words: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "desk.cli", "crawl", "parse", *words]
    return subprocess.run(run, capture_output=True, text=True, check=False)


def test_a_saved_answer_is_printed_as_json_lines() -> None:
    body = RECORDED / "weibo" / "hotflow" / "body.json"
    done = _parse("weibo", str(body), "--url", "https://m.weibo.cn/comments/hotflow?id=42")
    head, *records = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert head == {"page_state": "ok", "extent": "whole", "count": 3}
    assert [record["record"] for record in records] == ["post"] * 3
    assert [record["parent"] for record in records][:2] == ["weibo:42", "weibo:5100000000001001"]


def test_status_and_headers_by_hand_are_signs(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.touch()
    lost = ["--status", "302", "--header", "Location: https://wappass.baidu.com/static/captcha/"]
    told = {
        ("weibo", "--status", "432"): "blocked",
        ("tieba", *lost): "captcha",
        ("telegram", "--status", "429"): "rate_limited",
    }
    for (platform, *words), state in told.items():
        done = _parse(platform, str(nothing), *words)
        assert json.loads(done.stdout)["page_state"] == state


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["weibo", "none.json"], "cannot be read"),
        (["facebook", "none.json"], "There is no platform 'facebook'"),
        (["weibo", __file__, "--header", "Location"], "is not of the form"),
        (["weibo", __file__, "--status", "1000"], "no HTTP status"),
        (["weibo", str(RECORDED)], "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(words: list[str], told: str) -> None:
    done = _parse(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
