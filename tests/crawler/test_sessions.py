"""Sessions: read from any export, sent only where they belong, sealed at rest."""

import json
from pathlib import Path

import pytest

from archive.errors import EvidenceError, InputError
from archive.keys import Keys
from archive.labels import PageState
from archive.ledger.ledger import Ledger
from archive.settings import Settings
from crawler.sessions import Session, read_session, unpack

STATE = {
    "cookies": [
        {"name": "SUB", "value": "s3cret", "domain": ".weibo.cn", "path": "/", "secure": True},
        {"name": "h", "value": "1", "domain": "m.weibo.cn", "path": "/api"},
    ],
    "origins": [{"origin": "https://m.weibo.cn", "localStorage": []}],
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(STATE),
        json.dumps(STATE["cookies"]),
        "# Netscape HTTP Cookie File\n"
        "#HttpOnly_.weibo.cn\tTRUE\t/\tTRUE\t0\tSUB\ts3cret\n"
        "m.weibo.cn\tFALSE\t/api\tFALSE\t0\th\t1\n",
    ],
)
def test_every_export_gives_the_same_cookies(text: str) -> None:
    session = read_session("main", text)
    assert session.cookie("https://m.weibo.cn/api/x") == "SUB=s3cret; h=1"
    assert session.cookie("https://m.weibo.cn/apis") == "SUB=s3cret"
    assert session.cookie("http://m.weibo.cn/") == ""
    assert session.cookie("https://weibo.cn.evil.example/") == ""
    assert session.cookie("https://notweibo.cn/") == ""
    assert unpack(session.pack()) == session


def test_a_cookie_header_goes_to_every_host() -> None:
    session = read_session("main", "Cookie: a=1; b=x=y")
    assert session.cookie("http://127.0.0.1:1/") == "a=1; b=x=y"


@pytest.mark.parametrize("text", ["", "nothing here", "{}", "[1]", '{"cookies": [{}]}', "{"])
def test_what_is_no_session_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"session|cookies"):
        read_session("main", text)


def test_a_session_is_unreadable_on_disk_and_bound_to_its_place(
    ledger: Ledger, settings: Settings
) -> None:
    session = Session(name="main", cookies=read_session("m", json.dumps(STATE)).cookies)
    with ledger.writing() as connection:
        ledger.sessions.put(connection, "weibo", "main", session.pack(), state=PageState.OK)
        assert unpack(ledger.sessions.get(connection, "weibo", "main")) == session
        ledger.sessions.checked(
            connection, "weibo", "main", state=PageState.LOGGED_OUT, reason="ok: -100"
        )
        [status] = ledger.sessions.all(connection)
        assert (status.page_state, status.reason) == (PageState.LOGGED_OUT, "ok: -100")
        assert unpack(ledger.sessions.get(connection, "weibo", "main")) == session
        with pytest.raises(InputError, match="anyu session add"):
            ledger.sessions.get(connection, "weibo", "other")
    ledger.close()
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert not any(b"s3cret" in path.read_bytes() for path in files)


def test_what_was_sealed_opens_only_whole_with_its_key_and_purpose(tmp_path: Path) -> None:
    keys, others = Keys.open(tmp_path / "a"), Keys.open(tmp_path / "b")
    sealed = keys.seal("session/x/main", b"content")
    assert keys.unseal("session/x/main", sealed) == b"content"
    for wrong in (
        lambda: keys.unseal("session/y/main", sealed),
        lambda: others.unseal("session/x/main", sealed),
        lambda: keys.unseal("session/x/main", sealed[:-1] + b"\0"),
    ):
        with pytest.raises(EvidenceError):
            wrong()
