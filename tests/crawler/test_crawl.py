"""Crawls of the sandbox: killed, stopped, paused and resumed, they end like an unbroken one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from watched_crawls import held_by, observations, served, wait_for

from archive.labels import PageState
from archive.ledger.units import Window
from crawler.coverage import report
from crawler.platforms.catalogue import load
from crawler.sandbox.server import NOW
from crawler.tally import Budget
from crawler.worker import HELD

AT_ONCE = load("sandbox").limits.at_once
LEASED = HELD + 2  # times what is asked for at once: what is held and what is asked for next
WORDS = ("开房", "病历", "档案", "查")
pytestmark = pytest.mark.slow


def test_one_of_two_workers_killed_costs_no_record_and_few_refetches(
    bench: Any, another: Any
) -> None:
    unbroken = another("unbroken")
    unbroken.order(*WORDS)
    unbroken.run()
    pages = served(bench.site)
    bench.order(*WORDS)
    killed = bench.begin()
    wait_for(lambda: held_by(bench.ledger, killed.pid) > 0)  # a late one might find nothing left
    other = bench.begin()
    wait_for(lambda: observations(bench.ledger) > 10 and held_by(bench.ledger, killed.pid) > 0)
    killed.kill()
    killed.join()
    other.join(180)
    assert other.exitcode == 0
    assert bench.posts() == unbroken.posts()
    again = served(bench.site) - pages
    assert set(again) == set(pages)
    refetched = sum(again.values()) - sum(pages.values())
    assert refetched == sum(again.values()) - observations(bench.ledger)
    assert refetched <= HELD * AT_ONCE
    covered = report(bench.ledger)
    assert covered.saw_it_all
    assert max(refetched, 1) <= sum(row.lapses for row in covered.rows) <= LEASED * AT_ONCE


def test_a_run_that_stops_at_its_budget_goes_on_where_it_was(bench: Any, another: Any) -> None:
    bench.order(*WORDS)
    for _ in range(3):
        bench.run(budget=Budget(pages=5))
    assert observations(bench.ledger) == 15
    assert any("pages wait" in str(reason) for _, reason in bench.jobs().values())
    bench.run()
    assert {state for state, _ in bench.jobs().values()} == {"done"}
    in_parts = served(bench.site)
    unbroken = another("unbroken")
    unbroken.order(*WORDS)
    unbroken.run()
    assert bench.posts() == unbroken.posts()
    assert served(bench.site) - in_parts == in_parts


def test_a_lost_session_pauses_and_goes_on_without_loss(bench: Any, another: Any) -> None:
    unbroken = another("unbroken")
    unbroken.order(*WORDS)
    unbroken.run()
    bench.order(*WORDS)
    bench.run(budget=Budget(pages=4))
    bench.site.trouble(PageState.LOGGED_OUT)
    bench.run()
    assert {state for state, _ in bench.jobs().values()} == {"paused"}
    before = observations(bench.ledger)
    bench.run()
    assert observations(bench.ledger) == before
    bench.site.trouble(None)
    bench.resume()
    bench.run()
    assert bench.posts() == unbroken.posts()
    assert {state for state, _ in bench.jobs().values()} == {"done"}


def test_every_state_and_extent_is_counted_as_the_sandbox_meant_it(bench: Any) -> None:
    words = ("夜航船", "流水", "住址", "通话", "机主", "车档", "户籍", "查")
    bench.order(*words)
    without: tuple[int, ...] = ()
    while True:
        bench.run()
        with bench.ledger.writing() as connection:
            gate = bench.ledger.gates.of(connection, "sandbox")
            if not gate.paused:
                break
            without = (*without, gate.job)
            bench.ledger.gates.resume(connection, "sandbox", without=without)
    with bench.ledger.reading() as connection:
        rows = bench.ledger.jobs.coverage(connection)
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counted[row.page_state, row.extent] += row.fetches
    meant = Counter((line["page_state"], line["extent"]) for line in bench.site.log())
    assert counted == meant
    told = {
        row.query: {(r.state, r.extent) for r in report(bench.ledger).rows if r.query == row.query}
        for row in rows
    }
    assert told["住址"] == {("logged_out", "whole")}
    assert told["车档"] == {("changed_layout", "whole")}
    assert ("ok", "truncated") in told["流水"]
    assert bench.jobs()["车档"] == ("open", "changed_layout on 1 pages")
    assert bench.jobs()["户籍"] == ("open", "error on 1 pages")
    assert not report(bench.ledger).saw_it_all


def test_a_capped_search_is_split_until_all_of_it_is_seen(bench: Any) -> None:
    month = Window(since=NOW - timedelta(days=30), until=NOW)
    bench.order("的", window=month)
    bench.run()
    truth = {f"sandbox:{post['id']}" for post in bench.site.truth()}
    first = bench.site.log()[0]
    assert first["query"].startswith("q=")
    found = {key for key, post in bench.posts().items() if post.kind != "comment"}
    assert len(found) > 50
    assert found <= truth
    covered = report(bench.ledger)
    assert covered.saw_it_all
    assert any(row.split for row in covered.rows)
