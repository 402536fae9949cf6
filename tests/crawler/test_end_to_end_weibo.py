"""Weibo from the command line to the ledger, every answer set beside the sandbox's log."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rehearsal import Rehearsal, Stumbling, assert_counted_as_served, rehearsal, spaced, told_by

from archive.labels import PageState
from crawler.sandbox.server import NOW
from crawler.sandbox.shapes.mounting import Shape

pytestmark = pytest.mark.slow
WORDS = ("猫", "病历", "档案")
LATER = "2030-01-01"
DOORSTEP = quote("q=微博", safe="")  # what tells whether a session is logged in


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    home = tmp_path_factory.mktemp("weibo") / "home"
    with rehearsal(Shape.WEIBO, home, posts=250) as met:
        met.crawl(*ask(WORDS), "--until", LATER)
        yield met


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.got.append(json.loads(self.rfile.read(length)))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    """Serve a webhook; what was posted to it is in its ``got``."""
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.got = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(words: tuple[str, ...]) -> list[str]:
    return [part for word in words for part in ("--word", word)]


def planted(met: Rehearsal, kind: str = "post") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in met.site.planted() if row["kind"] == kind}


def wanted(met: Rehearsal, words: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Give the posts that searches find, and the posts that those re-posted."""
    rows = planted(met)
    standing = {name: row for name, row in rows.items() if not row["gone"]}
    found = {
        name: row
        for name, row in standing.items()
        if row["searchable"] and any(word in row["text"] for word in words)
    }
    origins = {row["repost_of"] for row in found.values()} & standing.keys()
    return found | {name: rows[name] for name in origins}


def test_every_post_is_kept_as_it_stands(searched: Rehearsal) -> None:
    posts, rows = searched.posts(), wanted(searched, WORDS)
    names = planted(searched, "account")
    kept = {name: post for name, post in posts.items() if post.kind != "comment"}
    assert kept.keys() == rows.keys()
    for name, row in rows.items():
        post = kept[name]
        assert post.text == spaced(row["text"])
        assert post.posted_at == datetime.fromisoformat(row["posted_at"]).replace(microsecond=0)
        assert post.author is not None
        assert post.author.account_id == row["author"]
        assert post.author.name == names[row["author"]]["name"]
        assert post.ip_location == names[row["author"]]["ip_location"]
        assert post.parent == (f"weibo:{row['repost_of']}" if row["repost_of"] else None)
        assert post.kind == ("repost" if row["repost_of"] else "post")
        pictures = [media.url.rsplit("/", 1)[-1] for media in post.media]
        assert pictures == [f"{one}.jpg" for one in row["pictures"]]


def test_every_comment_and_reply_is_kept_under_its_parent(searched: Rehearsal) -> None:
    under, people = wanted(searched, WORDS).keys(), planted(searched, "account")
    rows = {n: r for n, r in planted(searched, "comment").items() if r["post"] in under}
    kept = {name: post for name, post in searched.posts().items() if post.kind == "comment"}
    assert kept.keys() == rows.keys()
    assert max(Counter(row["parent"] for row in rows.values() if row["parent"]).values()) > 20
    for name, row in rows.items():
        comment = kept[name]
        assert comment.text == row["text"]
        assert comment.parent == f"weibo:{row['parent'] or row['post']}"
        assert comment.author is not None
        assert comment.author.account_id == row["author"]
        assert comment.ip_location == people[row["author"]]["ip_location"]
        assert comment.posted_at == datetime.fromisoformat(row["posted_at"]).replace(microsecond=0)


def test_accounts_and_pictures_are_kept(searched: Rehearsal) -> None:
    people, accounts = planted(searched, "account"), searched.accounts()
    authors = {post.author.account_id for post in searched.posts().values() if post.author}
    assert accounts.keys() == authors
    assert all(accounts[name].name == people[name]["name"] for name in authors)
    pictures = searched.pictures()
    rows = wanted(searched, WORDS).values()
    assert pictures.keys() == {f"/large/{one}.jpg" for row in rows for one in row["pictures"]}
    assert pictures
    for path, digest in pictures.items():
        with urllib.request.urlopen(f"{searched.site.url}{path}") as answer:  # noqa: S310
            assert hashlib.sha256(answer.read()).hexdigest() == digest


def test_what_was_served_is_what_is_counted(searched: Rehearsal) -> None:
    report = assert_counted_as_served(searched)
    assert report["saw_it_all"]
    assert {row["work"] for row in report["coverage"]} == {"search", "comments", "replies"}
    assert {state for state, _ in searched.jobs().values()} == {"done"}


def test_states_that_do_not_pause_are_met_told_and_counted(tmp_path: Path) -> None:
    words = {
        "户": {("ok", "whole"), ("gone", "whole")},  # the comments of what is deleted meanwhile
        "夜航船": {("empty", "whole")},
        "车档": {("changed_layout", "whole")},
        "户籍": {("error", "whole")},
    }
    with rehearsal(Shape.WEIBO, tmp_path / "home", posts=250, bucket=Stumbling(burst=0)) as met:
        said = met.crawl(*ask(tuple(words)), "--until", LATER, "--pages", "4")
        assert "the pages of the budget are used up; what is left waits in the ledger" in said
        met.site.set_clock(NOW + timedelta(days=1))
        said += met.crawl(*ask(("户",)), "--until", LATER)
        assert "1 queries go on with their unfinished jobs" in said
        report = assert_counted_as_served(met)
        jobs, served = met.jobs(), met.served()
    assert told_by(report) == words
    assert jobs["户籍"] == ("open", "error on 1 pages")
    assert jobs["车档"] == ("open", "changed_layout on 1 pages")
    assert "a page no longer parses: text is missing" in said
    assert {one.status for one in served if one.state == "rate_limited"} == {418}
    assert not report["saw_it_all"]


def test_a_block_and_a_captcha_pause_and_keep_the_queue(tmp_path: Path) -> None:
    with rehearsal(Shape.WEIBO, tmp_path / "home", posts=250) as met:
        said = met.crawl(*ask(("机主", "通话", "病历")), "--until", LATER, status=1)
        assert "weibo: paused at job 1: blocked (status 432)" in said
        assert "Its queue is kept; go on with: anyu crawl resume weibo" in said
        refused = met.crawl(*ask(("猫",)), status=1)
        assert "weibo is paused since" in refused
        said = met.resume("--without", "1", status=1)
        assert "weibo: paused at job 2: captcha (leads to https://m.weibo.cn/api/geetest" in said
        met.resume("--without", "1", "--without", "2")
        told = told_by(assert_counted_as_served(met))
        kept = {name for name, post in met.posts().items() if post.kind != "comment"}
        assert kept == wanted(met, ("病历",)).keys()
        assert set(met.jobs()) == {"机主", "通话", "病历"}
    assert told == {
        "机主": {("blocked", "whole")},
        "通话": {("captcha", "whole")},
        "病历": {("ok", "whole")},
    }


def test_a_session_lost_in_the_middle_costs_nothing(
    searched: Rehearsal, tmp_path: Path, hook: HTTPServer
) -> None:
    home, url = tmp_path / "home", f"http://127.0.0.1:{hook.server_port}/alarm"
    ordered = (*ask(WORDS), "--until", LATER, "--session", "main")
    site = searched.site
    site.trouble(PageState.LOGGED_OUT)  # nobody but a member is shown anything
    met = searched.again(home, ANYU_CRAWL_DELAY="0.3", ANYU_ALARM_WEBHOOK=url)
    try:
        met.session("add", "--file", "-", text="SUB=operator")
        met.begun = len(site.log())
        running = met.begin(*ordered)
        while len(met.served()) < 8:
            assert running.poll() is None, running.communicate()
            time.sleep(0.05)
        site.log_in("operator2")
        said = " ".join(" ".join(running.communicate(timeout=60)).split())
        assert running.returncode == 1
        sentence = "logged_out (leads to https://passport.weibo.com/sso/signin"
        [posted] = hook.got  # type: ignore[attr-defined]
        assert (posted["kind"], posted["platform"]) == ("logged_out", "weibo")
        for told in (said, posted["sentence"], (home / "crawl.log").read_text()):
            assert sentence in told
            assert "go on with: anyu crawl resume weibo" in told
        assert {state for state, _ in met.jobs().values()} == {"paused"}
        assert any(row["state"] == "waiting" for row in met.coverage()["coverage"])
        met.settings = {}
        met.session("add", "--file", "-", text="SUB=operator2")
        met.resume("--session", "main")
    finally:
        site.trouble(None)
        site.log_in("operator")
    report = met.coverage()
    assert report["saw_it_all"]
    assert met.posts() == searched.posts()
    assert met.accounts() == searched.accounts()
    assert {state for state, _ in met.jobs().values()} == {"done"}
    assert sum(row["refetches"] for row in report["coverage"]) == 1
    asked = Counter((one.path, one.query) for one in met.served() if DOORSTEP not in one.query)
    assert [times for times in asked.values() if times > 1] == [2]  # the page that met the loss
