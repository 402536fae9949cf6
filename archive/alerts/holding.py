"""Holding posts against saved searches: what the ``to_alert`` outbox promised becomes alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive.alerts.matching import Sheet, sheet
from archive.alerts.wording import asked
from archive.errors import AnyuError
from archive.index.feeding import Shown, document, shown
from archive.index.protocol import Document
from archive.ledger.alerts import HERE, MAIL, WEBHOOK, AlertRow, alert_id
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.saved import Saved
from archive.settings import Settings

_BATCH = 200
_LEASE_SECONDS = 300.0


class Holder:
    """Holds what was indexed against every saved search, each post once.

    Alerts and the end of their tickets are one transaction: a killed run loses and doubles
    nothing. A search that cannot be read is noted, and caught up with when it can.
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings

    def run(self) -> int:
        """Hold all that waits; return how many alerts came of it."""
        ledger, new = self._ledger, 0
        with ledger.reading() as connection:
            if not ledger.saved.any(connection):
                return 0
        with sheet() as now, sheet() as then:
            with ledger.writing() as connection:
                ledger.to_alert.release_dead(connection)
                self._catch_up(connection, now)
            while (added := self._step(now, then)) is not None:
                new += added
        return new

    def _step(self, now: Sheet, then: Sheet) -> int | None:
        ledger = self._ledger
        with ledger.writing() as connection:
            tickets = ledger.to_alert.take(connection, most=_BATCH, seconds=_LEASE_SECONDS)
        if not tickets:
            return None
        with ledger.writing() as connection:
            ids = [ticket.post for ticket in tickets]
            ledger.posts.hold(connection, ids)
            tickets = ledger.to_alert.held(connection, tickets)
            stored = ledger.posts.of_tickets(connection, tickets)
            found = list(shown(ledger, connection, stored))
            added = self._hold(connection, found, now, then) if found else 0
            ledger.to_alert.done(connection, tickets)
        return added

    def _hold(self, connection: Connection, found: Sequence[Shown], now: Sheet, then: Sheet) -> int:
        now.lay([each.document for each in found])
        posts = [each.ticket.post for each in found]
        added, held = 0, []
        for saved in self._ledger.saved.all(connection):
            try:
                keys = now.found(asked(saved))
            except AnyuError as error:
                self._break_off(connection, saved, error, posts)
                continue
            if saved.broken:
                self._ledger.saved.break_off(connection, saved, why=None, at=_now())
            hits = {e.ticket.post: e for e in found if e.document.key in keys}
            added += self._tell_of(connection, saved, hits, then)
            held.append(saved.id)
        self._ledger.saved.settle(connection, held, posts)
        return added

    def _tell_of(
        self, connection: Connection, saved: Saved, hits: Mapping[int, Shown], then: Sheet
    ) -> int:
        known = self._ledger.alerts.known(connection, saved, list(hits))
        fresh = {post: hit for post, hit in hits.items() if post not in known}
        if not fresh:
            return 0
        old = self._hits_before(connection, saved, list(fresh), then)
        rows = [
            AlertRow(
                id=alert_id(saved, hit.document.key),
                saved=saved.id,
                post=post,
                version=hit.ticket.version,
                at=_now(),
            )
            for post, hit in fresh.items()
            if post not in old
        ]
        return self._ledger.alerts.add(connection, rows, ways_of(saved, self._settings))

    def _hits_before(
        self, connection: Connection, saved: Saved, posts: Sequence[int], then: Sheet
    ) -> set[int]:
        """Give those posts that the search found when it was saved: they are not new."""
        ledger = self._ledger
        unseen = ledger.saved.unseen(connection, saved, posts)
        seen = [post for post in posts if post not in unseen]
        judged = ledger.verdicts.of_posts(connection, seen, until=saved.mark)
        hits = {post: word for post, word in judged.items() if word.hit}
        tickets = [
            Ticket(post=post, version=word.verdict.post_version) for post, word in hits.items()
        ]
        before: dict[int, Document] = {
            stored.id: document(stored, hits[stored.id])
            for stored in ledger.posts.at_versions(connection, tickets)
        }
        if not before:
            return set()
        then.lay(list(before.values()))
        keys = then.found(asked(saved))
        return {post for post, found in before.items() if found.key in keys}

    def _break_off(
        self, connection: Connection, saved: Saved, error: AnyuError, posts: Sequence[int]
    ) -> None:
        self._ledger.saved.break_off(connection, saved, why=_first_line(error), at=_now())
        self._ledger.saved.owe(connection, saved, posts)

    def _catch_up(self, connection: Connection, now: Sheet) -> None:
        """Hold again what a search missed that can be read once more; look whether others can."""
        ledger = self._ledger
        for saved in ledger.saved.all(connection):
            try:
                now.found(asked(saved))
            except AnyuError as error:
                ledger.saved.break_off(connection, saved, why=_first_line(error), at=_now())
                continue
            if not saved.broken:
                continue
            ledger.saved.break_off(connection, saved, why=None, at=_now())
            while tickets := ledger.saved.owed(connection, saved, most=_BATCH):
                ledger.to_alert.put(connection, tickets)
                ledger.saved.settle(connection, [saved.id], [t.post for t in tickets])


def ways_of(saved: Saved, settings: Settings) -> tuple[str, ...]:
    """Give the ways by which a search's alerts are told: its own, else those of alarms."""
    own = bool(saved.mail or saved.webhook)
    webhook = saved.webhook or (None if own else settings.alarm_webhook)
    mail = saved.mail or (() if own else settings.alarm_mail_to)
    ways = [HERE]
    ways += [WEBHOOK] if webhook else []
    ways += [MAIL] if mail and (saved.mail or settings.smtp_host) else []
    return tuple(ways)


def _now() -> datetime:
    return datetime.now(UTC)


def _first_line(error: AnyuError) -> str:
    """Leave out the lines that show the place in a query."""
    return str(error).partition("\n")[0]
