"""Telling alerts: at least once by each way, under an id that stays the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from archive import codec
from archive.alerts.wording import Alert, alerts_of
from archive.chain import Body
from archive.ledger.alerts import HERE, MAIL, WEBHOOK, AlertRow
from archive.ledger.ledger import Ledger
from archive.ledger.saved import Saved
from archive.messages import FAILURES, Mail, post_to, send
from archive.settings import Settings

_log = logging.getLogger("anyu.alerts")
_MOST = 50  # alerts leased at a time
_IN_A_MAIL = 20
_LEASE_SECONDS = 900.0  # 50 posts to a webhook that takes its 15 seconds for each
_SHOWN, _WORDS = 5, 60


@dataclass(slots=True)
class Told:
    """How often something was told, and could not be told."""

    told: int = 0
    failed: int = 0


class Teller:
    """Tells alerts that wait; one is marked as told only after it was.

    A crash between the two tells it again under the same id: nothing is lost, and a webhook or a
    mail reader can drop the second by that id.
    """

    def __init__(
        self, ledger: Ledger, settings: Settings, *, terminal: Callable[[str], None]
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._terminal = terminal

    def run(self, *, put_off: bool = False) -> Told:
        """Tell what waits; ``put_off`` tries again at once what failed a while ago."""
        ledger, total = self._ledger, Told()
        with ledger.reading() as connection:
            if not ledger.alerts.waiting(connection):
                return total
        with ledger.writing() as connection:
            ledger.alerts.release_dead(connection)
            if put_off:
                ledger.alerts.hurry(connection)
        while taken := self._take():
            for (number, way), group in _groups(taken):
                self._tell(number, way, group, total)
        return total

    def _take(self) -> list[tuple[AlertRow, str]]:
        with self._ledger.writing() as connection:
            return self._ledger.alerts.take(connection, most=_MOST, seconds=_LEASE_SECONDS)

    def _tell(self, number: int, way: str, rows: Sequence[AlertRow], total: Told) -> None:
        """Tell the alerts of one search by one way, in chunks; stop at the first that fails."""
        ledger = self._ledger
        with ledger.writing() as connection:
            saved = {one.id: one for one in ledger.saved.all(connection)}
            if number not in saved:
                return
            alerts = alerts_of(ledger, connection, rows, saved)
            kept = {alert.id for alert in alerts}
            ledger.alerts.withdraw(connection, [row.id for row in rows if row.id not in kept])
        for chunk in _chunks(alerts, 1 if way == WEBHOOK else _IN_A_MAIL):
            try:
                self._by(way)(saved[number], chunk)
            except FAILURES as error:
                rest = [alert.id for alert in alerts[alerts.index(chunk[0]) :]]
                self._failed(saved[number], way, rest, error)
                total.failed += len(rest)
                return
            self._note(way, chunk)
            total.told += len(chunk)

    def _by(self, way: str) -> Callable[[Saved, Sequence[Alert]], None]:
        return {HERE: self._say, WEBHOOK: self._post, MAIL: self._mail}[way]

    def _note(self, way: str, alerts: Sequence[Alert]) -> None:
        ledger, actor = self._ledger, self._settings.operator
        with ledger.writing() as connection:
            if way != HERE:
                for alert in alerts:
                    body: Body = {"alert": alert.id, "post": ledger.chain.mark(alert.key)}
                    ledger.chain.append(connection, f"alert by {way}", actor=actor, body=body)
            now = datetime.now(UTC)
            ledger.alerts.told(connection, [alert.id for alert in alerts], way, at=now)

    def _failed(self, saved: Saved, way: str, ids: Sequence[str], error: Exception) -> None:
        with self._ledger.writing() as connection:
            self._ledger.alerts.failed(connection, ids, way, why=str(error)[:300])
        number = "1 alert" if len(ids) == 1 else f"{len(ids)} alerts"
        self._line(f"{saved.name}: {number} could not be told by {way}: {error}")

    def _say(self, saved: Saved, alerts: Sequence[Alert]) -> None:
        for alert in alerts[:_SHOWN]:
            self._line(_in_a_line(alert))
        if len(alerts) > _SHOWN:
            more = len(alerts) - _SHOWN
            self._line(f"{saved.name}: {more} more: anyu saved show {saved.name}")

    def _line(self, sentence: str) -> None:
        _log.info(sentence)
        self._terminal(sentence)

    def _post(self, saved: Saved, alerts: Sequence[Alert]) -> None:
        url = saved.webhook or self._settings.alarm_webhook or ""
        for alert in alerts:
            post_to(url, {"kind": "saved_search", **codec.plain(alert)}, id=alert.id)

    def _mail(self, saved: Saved, alerts: Sequence[Alert]) -> None:
        if not self._settings.smtp_host:
            raise ValueError("no mail server is set: ANYU_SMTP_HOST")
        hits = "1 new hit" if len(alerts) == 1 else f"{len(alerts)} new hits"
        send(
            Mail(
                to=saved.mail or self._settings.alarm_mail_to,
                subject=f"Anyu: {saved.name}: {hits}",
                text="\n\n".join([f"search: {alerts[0].query}", *map(_in_a_mail, alerts)]) + "\n",
                id=f"{alerts[0].id}.{len(alerts)}",
            ),
            self._settings,
        )


def _groups(
    taken: Sequence[tuple[AlertRow, str]],
) -> Iterator[tuple[tuple[int, str], list[AlertRow]]]:
    """Give the alerts of each search and way."""
    ordered = sorted(taken, key=lambda pair: (pair[0].saved, pair[1]))
    for key, pairs in groupby(ordered, key=lambda pair: (pair[0].saved, pair[1])):
        yield key, [row for row, _ in pairs]


def _chunks(alerts: Sequence[Alert], size: int) -> Iterator[Sequence[Alert]]:
    for at in range(0, len(alerts), size):
        yield alerts[at : at + size]


def _in_a_line(alert: Alert) -> str:
    words = " ".join(f"{alert.title} {alert.text}".split())
    short = words if len(words) <= _WORDS else f"{words[:_WORDS]}…"
    goods = " ".join(alert.goods)
    return " · ".join(filter(None, (f"{alert.search}: new hit {alert.key}", goods, short)))


def _in_a_mail(alert: Alert) -> str:
    facts: Mapping[str, str] = {
        "post": alert.key,
        "link": alert.url,
        "platform": alert.platform,
        "goods": " ".join(alert.goods),
        "posted": f"{alert.posted_at:%Y-%m-%d %H:%M} UTC",
        "alert": alert.id,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return "\n".join([*lines, alert.title, alert.text]).strip()
