"""Alarms over a real HTTP server and a real SMTP server; one way that fails is told on the rest."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from archive.settings import Settings
from crawler.alarms import Alarms, alarm

TOLD = alarm("captcha", "weibo", "paused at job 3: captcha (div.captcha)")


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.got.append(json.loads(self.rfile.read(length)))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs to hand over one message."""

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self.server.got.append(self._message())  # type: ignore[attr-defined]
            elif verb == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _message(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return "\n".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def _serving(server: Any) -> Iterator[Any]:
    server.got = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook() -> Iterator[Any]:
    yield from _serving(HTTPServer(("127.0.0.1", 0), _Hook))


@pytest.fixture
def mailbox() -> Iterator[Any]:
    yield from _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox))


def test_an_alarm_goes_to_terminal_log_webhook_and_mail(
    hook: Any, mailbox: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        alarm_webhook=f"http://127.0.0.1:{hook.server_address[1]}/alarm",
        smtp_host="127.0.0.1",
        smtp_port=mailbox.server_address[1],
        alarm_mail_to=("duty@example.org", "second@example.org"),
    )
    terminal: list[str] = []
    Alarms(settings, terminal=terminal.append).send(TOLD)
    sentence = "weibo: paused at job 3: captcha (div.captcha)"
    assert terminal == [sentence]
    assert sentence in caplog.messages
    [posted] = hook.got
    assert (posted["kind"], posted["platform"]) == ("captcha", "weibo")
    assert posted["sentence"] == TOLD.sentence
    [mail] = mailbox.got
    assert "Subject: Anyu: weibo: captcha" in mail
    assert "To: duty@example.org, second@example.org" in mail
    assert TOLD.sentence in mail


def test_a_way_that_fails_is_told_and_the_others_still_go(mailbox: Any) -> None:
    settings = Settings(
        alarm_webhook="http://127.0.0.1:9/closed",
        smtp_host="127.0.0.1",
        smtp_port=mailbox.server_address[1],
        alarm_mail_to=("duty@example.org",),
    )
    terminal: list[str] = []
    Alarms(settings, terminal=terminal.append).send(TOLD)
    assert len(terminal) == 2
    assert "could not be sent by webhook" in terminal[1]
    assert len(mailbox.got) == 1


def test_without_settings_an_alarm_is_told_here_only() -> None:
    terminal: list[str] = []
    Alarms(Settings(), terminal=terminal.append).send(TOLD)
    assert len(terminal) == 1
