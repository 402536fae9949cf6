"""robots.txt, also for requests that set out together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.robotstxt import RobotParser


class RobotsMiddleware(RobotsTxtMiddleware):  # type: ignore[misc]  # Scrapy is not followed
    """Scrapy's own, one request a host at a time.

    Of several that await the first robots.txt of a host only one is given its rules by Scrapy
    2.19; the others pass as if there were none (a Deferred is awaited more than once).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Give a host's rules."""
        async with self._locks[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)
