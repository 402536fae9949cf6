"""One exchange as a WARC record pair, without what would open a session."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

REMOVED = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
# The body is kept as the HTTP library gave it, unpacked: these would no longer fit it.
_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What went over the line; a browser's body is labelled as decoded."""

    method: str
    url: str
    fetched_at: datetime
    status: int
    body: bytes
    request_headers: Headers = ()
    response_headers: Headers = ()
    server: str | None = None
    by_browser: bool = False
    tools: dict[str, str] = field(default_factory=dict)

    @property
    def body_sha256(self) -> str:
        """The SHA-256 of the body in hex."""
        return hashlib.sha256(self.body).hexdigest()


def clock_offset(exchange: Exchange) -> float | None:
    """Give the server's clock minus ours in seconds, where it told the time; exact to a second."""
    told = next((v for k, v in exchange.response_headers if k.lower() == "date"), None)
    try:
        server = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    if server is None or server.tzinfo is None:
        return None
    return round((server - exchange.fetched_at).total_seconds(), 1)


def warc(exchange: Exchange) -> bytes:
    """Give a gzipped WARC 1.1 file with response and request."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    response = writer.create_warc_record(
        exchange.url,
        "response",
        payload=io.BytesIO(exchange.body),
        http_headers=_response_headers(exchange),
        warc_headers_dict=_warc_headers(exchange),
    )
    request = writer.create_warc_record(
        exchange.url,
        "request",
        http_headers=_request_headers(exchange),
        warc_headers_dict=_warc_headers(exchange),
    )
    writer.write_request_response_pair(request, response)
    return out.getvalue()


def _warc_headers(exchange: Exchange) -> dict[str, str]:
    removed = sorted(
        {
            name.lower()
            for name, _ in (*exchange.request_headers, *exchange.response_headers)
            if name.lower() in REMOVED
        }
    )
    headers = {
        "WARC-Date": exchange.fetched_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "WARC-Anyu-Body": "decoded by a browser" if exchange.by_browser else "content-decoded",
    }
    if removed:
        headers["WARC-Anyu-Removed"] = ", ".join(removed)
    if exchange.server:
        headers["WARC-IP-Address"] = exchange.server
    if exchange.tools:
        headers["WARC-Anyu-Tools"] = "; ".join(f"{k} {v}" for k, v in exchange.tools.items())
    return headers


def _response_headers(exchange: Exchange) -> StatusAndHeaders:
    kept = [pair for pair in _kept(exchange.response_headers) if pair[0].lower() not in _TRANSFER]
    kept.append(("Content-Length", str(len(exchange.body))))
    return StatusAndHeaders(f"{exchange.status} {_phrase(exchange.status)}", kept, "HTTP/1.1")


def _request_headers(exchange: Exchange) -> StatusAndHeaders:
    parts = urlsplit(exchange.url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    kept = _kept(exchange.request_headers)
    if not any(name.lower() == "host" for name, _ in kept):
        kept.insert(0, ("Host", parts.netloc))
    return StatusAndHeaders(f"{exchange.method} {target} HTTP/1.1", kept, is_http_request=True)


def _kept(headers: Headers) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in REMOVED]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
