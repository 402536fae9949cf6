"""Writing a fetch to the ledger: evidence, observation, posts and accounts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from archive import custody
from archive.labels import Kind
from archive.ledger import accounts
from archive.ledger.ledger import Ledger
from archive.records import Observation
from crawler.seen import SeenPage
from crawler.warc import clock_offset, warc


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes fetches, all of one in one transaction."""

    ledger: Ledger

    def write(self, connection: Connection, item: SeenPage) -> int:
        """Write one fetch in the caller's transaction and give its observation."""
        ledger = self.ledger
        exchange = item.exchange
        record = warc(exchange) if exchange.status else None
        picture = exchange.body if item.picture else None
        kept = [data for data in (record, item.screenshot, picture) if data]
        number = custody.observe(ledger, connection, _observation(item, record), kept)
        at = exchange.fetched_at
        posts = [replace(post, observation=number) for post in item.posts]
        ledger.posts.add(connection, posts, seen_at=at)
        for key in item.gone:
            ledger.posts.gone(connection, key, at=at)
        accounts.touch(connection, item.accounts, seen_at=at)
        if item.picture:
            sha256 = item.exchange.body_sha256
            ledger.sightings.keep_picture(connection, item.exchange.url, sha256, seen_at=at)
        else:
            seen = [post.key for post in item.posts if post.kind is not Kind.COMMENT]
            ledger.sightings.add(connection, item.job, seen)
        return number


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
