"""Telegram from the command line to the ledger, every answer set beside the sandbox's log."""

from __future__ import annotations

import hashlib
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rehearsal import Rehearsal, Stumbling, assert_counted_as_served, rehearsal, spaced, told_by

from crawler.sandbox.shapes.mounting import Shape

pytestmark = pytest.mark.slow
START = "sandbox_ch0"
LATER = "2030-01-01"  # one window for all: the queue keeps the order in which they were asked for


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    home = tmp_path_factory.mktemp("telegram") / "home"
    with rehearsal(Shape.TELEGRAM, home, posts=400) as met:
        met.crawl("--feed", START, "--follow")
        yield met


def planted(met: Rehearsal, kind: str = "post") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in met.site.planted() if row["kind"] == kind}


def reached(met: Rehearsal) -> set[str]:
    """Give the channels that links and forwards lead to."""
    posts, found, left = planted(met), set[str](), [START]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        for row in posts.values():
            if row["author"] == name and not row["gone"]:
                left += re.findall(r"@(sandbox_ch\d)", row["text"])
                origin = posts.get(row["repost_of"] or "")
                left += [origin["author"]] if origin and not origin["gone"] else []
        left.append(f"sandbox_ch{(int(name[-1]) + 3) % 8}")  # the description names it
    return found


def test_every_post_of_every_channel_that_is_led_to_is_kept_as_it_stands(
    followed: Rehearsal,
) -> None:
    channels, posts = reached(followed), followed.posts()
    assert len(channels) == 8
    rows = {n: r for n, r in planted(followed).items() if r["author"] in channels}
    standing = {name: row for name, row in rows.items() if not row["gone"]}
    assert posts.keys() == standing.keys()
    for name, row in standing.items():
        post = posts[name]
        assert post.text == spaced(row["text"])
        assert post.posted_at == datetime.fromisoformat(row["posted_at"])
        assert post.author is not None
        assert post.author.account_id == row["author"]
        origin = rows.get(row["repost_of"] or "")
        linked = origin and not origin["gone"]
        assert post.parent == (f"telegram:{row['repost_of']}" if linked else None)
        assert post.kind == ("repost" if row["repost_of"] else "post")
        assert [media.url.rsplit("/", 1)[-1] for media in post.media] == row["pictures"]


def test_channels_are_kept_with_title_and_subscribers(followed: Rehearsal) -> None:
    accounts = followed.accounts()
    for name, row in planted(followed, "account").items():
        assert accounts[name].name == row["name"]
        told = accounts[name].followers or 0
        assert abs(told - row["subscribers"]) <= 50  # the page rounds: 4.8K
        assert "备用频道" in accounts[name].bio


def test_every_picture_is_kept_byte_for_byte_once(followed: Rehearsal) -> None:
    pictures = followed.pictures()
    wanted = {n for r in planted(followed).values() if not r["gone"] for n in r["pictures"]}
    assert pictures.keys() == {f"/file/{name}" for name in wanted}
    assert len(wanted) > 5
    for path, digest in pictures.items():
        with urllib.request.urlopen(f"{followed.site.url}{path}") as answer:  # noqa: S310
            assert hashlib.sha256(answer.read()).hexdigest() == digest
    for post in followed.posts().values():
        for media in post.media:
            assert media.sha256 == pictures[media.url.removeprefix(followed.site.url)]


def test_what_was_served_is_what_is_counted(followed: Rehearsal) -> None:
    report = assert_counted_as_served(followed)
    told = [row for row in planted(followed).values() if not row["gone"]]
    people = {name for row in told for name in re.findall(r"@(\w+)", row["text"])}
    gone = [row for row in report["coverage"] if row["state"] == "gone"]
    # every description names a person too, and no person has a preview
    assert sum(row["pages"] for row in gone) == len({*people, "sandbox_user"})
    assert not report["saw_it_all"]


def test_every_state_and_extent_is_met_told_and_counted(tmp_path: Path) -> None:
    words = {
        "夜航船": {("empty", "whole")},
        "的": {("ok", "whole"), ("ok", "capped")},  # the second page is the last that is shown
        "流水": {("ok", "truncated")},
        "车档": {("changed_layout", "whole")},
        "户籍": {("error", "whole")},
    }
    names = {START: {("ok", "whole")}}
    for lost in ("nobody_here", "sandbox_hidden", "sandbox_group"):
        names[lost] = {("gone", "whole")}
    with rehearsal(Shape.TELEGRAM, tmp_path / "home", posts=400) as met:
        feeds = [word for name in names for word in ("--feed", name)]
        asked = [word for name in words for word in ("--word", f"{START} {name}")]
        said = met.crawl(*feeds, *asked)
        report = assert_counted_as_served(met)
        jobs = met.jobs()
    assert told_by(report) == names | {f"{START} {word}": meant for word, meant in words.items()}
    assert jobs[f"{START} 户籍"] == ("open", "error on 1 pages")
    assert jobs[f"{START} 车档"] == ("open", "changed_layout on 1 pages")
    assert "a page no longer parses: tgme_widget_message_wrap is missing" in said
    assert not report["saw_it_all"]


def test_what_pauses_keeps_the_queue_and_goes_on_without_loss(tmp_path: Path) -> None:
    words = {"机主": "blocked", "通话": "captcha", "住址": "logged_out"}
    with rehearsal(Shape.TELEGRAM, tmp_path / "home", posts=400, bucket=Stumbling(burst=0)) as met:
        asked = [word for name in words for word in ("--word", f"{START} {name}")]
        said = met.crawl(*asked, "--feed", START, "--until", LATER, status=1)
        assert "telegram: paused at job" in said  # two are asked at once, in their order
        assert "anyu crawl resume telegram" in said
        first = met.coverage()
        assert {row["state"] for row in first["coverage"]} >= {"waiting"}
        assert not met.posts()
        met.resume("--without", "1", "--without", "2", status=1)
        met.resume("--without", "1", "--without", "2", "--without", "3")
        report = assert_counted_as_served(met)
        told, jobs, posts = told_by(report), met.jobs(), met.posts()
        standing = {n for n, r in planted(met).items() if r["author"] == START and not r["gone"]}
        limits = [one for one in met.served() if one.state == "rate_limited"]
    for word, state in words.items():
        assert told[f"{START} {word}"] == {(state, "whole")}
        assert jobs[f"{START} {word}"][0] == "paused"
    assert posts.keys() == standing
    assert told[START] == {("ok", "whole")}
    assert limits
