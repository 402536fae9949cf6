"""From what an operator chose to orders, and from a run to what the terminal says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from archive.errors import InputError, LedgerError
from archive.ledger.units import Scope, Window, Work
from desk.rooms import Rooms

if TYPE_CHECKING:
    from archive.ledger.units import Unit
    from crawler.frontier import Frontier
    from crawler.platforms.platform import Platform, Reading
    from crawler.seen import SeenPage
    from crawler.sessions import Session
    from crawler.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What an operator asked to collect, and how."""

    platform: str
    words: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    new: bool = False
    comments: bool = True
    pictures: bool = True
    follow: bool = False
    browser: bool = False
    session: str | None = None
    purpose: str
    legal_basis: str = ""
    despite_robots: bool = False

    @property
    def scope(self) -> Scope:
        """How far its jobs go."""
        works = [Work.POST]
        works += [Work.COMMENTS, Work.REPLIES] if self.comments else []
        works += [Work.ACCOUNT, Work.FEED] if self.follow else []
        return Scope(
            follow=tuple(works),
            pictures=self.pictures,
            browser=self.browser,
            despite_robots=self.despite_robots,
            session=self.session,
        )


def place_orders(opened: Rooms, chosen: Chosen, *, base_url: str | None) -> None:
    """Open the jobs; a query that has an unfinished job of the same scope goes on with that."""
    from crawler.frontier import Frontier
    from crawler.platforms.catalogue import load

    platform = load(chosen.platform, base_url=checked_base(base_url))
    open_session(opened, chosen.platform, chosen.session)
    if chosen.since and chosen.until and chosen.since >= chosen.until:
        raise InputError("The first day lies after the last one: change --since or --until.")
    desk = Frontier(opened.ledger)
    _refuse_paused(opened, chosen.platform)
    for work_kind, queries in (
        (Work.SEARCH, chosen.words),
        (Work.FEED, chosen.feeds),
        (Work.TIMELINE, chosen.accounts),
    ):
        if queries and work_kind not in platform.limits.works:
            raise InputError(f"{chosen.platform} has no {work_kind} to crawl.")
        _place(opened, desk, chosen, work_kind, queries)


def checked_base(base_url: str | None) -> str | None:
    """Give a base URL that can be asked; raises ``InputError`` for any other."""
    from crawler.reach import place_of

    if base_url is not None and place_of(base_url) is None:
        raise InputError(f"The base URL {base_url!r} is no address of http or https.")
    return base_url


def _refuse_paused(opened: Rooms, platform: str) -> None:
    with opened.ledger.reading() as connection:
        gate = opened.ledger.gates.of(connection, platform)
    if gate.paused:
        raise LedgerError(
            f"{platform} is paused since {gate.paused_at:%Y-%m-%d %H:%M} UTC: {gate.page_state} "
            f"({gate.reason}). See to it, then: anyu crawl resume {platform}"
        )


def _place(
    opened: Rooms, desk: Frontier, chosen: Chosen, kind: Work, queries: Sequence[str]
) -> None:
    from crawler.frontier import Order

    def order(asked: Sequence[str], window: Window) -> Order:
        return Order(
            platform=chosen.platform,
            queries=asked,
            work=kind,
            window=window,
            scope=chosen.scope,
            operator=opened.settings.operator,
            purpose=chosen.purpose,
            legal_basis=chosen.legal_basis,
        )

    known = desk.unfinished(order(queries, Window()))
    if known:
        typer.echo(f"{len(known)} queries go on with their unfinished jobs")
    until = chosen.until or datetime.now(UTC).replace(microsecond=0)
    for query in queries:
        if query not in known:
            covered = desk.covered_until(chosen.platform, kind, query) if chosen.new else None
            desk.open(order([query], Window(since=covered or chosen.since, until=until)))


def open_session(opened: Rooms, platform: str, name: str | None) -> Session | None:
    """Give a stored session by its name."""
    from crawler.sessions import unpack

    if name is None:
        return None
    with opened.ledger.reading() as connection:
        return unpack(opened.ledger.sessions.get(connection, platform, name))


def work(
    opened: Rooms,
    platform: str,
    *,
    base_url: str | None,
    browser: bool = False,
    session: str | None = None,
    pages: int | None = None,
    minutes: float | None = None,
) -> Tally:
    """Work on a platform's queue in this process."""
    from crawler.frontier import Frontier
    from crawler.platforms.catalogue import load
    from crawler.running import require_chromium, run_crawls
    from crawler.spider import Crawl
    from crawler.tally import Budget

    made = load(platform, base_url=base_url, browser=browser)
    if browser:
        require_chromium(opened.settings)
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{platform}: starting", total=None)
        fetched = posts = 0

        def seen(page: SeenPage) -> None:
            nonlocal fetched, posts
            fetched, posts = fetched + 1, posts + len(page.posts)
            bar.update(task, description=f"{platform}: {fetched} fetches, {posts} posts")

        crawl = Crawl(
            platform=made,
            base_url=base_url,
            budget=Budget(pages=pages, minutes=minutes),
            session=open_session(opened, platform, session),
            progress=seen,
        )
        [spider] = run_crawls(
            [[crawl]],
            ledger=opened.ledger,
            settings=opened.settings,
            terminal=lambda sentence: bar.console.print(sentence, style="yellow", markup=False),
        )
    Frontier(opened.ledger).close_finished()
    return spider.tally


def look(
    opened: Rooms,
    platform: Platform,
    units: Sequence[Unit],
    *,
    base_url: str | None,
    session: Session | None,
) -> list[Reading]:
    """Fetch and read units beside the queue, and keep nothing."""
    from crawler.running import run_crawls
    from crawler.spider import Crawl

    crawl = Crawl(platform=platform, base_url=base_url, session=session, probe=tuple(units))
    [spider] = run_crawls(
        [[crawl]], ledger=opened.ledger, settings=opened.settings, terminal=typer.echo
    )
    return spider.readings


def tell(opened: Rooms, platform: str, tally: Tally) -> None:
    """Say what a run came to; a platform that is paused ends with status 1."""
    states = ", ".join(f"{state} {number}" for state, number in sorted(tally.states.items()))
    typer.echo(
        f"{platform}: {tally.pages} pages, {tally.posts} posts read, "
        f"{tally.pictures} pictures kept; {states or 'nothing was fetched'}"
    )
    if tally.stopped:
        typer.echo(f"{platform}: {tally.stopped}; what is left waits in the ledger")
    with opened.ledger.reading() as connection:
        gate = opened.ledger.gates.of(connection, platform)
        left = [
            status
            for status in opened.ledger.jobs.all(connection)
            if status.job.platform == platform and status.state in ("open", "paused")
        ]
    for status in left:
        typer.echo(f"job {status.job.id} {status.job.query}: {status.state}, {status.reason}")
    if gate.paused:
        raise typer.Exit(1)
