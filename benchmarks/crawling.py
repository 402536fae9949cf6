"""What a crawl costs beside a bare Scrapy spider of the same pages, and what memory it takes.

``python benchmarks/crawling.py [--pages 2000] [--rounds 3] [--folder DIR] [--memory | --browser]``:
rounds are in turn, each in a process of its own, from one server on loopback that is neither's.
Both ask at most 16 at once without a delay, obey robots.txt and parse every page with the same
page object.
Ours also writes WARC, evidence, posts, queue and chain, with synchronous=FULL; judging is not part.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess

from archive.ledger.ledger import Ledger
from archive.ledger.units import Scope, Unit
from archive.settings import Settings
from crawler import scrapy_settings
from crawler.frontier import Frontier, Order
from crawler.platforms.platform import Ask, Browsing
from crawler.platforms.sandbox.pages import read_search_page
from crawler.platforms.sandbox.spider import SandboxSpider
from crawler.running import run_crawls
from crawler.seen import SeenPage
from crawler.spider import Crawl

WORDS = 64
AT_ONCE = 16
_FORK = multiprocessing.get_context("fork")
_PAGES_A_MB = 2**20 / os.sysconf("SC_PAGE_SIZE")
_TEXT = "查开房记录 名下号 全户 当天出 需要身份证 非诚勿扰 " * 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds, seconds of processor time, pages read, peak megabytes."""

    wall: float
    cpu: float
    pages: int
    peak: float


def serve(port: int, pages: int, posts: int) -> None:
    """Serve search pages of so many posts each, as the sandbox writes them."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            while (await reader.readline()).strip():
                pass
            body = _page(line.split()[1].decode(), pages, posts)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}"
            writer.write(head.encode() + b"\r\n\r\n" + body)
            await writer.drain()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


def _page(target: str, pages: int, posts: int) -> bytes:
    asked = parse_qs(urlsplit(target).query)
    word, number = asked.get("q", [""])[0], int(asked.get("page", ["1"])[0])
    if not word:
        return b"User-agent: *\nAllow: /\n"
    cards = "".join(_card(f"{word}-{number}-{at}") for at in range(posts))
    following = f'<a class="next" href="/search?q={word}&page={number + 1}">next</a>'
    count = f'<p class="count">共 <b>0</b> 条，本页 <i>{posts}</i> 条</p>'
    return f"<html><body>{count}{cards}{following if number < pages else ''}</body></html>".encode()


def _card(name: str) -> str:
    return (
        f'<article class="card" data-id="{name}" data-time="2026-04-23T20:36:00+00:00">'
        f'<a class="author" href="/user/u1" data-author-id="u1">name</a>'
        f'<span class="ip">IP属地：山东</span><p class="text">{_TEXT}{name}</p>'
        f'<a class="comments" href="/post/{name}">评论 0</a></article>'
    )


class Bare(scrapy.Spider):  # type: ignore[misc]
    """Nothing but fetching and parsing."""

    name = "bare"

    def __init__(self, *, url: str, **rest: Any) -> None:
        super().__init__(**rest)
        self._url = url

    async def start(self) -> Any:
        """Begin each word."""
        for word in range(WORDS):
            yield scrapy.Request(f"{self._url}/search?q=w{word}&page=1")

    def parse(self, response: Any, **_: Any) -> Iterator[Any]:
        """Read a page and go on."""
        page = read_search_page(response.url, response.status, response.text)
        yield {"posts": page.posts}
        if page.following:
            word = parse_qs(urlsplit(response.url).query)["q"][0]
            yield scrapy.Request(f"{self._url}/search?q={word}&page={page.following}")


def run_bare(url: str, _folder: Path, out: Any) -> None:
    """Time a bare spider."""
    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE,
            "TWISTED_REACTOR": scrapy_settings.TWISTED_REACTOR,
            "TELNETCONSOLE_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
        }
    )
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, url=url)
    begun = _now()
    process.start()
    out.put(_cost(begun, pages=crawler.stats.get_value("item_scraped_count")))


class Browsed(SandboxSpider):
    """The sandbox, every page of it opened in Chromium, with its screenshot."""

    def ask(self, unit: Unit) -> Ask:
        """Open what would be fetched."""
        return replace(super().ask(unit), browsing=Browsing(until="article.card"))


def run_browsed(url: str, folder: Path, out: Any) -> None:
    """Time a crawl in a browser."""
    run_ours(url, folder, out, browser=True)


def run_ours(
    url: str,
    folder: Path,
    out: Any,
    progress: Callable[[SeenPage], None] | None = None,
    *,
    browser: bool = False,
) -> None:
    """Time a crawl through the frontier into a fresh ledger; count what it kept."""
    settings = Settings(home=folder, crawl_delay=0)
    ledger = Ledger.open(settings)
    words = [f"w{number}" for number in range(WORDS)]
    order = Order(
        platform="sandbox", queries=words, scope=Scope(), operator="b", purpose="benchmark"
    )
    Frontier(ledger).open(order)
    platform: Any = (Browsed if browser else SandboxSpider)(base_url=url)
    platform.limits = replace(platform.limits, browses=browser, at_once=AT_ONCE, cap=None)
    crawl = Crawl(platform=platform, base_url=url, progress=progress)
    begun = _now()
    [spider] = run_crawls([[crawl]], ledger=ledger, settings=settings, terminal=print)
    out.put(_cost(begun, pages=spider.tally.pages))


def run_watched(url: str, folder: Path, out: Any) -> None:
    """Print the memory of a crawl every thousand pages, and at the end how it grew."""
    seen: list[float] = []
    counted = 0

    def watch(_: SeenPage) -> None:
        nonlocal counted
        counted += 1
        if counted % 1000 == 0:
            seen.append(int(Path("/proc/self/statm").read_text("ascii").split()[1]) / _PAGES_A_MB)
            print(counted, round(seen[-1], 1), round(time.perf_counter()), flush=True)

    run_ours(url, folder, out, progress=watch)
    tenth = max(len(seen) // 10, 1)
    later = seen[tenth:]
    slope = statistics.linear_regression(range(len(later)), later).slope if len(later) > 1 else 0
    told = {
        "peak_mb_first_tenth": round(max(seen[:tenth]), 1),
        "peak_mb_last_tenth": round(max(seen[-tenth:]), 1),
        "slope_mb_a_thousand_pages": round(slope, 3),
    }
    print(json.dumps(told), flush=True)


def _now() -> tuple[float, float]:
    """Give the clock and the processor time of this process, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def _cost(begun: tuple[float, float], *, pages: int) -> Cost:
    wall, cpu = (after - before for before, after in zip(begun, _now(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(wall=wall, cpu=cpu, pages=pages, peak=peak)


def timed(run: Any, url: str, folder: Path) -> Cost:
    """Give what a run costs in a process of its own."""
    out = _FORK.Queue()
    home = Path(tempfile.mkdtemp(dir=folder))
    process = _FORK.Process(target=run, args=(url, home, out))
    process.start()
    found: Cost = out.get()
    process.join()
    shutil.rmtree(home)
    return found


def compared(url: str, folder: Path, *, rounds: int) -> dict[str, Any]:
    """Run both in turn, who goes first changes; give their costs and the ratios of the rounds."""
    costs: dict[Any, list[Cost]] = {run_bare: [], run_ours: []}
    for number in range(rounds):
        for run in list(costs)[:: -1 if number % 2 else 1]:
            costs[run].append(timed(run, url, folder))
    bare, ours = costs[run_bare], costs[run_ours]
    pairs = list(zip(ours, bare, strict=True))
    return {
        "bare": [_told(cost) for cost in bare],
        "ours": [_told(cost) for cost in ours],
        "wall_ratio": _spread([o.wall / b.wall for o, b in pairs]),
        "cpu_ratio": _spread([o.cpu / b.cpu for o, b in pairs]),
    }


def _told(cost: Cost) -> dict[str, float]:
    return {name: round(value, 2) for name, value in asdict(cost).items()}


def _spread(ratios: list[float]) -> dict[str, float]:
    named = {"min": min(ratios), "median": statistics.median(ratios), "max": max(ratios)}
    return {name: round(ratio, 2) for name, ratio in named.items()}


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--posts", type=int, default=10, help="on a page")
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument("--memory", action="store_true", help="ours only, its memory watched")
    alone.add_argument("--browser", action="store_true", help="ours only, each page in Chromium")
    parser.add_argument("--port", type=int, default=9391)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    chosen = parser.parse_args()
    each = chosen.pages // WORDS
    server = _FORK.Process(target=serve, args=(chosen.port, each, chosen.posts), daemon=True)
    server.start()
    time.sleep(1)
    url = f"http://127.0.0.1:{chosen.port}"
    if chosen.memory or chosen.browser:
        run = run_watched if chosen.memory else run_browsed
        print(json.dumps(_told(timed(run, url, chosen.folder))))
        server.kill()
        return
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "pages": each * WORDS,
        "load": os.getloadavg(),
        **compared(url, chosen.folder, rounds=chosen.rounds),
    }
    server.kill()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
