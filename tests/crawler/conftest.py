"""A ledger on either engine, a sandbox beside it, and crawls in processes of their own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from archive.ledger.ledger import Ledger
from archive.ledger.units import Scope, Window, Work
from archive.records import Post
from archive.settings import Settings
from crawler.frontier import Frontier, Order
from crawler.platforms.catalogue import load
from crawler.running import run_crawls
from crawler.sandbox.server import Sandbox, sandbox
from crawler.sandbox.trouble import Bucket
from crawler.sessions import Session
from crawler.spider import Crawl
from crawler.tally import Budget

# Scrapy's reactor starts once a process: a crawl is forked off with all modules loaded.
_FORK = multiprocessing.get_context("fork")


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str | None) -> Settings:
    return Settings(home=tmp_path / "home", ledger_url=ledger_url, crawl_delay=0, lease_seconds=60)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def site() -> Iterator[Sandbox]:
    with sandbox(posts=250, bucket=Bucket(burst=10_000, rate=10_000)) as running:
        yield running


@dataclass(slots=True)
class Bench:
    """A ledger and a sandbox, orders to the one and crawls of the other."""

    settings: Settings
    ledger: Ledger
    site: Sandbox
    running: list[BaseProcess] = field(default_factory=list)

    def order(self, *words: str, work: Work = Work.SEARCH, **rest: object) -> list[int]:
        """Order words, one job each."""
        values = {"scope": Scope(), "window": Window(), **rest}
        order = Order(platform="sandbox", queries=words, work=work, operator="o", purpose="p")
        return Frontier(self.ledger).open(replace(order, **values))  # type: ignore[arg-type]

    def begin(
        self,
        *,
        budget: Budget | None = None,
        session: Session | None = None,
        settings: Settings | None = None,
        base_url: str | None = None,
    ) -> BaseProcess:
        """Start a worker in a process of its own."""
        url = base_url or self.site.url
        chosen = settings or self.settings
        process = _FORK.Process(target=_crawl, args=(chosen, url, budget, session), daemon=True)
        process.start()
        self.running.append(process)
        return process

    def run(self, **rest: object) -> None:
        """Run a worker to its end."""
        process = self.begin(**rest)  # type: ignore[arg-type]
        process.join(180)
        assert process.exitcode == 0, (self.settings.home / "crawl.log").read_text()
        Frontier(self.ledger).close_finished()

    def posts(self) -> dict[str, Post]:
        """Give what was kept, without its observations."""
        with self.ledger.reading() as connection:
            stored = list(self.ledger.posts.scan(connection))
        return {one.post.key: replace(one.post, observation=None) for one in stored}

    def jobs(self) -> dict[str, tuple[str, str | None]]:
        """Give the state and reason of each job by its query."""
        with self.ledger.reading() as connection:
            every = self.ledger.jobs.all(connection)
        return {status.job.query: (status.state, status.reason) for status in every}

    def resume(self) -> None:
        """Open the gate again."""
        with self.ledger.writing() as connection:
            self.ledger.gates.resume(connection, "sandbox", without=())


@pytest.fixture
def bench(settings: Settings, ledger: Ledger, site: Sandbox) -> Iterator[Bench]:
    made = Bench(settings=settings, ledger=ledger, site=site)
    yield made
    for process in made.running:
        process.kill()


@pytest.fixture
def another(tmp_path: Path, bench: Bench) -> Iterator[Callable[[str], Bench]]:
    """Give a second, empty ledger over the same sandbox."""
    opened: list[Ledger] = []

    def make(name: str) -> Bench:
        chosen = Settings(home=tmp_path / name, crawl_delay=0)
        opened.append(Ledger.open(chosen))
        return Bench(settings=chosen, ledger=opened[-1], site=bench.site)

    yield make
    for one in opened:
        one.close()


def _crawl(settings: Settings, url: str, budget: Budget | None, session: Session | None) -> None:
    ledger = Ledger.open(settings)
    crawl = Crawl(
        platform=_without_browser(url),
        base_url=url,
        budget=budget or Budget(),
        session=session,
    )
    stages: Sequence[Sequence[Crawl]] = [[crawl]]
    run_crawls(stages, ledger=ledger, settings=settings, terminal=lambda _: None)
    ledger.close()


def _without_browser(url: str):  # type: ignore[no-untyped-def]
    platform = load("sandbox", base_url=url)
    platform.limits = replace(platform.limits, browses=False)  # type: ignore[misc]
    return platform
