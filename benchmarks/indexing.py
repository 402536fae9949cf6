"""Measure both index engines: rows a second, disk, memory, and how long queries take as they grow.

``python -m benchmarks.indexing --sizes 10000 100000 --elasticsearch http://127.0.0.1:9200``
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import elasticsearch
from elasticsearch import helpers

from archive.index import Document, Index, Query, SqliteIndex
from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.index.elasticsearch.mapping import id_of, to_source
from archive.labels import Goods, Intent
from archive.settings import Settings
from classifier.corpus import read_batches

_START = datetime(2024, 1, 1, tzinfo=UTC)
_SEED = 3
_ROUNDS = 20
_TURNS = 5
_STATISTICS_SECONDS = 11  # the server's figure of its disk may be ten seconds old
_ENGINES = ["sqlite", "elasticsearch"]
QUERIES = {
    "a rare word": Query(text="机主"),
    "a common word": Query(text="开房"),
    "one character": Query(text="查"),
    "two words": Query(text="开房 流水"),
    "a phrase": Query(text='"查 开房"'),
    "a word but not another": Query(text="流水 -开房"),
    "initials": Query(text="kf"),
    "a word in one month": Query(text="户籍", since=_START, until=_START + timedelta(days=30)),
    "a word on one platform": Query(text="定位", platforms=("weibo",), goods=(Goods.BANK,)),
    "the newest of all": Query(),
}


def documents(number: int) -> Iterator[Document]:
    """Draw documents from halves of written posts, so that no two need be alike."""
    draw = random.Random(_SEED)
    texts = [row.text for batch in read_batches() for row in batch.rows]
    for at in range(number):
        one, other = draw.choice(texts), draw.choice(texts)
        yield Document(
            key=f"weibo:{5_000_000_000 + at * 7}",
            version=1,
            platform=draw.choice(("weibo", "x", "tieba", "xiaohongshu")),
            intent=draw.choice((Intent.SELL, Intent.BUY, Intent.RECRUIT)),
            goods=tuple(draw.sample(list(Goods), 2)),
            risk=round(draw.random(), 3),
            at=_START + timedelta(minutes=draw.randrange(1_000_000)),
            title="",
            text=one[: len(one) // 2] + other[len(other) // 2 :],
            account=f"user{draw.randrange(number // 5 + 1)}",
        )


def fill(index: Index, number: int) -> dict[str, float]:
    """Write in bulk, searchable at the end; give rows a second, by the clock and by our CPU."""
    begin, worked = time.perf_counter(), time.process_time()
    for some in _pieces(documents(number), 20_000):
        index.put(some)
    index.search(Query(size=1))
    return {
        "rows_a_second": round(number / (time.perf_counter() - begin)),
        "rows_a_second_of_our_cpu": round(number / (time.process_time() - worked)),
    }


def ask(index: Index, work: Callable[[], float]) -> dict[str, dict[str, float]]:
    """Give p50 and p95 in milliseconds of each query, the first of them not counted.

    ``cpu`` is the mean of the milliseconds that processors worked: on a shared machine the clock
    tells what else runs.
    """
    found = {}
    for name, query in QUERIES.items():
        times = []
        total = index.search(query).total
        worked = work()
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            index.search(query)
            times.append((time.perf_counter() - begin) * 1000)
        cpu = (work() - worked) / _ROUNDS * 1000
        cuts = statistics.quantiles(times, n=20)
        marks = {"p50": cuts[9], "p95": cuts[18], "cpu": cpu}
        found[name] = {"hits": total, **{mark: round(at, 2) for mark, at in marks.items()}}
    return found


def compare_bulk(url: str, number: int) -> dict[str, float]:
    """Give our rows a second and those of the client's helper, on the same documents, in turns.

    Ours form the tokens as they write. The helper gets them formed as it writes, and in another
    turn formed and built before the clock starts.
    """
    drawn = list(documents(number))
    built = list(_actions(drawn))
    writers: dict[str, Callable[[ElasticsearchIndex], None]] = {
        "ours": lambda index: index.put(drawn),
        "helper": lambda index: _by_helper(index, _actions(drawn)),
        "helper, built before": lambda index: _by_helper(index, built),
    }
    rates: dict[str, list[float]] = {name: [] for name in writers}
    for turn in range(_TURNS):
        for name in sorted(writers, reverse=bool(turn % 2)):
            rates[name].append(_timed(url, number, writers[name]))
    shown: dict[str, float] = {n: round(statistics.median(r)) for n, r in rates.items()}
    for name in list(writers)[1:]:
        ratios = [ours / theirs for ours, theirs in zip(rates["ours"], rates[name], strict=True)]
        for mark, of in (("median", statistics.median), ("least", min), ("most", max)):
            shown[f"ours / {name}, {mark}"] = round(of(ratios), 2)
    return shown


def _timed(url: str, number: int, write: Callable[[ElasticsearchIndex], None]) -> float:
    with closing(_open(url)) as index:
        index.clear()
        begin = time.perf_counter()
        write(index)
        index._client.indices.refresh(index=index.address.name)
        rate = number / (time.perf_counter() - begin)
        found = index._client.count(index=index.address.name)["count"]
        index.drop()
    assert found == number, (found, number)
    return rate


def _by_helper(index: ElasticsearchIndex, actions: object) -> None:
    helpers.bulk(index._client, actions, index=index.address.name, require_alias=True)  # type: ignore[arg-type]


def _actions(drawn: Iterable[Document]) -> Iterator[dict[str, object]]:
    for document in drawn:
        yield {"_id": id_of(document.key), "_source": json.loads(to_source(document))}


def _open(url: str) -> ElasticsearchIndex:
    host = url.rstrip("/").partition("://")[2]
    address = Address.read(f"elasticsearch://{host}/benchmark-{os.getpid()}")  # of this run alone
    return ElasticsearchIndex(address, Settings(elasticsearch_timeout=300))


def _pieces(found: Iterator[Document], size: int) -> Iterator[list[Document]]:
    while some := list(itertools.islice(found, size)):
        yield some


def _server_cpu(url: str) -> float:
    """Give the seconds of CPU that the server has used."""
    with closing(elasticsearch.Elasticsearch(url, request_timeout=120)) as client:
        (node,) = client.nodes.stats(metric=["process"])["nodes"].values()
        return float(node["process"]["cpu"]["total_in_millis"]) / 1000


def _server_memory(url: str) -> int:
    with closing(elasticsearch.Elasticsearch(url, request_timeout=120)) as client:
        (node,) = client.nodes.stats(metric=["process", "jvm"])["nodes"].values()
        return int(node["jvm"]["mem"]["heap_used_in_bytes"] / 1e6)


def _measure(engine: str, size: int, url: str | None, folder: Path) -> dict[str, object]:
    server = url if engine == "elasticsearch" else None
    index = _open(server) if server else SqliteIndex(folder / f"{size}.db")

    def work() -> float:
        return time.process_time() + (_server_cpu(server) if server else 0.0)

    with closing(index):
        index.clear()
        before = work() - time.process_time()
        rates = fill(index, size)
        found = {"engine": engine, "rows": size, **rates}
        if server:
            found["server_cpu_s"] = round(work() - time.process_time() - before, 1)
            time.sleep(_STATISTICS_SECONDS)
        found["disk_MB"] = round(index.standing().bytes / 1e6, 1)
        found["queries"] = ask(index, work)
        found["our_memory_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
        if server:
            found["server_heap_MB"] = _server_memory(server)
        if isinstance(index, ElasticsearchIndex):
            index.drop()
    return found


def main() -> None:
    """Measure and print one line of JSON a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--engines", nargs="+", choices=_ENGINES, default=_ENGINES)
    parser.add_argument("--elasticsearch", help="URL of a server; without it only SQLite")
    parser.add_argument("--bulk", type=int, default=20_000, help="documents to compare bulk on")
    given = parser.parse_args()
    engines = [e for e in given.engines if e == "sqlite" or given.elasticsearch]
    with tempfile.TemporaryDirectory() as folder:
        for size, engine in itertools.product(given.sizes, engines):
            found = _measure(engine, size, given.elasticsearch, Path(folder))
            print(json.dumps(found, ensure_ascii=False), flush=True)
    if given.elasticsearch and given.bulk:
        print(json.dumps(compare_bulk(given.elasticsearch, given.bulk)), flush=True)


if __name__ == "__main__":
    main()
