"""Files as people save answers: encodings, wrappings, WARC."""

from __future__ import annotations

import gzip
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import InputError
from crawler.answers import Answer
from crawler.bodies import BrokenJson, json_of, text_of
from crawler.parsing import parse
from crawler.saved import read_saved

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BLOG = {
    "id": "5100000000000001",
    "text": "出旧书",
    "created_at": "5分钟前",
    "user": {"id": 7000000001, "screen_name": "假名甲"},
}
BODY = json.dumps({"ok": 1, "data": {"cards": [{"card_type": 9, "mblog": BLOG}]}})


def _answer(body: bytes, content_type: str = "") -> Answer:
    headers = (("Content-Type", content_type),) if content_type else ()
    return Answer(body=body, headers=headers, fetched_at=AT)


@pytest.mark.parametrize(
    "answer",
    [
        _answer("旧书".encode()),
        _answer("\ufeff旧书".encode()),
        _answer("\ufeff旧书".encode("utf-16-le")),
        _answer("<meta charset=gb2312>旧书".encode("gbk")),
        _answer("旧书".encode("gbk"), "text/html; charset=GBK"),
        _answer("旧书".encode("gbk")),
        _answer("旧书".encode() + "旧".encode()[:1]),
    ],
)
def test_a_body_is_decoded_whatever_its_encoding(answer: Answer) -> None:
    assert "旧书" in text_of(answer)


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        f"\ufeff \n{BODY}\n",
        f"callback_12({BODY});",
        f"/**/jQuery1_2({BODY})",
        f"try{{window.pl.cb({BODY})}}catch(e){{}}",
        f"for(;;);{BODY}",
        f'<html><head></head><body><pre style="x">{BODY.replace("<", "&lt;")}</pre></body></html>',
    ],
)
def test_json_is_found_in_its_wrapping(body: str) -> None:
    assert json_of(body)["data"]["cards"][0]["mblog"]["id"] == BLOG["id"]


def test_a_page_is_no_json_and_cut_json_is_told_apart() -> None:
    with pytest.raises(ValueError, match="page"):
        json_of("<html><body><pre>文字</pre></body></html>")
    with pytest.raises(BrokenJson):
        json_of(BODY[:40])


def _warc(path: Path, *bodies: tuple[str, str, bytes], gz: bool = True) -> Path:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gz)
    for url, kind, body in bodies:
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": "2026-11-24T15:00:00Z"},
            )
        )
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("gz", [True, False])
def test_a_warc_gives_its_answer_with_time_and_address(tmp_path: Path, gz: bool) -> None:
    url = "https://m.weibo.cn/api/container/getIndex?page=1"
    path = _warc(
        tmp_path / "one.warc",
        (url, "application/json", BODY.encode()),
        ("https://wx1.sinaimg.cn/a.jpg", "image/jpeg", b"\xff\xd8"),
        ("https://m.weibo.cn/app.js", "application/javascript", b"var a = 1;"),
        gz=gz,
    )
    answers = read_saved(path)
    assert answers[0].url == url
    page = parse("weibo", answers)
    assert page.sign.state == "ok"
    assert page.posts[0].posted_at == datetime(2026, 11, 24, 14, 55, tzinfo=UTC)


def test_a_warc_of_several_answers_joins_them_and_the_gravest_state_wins(tmp_path: Path) -> None:
    url = "https://m.weibo.cn/api/container/getIndex?page="
    lost = b'{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}'
    path = _warc(
        tmp_path / "two.warc.gz",
        (url + "1", "application/json", BODY.encode()),
        (url + "2", "application/json", lost),
    )
    page = parse("weibo", read_saved(path))
    assert (page.sign.state, page.records) == ("logged_out", 1)
    assert parse("weibo", read_saved(path, url=url + "1")).sign.state == "ok"
    with pytest.raises(InputError, match="no answer of"):
        read_saved(path, url=url + "3")


def test_relative_times_count_from_the_date_header_or_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(BODY)
    os.utime(path, (AT.timestamp(), AT.timestamp()))
    assert read_saved(path)[0].fetched_at == AT
    told = [("Date", "Mon, 23 Nov 2026 10:00:00 GMT")]
    assert read_saved(path, headers=told)[0].fetched_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_gzip_curl_and_mhtml_are_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "body.json.gz"
    packed.write_bytes(gzip.compress(BODY.encode()))
    assert parse("weibo", read_saved(packed)).records == 1
    curl = tmp_path / "curl.txt"
    curl.write_bytes(b"HTTP/2 302 \r\nlocation: https://passport.weibo.com/visitor/visitor\r\n\r\n")
    assert parse("weibo", read_saved(curl)).sign.state == "logged_out"
    page = tmp_path / "page.mhtml"
    page.write_bytes(
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://t.me/s/demo_chan\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b'<div class=3D"tgme_widget_message" data-post=3D"demo_chan/1"><div class=3D"tgme=\r\n'
        b'_widget_message_text js-message_text">=E6=97=A7=E4=B9=A6</div></div>\r\n--b--\r\n'
    )
    answers = read_saved(page)
    assert answers[0].url == "https://t.me/s/demo_chan"
    assert parse("telegram", answers).posts[0].text == "旧书"


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08nothing", b"WARC/1.0\r\nbroken"])
def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "broken"
    path.write_bytes(body)
    with pytest.raises(InputError, match=r"broken|no answer"):
        read_saved(path)
