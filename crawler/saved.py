"""Answers that somebody saved: a body, a page saved by a browser, MHTML, WARC, gzip or not."""

from __future__ import annotations

import email
import email.policy
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import parse_headers
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archive.errors import InputError
from crawler.answers import Answer, told_time
from crawler.times import published
from crawler.warc import Headers

_MOST = 256 << 20  # bytes of a saved answer, unpacked
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+?)\s*-->", re.I)
_HTTP = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})[^\r\n]*\r?\n")
_MAIL = re.compile(rb"(?:From|MIME-Version|Snapshot-Content-Location|Subject|Date): ")
_SKIPPED = ("image/", "font/", "video/", "audio/", "text/css", "application/font", "text/dns")


def read_saved(
    path: Path, *, url: str = "", status: int | None = None, headers: Headers = ()
) -> list[Answer]:
    """Read the answers of a file; what is given by hand outranks what the file says."""
    body = _bytes(path)
    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if body.startswith(b"WARC/"):
        held = [answer for answer in _warc(path, body) if _is_wanted(answer, "")]
        found = [answer for answer in held if _is_wanted(answer, url)]
        found = found or (held if len(held) == 1 else [])
        if not found:
            raise InputError(f"The WARC file {path} holds no answer{f' of {url}' if url else ''}.")
        return [_by_hand(answer, url, status, headers) for answer in found]
    return [_by_hand(_single(body, saved_at), url, status, headers)]


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.") from error
    if raw.startswith(b"\x1f\x8b"):
        raw = _unpacked(path, raw)
    if len(raw) > _MOST:
        raise InputError(f"The file {path} is larger than {_MOST >> 20} MB: it is no saved answer.")
    return raw


def _unpacked(path: Path, raw: bytes) -> bytes:
    """Unpack gzip, also of several members; a cut end gives what is there."""
    found = io.BytesIO()
    try:
        with gzip.open(io.BytesIO(raw)) as file:
            while piece := file.read(1 << 20):
                found.write(piece)
                if found.tell() > _MOST:
                    raise InputError(f"The file {path} unpacks to more than {_MOST >> 20} MB.")
    except (OSError, EOFError, zlib.error) as error:
        if not found.tell():
            raise InputError(f"The file {path} is broken gzip ({error}).") from error
    return found.getvalue()


def _warc(path: Path, body: bytes) -> Iterator[Answer]:
    """Give the answers of a WARC file; a record with a broken end ends the file."""
    try:
        for record in ArchiveIterator(io.BytesIO(body)):
            if record.rec_type not in ("response", "resource"):
                continue
            http = record.http_headers
            headers = tuple(http.headers) if http else ()
            kept = record.content_stream().read(_MOST)
            code = http.get_statuscode() if http else "200"
            moment = published(record.rec_headers.get_header("WARC-Date"), at=datetime.now(UTC))
            yield Answer(
                url=record.rec_headers.get_header("WARC-Target-URI") or "",
                status=int(code) if code and code.isdecimal() else 200,
                headers=headers,
                body=kept,
                fetched_at=moment or told_time(headers) or datetime.now(UTC),
            )
    except (ArchiveLoadFailed, EOFError, zlib.error, ValueError, OSError) as error:
        raise InputError(f"The WARC file {path} is broken ({error}).") from error


def _is_wanted(answer: Answer, url: str) -> bool:
    if url:
        return answer.url.rstrip("/") == url.rstrip("/")
    return not answer.header("content-type").lower().startswith(_SKIPPED)


def _single(body: bytes, saved_at: datetime) -> Answer:
    """Read a bare body, the output of `curl -i`, or MHTML."""
    if started := _HTTP.match(body):
        return _with_head(body, started, saved_at)
    if _MAIL.match(body) and (found := _mhtml(body, saved_at)) is not None:
        return found
    address = _SAVED_FROM.search(body[:4096])
    url = address[1].decode("utf-8", errors="replace") if address else ""
    return Answer(url=url, body=body, fetched_at=saved_at)


def _with_head(body: bytes, started: re.Match[bytes], saved_at: datetime) -> Answer:
    rest = io.BytesIO(body[started.end() :])
    try:
        headers: Headers = tuple(parse_headers(rest).items())
    except (ValueError, OSError):
        headers = ()
    kept = rest.read()
    if kept.startswith(b"\x1f\x8b"):
        try:
            kept = gzip.decompress(kept)
        except (OSError, EOFError, zlib.error):
            kept = b""
    moment = told_time(headers) or saved_at
    return Answer(status=int(started[1]), headers=headers, body=kept, fetched_at=moment)


def _mhtml(body: bytes, saved_at: datetime) -> Answer | None:
    message = email.message_from_bytes(body, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() not in ("text/html", "application/json"):
            continue
        kept = part.get_payload(decode=True)
        url = message.get("Snapshot-Content-Location") or part.get("Content-Location") or ""
        headers: Headers = (("Content-Type", str(part.get("Content-Type", ""))),)
        moment = told_time((("date", str(message.get("Date", ""))),)) or saved_at
        return Answer(
            url=str(url),
            headers=headers,
            body=kept if isinstance(kept, bytes) else b"",
            fetched_at=moment,
        )
    return None


def _by_hand(answer: Answer, url: str, status: int | None, headers: Headers) -> Answer:
    named = {name.lower() for name, _ in headers}
    rest = tuple(pair for pair in answer.headers if pair[0].lower() not in named)
    return Answer(
        url=url or answer.url,
        status=answer.status if status is None else status,
        headers=(*headers, *rest),
        body=answer.body,
        fetched_at=told_time(headers) or answer.fetched_at,
    )
