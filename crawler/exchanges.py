"""From Scrapy's and Playwright's answers to exchanges that can be kept."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Any

from playwright.async_api import Response as BrowserResponse
from scrapy import Request
from scrapy.http import Response

from crawler.warc import Exchange, Headers


def from_scrapy(response: Response) -> Exchange:
    """Give a plain fetch; the body is unpacked."""
    request = response.request
    return Exchange(
        method=request.method if request else "GET",
        url=response.url,
        fetched_at=datetime.now(UTC),
        status=response.status,
        body=response.body,
        request_headers=_headers(request.headers if request else {}),
        response_headers=_headers(response.headers),
        server=str(response.ip_address) if response.ip_address else None,
        tls=_subject(response),
        tools=dict(tools()),
    )


def from_failure(request: Request) -> Exchange:
    """Give a fetch that had no answer: status 0."""
    return Exchange(
        method=request.method,
        url=request.url,
        fetched_at=datetime.now(UTC),
        status=0,
        body=b"",
        tools=dict(tools()),
    )


async def from_browser(response: BrowserResponse, *, browser: str) -> Exchange:
    """Give a fetch that a page made; a browser gives bodies decoded only."""
    server = await response.server_addr()
    security = await response.security_details()
    redirect = 300 <= response.status < 400  # a browser gives no body of those
    return Exchange(
        method=response.request.method,
        url=response.url,
        fetched_at=datetime.now(UTC),
        status=response.status,
        body=b"" if redirect else await response.body(),
        request_headers=list((await response.request.all_headers()).items()),
        response_headers=list((await response.all_headers()).items()),
        server=server["ipAddress"] if server else None,
        tls=security.get("subjectName") if security else None,
        by_browser=True,
        tools={**tools(), "chromium": browser},
    )


def _subject(response: Response) -> str | None:
    """Give the subject of the server's certificate, as Twisted or the browser tells it."""
    if response.certificate is not None:
        told = response.certificate.original.to_cryptography().subject
        return str(told.rfc4514_string())
    security = response.meta.get("playwright_security_details") if response.request else None
    return security.get("subjectName") if security else None


@cache
def tools() -> Mapping[str, str]:
    """Name the tools of a fetch with their versions."""
    named = {name: metadata.version(name) for name in ("anyu", "scrapy", "playwright")}
    return {**named, "python": platform.python_version()}


def _headers(headers: Any) -> Headers:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]
