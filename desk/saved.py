"""Saved searches as people see them: what is searched, whom it tells, and its alerts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from archive import codec
from archive.alerts import Alert, alerts_of, asked, in_words
from archive.alerts.holding import ways_of
from archive.chain import Body
from archive.errors import InputError
from archive.index.protocol import Query
from archive.ledger.alerts import Counted, Telling
from archive.ledger.saved import Saved
from archive.messages import mail_address, webhook
from desk.rooms import Rooms, feed_waiting

_MOST = 200  # alerts shown
_NAME = re.compile(r"[^\s/?#\"'<>\\][^/?#\"'<>\\\x00-\x1f]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A search to save and whom to tell; nobody named: the ways of alarms."""

    name: str
    query: Query
    mail: tuple[str, ...] = ()
    webhook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRow:
    """A saved search in a list; ``broken`` says why it finds nothing any more."""

    name: str
    query: str
    ways: tuple[str, ...]
    saved_at: datetime
    operator: str
    alerts: int
    waiting: int
    last: datetime | None
    broken: str | None
    broken_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert and how it was told; the post is ``None`` once it is no advert any more."""

    id: str
    found_at: datetime
    alert: Alert | None
    told: tuple[Telling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A saved search with its newest alerts."""

    search: SavedRow
    mail: tuple[str, ...]
    webhook: str | None
    alerts: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedList:
    """Every saved search, and how many posts wait to be held against them."""

    waiting: int
    searches: tuple[SavedRow, ...]


def save(rooms: Rooms, order: Order) -> tuple[SavedRow, int]:
    """Save a search, and count what it finds today: only what comes after is told.

    Raises ``InputError`` on a query, a name or an address that cannot be used.
    """
    _check(rooms, order)
    feed_waiting(rooms)
    hits = rooms.index.search(replace(order.query, size=1, after=None)).total
    ledger, actor = rooms.ledger, rooms.settings.operator
    with ledger.writing() as connection:
        saved = ledger.saved.add(
            connection,
            Saved(
                name=order.name,
                query=codec.encode(replace(order.query, after=None)),
                mail=order.mail,
                webhook=order.webhook,
                saved_at=datetime.now(UTC),
                operator=actor,
            ),
        )
        body: Body = {
            "name": ledger.chain.mark(order.name),
            "query": ledger.chain.mark(saved.query),
        }
        ledger.chain.append(connection, "search saved", actor=actor, body=body)
    return _row(rooms, saved, Counted()), hits


def remove(rooms: Rooms, name: str) -> None:
    """Forget a saved search and its alerts."""
    ledger, actor = rooms.ledger, rooms.settings.operator
    with ledger.writing() as connection:
        ledger.saved.remove(connection, name)
        body: Body = {"name": ledger.chain.mark(name)}
        ledger.chain.append(connection, "search removed", actor=actor, body=body)


def listed(rooms: Rooms) -> SavedList:
    """Give every saved search."""
    ledger = rooms.ledger
    with ledger.reading() as connection:
        counted = ledger.alerts.count(connection)
        every = ledger.saved.all(connection)
        waiting = ledger.to_alert.waiting(connection)
    rows = tuple(_row(rooms, saved, counted.get(saved.id, Counted())) for saved in every)
    return SavedList(waiting=waiting, searches=rows)


def shown(rooms: Rooms, name: str, *, most: int = _MOST) -> SavedView:
    """Give one saved search with its newest alerts; raises ``InputError`` where there is none."""
    ledger = rooms.ledger
    with ledger.reading() as connection:
        saved = ledger.saved.get(connection, name)
        counted = ledger.alerts.count(connection).get(saved.id, Counted())
        rows = ledger.alerts.of(connection, saved, most=most)
        said = alerts_of(ledger, connection, rows, {saved.id: saved})
        told = ledger.alerts.tellings(connection, [row.id for row in rows])
    by_id = {alert.id: alert for alert in said}
    return SavedView(
        search=_row(rooms, saved, counted),
        mail=saved.mail,
        webhook=_host(saved.webhook),
        alerts=tuple(
            AlertView(
                id=row.id,
                found_at=row.at,
                alert=by_id.get(row.id),
                told=tuple(told[row.id]),
            )
            for row in rows
        ),
    )


def broken(searches: Sequence[SavedRow]) -> list[str]:
    """Give a sentence on each search that cannot be read any more."""
    return [
        f"{row.name}: broken since {row.broken_since:%Y-%m-%d %H:%M} UTC: {row.broken}"
        for row in searches
        if row.broken
    ]


def _check(rooms: Rooms, order: Order) -> None:
    if not _NAME.fullmatch(order.name) or order.name != order.name.strip():
        raise InputError(
            f"The name {order.name!r} cannot be used: up to 64 signs, none of / ? # quotes < > \\."
        )
    for address in order.mail:
        mail_address(address)
    if order.mail and not rooms.settings.smtp_host:
        raise InputError("Nobody can be told by mail: no mail server is set (ANYU_SMTP_HOST).")
    if order.webhook:
        try:
            webhook(order.webhook)
        except ValueError as error:
            raise InputError(f"The webhook {order.webhook!r} cannot be used: {error}.") from error


def _row(rooms: Rooms, saved: Saved, counted: Counted) -> SavedRow:
    why = saved.broken
    if not why:
        try:
            asked(saved)
        except InputError as error:
            why = str(error)
    return SavedRow(
        name=saved.name,
        query=in_words(saved),
        ways=ways_of(saved, rooms.settings),
        saved_at=saved.saved_at,
        operator=saved.operator,
        alerts=counted.alerts,
        waiting=counted.waiting,
        last=counted.last,
        broken=why,
        broken_since=saved.broken_since or (datetime.now(UTC) if why else None),
    )


def _host(url: str | None) -> str | None:
    """Leave out what may be a password in the address of a webhook."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…" if url else None
