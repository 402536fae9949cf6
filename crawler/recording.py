"""Writing fetches to the ledger: evidence, observations, posts and accounts, many at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from archive import custody
from archive.evidence import Sealed
from archive.labels import Kind
from archive.ledger import accounts
from archive.ledger.ledger import Ledger
from archive.records import Observation
from crawler.seen import SeenPage
from crawler.warc import clock_offset, warc


@dataclass(frozen=True, slots=True)
class Prepared:
    """A fetch whose evidence is sealed and on disk."""

    page: SeenPage
    seen: Observation
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes fetches, all that it is given in one transaction."""

    ledger: Ledger

    def prepare(self, pages: Sequence[SeenPage]) -> list[Prepared]:
        """Seal the evidence of fetches and bring it to disk; the ledger need not wait for that."""
        records = [warc(page.exchange) if page.exchange.status else None for page in pages]
        pairs = list(zip(pages, records, strict=True))
        sealed = self.ledger.evidence.seal([_pieces(page, record) for page, record in pairs])
        return [
            Prepared(page, _observation(page, record), one)
            for (page, record), one in zip(pairs, sealed, strict=True)
        ]

    def discard(self, prepared: Sequence[Prepared]) -> None:
        """Remove evidence that the ledger did not take."""
        self.ledger.evidence.discard(one.sealed for one in prepared)

    def write(self, connection: Connection, prepared: Sequence[Prepared]) -> list[int]:
        """Write fetches in the caller's transaction and give their observations."""
        ledger = self.ledger
        seen = [(one.seen, one.sealed) for one in prepared]
        numbers = custody.observe_all(ledger, connection, seen)
        pages = [one.page for one in prepared]
        told = [
            ([replace(post, observation=number) for post in page.posts], page.exchange.fetched_at)
            for page, number in zip(pages, numbers, strict=True)
        ]
        ledger.posts.add_all(connection, [one for one in told if one[0]])
        for page in pages:
            for key in page.gone:
                ledger.posts.gone(connection, key, at=page.exchange.fetched_at)
        met = ((one, page.exchange.fetched_at) for page in pages for one in page.accounts)
        accounts.touch(connection, met)
        self._sightings(connection, pages)
        return numbers

    def _sightings(self, connection: Connection, pages: Sequence[SeenPage]) -> None:
        exchanges = [page.exchange for page in pages if page.picture]
        kept = [(one.url, one.body_sha256, one.fetched_at) for one in exchanges]
        self.ledger.sightings.keep_pictures(connection, kept)
        seen = [
            (page.job, post.key)
            for page in pages
            for post in page.posts
            if post.kind is not Kind.COMMENT
        ]
        if seen:
            self.ledger.sightings.add(connection, seen)


def _pieces(page: SeenPage, record: bytes | None) -> list[bytes]:
    picture = page.exchange.body if page.picture else None
    return [data for data in (record, page.screenshot, picture) if data]


def _digest(data: bytes | None) -> str | None:
    return hashlib.sha256(data).hexdigest() if data else None


def _observation(item: SeenPage, record: bytes | None) -> Observation:
    exchange = item.exchange
    return Observation(
        job=item.job,
        cursor=item.cursor,
        request=exchange.method,
        url=exchange.url,
        fetched_at=exchange.fetched_at,
        status=exchange.status,
        page_state=item.page_state,
        extent=item.extent,
        body_sha256=exchange.body_sha256 if exchange.status else None,
        warc=_digest(record),
        screenshot_sha256=_digest(item.screenshot),
        session=item.session,
        clock_offset=clock_offset(exchange),
        tools=exchange.tools,
    )
