"""Tieba's short lists and its caps, met by crawls as a user starts them and set beside the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rehearsal import assert_counted_as_served, rehearsal

from crawler.sandbox.shapes.mounting import Shape

pytestmark = pytest.mark.slow
LATER = "2030-01-01"
HIDING = "沙盒闲聊"  # the bar that does not list threads with 流水, and counts them


def told_of(report: dict[str, Any], work: str) -> dict[tuple[str, str], int]:
    """Give how many pages of one kind were seen in which state and extent."""
    told: dict[tuple[str, str], int] = {}
    for row in report["coverage"]:
        if row["work"] == work:
            met = (row["state"], row["extent"])
            told[met] = told.get(met, 0) + row["pages"]
    return told


def test_lists_that_are_shorter_than_they_say_are_told_as_such(tmp_path: Path) -> None:
    with rehearsal(Shape.TIEBA, tmp_path / "home", posts=250) as met:
        met.crawl("--word", "流水", "--feed", HIDING, "--no-pictures", "--until", LATER)
        report = assert_counted_as_served(met)
        rows, posts = met.site.planted(), met.posts()
    standing = [row for row in rows if row["kind"] == "thread" and not row["gone"]]
    hidden = [row for row in standing if row["bar"] == HIDING and "流水" in row["text"]]
    listed = [row for row in standing if row["bar"] == HIDING and "流水" not in row["text"]]
    assert len(hidden) > 2
    assert {row["id"] for row in listed} <= posts.keys()
    assert told_of(report, "feed") == {("ok", "truncated"): 1, ("ok", "whole"): 1}
    threads, replies = told_of(report, "post"), told_of(report, "replies")
    assert threads.keys() == replies.keys() == {("ok", "whole"), ("ok", "truncated")}
    assert threads["ok", "truncated"] > 2
    assert not report["saw_it_all"]


def test_a_bar_that_ends_before_its_number_of_threads_is_capped(tmp_path: Path) -> None:
    with rehearsal(Shape.TIEBA, tmp_path / "home", posts=1400) as met:
        met.crawl("--feed", "沙盒互助", "--no-comments", "--no-pictures", "--until", LATER)
        report = assert_counted_as_served(met)
        rows, posts = met.site.planted(), met.posts()
    standing = [row for row in rows if row["kind"] == "thread" and not row["gone"]]
    inside = {row["id"] for row in standing if row["bar"] == "沙盒互助"}
    assert len(inside) > len(inside & posts.keys()) == 250
    assert told_of(report, "feed") == {("ok", "whole"): 4, ("ok", "capped"): 1}
    assert not report["saw_it_all"]
