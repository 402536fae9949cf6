"""What a crawl came to so far, told by the sandbox's log and by the ledger."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select

from archive.ledger import frontier as tables
from archive.ledger.ledger import Ledger
from crawler.sandbox.server import Sandbox


def served(site: Sandbox) -> Counter[tuple[str, str]]:
    """Count the answers of a sandbox by path and query."""
    return Counter((line["path"], line["query"]) for line in site.log())


def wait_for(reached: Callable[[], bool], seconds: float = 240) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "the moment never came"
        time.sleep(0.01)


def held_by(ledger: Ledger, pid: int | None) -> int:
    """Count the units that a process holds."""
    here = (tables.unit.c.state == "leased") & tables.unit.c.owner.like(f"%/{pid}/%")
    with ledger.reading() as connection:
        return connection.scalar(select(func.count()).where(here)) or 0


def observations(ledger: Ledger) -> int:
    """Count the fetches of pages."""
    with ledger.reading() as connection:
        return sum(row.fetches for row in ledger.jobs.coverage(connection))
