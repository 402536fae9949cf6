"""Campaigns as a user meets them: the command line, the pages and their JSON twins."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from archive.settings import Settings
from desk.cli import app
from desk.web.app import build


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """Give a copy of the archive that the test may change."""
    return Path(shutil.copytree(home, tmp_path / "home"))


@pytest.fixture
def pages(own_home: Path) -> Iterator[TestClient]:
    client = TestClient(build(Settings(home=own_home)), base_url="http://127.0.0.1")
    with client:
        yield client


def _anyu(home: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["campaign", *words, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_merge_shows_on_the_command_line_and_on_the_pages(
    own_home: Path, pages: TestClient
) -> None:
    assert pages.get("/api/v1/campaigns").json()["waiting"] == 4
    every = json.loads(_anyu(own_home, "list", "--least", "1", "--json"))
    assert [row["members"] for row in every["campaigns"]] == [1, 1, 1]
    one, other, _ = (row["id"] for row in every["campaigns"])
    act = re.match(r"act (\d+)", _anyu(own_home, "merge", str(other), str(one)))
    assert act
    view = json.loads(_anyu(own_home, "show", str(other), "--json"))
    assert view["id"] == one
    assert len(view["members"]) == 2
    assert view["shared"]
    assert "wechat:abc_demo77" in _anyu(own_home, "show", str(one))
    twin = pages.get(f"/api/v1/campaigns/{one}").json()
    assert twin == view
    page = pages.get(f"/campaigns/{other}").text
    assert "wechat:abc_demo77" in page
    assert f'<a href="/campaigns/{one}">' in pages.get("/campaigns").text
    key = view["posts"][0]
    assert f'href="/campaigns/{one}"' in pages.get(f"/posts/{key}").text
    _anyu(own_home, "undo", act[1])
    assert pages.get("/api/v1/campaigns").json()["total"] == 0


@pytest.mark.parametrize(
    "words", [("show", "99"), ("merge", "1", "99"), ("split", "1", "x:nobody"), ("undo", "9")]
)
def test_what_is_not_there_is_one_sentence_and_status_2(
    own_home: Path, words: tuple[str, ...]
) -> None:
    run = [sys.executable, "-m", "desk.cli", "campaign", *words, "--home", str(own_home)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("anyu: ")
    assert "Traceback" not in done.stderr


def test_an_unknown_campaign_has_no_page(pages: TestClient) -> None:
    page = pages.get("/campaigns/99")
    assert page.status_code == 400
    assert "no campaign 99" in page.text
