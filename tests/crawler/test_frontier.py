"""The frontier over a real ledger: leases, pauses, back-off, splits, and what closes a job."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from archive.errors import InputError
from archive.labels import Extent, PageState
from archive.ledger import frontier as tables
from archive.ledger import gates
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import owner
from archive.ledger.units import Scope, Unit, UnitState, Window, Work
from archive.records import Post
from crawler.frontier import TRIES, Frontier, Met, Order, Settled
from crawler.platforms.platform import Limits, Onward, Reading

MAY = datetime(2026, 5, 1, tzinfo=UTC)
LIMITS = Limits(cap=50, finest=timedelta(hours=1))


def order(*queries: str, platform: str = "x", **rest: object) -> Order:
    return Order(platform=platform, queries=queries, operator="o", purpose="p", **rest)  # type: ignore[arg-type]


def take(ledger: Ledger, most: int = 9, platform: str = "x", seconds: float = 60) -> list[Unit]:
    with ledger.writing() as connection:
        return ledger.units.take(connection, platform, most=most, seconds=seconds)


def settle(
    ledger: Ledger,
    unit: Unit,
    reading: Reading,
    limits: Limits = LIMITS,
    scope: Scope | None = None,
    retry_after: float | None = None,
) -> Settled:
    with ledger.writing() as connection:
        met = Met(
            unit=unit,
            reading=reading,
            limits=limits,
            scope=scope or Scope(),
            retry_after=retry_after,
        )
        return Frontier(ledger).settle(connection, [met])[0]


def pass_time(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        connection.execute(update(gates.gate).values(not_before=MAY))


def states(ledger: Ledger, job: int = 1) -> list[str]:
    with ledger.reading() as connection:
        return [row.state for row in ledger.units.of_job(connection, job)]


def test_two_takers_never_hold_the_same_unit(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a", "b", "c"))
    held, rest = take(ledger, most=2), take(ledger, most=2)
    assert [unit.query for unit in held] == ["a", "b"]
    assert [unit.query for unit in rest] == ["c"]
    assert take(ledger) == []
    assert take(ledger, platform="y") == []


def test_a_lease_that_ends_and_a_worker_that_died_give_their_units_back(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a", "b"))
    take(ledger, most=1, seconds=-1)
    held = take(ledger, most=2)
    assert [unit.query for unit in held] == ["a", "b"]
    host = owner().rsplit("/", 2)[0]
    with ledger.writing() as connection:
        connection.execute(update(tables.unit).values(owner=f"{host}/4194303/1"))
    assert [unit.query for unit in take(ledger)] == ["a", "b"]
    with ledger.reading() as connection:
        lapses = [row.lapses for job in (1, 2) for row in ledger.units.of_job(connection, job)]
    assert lapses == [2, 1]


def test_what_was_not_fetched_is_given_back_without_a_trace(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a"))
    held = take(ledger)
    with ledger.writing() as connection:
        ledger.units.renew(connection, held, seconds=600)
        ledger.units.give_back(connection, held)
    assert take(ledger) == held


def test_the_newest_window_comes_first_and_first_pages_before_second_ones(ledger: Ledger) -> None:
    days = [Window(since=MAY, until=MAY + timedelta(days=n)) for n in (1, 3, 2)]
    for window in days:
        Frontier(ledger).open(order("a", window=window))
    first = take(ledger, most=1)
    assert first[0].window == days[1]
    settle(ledger, first[0], Reading(state=PageState.OK, following="2"))
    rest = take(ledger)
    assert [(unit.window.until, unit.cursor) for unit in rest] == [
        (days[1].until, "2"),
        (days[2].until, ""),
        (days[0].until, ""),
    ]


def test_a_page_queues_what_it_points_to_once(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a"))
    [unit] = take(ledger)
    onward = (Onward(work=Work.POST, query="7"), Onward(work=Work.ACCOUNT, query="u"))
    page = Reading(state=PageState.OK, following="2", onward=(*onward, *onward))
    settle(ledger, unit, page)
    queued = take(ledger)
    assert [(one.work, one.query, one.cursor) for one in queued] == [
        (Work.SEARCH, "a", "2"),
        (Work.POST, "7", ""),
    ]
    settle(ledger, queued[0], replace(page, following=None))
    assert take(ledger) == []


@pytest.mark.parametrize("state", [PageState.LOGGED_OUT, PageState.BLOCKED, PageState.CAPTCHA])
def test_a_lost_session_a_block_and_a_captcha_pause_the_platform_and_keep_its_queue(
    ledger: Ledger, state: PageState
) -> None:
    desk = Frontier(ledger)
    desk.open(order("a", "b"))
    desk.open(order("c", platform="y"))
    [unit] = take(ledger, most=1)
    met = Reading(state=state, reason="a sign")
    assert settle(ledger, unit, met).paused
    assert not settle(ledger, unit, met).paused
    assert take(ledger) == []
    assert [other.query for other in take(ledger, platform="y")] == ["c"]
    with ledger.writing() as connection:
        gate = ledger.gates.of(connection, "x")
        assert (gate.page_state, gate.reason, gate.job) == (state, "a sign", 1)
        assert ledger.gates.resume(connection, "x", without=()) == 2
    assert [one.query for one in take(ledger)] == ["a", "b"]


def test_a_job_can_be_left_out_when_a_platform_goes_on(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a", "b"))
    settle(ledger, take(ledger, most=1)[0], Reading(state=PageState.CAPTCHA))
    with ledger.writing() as connection:
        ledger.gates.resume(connection, "x", without=(1,))
    assert [one.query for one in take(ledger)] == ["b"]


def test_a_rate_limit_waits_as_told_or_twice_as_long_each_time(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a"))
    [unit] = take(ledger)
    limited = Reading(state=PageState.RATE_LIMITED)
    assert settle(ledger, unit, limited, retry_after=7).waited == 7
    assert settle(ledger, unit, limited).waited == 0
    for wait in (4, 8):
        pass_time(ledger)
        assert settle(ledger, unit, limited).waited == wait
    assert take(ledger) == []
    assert states(ledger) == [UnitState.WAITING]
    settle(ledger, unit, Reading(state=PageState.OK))
    with ledger.reading() as connection:
        assert ledger.gates.of(connection, "x").strikes == 0


def test_a_rate_limit_holds_back_the_whole_platform(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a", "b"))
    settle(ledger, take(ledger, most=1)[0], Reading(state=PageState.RATE_LIMITED), retry_after=60)
    assert take(ledger) == []


def test_an_error_is_tried_again_and_then_given_up_and_told(ledger: Ledger) -> None:
    desk = Frontier(ledger)
    desk.open(order("a"))
    for _ in range(TRIES):
        with ledger.writing() as connection:
            connection.execute(update(tables.unit).values(due_at=MAY))
        [unit] = take(ledger)
        settle(ledger, unit, Reading(state=PageState.ERROR, reason="status 500"))
    assert states(ledger) == [UnitState.FAILED]
    desk.close_finished()
    with ledger.writing() as connection:
        [status] = ledger.jobs.all(connection)
        assert (status.state, status.reason) == ("open", "error on 1 pages")
        assert ledger.units.retry_failed(connection, "x") == 1
    assert len(take(ledger)) == 1


def test_a_changed_layout_is_not_asked_for_again(ledger: Ledger) -> None:
    Frontier(ledger).open(order("a"))
    settle(ledger, take(ledger)[0], Reading(state=PageState.CHANGED_LAYOUT, reason="x is missing"))
    assert states(ledger) == [UnitState.FAILED]


def test_a_capped_window_is_split_until_it_is_not_or_is_reported(ledger: Ledger) -> None:
    window = Window(since=MAY, until=MAY + timedelta(hours=2))
    Frontier(ledger).open(order("a", window=window))
    [unit] = take(ledger)
    too_many = Reading(state=PageState.OK, total=80, following="2")
    assert settle(ledger, unit, too_many).state is UnitState.SPLIT
    hours = take(ledger)
    assert [one.window.since for one in hours] == [MAY + timedelta(hours=1), MAY]
    settle(ledger, hours[0], Reading(state=PageState.OK, extent=Extent.CAPPED))
    settle(ledger, hours[1], Reading(state=PageState.EMPTY))
    assert sorted(states(ledger)) == [UnitState.DONE, UnitState.DONE, UnitState.SPLIT]
    with ledger.reading() as connection:
        rows = ledger.units.of_job(connection, 1)
    assert [row.extent for row in rows if row.state == UnitState.DONE] == ["capped", "whole"]


def test_a_list_without_windows_ends_where_it_passes_since_but_not_at_a_pinned_post(
    ledger: Ledger,
) -> None:
    limits = Limits()
    Frontier(ledger).open(order("a", window=Window(since=MAY, until=MAY + timedelta(days=9))))
    [first] = take(ledger)
    settle(ledger, first, Reading(state=PageState.OK, posts=posts(-30, 5), following="2"), limits)
    [second] = take(ledger)
    settle(ledger, second, Reading(state=PageState.OK, posts=posts(-1, -2), following="3"), limits)
    assert take(ledger) == []


def posts(*days: int) -> Sequence[Post]:
    return [
        Post(platform="x", post_id=str(day), text="", posted_at=MAY + timedelta(days=day))
        for day in days
    ]


def test_a_finished_job_tells_until_when_its_query_is_covered(ledger: Ledger) -> None:
    desk, until = Frontier(ledger), MAY + timedelta(days=1)
    asked = order("a", window=Window(since=MAY, until=until))
    desk.open(asked)
    assert desk.unfinished(asked) == {"a": 1}
    assert desk.covered_until("x", Work.SEARCH, "a") is None
    settle(ledger, take(ledger)[0], Reading(state=PageState.EMPTY))
    desk.close_finished()
    assert desk.unfinished(asked) == {}
    assert desk.covered_until("x", Work.SEARCH, "a") == until
    assert desk.covered_until("x", Work.FEED, "a") is None


def test_robots_are_passed_over_only_with_a_legal_basis_and_that_is_in_the_chain(
    ledger: Ledger,
) -> None:
    scope = Scope(despite_robots=True)
    with pytest.raises(InputError, match="legal basis"):
        Frontier(ledger).open(order("a", scope=scope))
    Frontier(ledger).open(order("a", scope=scope, legal_basis="warrant 12"))
    with ledger.reading() as connection:
        [entry] = ledger.chain.entries(connection)
    assert entry.body["robots"] == "passed over"
    assert entry.body["legal_basis"] == "warrant 12"
    assert entry.body["query"] != "a"
