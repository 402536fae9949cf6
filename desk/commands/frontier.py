"""`anyu crawl PLATFORM`, `resume`, `check`, `due`: orders to the frontier, and working on them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from archive.errors import AnyuError, InputError
from desk.crawls import Chosen, checked_base, open_session, place_orders, tell, work
from desk.rooms import Home, rooms
from desk.seeds import known_accounts, known_contacts, words_of_file, words_of_lexicon

if TYPE_CHECKING:
    from crawler.timetables import Line

_PURPOSE = "find posts that sell citizens' personal data"
_CHINA = ZoneInfo("Asia/Shanghai")
Words = Annotated[list[str] | None, typer.Option("--word", help="Word to search; repeatable.")]
Lexicon = Annotated[
    list[str] | None, typer.Option(help="Search the words of these goods, or of all.")
]
Pages = Annotated[int | None, typer.Option(min=1, help="Fetch no more pages than this.")]
Minutes = Annotated[float | None, typer.Option(min=0, help="Begin no page after this time.")]
BaseUrl = Annotated[str | None, typer.Option(help="Ask here and not the real hosts: a sandbox.")]
Browser = Annotated[bool, typer.Option(help="Ask in a browser where there is a choice.")]
SessionName = Annotated[str | None, typer.Option("--session", help="Ask with a stored session.")]


def crawl_platform(
    context: typer.Context,
    home: Home = None,
    word: Words = None,
    lexicon: Lexicon = None,
    file: Annotated[Path | None, typer.Option(help="Search the words of a file.")] = None,
    feed: Annotated[
        list[str] | None, typer.Option(help="Read a bar, channel or feed; repeatable.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="Read an account's posts; repeatable.")
    ] = None,
    accounts: Annotated[bool, typer.Option(help="Read the accounts behind known adverts.")] = False,
    contacts: Annotated[bool, typer.Option(help="Search the contacts of known adverts.")] = False,
    since: Annotated[str, typer.Option(help="First day or moment, as 2026-05-01.")] = "",
    until: Annotated[str, typer.Option(help="Last day or moment; default: now.")] = "",
    new: Annotated[bool, typer.Option(help="Only what came since a query was last done.")] = False,
    comments: Annotated[bool, typer.Option(help="Read comments and replies too.")] = True,
    pictures: Annotated[bool, typer.Option(help="Keep pictures.")] = True,
    follow: Annotated[bool, typer.Option(help="Follow to other channels and accounts.")] = False,
    browser: Browser = False,
    session: SessionName = None,
    pages: Pages = None,
    minutes: Minutes = None,
    purpose: Annotated[str, typer.Option(help="Why; goes into the chain.")] = _PURPOSE,
    legal_basis: Annotated[str, typer.Option(help="On which basis; goes into the chain.")] = "",
    despite_robots: Annotated[
        bool, typer.Option(help="Pass over robots.txt; needs a legal basis.")
    ] = False,
    base_url: BaseUrl = None,
) -> None:
    """Collect from a platform: search words, read feeds and accounts, go on where it stopped."""
    name = context.info_name or ""
    with rooms(home) as opened:
        words = [*(word or ()), *(words_of_file(file) if file else ())]
        words += words_of_lexicon(opened.ledger, lexicon) if lexicon else []
        words += known_contacts(opened.ledger) if contacts else []
        if any(not one.strip() for one in (*words, *(feed or ()), *(account or ()))):
            raise InputError("One of the words, feeds or accounts is empty: leave it out.")
        timelines = [*(account or ()), *(known_accounts(opened.ledger, name) if accounts else ())]
        if not words and not feed and not timelines:
            raise InputError(
                f"Say what to collect from {name}: --word, --lexicon, --file, --feed, --account, "
                "--accounts or --contacts."
            )
        chosen = Chosen(
            platform=name,
            words=tuple(dict.fromkeys(words)),
            feeds=tuple(feed or ()),
            accounts=tuple(dict.fromkeys(timelines)),
            since=moment(since),
            until=moment(until, end=True),
            new=new,
            comments=comments,
            pictures=pictures,
            follow=follow,
            browser=browser,
            session=session,
            purpose=purpose,
            legal_basis=legal_basis,
            despite_robots=despite_robots,
        )
        place_orders(opened, chosen, base_url=base_url)
        told = work(
            opened,
            name,
            base_url=base_url,
            browser=browser,
            session=session,
            pages=pages,
            minutes=minutes,
        )
        tell(opened, name, told)


def resume(
    platform: Annotated[str, typer.Argument(help="The platform to go on with.")],
    home: Home = None,
    without: Annotated[
        list[int] | None, typer.Option(help="Leave this job paused; repeatable.")
    ] = None,
    work_on: Annotated[
        bool, typer.Option("--work/--no-work", help="Work on the queue, or only open it.")
    ] = True,
    browser: Browser = False,
    session: SessionName = None,
    pages: Pages = None,
    minutes: Minutes = None,
    base_url: BaseUrl = None,
) -> None:
    """Go on with a platform after a pause, a stop or a crash; pages given up are tried again."""
    from crawler.platforms.catalogue import load

    load(platform, base_url=checked_base(base_url))
    with rooms(home) as opened:
        open_session(opened, platform, session)
        ledger = opened.ledger
        with ledger.writing() as connection:
            gate = ledger.gates.of(connection, platform)
            jobs = ledger.gates.resume(connection, platform, without=tuple(without or ()))
            again = ledger.units.retry_failed(connection, platform)
            if gate.paused:
                body: dict[str, str | int | None] = {"platform": platform, "after": gate.page_state}
                ledger.chain.append(connection, "resume", actor=opened.settings.operator, body=body)
        if gate.paused or again:
            typer.echo(f"{platform}: {jobs} jobs go on, {again} pages are tried again")
        if work_on:
            told = work(
                opened,
                platform,
                base_url=base_url,
                browser=browser,
                session=session,
                pages=pages,
                minutes=minutes,
            )
            tell(opened, platform, told)


def check(
    platform: Annotated[str, typer.Argument(help="The platform to look at.")],
    home: Home = None,
    session: SessionName = None,
    browser: Browser = False,
    base_url: BaseUrl = None,
) -> None:
    """Say in a minute whether a platform's pages of today still parse; nothing is kept."""
    from archive.labels import PageState
    from crawler.platforms.catalogue import load
    from desk.crawls import look

    made = load(platform, base_url=checked_base(base_url), browser=browser)
    units = made.samples()
    with rooms(home) as opened:
        known = open_session(opened, platform, session)
        readings = look(opened, made, units, base_url=base_url, session=known)
    good = True
    for unit, met in zip(units, readings, strict=True):
        good &= met.state is PageState.OK
        told = f"{met.state}, {met.extent}: {len(met.posts)} posts, {len(met.accounts)} accounts"
        typer.echo(f"{unit.work} {unit.query}: {told}{f' ({met.reason})' if met.reason else ''}")
    if not good:
        raise typer.Exit(1)


def due(
    home: Home = None,
    schedule: Annotated[
        Path | None, typer.Option(help="File of cron lines; default: `schedule` in the home.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Only say when each line is next.")] = False,
) -> None:
    """Run the lines of the schedule that are due; call it from cron or a timer every minute."""
    from crawler.timetables import claim_due, following, read_schedule, zone_of

    with rooms(home) as opened:
        folder, zone = opened.settings.home, zone_of(opened.settings.schedule_zone)
        lines = read_schedule(schedule or folder / "schedule")
        now = datetime.now(UTC)
        for line in lines if dry else ():
            at = following(line, now, zone)
            when = at.astimezone(zone).isoformat(timespec="minutes") if at else "never"
            typer.echo(f"{when}  {' '.join(line.arguments)}")
        claimed = [] if dry else claim_due(opened.ledger, lines, now=now, zone=zone)
    failed = [line for line in claimed if not _run(line, folder)]
    if failed:
        told = ", ".join(str(line.number) for line in failed)
        raise AnyuError(f"Lines {told} of the schedule did not see it all: see their output.")


def _run(line: Line, home: Path) -> bool:
    """Run a line in a process of its own: Scrapy's reactor starts once in each."""
    run = [sys.executable, "-m", "desk.cli", "crawl", *line.arguments, "--home", str(home)]
    Console(stderr=True).print(f"line {line.number}: {' '.join(line.arguments)}", markup=False)
    return subprocess.run(run, check=False).returncode == 0  # noqa: S603  # the operator's own line


def moment(word: str, *, end: bool = False) -> datetime | None:
    """Read a day of China or a moment; the end of a span of days is the end of its day."""
    if not word:
        return None
    try:
        found = datetime.fromisoformat(word)
    except ValueError as error:
        raise InputError(
            f"The time {word!r} cannot be read: write it as 2026-05-01 or 2026-05-01T12:00."
        ) from error
    if len(word) == len("2026-05-01"):
        found = datetime.combine(found.date(), time()) + timedelta(days=1 if end else 0)
    zoned = found if found.tzinfo else found.replace(tzinfo=_CHINA)
    return zoned.astimezone(UTC)
