"""`anyu evidence screenshots`: what a photograph shows is read from the page itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from archive.labels import Intent
from archive.ledger import tables
from archive.records import Post, Verdict
from desk.cli import app
from desk.rooms import rooms

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADVERT = "kf 开*房 查询800一次，名下号150 需要身份证 薇abc_demo77"
PAGES = {
    "/shown": f"<title>x</title><p>{ADVERT}</p>",
    "/wall": "<title>x</title><p>打开客户端查看更多内容</p>",
    "/login": "<title>登录 - 新浪微博</title><form action=/login></form>",
    "/sorry": "<title>微博-出错了</title><p class=h5-4con>微博不存在或暂无查看权限!</p>",
    "/forbidden/5": f"<p>{ADVERT}</p>",
}
WHY = ["--purpose", "p", "--legal-basis", "l"]
pytestmark = pytest.mark.browser


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", f"{self.server.inside}/secret")  # type: ignore[attr-defined]
            self.end_headers()
            return
        robots = "User-agent: *\nDisallow: /forbidden/\n"
        body = (robots if self.path == "/robots.txt" else PAGES.get(self.path, "")).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _serving() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.asked, server.inside = [], ""
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside() -> Iterator[Any]:
    yield from _serving()


@pytest.fixture
def site(inside: Any) -> Iterator[Any]:
    for server in _serving():
        server.inside = inside.url
        yield server


def test_a_photograph_is_told_by_what_the_page_shows_and_obeys_reach_and_robots(
    site: Any, inside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ANYU_CRAWL_DELAY", "0")
    paths = {
        "other:1": "/shown",
        "other:2": "/wall",
        "weibo:3": "/login",
        "weibo:4": "/sorry",
        "other:5": "/forbidden/5",
        "other:6": "/away",
        "other:7": "/lost",
    }
    _fill(home, {key: f"{site.url}{path}" for key, path in paths.items()})
    done = _run(home, "--base-url", site.url)
    assert done.stdout == "1 screenshots, 6 failed\n"
    assert _met(home) == {
        "other:1": ("ok", True),
        "other:2": ("changed_layout", True),
        "weibo:3": ("logged_out", True),
        "weibo:4": ("gone", True),
        "other:5": ("error", False),
        "other:6": ("error", False),
        "other:7": ("gone", True),
    }
    assert "/forbidden/5" not in site.asked
    assert site.asked.count("/robots.txt") == 2  # once a platform
    assert inside.asked == []
    site.asked.clear()
    _fill(home, {"other:8": f"{site.url}/forbidden/5"})
    told = _run(home, "--base-url", site.url, "--despite-robots", "--most", "1").stdout
    assert told == "1 screenshots, 0 failed\n"  # what was never tried comes first
    assert site.asked[0] == "/forbidden/5"
    again = _run(
        home, "--base-url", site.url
    )  # what was not shown is tried again, but what is gone
    assert again.stdout == "0 screenshots, 5 failed\n"
    with rooms(home) as opened, opened.ledger.reading() as connection:
        told = [
            e.body["robots"] for e in opened.ledger.chain.entries(connection) if e.kind == "job"
        ]
    assert told == ["obeyed", "obeyed", "passed over", "obeyed", "obeyed"]


def _fill(home: Path, posts: dict[str, str]) -> None:
    with rooms(home) as opened, opened.ledger.writing() as connection:
        ledger = opened.ledger
        rows = [
            Post(
                platform=key.partition(":")[0], post_id=key.partition(":")[2], text=ADVERT, url=url
            )
            for key, url in posts.items()
        ]
        ledger.posts.add(connection, rows, seen_at=NOW)
        for stored in list(ledger.posts.scan(connection)):
            if stored.post.key in posts:
                ledger.verdicts.add(connection, [(stored.id, _verdict(stored.post))])


def _verdict(post: Post) -> Verdict:
    return Verdict(
        post=post.key,
        post_version=1,
        judged_at=NOW,
        model="m",
        lexicon="l",
        stage="gate",
        threshold=0.5,
        intent=Intent.SELL,
        scores=dict.fromkeys(Intent, 0.1),
        risk=1.0,
        hit=True,
    )


def _run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["evidence", "screenshots", *WHY, *words, "--home", str(home)])


def _met(home: Path) -> dict[str, tuple[str, bool]]:
    table = tables.observation
    columns = (table.c.cursor, table.c.page_state, table.c.screenshot_sha256)
    with rooms(home) as opened, opened.ledger.reading() as connection:
        rows = connection.execute(select(*columns)).all()
    return {cursor: (state, shot is not None) for cursor, state, shot in rows}
