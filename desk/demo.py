"""The main job on the sandbox: collect, judge, index, look again a day later, and score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from archive.labels import ACTIONABLE
from archive.ledger.jobs import Coverage, JobStatus
from crawler.orders import close_jobs, open_jobs
from crawler.platforms.sandbox.pages import PLATFORM
from crawler.platforms.sandbox.spider import SandboxFeedSpider, SandboxSearchSpider
from crawler.running import Run, run_spiders
from crawler.sandbox.server import NOW, Sandbox
from crawler.seen import SeenPage
from desk.rooms import Rooms

WORDS = (
    *("开房", "病历", "档案", "定位", "查", "看图", "名单", "婚姻", "夜航船"),
    *("流水", "住址", "通话", "机主", "车档", "户籍"),
)
_PICTURES = "pictures"
_PURPOSE = "demo on the sandbox"
_LEGAL_BASIS = "synthetic platform on this machine"

States = Counter[tuple[str, str]]


@dataclass(slots=True)
class Score:
    """What the demo came to; the three rates are against the sandbox's own truth."""

    fetched: States
    served: States
    pictures: int
    posts: int
    comments: int
    hits: int
    gone: int
    edited: int
    recall: float
    recall_of_all: float
    precision: float
    jobs: list[JobStatus] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether states and extents were counted as the sandbox meant them."""
        return self.fetched == self.served

    @property
    def paused(self) -> list[JobStatus]:
        """The jobs that a person must look at."""
        return [status for status in self.jobs if status.state == "paused"]


@dataclass(slots=True)
class Demo:
    """One run of the main job."""

    rooms: Rooms
    sandbox: Sandbox
    judge: Callable[[], None]
    jobs: list[int] = field(default_factory=list)
    pictures_job: int = 0

    def run(self, progress: Callable[[SeenPage], None] | None = None) -> Score:
        """Do all of it."""
        run_spiders(
            self._stages(),
            ledger=self.rooms.ledger,
            settings=self.rooms.settings,
            progress=progress,
        )
        self.judge()
        close_jobs(self.rooms.ledger, [*self.jobs, self.pictures_job])
        return self._score()

    def _stages(self) -> Iterator[Sequence[Run]]:
        searches = self._open(WORDS)
        ((feed, _),) = self._open(["feed"])
        ((self.pictures_job, _),) = open_jobs(self.rooms.ledger, [_PICTURES], **self._order())
        with_pictures = {"base_url": self.sandbox.url, "pictures_job": self.pictures_job}
        yield [
            Run(spider=SandboxSearchSpider, arguments={"searches": searches, **with_pictures}),
            Run(spider=SandboxFeedSpider, arguments={"job": feed, **with_pictures}),
        ]
        self.judge()
        self.sandbox.set_clock(NOW + timedelta(days=1))
        ((again, _),) = self._open(["re-visit of hits"])
        visits = [(again, key.partition(":")[2]) for key in self._hits() if ":c" not in key]
        yield [Run(spider=SandboxSearchSpider, arguments={"visits": visits, **with_pictures})]

    def _open(self, queries: Sequence[str]) -> list[tuple[int, str]]:
        opened = open_jobs(self.rooms.ledger, queries, **self._order())
        self.jobs += [number for number, _ in opened]
        return opened

    def _order(self) -> dict[str, str]:
        return {
            "platform": PLATFORM,
            "operator": self.rooms.settings.operator,
            "purpose": _PURPOSE,
            "legal_basis": _LEGAL_BASIS,
        }

    def _hits(self) -> list[str]:
        return [document.key for document in self.rooms.index.scan()]

    def _score(self) -> Score:
        ledger = self.rooms.ledger
        with ledger.reading() as connection:
            stored = list(ledger.posts.scan(connection))
            jobs = [s for s in ledger.jobs.all(connection) if s.job.id in self.jobs]
            fetched = ledger.jobs.coverage(connection, jobs=self.jobs)
            pictures = ledger.jobs.coverage(connection, jobs=[self.pictures_job])
        adverts = {f"{PLATFORM}:{p['id']}" for p in self.sandbox.truth() if _is_advert(p)}
        keys, hits = {post.post.key for post in stored}, set(self._hits())
        found = hits & adverts
        return Score(
            fetched=_summed(fetched),
            served=Counter((s["page_state"], s["extent"]) for s in self.sandbox.log()),
            pictures=sum(c.fetches for c in pictures),
            posts=sum(post.post.kind != "comment" for post in stored),
            comments=sum(post.post.kind == "comment" for post in stored),
            hits=len(hits),
            gone=sum(post.gone_at is not None for post in stored),
            edited=sum(post.version > 1 for post in stored),
            recall=_share(len(found), len(adverts & keys)),
            recall_of_all=_share(len(found), len(adverts)),
            precision=_share(len(found), len(hits)),
            jobs=jobs,
        )


def _is_advert(post: dict[str, object]) -> bool:
    return post["intent"] in ACTIONABLE


def _summed(coverage: Sequence[Coverage]) -> States:
    total: States = Counter()
    for counted in coverage:
        total[counted.page_state, counted.extent] += counted.fetches
    return total


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
