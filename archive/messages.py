"""Messages to people outside: a post to a webhook, a mail."""

from __future__ import annotations

import http.client
import json
import smtplib
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import urlsplit

from archive.errors import InputError
from archive.settings import Settings

FAILURES = (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError)
_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail of text; ``id`` stays when it is sent again, so that a reader drops the second."""

    to: Sequence[str]
    subject: str
    text: str
    id: str = ""


def post_to(url: str, body: Mapping[str, object], *, id: str = "") -> None:
    """Post JSON to a webhook; ``id`` lets it drop what comes twice. Raises one of ``FAILURES``."""
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if id:
        headers["Idempotency-Key"] = id
    request = urllib.request.Request(webhook(url), data=data, headers=headers)  # noqa: S310
    urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310


def send(mail: Mail, settings: Settings) -> None:
    """Hand a mail to the server of the settings; raises one of ``FAILURES``."""
    message = EmailMessage()
    message["Subject"] = mail.subject
    message["From"] = settings.alarm_mail_from
    message["To"] = ", ".join(mail.to)
    if mail.id:
        message["Message-ID"] = f"<{mail.id}@anyu>"
    message.set_content(mail.text)
    host = settings.smtp_host or ""
    with smtplib.SMTP(host, settings.smtp_port, timeout=_SECONDS) as server:
        if settings.smtp_starttls:
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)


def webhook(url: str) -> str:
    """Give the address of a webhook; raises ``ValueError`` on one that is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("its address is neither http nor https")
    return url


def mail_address(address: str) -> str:
    """Give a mail address; raises ``InputError`` on one that cannot be written to."""
    name, _, host = address.partition("@")
    plain = parseaddr(address)[1] == address and not set(address) & set(" \t\r\n,;<>")
    if not (name and host and plain):
        raise InputError(f"{address!r} is no mail address: write it as name@example.org.")
    return address
