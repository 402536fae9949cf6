"""Writing a fetch to the ledger: evidence, observation, posts and accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

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
        number = ledger.jobs.observe(connection, self._observation(connection, item))
        at = item.exchange.fetched_at
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

    def _observation(self, connection: Connection, item: SeenPage) -> Observation:
        exchange, evidence = item.exchange, self.ledger.evidence
        if item.picture:
            evidence.put(connection, exchange.body)
        shot = evidence.put(connection, item.screenshot) if item.screenshot else None
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
            warc=evidence.put(connection, warc(exchange)) if exchange.status else None,
            screenshot_sha256=shot,
            session=item.session,
            clock_offset=clock_offset(exchange),
            tools=exchange.tools,
        )
