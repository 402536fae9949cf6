"""Alarms: what an operator must know at once, on the terminal, in the log, by webhook and mail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from archive.messages import FAILURES, Mail, post_to, send
from archive.settings import Settings

_log = logging.getLogger("anyu.crawl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A sentence about a platform; ``kind`` is a page state, or what else happened."""

    kind: str
    platform: str
    sentence: str
    at: datetime


def alarm(kind: str, platform: str, sentence: str) -> Alarm:
    """Give an alarm of now."""
    return Alarm(kind=kind, platform=platform, sentence=sentence, at=datetime.now(UTC))


class Alarms:
    """Sends alarms by every way that is set; a way that fails is told on the others."""

    def __init__(self, settings: Settings, *, terminal: Callable[[str], None]) -> None:
        self._settings = settings
        self._terminal = terminal

    def send(self, told: Alarm) -> None:
        """Tell all."""
        self._tell(f"{told.platform}: {told.sentence}")
        for name, way in self._ways():
            try:
                way(told)
            except FAILURES as error:
                self._tell(f"the alarm could not be sent by {name}: {error}")

    def _tell(self, sentence: str) -> None:
        _log.warning(sentence)
        self._terminal(sentence)

    def _ways(self) -> list[tuple[str, Callable[[Alarm], None]]]:
        ways: list[tuple[str, Callable[[Alarm], None]]] = []
        if self._settings.alarm_webhook:
            ways.append(("webhook", self._post))
        if self._settings.smtp_host and self._settings.alarm_mail_to:
            ways.append(("mail", self._mail))
        return ways

    def _post(self, told: Alarm) -> None:
        post_to(self._settings.alarm_webhook or "", {**asdict(told), "at": told.at.isoformat()})

    def _mail(self, told: Alarm) -> None:
        mail = Mail(
            to=self._settings.alarm_mail_to,
            subject=f"Anyu: {told.platform}: {told.kind}",
            text=f"{told.sentence}\n\n{told.at:%Y-%m-%d %H:%M:%S} UTC\n",
        )
        send(mail, self._settings)
