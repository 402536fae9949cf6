"""Alarms over a real HTTP server and a real SMTP server; one way that fails is told on the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from receivers import Hook, Mailbox, serving

from archive.settings import Settings
from crawler.alarms import Alarms, alarm

TOLD = alarm("captcha", "weibo", "paused at job 3: captcha (div.captcha)")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving(Mailbox()) as running:
        yield running


def test_an_alarm_goes_to_terminal_log_webhook_and_mail(
    hook: Hook, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        alarm_webhook=hook.url,
        smtp_host="127.0.0.1",
        smtp_port=mailbox.port,
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


def test_a_way_that_fails_is_told_and_the_others_still_go(mailbox: Mailbox) -> None:
    settings = Settings(
        alarm_webhook="http://127.0.0.1:9/closed",
        smtp_host="127.0.0.1",
        smtp_port=mailbox.port,
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
