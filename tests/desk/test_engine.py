"""The commands and pages on Elasticsearch, and what they say when it is away."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from servers.elasticsearch import free_port
from typer.testing import CliRunner, Result

from archive.settings import Settings
from desk.cli import app
from desk.web.app import build

_POSTS = (
    '{"id": "a", "text": "查开房 #查流水 #查户籍 #查机主"}\n'
    '{"id": "b", "text": "#查幵🏠 #查户籍 #查机主 #查名下号 薇abc_demo1"}\n'
    '{"id": "c", "text": "天气好"}\n'
)


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def _found(query: str, *home: str) -> list[str]:
    lines = _run("search", query, "--json", *home).stdout.splitlines()
    return [json.loads(line)["document"]["key"] for line in lines]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text(_POSTS, "utf-8")
    return path


def test_an_archive_moves_to_elasticsearch_and_back(
    tmp_path: Path, file: Path, elasticsearch_url: str
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert _run("import", str(file), *home).exit_code == 0
    before = _found("开房", *home)
    assert len(before) == 2
    moved = _run("index", "rebuild", "--to", elasticsearch_url, *home)
    assert f"2 documents in {elasticsearch_url}" in moved.stdout
    status = _run("index", "status", *home).stdout
    assert f"{elasticsearch_url}: 0 posts wait" in status
    assert _found("开房", *home) == before
    file.write_text('{"id": "d", "text": "开房 #查流水 #查户籍 #查名下号"}\n', "utf-8")
    assert _run("import", str(file), *home).exit_code == 0
    assert len(_found("开房", *home)) == 3
    assert "mended: 0 missing, 0 stale, 0 extra" in _run("index", "check", *home).stdout
    assert _run("index", "rebuild", "--to", "sqlite", *home).exit_code == 0
    assert len(_found("开房", *home)) == 3
    assert "sqlite: 0 posts wait" in _run("index", "status", *home).stdout


def test_pages_search_elasticsearch(
    tmp_path: Path, file: Path, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYU_INDEX_URL", elasticsearch_url)
    home = tmp_path / "home"
    assert _run("import", str(file), "--home", str(home)).exit_code == 0
    assert not (home / "index.db").exists()
    with TestClient(build(Settings(home=home)), base_url="http://localhost") as pages:
        found = pages.get("/api/v1/search", params={"q": "开房", "size": 1}).json()
        assert found["total"] == 2
        next_page = {"q": "开房", "size": 1, "after": found["after"]}
        second = pages.get("/api/v1/search", params=next_page).json()
        assert second["hits"][0]["key"] != found["hits"][0]["key"]
        assert pages.get("/", params={"q": "开房"}).status_code == 200


def test_an_import_without_the_server_keeps_its_posts_and_says_what_waits(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYU_INDEX_URL", f"elasticsearch://127.0.0.1:{free_port()}/anyu")
    home = ["--home", str(tmp_path / "home")]
    done = _run("import", str(file), "--json", *home)
    assert done.exit_code == 0
    assert json.loads(done.stdout.splitlines()[-1])["added"] == 3
    assert "cannot be reached" in done.stderr
    assert "3 posts wait" in done.stderr
    assert "3 posts wait" in " ".join(_run("doctor", *home).stdout.split())
    status = _run("index", "status", *home)
    assert "3 posts wait since" in status.stdout
    with TestClient(build(Settings(home=tmp_path / "home")), base_url="http://localhost") as pages:
        answer = pages.get("/api/v1/search", params={"q": "开房"})
    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["error"]


def test_another_engine_than_the_ledgers_is_told(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert _run("import", str(file), *home).exit_code == 0
    monkeypatch.setenv("ANYU_INDEX_URL", "elasticsearch://127.0.0.1:1/anyu")
    done = _run("index", "feed", *home)
    assert done.exit_code == 1
    assert "This ledger feeds the index sqlite" in str(done.exception)


def test_a_wrong_address_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYU_INDEX_URL", "http://127.0.0.1:9200")
    done = _run("search", "开房", "--home", str(tmp_path / "home"))
    assert "write sqlite, elasticsearch://host:9200/name" in str(done.exception)
