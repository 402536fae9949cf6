"""The main job on the sandbox: collect, judge, index, look again a day later, and score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from archive.labels import ACTIONABLE
from archive.ledger.jobs import Coverage, JobStatus
from archive.ledger.units import Scope, Work
from crawler.frontier import Frontier, Order
from crawler.platforms.catalogue import load
from crawler.platforms.sandbox.pages import PLATFORM
from crawler.revisits import watch_hits
from crawler.running import require_chromium, run_crawls
from crawler.sandbox.server import NOW, Sandbox
from crawler.seen import SeenPage
from crawler.spider import Crawl
from desk.rooms import Rooms

WORDS = (
    *("开房", "病历", "档案", "定位", "查", "看图", "名单", "婚姻", "夜航船"),
    *("流水", "住址", "通话", "机主", "车档", "户籍"),
)
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

    def run(
        self, progress: Callable[[SeenPage], None], *, terminal: Callable[[str], None]
    ) -> Score:
        """Do all of it."""
        require_chromium(self.rooms.settings)
        ledger = self.rooms.ledger
        run_crawls(
            self._stages(progress), ledger=ledger, settings=self.rooms.settings, terminal=terminal
        )
        self.judge()
        Frontier(ledger).close_finished(self.jobs)
        return self._score()

    def _stages(self, progress: Callable[[SeenPage], None]) -> Iterator[Sequence[Crawl]]:
        platform = load(PLATFORM, base_url=self.sandbox.url)
        crawl = Crawl(platform=platform, base_url=self.sandbox.url, progress=progress)
        self._end_earlier()
        self._open(WORDS)
        self._open(["feed"], work=Work.FEED)
        yield [crawl]
        yield from self._resumed(crawl)
        self.judge()
        self.sandbox.set_clock(NOW + timedelta(days=1))
        visits = [key.partition(":")[2] for key in self._hits() if ":c" not in key]
        watch_hits(self.rooms.ledger)
        again = Scope(follow=(), revisit=True)
        self._open(visits, work=Work.POST, scope=again, name="re-visit of hits")
        yield [crawl]

    def _resumed(self, crawl: Crawl) -> Iterator[Sequence[Crawl]]:
        """Go on after each pause as an operator may: without the job that met it."""
        without: tuple[int, ...] = ()
        ledger = self.rooms.ledger
        while True:
            with ledger.writing() as connection:
                gate = ledger.gates.of(connection, PLATFORM)
                if not gate.paused or gate.job is None:
                    return
                without = (*without, gate.job)
                ledger.gates.resume(connection, PLATFORM, without=without)
            yield [crawl]

    def _end_earlier(self) -> None:
        """End what an earlier demo left: its sandbox is no longer there to be asked."""
        ledger = self.rooms.ledger
        with ledger.writing() as connection:
            ledger.gates.resume(connection, PLATFORM, without=())
            for status in ledger.jobs.all(connection):
                if status.job.platform == PLATFORM and status.state != "done":
                    why = "its sandbox has ended"
                    ledger.jobs.set_state(connection, status.job.id, "ended", reason=why)

    def _open(
        self,
        queries: Sequence[str],
        *,
        work: Work = Work.SEARCH,
        scope: Scope | None = None,
        name: str = "",
    ) -> None:
        order = Order(
            platform=PLATFORM,
            queries=queries,
            work=work,
            scope=scope or Scope(),
            operator=self.rooms.settings.operator,
            purpose=_PURPOSE,
            legal_basis=_LEGAL_BASIS,
            name=name,
        )
        self.jobs += Frontier(self.rooms.ledger).open(order)

    def _hits(self) -> list[str]:
        return [document.key for document in self.rooms.index.scan()]

    def _score(self) -> Score:
        ledger = self.rooms.ledger
        with ledger.reading() as connection:
            stored = list(ledger.posts.scan(connection))
            jobs = [s for s in ledger.jobs.all(connection) if s.job.id in self.jobs]
            fetched = ledger.jobs.coverage(connection, jobs=self.jobs)
            pictures = ledger.jobs.pictures(connection, self.jobs)
        adverts = {f"{PLATFORM}:{p['id']}" for p in self.sandbox.truth() if _is_advert(p)}
        keys, hits = {post.post.key for post in stored}, set(self._hits())
        found = hits & adverts
        return Score(
            fetched=_summed(fetched),
            served=Counter((s["page_state"], s["extent"]) for s in self.sandbox.log()),
            pictures=pictures,
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
