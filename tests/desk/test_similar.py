"""More like this as a user meets it: the command, the page and its twin."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from desk.cli import app


def test_the_command_the_page_and_the_twin_say_the_same(desk: str, home: Path) -> None:
    run = ["similar", "weibo:w2", "--home", str(home)]
    found = json.loads(CliRunner().invoke(app, [*run, "--json"]).stdout)
    assert {one["key"] for one in found["similar"]} == {"weibo:w1", "weibo:w4"}
    shares = {one["key"]: [proof["words"] for proof in one["shared"]] for one in found["similar"]}
    assert "查开房" in shares["weibo:w4"]
    twin = httpx.get(f"{desk}/api/v1/similar", params={"key": "weibo:w2"}).json()
    assert twin["similar"] == found["similar"]
    page = httpx.get(f"{desk}/similar", params={"key": "weibo:w2"}).text
    assert 'href="/posts/weibo%3Aw4"' in page
    assert "110101199003078515" not in page
    assert "weibo:w4" in CliRunner().invoke(app, run).stdout


def test_each_hit_leads_to_more_like_it(desk: str) -> None:
    page = httpx.get(desk, params={"q": "开房"}).text
    assert 'href="/similar?key=weibo%3Aw1"' in page
    assert "by=picture" in httpx.get(f"{desk}/posts/weibo:w1").text
    answer = httpx.get(f"{desk}/similar", params={"key": "weibo:w1", "by": "picture"})
    assert answer.status_code == 200
    assert "None of the adverts kept" in answer.text


@pytest.mark.parametrize("key", ["weibo:w3", "weibo:none", "none"])
def test_a_post_that_is_no_advert_is_one_sentence(desk: str, home: Path, key: str) -> None:
    run = [sys.executable, "-m", "desk.cli", "similar", key, "--home", str(home)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("anyu: There is no advert")
    assert httpx.get(f"{desk}/api/v1/similar", params={"key": key}).status_code == 400
