"""Weibo's web beside its mobile interface: a cap is split, long texts and accounts are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rehearsal import Rehearsal, assert_counted_as_served, rehearsal, spaced, told_by

from crawler.sandbox.shapes.mounting import Shape

pytestmark = pytest.mark.slow
LATER = "2030-01-01"


def found(met: Rehearsal, word: str) -> dict[str, dict[str, Any]]:
    """Give the posts that a search finds, and the posts that those re-posted."""
    rows = {row["id"]: row for row in met.site.planted() if row["kind"] == "post"}
    hits = {n: r for n, r in rows.items() if r["searchable"] and not r["gone"]}
    hits = {name: row for name, row in hits.items() if word in row["text"]}
    origins = {row["repost_of"] for row in hits.values() if row["repost_of"]}
    return hits | {name: rows[name] for name in origins if not rows[name]["gone"]}


def test_a_capped_search_is_split_into_windows_until_all_of_it_is_seen(tmp_path: Path) -> None:
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        met.crawl("--word", "了", "--no-comments", "--until", LATER)
        report = assert_counted_as_served(met)
        rows, posts = found(met, "了"), met.posts()
    assert len(rows) > 100  # the mobile search shows fifty
    assert posts.keys() == rows.keys()
    assert {name: post.text for name, post in posts.items()} == {
        name: spaced(row["text"]) for name, row in rows.items()
    }
    assert report["saw_it_all"]
    assert [row["pages"] for row in report["coverage"] if row["split"]] == [1]
    assert told_by(report)["了"] >= {("ok", "capped"), ("ok", "whole"), ("empty", "whole")}


def test_long_texts_and_authors_are_opened_and_a_lost_post_is_told(tmp_path: Path) -> None:
    with rehearsal(Shape.WEIBO_WEB, tmp_path / "home", posts=250) as met:
        met.crawl("--word", "查", "--no-comments", "--follow", "--until", LATER)
        report = assert_counted_as_served(met)
        rows, posts, accounts = found(met, "查"), met.posts(), met.accounts()
        people = {row["id"]: row for row in met.site.planted() if row["kind"] == "account"}
    assert sum(len(row["text"]) > 40 for row in rows.values()) > 2
    assert {name: post.text for name, post in posts.items()} == {
        name: spaced(row["text"]) for name, row in rows.items()
    }
    authors = {row["author"] for row in rows.values()}
    assert accounts.keys() == authors
    for name in authors:
        assert accounts[name].name == people[name]["name"]
    pages: dict[str, int] = {}
    for row in report["coverage"]:
        pages[row["work"]] = pages.get(row["work"], 0) + row["pages"]
    assert pages["account"] == len(authors)
    assert pages["post"] > 2
    assert report["saw_it_all"]  # the search cuts long texts, and each of them was opened
