"""`anyu session`, `crawl due`, `resume`, `check` and `revisit` as a user runs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rehearsal import Rehearsal, rehearsal
from sqlalchemy import update
from typer.testing import CliRunner, Result

from archive.errors import AnyuError, InputError
from archive.labels import PageState
from archive.ledger.looks import LookOutcome
from archive.ledger.timetable import timetable
from crawler.sandbox.server import NOW
from crawler.sandbox.shapes.mounting import Shape
from desk.cli import app


@pytest.fixture(scope="module")
def weibo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    home = tmp_path_factory.mktemp("commands") / "home"
    with rehearsal(Shape.WEIBO_WEB, home, posts=120) as met:
        yield met


def run(home: Path, *words: str, text: str = "") -> Result:
    """Run a command that fetches nothing, in this process."""
    return CliRunner().invoke(app, [*words, "--home", str(home)], input=text)


def said(result: Result) -> str:
    return str(result.exception) if isinstance(result.exception, AnyuError) else result.output


@pytest.mark.slow
def test_a_session_is_tested_kept_listed_and_removed_and_a_dead_one_replaces_nothing(
    weibo: Rehearsal, tmp_path: Path
) -> None:
    met = weibo.again(tmp_path / "home")
    weibo.site.trouble(PageState.LOGGED_OUT)
    try:
        assert "logged in and kept, encrypted" in met.session(
            "add", "--file", "-", text="SUB=operator"
        )
        told = met.session("add", "--file", "-", status=1, text="SUB=expired")
        assert "The session met logged_out" in told
        assert "a stored one of its name stays as it is" in told
        assert "main is logged in" in met.session("check")
        weibo.site.log_in("operator2")
        assert "the session main met logged_out" in met.session("check", status=1)
    finally:
        weibo.site.log_in("operator")
        weibo.site.trouble(None)
    listed = run(met.home, "session", "list").output
    assert "weibo" in listed
    assert "logged_out" in listed
    assert "operator" not in listed
    assert "is removed" in run(met.home, "session", "remove", "weibo").output
    assert "There is no session 'main'" in said(run(met.home, "session", "remove", "weibo"))


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("session", "add", "weibo", "--file", "-"), "", "holds no cookies"),
        (("session", "add", "weibo", "--file", "-"), "{", "JSON cannot be read"),
        (("session", "add", "weibo", "--file", "/none"), "", "cannot be read"),
        (("session", "add", "telegram", "--file", "-"), "a=1", "takes no session"),
        (("session", "add", "nobody", "--file", "-"), "a=1", "There is no platform 'nobody'"),
        (("session", "check", "weibo"), "", "There is no session 'main' for weibo"),
        (("session", "check", "telegram"), "", "takes no session"),
        (("session", "remove", "nobody"), "", "There is no session 'main'"),
        (("crawl", "resume", "nobody"), "", "There is no platform 'nobody'"),
        (("crawl", "check", "nobody"), "", "There is no platform 'nobody'"),
        (("crawl", "weibo"), "", "Say what to collect from weibo"),
        (("crawl", "weibo", "--word", "x", "--since", "soon"), "", "'soon' cannot be read"),
        (("crawl", "weibo", "--word", " "), "", "is empty"),
        (("crawl", "weibo", "--feed", "x"), "", "weibo has no feed"),
        (("crawl", "telegram", "--account", "x"), "", "telegram has no timeline"),
        (("crawl", "weibo", "--file", "/none"), "", "cannot be read"),
        (("crawl", "weibo", "--lexicon", "nothing"), "", "There are no goods 'nothing'"),
        (("crawl", "weibo", "--word", "x", "--despite-robots"), "", "legal basis"),
        (("crawl", "weibo", "--word", "x", "--session", "none"), "", "There is no session 'none'"),
        (("crawl", "weibo", "--word", "x", "--base-url", "ftp://x"), "", "http"),
        (("crawl", "due"), "", "There is no schedule"),
        (("revisit", "--platform", "nobody"), "", "There is no platform 'nobody'"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_ordered(
    words: tuple[str, ...], text: str, told: str, tmp_path: Path
) -> None:
    done = run(tmp_path / "home", *words, text=text)
    assert isinstance(done.exception, InputError), done.output
    assert told in str(done.exception)
    assert "\n" not in str(done.exception)
    report = run(tmp_path / "home", "crawl", "coverage", "--json").output
    assert '"coverage": []' in report


@pytest.mark.slow
def test_due_lines_are_run_once_and_a_line_that_fails_is_named(
    weibo: Rehearsal, tmp_path: Path
) -> None:
    met = weibo.again(tmp_path / "home")
    met.home.mkdir()
    good = f"* * * * * weibo --word 病历 --no-comments --base-url {weibo.site.url}"
    bad = "* * * * * weibo --word x --since never"
    (met.home / "schedule").write_text(f"{good}\n\n{bad}\n", encoding="utf-8")
    dry = run(met.home, "crawl", "due", "--dry").output
    assert dry.count("weibo --word") == 2
    assert "+08:00" in dry
    assert run(met.home, "crawl", "due").output == ""  # a new line waits for its next time
    with met.ledger() as ledger, ledger.writing() as connection:
        connection.execute(update(timetable).values(ran_for=NOW))  # as if they ran long ago
    done = met.anyu("crawl", "due", status=1)
    assert "Lines 3 of the schedule did not see it all" in " ".join(done.stderr.split())
    assert "weibo: 1 pages" in done.stdout


@pytest.mark.slow
def test_check_says_whether_todays_pages_parse_and_keeps_nothing(
    weibo: Rehearsal, tmp_path: Path
) -> None:
    met = weibo.again(tmp_path / "home")
    where = ("--base-url", weibo.site.url)
    told = met.anyu("crawl", "check", "weibo", *where, status=1).stdout
    assert "search 开房: ok, whole:" in told
    assert "account 1642909335: gone" in told  # the sandbox has no such account
    assert not met.posts()
    weibo.site.trouble(PageState.CHANGED_LAYOUT)
    told = met.anyu("crawl", "check", "weibo", *where, status=1).stdout
    weibo.site.trouble(None)
    assert "changed_layout" in told
    assert "is missing" in told


@pytest.mark.slow
def test_adverts_are_looked_at_again_and_what_became_of_them_is_told(
    weibo: Rehearsal, tmp_path: Path
) -> None:
    met = weibo.again(tmp_path / "home")
    met.crawl("--word", "查", "--no-comments")
    with met.ledger() as ledger, ledger.writing() as connection:
        stored = [one for one in ledger.posts.scan(connection) if one.post.kind == "post"]
        ledger.looks.watch(connection, [one.id for one in stored], since=NOW)
    assert "no advert is due" not in run(met.home, "revisit", "--report").output
    weibo.site.set_clock(NOW + timedelta(days=1))
    try:
        told = met.anyu("revisit", "--all", "--edits", "--base-url", weibo.site.url).stdout
    finally:
        weibo.site.set_clock(NOW)
    with met.ledger() as ledger, ledger.reading() as connection:
        counts = ledger.looks.count(connection)
    assert sum(counts.values()) == len(stored)
    assert counts.get(LookOutcome.UNSEEN, 0) == 0
    assert counts[LookOutcome.ALIVE] > 0
    assert "Adverts, by their last look" in told
    assert "no advert is due" in met.anyu("revisit", "--base-url", weibo.site.url).stdout
