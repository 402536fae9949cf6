"""Pictures of posts: each fetched once, its digest written to every post that shows it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from archive.labels import PageState
from archive.ledger.ledger import Ledger
from archive.ledger.units import Scope, Unit
from archive.records import Post
from crawler.fetching import Fetcher
from crawler.platforms.platform import Ask
from crawler.scribe import Scribe
from crawler.seen import SeenPage


class Pictures:
    """Fetches the pictures of posts that are not kept yet."""

    def __init__(self, ledger: Ledger, fetcher: Fetcher, scribe: Scribe) -> None:
        self._ledger, self._fetcher, self._scribe = ledger, fetcher, scribe
        self._coming: dict[str, asyncio.Task[SeenPage | None]] = {}

    async def of(
        self, unit: Unit, posts: Sequence[Post], scope: Scope
    ) -> tuple[list[Post], list[SeenPage]]:
        """Give the posts with the digests of their pictures, and the fetches that brought new."""
        urls = list(dict.fromkeys(media.url for post in posts for media in post.media))
        if not urls:
            return list(posts), []
        known = await self._scribe.write(lambda c: self._ledger.sightings.pictures(c, urls))
        wanted = [url for url in urls if url not in known] if scope.pictures else []
        fresh = [await self._picture(unit, url, scope) for url in wanted]
        pages = [page for page in fresh if page]
        kept = {page.exchange.url: page.exchange.body_sha256 for page in pages if page.picture}
        digests = {**known, **kept}
        return [_with_digests(post, digests) for post in posts], pages

    async def _picture(self, unit: Unit, url: str, scope: Scope) -> SeenPage | None:
        """Fetch a picture, once for all who ask at the same time."""
        if url not in self._coming:
            self._coming[url] = asyncio.ensure_future(self._fetch(unit, url, scope))
        try:
            return await self._coming[url]
        finally:
            self._coming.pop(url, None)

    async def _fetch(self, unit: Unit, url: str, scope: Scope) -> SeenPage | None:
        [one] = await self._fetcher.fetch(Ask(url=url), despite_robots=scope.despite_robots)
        good = one.exchange.status == 200 and bool(one.exchange.body)
        return SeenPage(
            job=unit.job,
            cursor=f"picture:{hashlib.sha256(url.encode()).hexdigest()}",
            exchange=replace(one.exchange, url=url),
            page_state=PageState.OK if good else PageState.ERROR,
            reason="" if good else one.problem or f"status {one.exchange.status}",
            picture=good,
        )


def _with_digests(post: Post, digests: Mapping[str, str]) -> Post:
    media = (replace(one, sha256=digests.get(one.url)) for one in post.media)
    return replace(post, media=tuple(media))
