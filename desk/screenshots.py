"""Which adverts have no full-page screenshot yet, and taking them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import custody
from archive.errors import MissingError
from archive.labels import PageState
from archive.records import Job
from desk.rooms import Rooms

if TYPE_CHECKING:
    from crawler.screenshots import Subject
    from crawler.seen import SeenPage

_QUERY = "screenshots of adverts"
_DELAY = 2.0  # seconds between two posts where the operator set none


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenshotOrder:
    """Under what posts are opened again; ``base_url`` is the one private place allowed."""

    purpose: str
    legal_basis: str
    most: int
    base_url: str | None = None
    despite_robots: bool = False


@dataclass(slots=True)
class Taken:
    """What came of it; ``why`` tells the first failure."""

    screenshots: int = 0
    failed: int = 0
    why: str = ""


def take_screenshots(rooms: Rooms, order: ScreenshotOrder) -> Taken:
    """Photograph adverts that have no screenshot, each an observation under a job of its own."""
    from crawler.chromium import REMEDY, find_chromium
    from crawler.recording import Recorder
    from crawler.screenshots import Sitting, photograph

    chromium = find_chromium(rooms.settings)
    if chromium is None:
        raise MissingError(f"No Chromium was found to take screenshots with: {REMEDY}.")
    taken, recorder = Taken(), Recorder(rooms.ledger)

    def keep(page: SeenPage) -> None:
        prepared = recorder.prepare([page])
        with rooms.ledger.writing() as connection:
            recorder.write(connection, prepared)
        if page.screenshot and page.page_state is PageState.OK:
            taken.screenshots += 1
        else:
            taken.failed += 1
            taken.why = taken.why or f"{page.cursor}: {page.reason or page.page_state}"

    delay = rooms.settings.crawl_delay
    for platform, posts in _waiting(rooms, order.most).items():
        sitting = Sitting(
            job=_open(rooms, order, platform),
            posts=posts,
            chromium=chromium,
            delay=_DELAY if delay is None else delay,
            base_url=order.base_url,
            despite_robots=order.despite_robots,
        )
        photograph(sitting, keep)
        with rooms.ledger.writing() as connection:
            rooms.ledger.jobs.set_state(connection, sitting.job, "done", reason=taken.why or None)
    return taken


def _open(rooms: Rooms, order: ScreenshotOrder, platform: str) -> int:
    job = Job(
        platform=platform,
        query=_QUERY,
        operator=rooms.settings.operator,
        purpose=order.purpose,
        legal_basis=order.legal_basis,
    )
    with rooms.ledger.writing() as connection:
        return custody.open_job(rooms.ledger, connection, job, despite_robots=order.despite_robots)


def _waiting(rooms: Rooms, most: int) -> dict[str, list[Subject]]:
    """Give what to photograph by platform: what was never tried first, each oldest first."""
    from crawler.screenshots import Subject

    ledger, fresh, tried = rooms.ledger, list[Subject](), list[Subject]()
    with ledger.reading() as connection:
        for stored in ledger.posts.scan(connection):
            if len(fresh) >= most:
                break
            post = stored.post
            judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
            if judged is None or not judged.hit or stored.gone_at or not post.url:
                continue
            met = ledger.jobs.photographed(connection, post.key)
            subject = Subject(key=post.key, url=post.url, text=post.text)
            if met is not PageState.OK:
                (tried if met else fresh).append(subject)
    found: dict[str, list[Subject]] = defaultdict(list)
    for subject in [*fresh, *tried][:most]:
        found[subject.key.partition(":")[0]].append(subject)
    return dict(found)
