"""Looking at known adverts again: alive, edited, gone, account gone; and how long they stood."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from archive.labels import PageState
from archive.ledger import tables
from archive.ledger.ledger import Ledger
from archive.ledger.looks import Look, LookOutcome
from archive.ledger.stored import StoredPost
from archive.ledger.units import Unit, Work
from crawler.platforms.platform import Reading

_SEEN = frozenset({PageState.OK, PageState.EMPTY, PageState.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long an advert stood: it went between ``last_alive`` and ``gone``, or stands yet."""

    key: str
    first_seen: datetime
    last_alive: datetime
    gone: datetime | None
    words: str = ""


def note_look(
    ledger: Ledger, connection: Connection, unit: Unit, reading: Reading, *, observation: int
) -> None:
    """Write what a re-visit met; of a post that is gone, ask whether its account is as well."""
    if unit.work is Work.ACCOUNT and reading.state is PageState.GONE:
        _note_lost_account(ledger, connection, unit, reading, observation)
    stored = ledger.posts.get(connection, f"{unit.platform}:{unit.query}")
    if unit.work is not Work.POST or stored is None:
        return
    if reading.state is PageState.GONE and stored.post.author:
        author = stored.post.author.account_id
        account = replace(unit, id=0, work=Work.ACCOUNT, query=author, depth=unit.depth + 1)
        if not ledger.units.add(connection, [account]):
            reading = replace(reading, account_gone=_is_lost(ledger, connection, account))
    before = ledger.looks.of(connection, stored.id)
    known = before[-1].version if before else stored.version
    if not before:
        known = _version_before(connection, stored, observation)
    seen = Look(
        post=stored.id,
        at=datetime.now(UTC),
        outcome=_outcome(reading, edited=stored.version > known),
        words=reading.words,
        version=stored.version,
        observation=observation,
    )
    ledger.looks.add(connection, seen)


def _is_lost(ledger: Ledger, connection: Connection, account: Unit) -> bool:
    """Say whether the job has seen already that an account is gone."""
    rows = ledger.units.of_job(connection, account.job)
    return any(row.key == account.key and row.page_state == PageState.GONE for row in rows)


def _note_lost_account(
    ledger: Ledger, connection: Connection, unit: Unit, reading: Reading, observation: int
) -> None:
    """Write of each post of the job that went with its account that it did."""
    rows = ledger.units.of_job(connection, unit.job)
    keys = [f"{unit.platform}:{row.query}" for row in rows if row.work == Work.POST]
    for stored in filter(None, (ledger.posts.get(connection, key) for key in keys)):
        author = stored.post.author
        looks = ledger.looks.of(connection, stored.id)
        if author is None or author.account_id != unit.query or not looks:
            continue
        if looks[-1].outcome is LookOutcome.GONE:
            lost = replace(looks[-1], outcome=LookOutcome.ACCOUNT_GONE, at=datetime.now(UTC))
            ledger.looks.add(
                connection, replace(lost, words=reading.words, observation=observation)
            )


def watch_hits(ledger: Ledger) -> int:
    """Put every advert that is not yet watched on the schedule; give how many are watched."""
    watched = 0
    with ledger.writing() as connection:
        for stored in ledger.posts.scan(connection):
            judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
            if judged and judged.hit:
                ledger.looks.watch(connection, [stored.id], since=stored.first_seen)
                watched += 1
    return watched


def stays(ledger: Ledger) -> list[Stay]:
    """Give how long each watched advert stood, for the time to takedown."""
    with ledger.reading() as connection:
        found = []
        for stored in ledger.posts.scan(connection):
            looks = ledger.looks.of(connection, stored.id)
            if looks:
                found.append(_stay(stored, looks))
    return found


def diff(old: str, new: str) -> list[str]:
    """Give the lines that an edit took out and put in, as ``-…`` and ``+…``."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _outcome(reading: Reading, *, edited: bool) -> LookOutcome:
    if reading.account_gone:
        return LookOutcome.ACCOUNT_GONE
    if reading.state is PageState.GONE:
        return LookOutcome.GONE
    if reading.state not in _SEEN:
        return LookOutcome.UNSEEN
    return LookOutcome.EDITED if edited else LookOutcome.ALIVE


def _version_before(connection: Connection, stored: StoredPost, observation: int) -> int:
    """Give the version that was known before an observation."""
    table = tables.post_version
    made_now = connection.scalar(
        select(table.c.version).where(
            table.c.post == stored.id, table.c.observation == observation, table.c.version > 1
        )
    )
    return made_now - 1 if made_now else stored.version


def _stay(stored: StoredPost, looks: Sequence[Look]) -> Stay:
    alive = [x.at for x in looks if x.outcome in (LookOutcome.ALIVE, LookOutcome.EDITED)]
    lost = [x for x in looks if x.outcome in (LookOutcome.GONE, LookOutcome.ACCOUNT_GONE)]
    return Stay(
        key=stored.post.key,
        first_seen=stored.first_seen,
        last_alive=max([stored.first_seen, *alive]),
        gone=lost[0].at if lost else None,
        words=lost[0].words if lost else "",
    )
