"""Every bad answer of Weibo's web, met by crawls as a user starts them and set beside the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rehearsal import Rehearsal, Stumbling, assert_counted_as_served, rehearsal, told_by

from archive.labels import PageState
from crawler.sandbox.server import NOW
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.world import World, build_world

pytestmark = pytest.mark.slow
LATER = "2030-01-01"
IN_A_WINDOW = ("--since", "2026-04-01", "--until", "2026-05-02")  # asks the web's search page
FOLLOWED = ("--word", "收货", "--no-comments", "--follow", "--until", LATER)
FIRST_UID = 5_000_000_000  # what the sandbox adds to its own numbers of accounts
SEARCH, POST, ACCOUNT = "/weibo", "/ajax/statuses/show", "/ajax/profile/info"


def ask(words: Sequence[str]) -> list[str]:
    return [part for word in words for part in ("--word", word)]


def leads(met: Rehearsal) -> None:
    """Search for a word whose few long posts and authors then wait to be opened."""
    met.crawl(*FOLLOWED, "--pages", "1")
    assert {one.path for one in met.served()} == {"/api/container/getIndex"}
    waiting = [row for row in met.coverage()["coverage"] if row["state"] == "waiting"]
    assert {row["work"] for row in waiting} == {"post", "account"}


def planted(met: Rehearsal, kind: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in met.site.planted() if row["kind"] == kind}


def crowded() -> World:
    """Give a world that wrote all it has in one hour and from one city: no search can be split."""
    world = build_world(7, now=NOW, posts=650)
    first = NOW - timedelta(hours=2)
    entries = [
        replace(entry, posted_at=first + timedelta(seconds=5 * at), deleted_at=None)
        for at, entry in enumerate(world.entries)
    ]
    people = {name: replace(one, ip_location="北京") for name, one in world.people.items()}
    return World(people=people, entries=tuple(entries[::-1]))


def test_states_of_the_search_page_that_do_not_pause(tmp_path: Path) -> None:
    words = {
        "夜航船": {("empty", "whole")},
        "车档": {("changed_layout", "whole")},
        "户籍": {("error", "whole")},
        "流水": {("ok", "truncated"), ("ok", "whole")},
        "病历": {("ok", "whole")},
    }
    home = tmp_path / "home"
    with rehearsal(Shape.WEIBO_WEB, home, posts=250, bucket=Stumbling(burst=0)) as met:
        said = met.crawl(*ask(tuple(words)), *IN_A_WINDOW, "--no-comments")
        report = assert_counted_as_served(met)
        jobs, served = met.jobs(), met.served()
    assert {one.path for one in served} == {SEARCH}
    assert told_by(report) == words
    assert jobs["户籍"] == ("open", "error on 1 pages")
    assert jobs["车档"] == ("open", "changed_layout on 1 pages")
    assert jobs["病历"] == ("done", None)
    assert "a page no longer parses: div.card-wrap is missing" in said
    assert {one.status for one in served if one.state == "rate_limited"} == {414}
    assert not report["saw_it_all"]


def test_states_of_the_search_page_that_pause_keep_the_queue(tmp_path: Path) -> None:
    words = {"机主": "blocked", "通话": "captcha", "住址": "logged_out"}
    signs = {
        "blocked": "status 403",
        "captcha": "leads to http://127.0.0.1",
        "logged_out": "leads to http://127.0.0.1",
    }
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        said = met.crawl(*ask((*words, "病历")), *IN_A_WINDOW, "--no-comments", status=1)
        without: list[str] = []
        for job, state in enumerate(words.values(), 1):
            assert f"weibo: paused at job {job}: {state} ({signs[state]}" in said
            assert "Its queue is kept; go on with: anyu crawl resume weibo" in said
            assert any(row["state"] == "waiting" for row in met.coverage()["coverage"])
            without += ["--without", str(job)]
            said = met.resume(*without, status=1 if job < len(words) else 0)
        told = told_by(assert_counted_as_served(met))
        jobs, served = met.jobs(), met.served()
    assert told == {word: {(state, "whole")} for word, state in words.items()} | {
        "病历": {("ok", "whole")}
    }
    assert {jobs[word][0] for word in words} == {"paused"}
    assert jobs["病历"] == ("done", None)
    assert Counter(one.status for one in served if one.state != "ok") == {302: 2, 403: 1}


def test_a_session_opens_the_search_page_that_led_to_the_log_in(tmp_path: Path) -> None:
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        met.crawl(*ask(("住址", "病历")), *IN_A_WINDOW, "--no-comments", status=1)
        lost = assert_counted_as_served(met)
        met.session("add", "--file", "-", text="SUB=operator")
        met.resume("--session", "main")
        report, pages = met.coverage(), [one for one in met.served() if one.path == SEARCH]
    assert told_by(lost)["住址"] == {("logged_out", "whole")}
    assert {told for both in told_by(report).values() for told in both} == {("ok", "whole")}
    assert sum(row["refetches"] for row in report["coverage"]) == 1
    assert sum(row["pages"] for row in report["coverage"]) == len(pages) - 1
    assert report["saw_it_all"]


@pytest.mark.parametrize("state", ["empty", "gone", "changed_layout", "error"])
def test_states_of_posts_and_accounts_that_do_not_pause(tmp_path: Path, state: str) -> None:
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        leads(met)
        met.site.trouble(PageState(state))
        met.crawl(*FOLLOWED)
        report = assert_counted_as_served(met)
        jobs, served = met.jobs(), met.served()
    assert {one.path for one in served if one.state == state} == {POST, ACCOUNT}
    assert told_by(report) == {"收货": {("ok", "whole"), (state, "whole")}}
    failed = [row["pages"] for row in report["coverage"] if row["state"] == state]
    if state in ("empty", "gone"):
        assert jobs["收货"] == ("done", None)
        assert report["saw_it_all"]
    else:
        assert jobs["收货"] == ("open", f"{state} on {sum(failed)} pages")
        assert not report["saw_it_all"]


def test_states_of_posts_and_accounts_that_pause_cost_nothing(tmp_path: Path) -> None:
    states = [PageState.BLOCKED, PageState.CAPTCHA, PageState.LOGGED_OUT]
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        met.crawl(*FOLLOWED)
        unbroken = met.posts(), met.accounts()
        met = met.again(tmp_path / "again")
        leads(met)
        for state in states:
            met.site.trouble(state)
            again = state is not states[0]
            said = met.resume(status=1) if again else met.crawl(*FOLLOWED, status=1)
            assert f"weibo: paused at job 1: {state}" in said
            assert (state, "whole") in told_by(assert_counted_as_served(met))["收货"]
            assert met.served()[-1].path in (POST, ACCOUNT)
        met.site.trouble(None)
        met.resume()
        report = assert_counted_as_served(met)
        assert (met.posts(), met.accounts()) == unbroken
        statuses = [one.status for one in met.served() if one.state in states]
    assert statuses == [432, 200, 200]
    assert told_by(report) == {"收货": {("ok", "whole")}}
    assert sum(row["refetches"] for row in report["coverage"]) == len(states)


def test_a_banned_account_is_gone_with_its_posts(tmp_path: Path) -> None:
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        leads(met)
        rows = planted(met, "post")
        found = {name: rows[name] for name in met.posts() if rows[name]["searchable"]}
        banned = next(row["author"] for row in found.values() if len(row["text"]) > 40)
        met.site.ban(f"u{int(banned) - FIRST_UID}")
        met.crawl(*FOLLOWED)
        report = assert_counted_as_served(met)
        gone = [row for row in report["coverage"] if row["state"] == "gone"]
    assert {row["work"] for row in gone} == {"post", "account"}
    assert report["saw_it_all"]  # that somebody is not there any more was seen


def test_a_search_that_cannot_be_split_is_told_as_capped(tmp_path: Path) -> None:
    hour = ("--since", "2026-05-01T10:00:00Z", "--until", "2026-05-01T11:00:00Z")
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", world=crowded()) as met:
        met.crawl("--word", "，", *hour, "--no-comments", "--no-pictures")
        report = assert_counted_as_served(met)
        rows, posts = planted(met, "post"), met.posts()
    hits = {n for n, r in rows.items() if r["searchable"] and "，" in r["text"]}
    assert len(hits) > 500
    assert len(hits & posts.keys()) == 500
    assert told_by(report) == {"，": {("ok", "capped"), ("empty", "whole")}}
    capped = [row for row in report["coverage"] if row["extent"] == "capped"]
    assert sorted((row["split"], row["pages"]) for row in capped) == [(False, 50), (True, 1)]
    assert not report["saw_it_all"]
