"""Evidence kept under a new observation, as a crawl would keep it."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from archive.custody import Erasure, observe, open_job
from archive.labels import Extent, PageState
from archive.ledger.ledger import Ledger
from archive.records import Job, Observation

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def keep(ledger: Ledger, *pieces: bytes) -> int:
    """Keep pieces of evidence under a new observation."""
    with ledger.writing() as connection:
        return observe(ledger, connection, seen(ledger, connection), pieces)


def seen(ledger: Ledger, connection: Connection) -> Observation:
    """Give an observation under a new job."""
    job = Job(platform="sandbox", query="开房", operator="o", purpose="p", legal_basis="l")
    return Observation(
        job=open_job(ledger, connection, job),
        cursor="1",
        request="GET",
        url="http://127.0.0.1/开房",
        fetched_at=NOW,
        status=200,
        page_state=PageState.OK,
        extent=Extent.WHOLE,
        clock_offset=-0.3,
        tools={"scrapy": "2", "chromium": "140"},
    )


def order(number: int) -> Erasure:
    return Erasure(observation=number, case="A-1", reason="asked for", actor="o")
