"""Tieba from the command line to the ledger, every answer set beside the sandbox's log."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rehearsal import Rehearsal, Stumbling, assert_counted_as_served, rehearsal, spaced, told_by

from archive.records import Post
from crawler.sandbox.shapes.mounting import Shape

pytestmark = pytest.mark.slow
WORDS = ("病历", "猫")
LATER = "2030-01-01"


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    home = tmp_path_factory.mktemp("tieba") / "home"
    with rehearsal(Shape.TIEBA, home, posts=250) as met:
        met.crawl(*ask(WORDS), "--until", LATER)
        yield met


def ask(words: tuple[str, ...]) -> list[str]:
    return [part for word in words for part in ("--word", word)]


def planted(met: Rehearsal, kind: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in met.site.planted() if row["kind"] == kind}


def threads(met: Rehearsal) -> dict[str, dict[str, Any]]:
    rows = planted(met, "thread").items()
    standing = {name: row for name, row in rows if row["searchable"] and not row["gone"]}
    return {n: r for n, r in standing.items() if any(word in r["text"] for word in WORDS)}


def assert_written(post: Post, row: dict[str, Any], people: dict[str, dict[str, Any]]) -> None:
    assert spaced(post.text) == spaced(row["text"])
    assert post.author is not None
    person = people[row["author"]]
    assert post.author.account_id in (person["id"], person["portrait"])  # what the page shows
    assert post.author.name == person["name"]
    assert post.posted_at is not None
    late = datetime.fromisoformat(row["posted_at"]) - post.posted_at
    assert timedelta() <= late < timedelta(minutes=1)  # the pages tell minutes


def test_every_thread_floor_and_reply_is_kept_as_it_stands(searched: Rehearsal) -> None:
    posts, rows, people = searched.posts(), threads(searched), planted(searched, "account")
    said = {n: r for n, r in planted(searched, "comment").items() if r["post"] in rows}
    firsts = {row["first_floor"]: row for row in rows.values()}
    assert posts.keys() == rows.keys() | said.keys() | firsts.keys()
    for name, row in rows.items():
        assert_written(posts[name], row, people)
        assert (posts[name].kind, posts[name].title) == ("thread", spaced(row["title"]))
    for name, row in firsts.items():
        floor = posts[name]
        assert_written(floor, row, people)
        assert (floor.kind, floor.parent) == ("floor", f"tieba:{row['id']}")
        assert floor.ip_location == people[row["author"]]["ip_location"]
        pictures = [media.url.rsplit("/", 1)[-1] for media in floor.media]
        assert pictures == row["pictures"]
    for name, row in said.items():
        assert_written(posts[name], row, people)
        kind = "comment" if row["parent"] else "floor"
        assert posts[name].kind == kind
        assert posts[name].parent == f"tieba:{row['parent'] or row['post']}"
    assert sum(bool(row["parent"]) for row in said.values()) > 20


def test_accounts_and_pictures_are_kept(searched: Rehearsal) -> None:
    rows, accounts = planted(searched, "account").values(), searched.accounts()
    people = {row[name]: row for row in rows for name in ("id", "portrait")}
    authors = {post.author.account_id for post in searched.posts().values() if post.author}
    assert accounts.keys() == authors
    assert all(accounts[name].name == people[name]["name"] for name in authors)
    pictures = searched.pictures()
    wanted = {one for row in threads(searched).values() for one in row["pictures"]}
    assert {path.rsplit("/", 1)[-1] for path in pictures} == wanted
    assert wanted
    for path, digest in pictures.items():
        with urllib.request.urlopen(f"{searched.site.url}{path}") as answer:  # noqa: S310
            assert hashlib.sha256(answer.read()).hexdigest() == digest


def test_what_was_served_is_what_is_counted(searched: Rehearsal) -> None:
    report = assert_counted_as_served(searched)
    assert report["saw_it_all"]
    assert {row["work"] for row in report["coverage"]} == {"search", "post", "replies"}
    assert {state for state, _ in searched.jobs().values()} == {"done"}


def test_states_that_do_not_pause_are_met_told_and_counted(tmp_path: Path) -> None:
    words = {
        "夜航船": {("empty", "whole")},
        "车档": {("changed_layout", "whole")},
        "户籍": {("error", "whole")},
        "没有这个吧": {("gone", "whole")},
        "流水": {("ok", "truncated"), ("empty", "capped"), ("ok", "whole")},
    }
    with rehearsal(Shape.TIEBA, tmp_path / "home", posts=250, bucket=Stumbling(burst=0)) as met:
        asked = ask(tuple(word for word in words if word != "没有这个吧"))
        said = met.crawl(*asked, "--feed", "没有这个吧", "--until", LATER)
        report = assert_counted_as_served(met)
        jobs, served = met.jobs(), met.served()
    assert told_by(report) == words
    assert jobs["户籍"] == ("open", "error on 1 pages")
    assert jobs["车档"] == ("open", "changed_layout on 1 pages")
    assert "a page no longer parses" in said
    assert any(one.state == "rate_limited" for one in served)
    assert not report["saw_it_all"]


def test_what_pauses_keeps_the_queue(tmp_path: Path) -> None:
    words = {"机主": "blocked", "通话": "captcha", "住址": "logged_out"}
    with rehearsal(Shape.TIEBA, tmp_path / "home", posts=250) as met:
        said = met.crawl(*ask(tuple(words)), "--until", LATER, status=1)
        without: list[str] = []
        for job, state in enumerate(words.values(), 1):
            assert f"tieba: paused at job {job}: {state}" in said
            without += ["--without", str(job)]
            said = met.resume(*without, status=1) if job < len(words) else ""
        told = told_by(assert_counted_as_served(met))
        assert {state for state, _ in met.jobs().values()} == {"paused"}
    assert told == {word: {(state, "whole")} for word, state in words.items()}
