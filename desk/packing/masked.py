"""Copies of evidence that anyone may see: victims' numbers masked, pictures too coarse to read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from archive.masking import MARK, mask
from crawler.warc import Exchange, Headers, warc
from desk.web.pictures import coarse

_TEXTUAL = re.compile(r"text/|[/+]json|[/+]xml|javascript|x-www-form-urlencoded")
_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)


def masked_warc(exchange: Exchange) -> bytes:
    """Give a WARC record of an exchange with its numbers masked; it says so itself."""
    return warc(
        replace(
            exchange,
            url=_in_line(exchange.url),
            body=_body(exchange),
            request_headers=_headers(exchange.request_headers),
            response_headers=_headers(exchange.response_headers),
            masked=True,
        )
    )


def masked_picture(data: bytes) -> bytes | None:
    """Give a mosaic; ``None`` where the bytes are no picture, which then stay out."""
    return coarse(data)


def _body(exchange: Exchange) -> bytes:
    """Mask a text, make a picture coarse; what is neither is left out."""
    kind = _header(exchange.response_headers, "content-type")
    if kind.startswith("image/"):
        return coarse(exchange.body) or b""
    if kind and not _TEXTUAL.search(kind):
        return b""
    told = _CHARSET.search(kind) or _CHARSET.search(exchange.body[:2048].decode("latin-1"))
    for charset in (told[1] if told else "utf-8", "utf-8", "gb18030"):
        try:
            text = exchange.body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
        return _text(text).encode(charset, errors="replace")
    return b""


def _text(text: str) -> str:
    """Mask a text; in JSON each value by itself, as characters may stand there as escapes."""
    try:
        value = json.loads(text)
    except ValueError:
        return mask(text)
    return mask(json.dumps(_value(value), ensure_ascii=False))


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {name: _value(item) for name, item in value.items()}
    return value


def _headers(headers: Headers) -> Headers:
    return [(name, _in_line(value)) for name, value in headers]


def _in_line(value: str) -> str:
    """Mask what must stay in ASCII."""
    return mask(value).replace(MARK, "x")


def _header(headers: Headers, name: str) -> str:
    return next((value.lower() for key, value in headers if key.lower() == name), "")
