"""Posts in doubt: the queue, the grounds on the page, and a person's word on them."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from archive.index.feeding import feed
from archive.ledger import tables
from archive.records import Post
from archive.settings import Settings
from classifier.judge import Choice, Judge, Why
from classifier.manifest import read_manifest, write_manifest
from classifier.worker import Worker
from desk.rooms import rooms
from desk.web.app import build

MODELS = Path(__file__).parents[2] / "models"
TEXTS = {
    "sure": "#查开房记录 #查身份证 查名下号 查全户 查机主 查银行流水 找@demo_cha01",
    "doubt": "车主信息有没有人要，车牌就行 身份证110101199003078515",
    "talk": "今天下雨，和妈妈去公园走了一圈",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "banded"
    shutil.copytree(MODELS / "gate-7", folder)
    posts = [Post(platform="x", post_id=name, text=text) for name, text in TEXTS.items()]
    risk = Judge.load(Choice(model=folder)).judge(posts, [1] * 3)[1].risk
    limits = {"threshold": risk + 0.02, "abstain": (risk - 0.02, risk + 0.02)}
    write_manifest(folder, replace(read_manifest(folder), id="banded", **limits))
    with rooms(tmp_path / "home") as opened:
        with opened.ledger.writing() as connection:
            opened.ledger.posts.add(connection, posts, seen_at=datetime.now(UTC))
        judge = Judge.load(Choice(model=folder, why=Why.HITS))
        Worker(opened.ledger, judge, retention_days=7, review_days=30).run()
        feed(opened.ledger, opened.index)
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[TestClient]:
    with TestClient(build(Settings(home=home)), base_url="http://127.0.0.1") as client:
        yield client


def _days_kept(home: Path) -> dict[str, int | None]:
    with rooms(home) as opened, opened.ledger.reading() as connection:
        rows = connection.execute(select(tables.post.c.key, tables.post.c.drop_after)).all()
    now = datetime.now(UTC)
    return {row.key: row.drop_after and round((row.drop_after - now).days) for row in rows}


def test_a_doubtful_post_waits_and_is_in_no_search(desk: TestClient, home: Path) -> None:
    (waiting,) = desk.get("/api/v1/doubtful").json()
    assert waiting["key"] == "x:doubt"
    assert "110101199003078515" not in waiting["text"]["text"]
    assert [hit["key"] for hit in desk.get("/api/v1/search").json()["hits"]] == ["x:sure"]
    assert "In doubt: 1 post," in desk.get("/doubtful").text
    assert desk.get("/posts/x:doubt").status_code == 200
    assert desk.get("/posts/x:talk").status_code == 404
    assert _days_kept(home) == {"x:sure": None, "x:doubt": 29, "x:talk": 6}


def test_a_persons_word_ends_the_wait(desk: TestClient, home: Path) -> None:
    word = {"intent": "sell", "note": "asks for buyers"}
    done = desk.post("/posts/x:doubt/review", data=word, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/doubtful")
    assert desk.get("/api/v1/doubtful").json() == []
    hits = {hit["key"]: hit["intent"] for hit in desk.get("/api/v1/search").json()["hits"]}
    assert hits == {"x:sure": "sell", "x:doubt": "sell"}
    assert _days_kept(home)["x:doubt"] is None
    assert desk.post("/api/v1/posts/x:sure/review", data={"intent": "discuss"}).json() == {
        "post": "x:sure",
        "intent": "discuss",
    }
    assert desk.get("/posts/x:sure").status_code == 404
    assert desk.post("/api/v1/posts/x:talk/review", data={"intent": "sell"}).status_code == 400
    with rooms(home) as opened, opened.ledger.reading() as connection:
        kinds = [entry.kind for entry in opened.ledger.chain.entries(connection)]
    assert kinds.count("review") == 2
    assert "doubts" in kinds


def test_the_post_page_marks_what_moved_the_score(desk: TestClient) -> None:
    spans = desk.get("/api/v1/posts/x:sure").json()["verdict"]["spans"]
    assert spans
    page = desk.get("/posts/x:sure").text
    raising = [span for span in spans if span["weight"] > 0]
    assert 'raises"' in page
    assert f"moved the score by {raising[0]['weight']:+.1f}" in page
