"""One judge a core: chunks of rows go out, lines come back in the order of the input."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from archive.errors import MissingError
from classifier.judge import Choice, Judge
from classifier.posts import Chunk
from classifier.stream import Judged, judge_chunk

_IN_FLIGHT = 2  # chunks a worker: what waits beyond them stays unread in the input


def cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judged_by_many(chunks: Iterable[Chunk], choice: Choice, *, workers: int) -> Iterator[Judged]:
    """Judge chunks by ``workers`` processes; raises ``MissingError`` when one of them is killed."""
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Judged]] = deque()
    with ProcessPoolExecutor(workers, context, initializer=_load, initargs=(choice,)) as pool:
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_judge, chunk))
                if len(waiting) >= workers * _IN_FLIGHT:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise MissingError(
                "A judging process was killed (out of memory?): nothing was written; "
                "try again with fewer --workers."
            ) from error


_held: list[Judge] = []


def _load(choice: Choice) -> None:
    _held[:] = [Judge.load(choice)]


def _judge(chunk: Chunk) -> Judged:
    return judge_chunk(chunk, _held[0])
