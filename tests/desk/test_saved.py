"""Saved searches as a user meets them: commands, pages, twins, and kill -9 in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from posts import add_judged
from receivers import Hook, serving
from sqlalchemy import func, select
from typer.testing import CliRunner

from archive.ledger.alerts import alert
from archive.settings import Settings
from desk.cli import app
from desk.rooms import rooms
from desk.web.app import build

_POSTS = 12


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """Give a copy of the archive that the test may change."""
    return Path(shutil.copytree(home, tmp_path / "home"))


@pytest.fixture
def pages(own_home: Path) -> Iterator[TestClient]:
    with TestClient(build(Settings(home=own_home)), base_url="http://127.0.0.1") as client:
        yield client


def _anyu(home: Path, *words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["saved", *words, "--home", str(home)])
    assert done.exit_code == status, done.output
    return done.stdout


def _check(home: Path) -> list[str]:
    return [sys.executable, "-m", "desk.cli", "saved", "check", "--home", str(home)]


def _waiting(home: Path, url: str) -> None:
    """Save a search and let new hits wait for the index."""
    _anyu(home, "add", "watch", "开房", "--webhook", url)
    with rooms(home) as opened:
        add_judged(opened.ledger, _POSTS, texts=["查开房"])


def test_a_new_hit_is_seen_on_the_command_line_and_on_the_pages(
    own_home: Path, pages: TestClient
) -> None:
    assert "3 hits of today are known" in _anyu(own_home, "add", "watch", "开房")
    with rooms(own_home) as opened:
        add_judged(opened.ledger, 1, texts=["又查开房 身份证110101199003078515"])
    assert "told: 1" in _anyu(own_home, "check")
    view = json.loads(_anyu(own_home, "show", "watch", "--json"))
    [found] = view["alerts"]
    assert (found["alert"]["key"], found["told"][0]["way"]) == ("x:0", "here")
    assert pages.get("/api/v1/saved/watch").json() == view
    assert pages.get("/api/v1/saved").json() == json.loads(_anyu(own_home, "list", "--json"))
    page = pages.get("/saved/watch").text
    assert 'href="/posts/x%3A0"' in page
    assert "110101199003078515" not in page
    assert 'href="/saved/watch"' in pages.get("/saved").text
    _anyu(own_home, "remove", "watch")
    assert json.loads(_anyu(own_home, "list", "--json"))["searches"] == []
    assert pages.get("/saved/watch").status_code == 400


def test_a_search_is_saved_and_forgotten_on_the_page(own_home: Path, pages: TestClient) -> None:
    form = {"name": "from the page", "q": "开房", "goods": "communications"}
    answer = pages.post("/saved", data=form)
    assert "开房 goods=communications" in answer.text
    [row] = json.loads(_anyu(own_home, "list", "--json"))["searches"]
    assert row["query"] == "开房 goods=communications"
    wrong = pages.post("/api/v1/saved", data={"name": "w", "q": '"开房'})
    assert wrong.status_code == 400
    assert "quotation mark" in wrong.json()["error"]
    assert pages.post("/saved/from the page/remove").status_code == 200
    assert pages.get("/api/v1/saved").json()["searches"] == []


def test_a_persons_word_on_the_page_tells_too(own_home: Path, pages: TestClient) -> None:
    with serving(Hook()) as hook:
        _anyu(own_home, "add", "watch", "开房", "--webhook", hook.url)
        with rooms(own_home) as opened:
            add_judged(opened.ledger, 1, texts=["查开房"], hit=False, doubtful=True)
        pages.post("/posts/x:0/review", data={"intent": "sell"})
        assert [posted["key"] for posted in hook.got] == ["x:0"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "none"), "no saved search 'none'"),
        (("remove", "none"), "no saved search 'none'"),
        (("add", "n", '"开房'), "Character 1: This quotation mark"),
        (("add", "a/b", "开房"), "name 'a/b' cannot be used"),
        (("add", "n", "开房", "--webhook", "ftp://x"), "neither http nor https"),
        (("add", "n", "开房", "--mail", "nobody"), "no mail address"),
        (("add", "n", "开房", "--mail", "a@example.org"), "ANYU_SMTP_HOST"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    own_home: Path, words: tuple[str, ...], sentence: str
) -> None:
    run = [sys.executable, "-m", "desk.cli", "saved", *words, "--home", str(own_home)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_killed_between_telling_and_noting_it_tells_again_under_the_same_id(
    own_home: Path,
) -> None:
    with serving(Hook()) as hook:
        _waiting(own_home, hook.url)
        running = subprocess.Popen(_check(own_home), stderr=subprocess.PIPE)

        def kill_at_the_fifth() -> None:
            if len(hook.got) == 5:
                os.kill(running.pid, signal.SIGKILL)

        hook.before = kill_at_the_fifth
        running.communicate()
        assert running.returncode == -signal.SIGKILL
        done = subprocess.run(_check(own_home), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        _same(own_home, hook, again=1)
        subprocess.run(_check(own_home), check=True, capture_output=True)
        _same(own_home, hook, again=1)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["to_index", "to_alert", "alert"])
def test_killed_on_the_way_to_an_alert_it_loses_and_doubles_none(
    own_home: Path, table: str
) -> None:
    """Kill when the first row of the table changes: in indexing, holding, telling."""
    with serving(Hook()) as hook:
        _waiting(own_home, hook.url)
        environment = {**os.environ, "ANYU_KILLED_AT": table}
        run = [sys.executable, "-c", _KILLED, str(own_home)]
        done = subprocess.run(run, env=environment, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        subprocess.run(_check(own_home), check=True, capture_output=True)
        _same(own_home, hook, again=0)


# kills itself within the transaction that strikes off, or adds, the first rows of a table
_KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from desk.rooms import feed_waiting, rooms

table = os.environ["ANYU_KILLED_AT"]
wanted = "INSERT INTO alert " if table == "alert" else f"DELETE FROM {table} "
with rooms(Path(sys.argv[1])) as opened:
    @event.listens_for(opened.ledger.engine, "after_cursor_execute")
    def die(connection, cursor, statement, *rest):
        if statement.startswith(wanted):
            os.kill(os.getpid(), signal.SIGKILL)
    feed_waiting(opened)
"""


def _same(home: Path, hook: Hook, *, again: int) -> None:
    """Say that each new hit has one alert, told under one id, ``again`` of them twice."""
    keys = {f"x:{number}" for number in range(_POSTS)}
    ids = {posted["key"]: posted["id"] for posted in hook.got}
    assert ids.keys() == keys
    assert len({(posted["key"], posted["id"]) for posted in hook.got}) == _POSTS
    assert len(hook.got) == _POSTS + again
    with rooms(home) as opened, opened.ledger.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(alert)) == _POSTS
        assert opened.ledger.alerts.waiting(connection) == 0
        assert opened.ledger.to_alert.waiting(connection) == 0
