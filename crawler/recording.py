"""The Scrapy pipeline that writes each fetch to the ledger, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from sqlalchemy import Connection

from archive.labels import PAUSING
from archive.ledger.ledger import Ledger
from archive.records import Observation
from crawler.seen import SeenPage
from crawler.warc import clock_offset, warc


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes fetches: evidence, observation, posts and the pause of a job are one transaction."""

    ledger: Ledger
    progress: Callable[[SeenPage], None] | None = None

    def record(self, item: SeenPage) -> None:
        """Write one fetch."""
        with self.ledger.writing() as connection:
            self._write(connection, item)
        if self.progress:
            self.progress(item)

    def _write(self, connection: Connection, item: SeenPage) -> None:
        ledger = self.ledger
        number = ledger.jobs.observe(connection, self._observation(connection, item))
        at = item.exchange.fetched_at
        posts = [replace(post, observation=number) for post in item.posts]
        ledger.posts.add(connection, posts, seen_at=at)
        for key in item.gone:
            ledger.posts.gone(connection, key, at=at)
        if item.page_state in PAUSING:
            reason = f"{item.page_state}: {item.reason}"
            ledger.jobs.set_state(connection, item.job, "paused", reason=reason)

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


class RecordingPipeline:
    """Hands each fetch of a spider to the spider's recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordingPipeline:
        """Take the recorder that the spider was started with."""
        recorder = getattr(crawler.spider, "recorder", None)
        if recorder is None:
            raise NotConfigured("the spider was started without a recorder")
        return cls(recorder)

    def process_item(self, item: SeenPage) -> SeenPage:
        """Write one fetch."""
        self._recorder.record(item)
        return item
