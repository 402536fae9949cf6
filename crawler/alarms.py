"""Alarms: what an operator must know at once, on the terminal, in the log, by webhook and mail."""

from __future__ import annotations

import json
import logging
import smtplib
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import urlsplit

from archive.settings import Settings

_log = logging.getLogger("anyu.crawl")
_SECONDS = 15


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
            except (OSError, smtplib.SMTPException, ValueError) as error:
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
        url = self._settings.alarm_webhook or ""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("its address is neither http nor https")
        body = json.dumps({**asdict(told), "at": told.at.isoformat()}, ensure_ascii=False)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        request = urllib.request.Request(url, data=body.encode(), headers=headers)  # noqa: S310
        urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310

    def _mail(self, told: Alarm) -> None:
        chosen = self._settings
        message = EmailMessage()
        message["Subject"] = f"Anyu: {told.platform}: {told.kind}"
        message["From"] = chosen.alarm_mail_from
        message["To"] = ", ".join(chosen.alarm_mail_to)
        message.set_content(f"{told.sentence}\n\n{told.at:%Y-%m-%d %H:%M:%S} UTC\n")
        host = chosen.smtp_host or ""
        with smtplib.SMTP(host, chosen.smtp_port, timeout=_SECONDS) as server:
            if chosen.smtp_starttls:
                server.starttls()
            if chosen.smtp_user:
                server.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())
            server.send_message(message)
