"""robots.txt for what a browser opens by itself, outside Scrapy's downloader."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from protego import Protego

from crawler.scrapy_settings import USER_AGENT

_MOST = 512 * 1024  # bytes that are read of a robots.txt (RFC 9309, 2.5)
_SECONDS = 20


class Rules:
    """Reads a host's robots.txt once, through a proxy that obeys reach.

    As in a crawl, a robots.txt that cannot be had forbids nothing.
    """

    def __init__(self, proxy: str) -> None:
        ways = urllib.request.ProxyHandler({"http": proxy, "https": proxy})
        self._opener = urllib.request.build_opener(ways)
        self._known: dict[str, Protego] = {}

    async def refusal(self, url: str) -> str:
        """Say that an address is forbidden, empty where it is not."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._known:
            text = await asyncio.to_thread(self._fetch, f"{place}/robots.txt")
            self._known[place] = Protego.parse(text)
        allowed = self._known[place].can_fetch(url, USER_AGENT)
        return "" if allowed else "Forbidden by robots.txt"

    def _fetch(self, url: str) -> str:
        request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT})  # noqa: S310
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return str(answer.read(_MOST).decode("utf-8", errors="replace"))
        except (urllib.error.URLError, OSError, ValueError):
            return ""
