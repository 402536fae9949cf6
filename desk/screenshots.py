"""Which adverts have no full-page screenshot yet, and taking them."""

from __future__ import annotations

import ipaddress
import socket
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.orders import close_jobs, open_jobs

from archive.labels import PageState
from desk.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenshotOrder:
    """Under what the posts are opened again; ``private`` allows addresses of this network."""

    purpose: str
    legal_basis: str
    most: int
    private: bool = False


@dataclass(slots=True)
class Taken:
    """What came of it; ``refused`` posts have no public http(s) address."""

    screenshots: int = 0
    failed: int = 0
    refused: int = 0


def take_screenshots(rooms: Rooms, order: ScreenshotOrder) -> Taken:
    """Photograph adverts that have no screenshot, each an observation under a job of its own."""
    from crawler.running import Run, run_spiders
    from crawler.screenshots import JOB, ScreenshotSpider
    from crawler.seen import SeenPage

    taken, runs, jobs = Taken(), [], []
    for platform, posts in _waiting(rooms, order, taken).items():
        ((job, _),) = open_jobs(
            rooms.ledger,
            [JOB],
            platform=platform,
            operator=rooms.settings.operator,
            purpose=order.purpose,
            legal_basis=order.legal_basis,
        )
        jobs.append(job)
        runs.append(Run(spider=ScreenshotSpider, arguments={"job": job, "posts": posts}))

    def count(page: SeenPage) -> None:
        good = page.screenshot is not None and page.page_state is PageState.OK
        taken.screenshots += good
        taken.failed += not good

    if runs:
        run_spiders([runs], ledger=rooms.ledger, settings=rooms.settings, progress=count)
        close_jobs(rooms.ledger, jobs)
    return taken


def _waiting(
    rooms: Rooms, order: ScreenshotOrder, taken: Taken
) -> dict[str, list[tuple[str, str]]]:
    """Give keys and addresses by platform, oldest first."""
    ledger, found, number = rooms.ledger, defaultdict(list), 0
    with ledger.reading() as connection:
        for stored in ledger.posts.scan(connection):
            if number >= order.most:
                break
            post = stored.post
            judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
            if judged is None or not judged.hit or stored.gone_at:
                continue
            if ledger.jobs.ids_of_screenshots(connection, [post.key]):
                continue
            if not _may_open(post.url, private=order.private):
                taken.refused += 1
                continue
            found[post.platform].append((post.key, post.url))
            number += 1
    return dict(found)


def _may_open(url: str, *, private: bool) -> bool:
    """Say whether an address is http(s) and, unless allowed, not of this network."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    if private:
        return True
    try:
        told = socket.getaddrinfo(parts.hostname, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(address[4][0]).is_global for address in told)
