"""Judging on a Ray cluster: files cut into runs of rows, their lines joined in order again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from archive.errors import AnyuError, InputError, MissingError
from classifier.judge import Choice, Judge
from classifier.manifest import read_manifest
from classifier.models import default_model
from classifier.posts import Chunk, count_rows, read_chunks, read_run
from classifier.stream import CHUNK, Summary, judge_chunk, writing

# rows judged by one actor in one go, and judged again when it dies; whole chunks, as the single
# process has them, because the int8 scores of a post hang a little on what it is run with
RUN = 8 * CHUNK
_SPARE = 2  # logical cores of a local cluster beside those of the actors, or the reader starves
_STORE = 512 << 20  # bytes of a local cluster's object store
_EVERYTHING = -1
Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Rows of a file that are judged by one actor; ``most`` is -1 for all of them."""

    file: int
    path: str
    first: int = 0
    most: int = _EVERYTHING

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows."""
        if self.most == _EVERYTHING:
            return read_chunks(self.path, size=CHUNK)
        return read_run(self.path, first=self.first, most=self.most, size=CHUNK)


def judge_files(
    places: Sequence[tuple[str, str]], choice: Choice, *, workers: int, address: str = ""
) -> Summary:
    """Judge files into JSON lines, one output a file, as the single process would write them.

    ``address`` names a running cluster, whose machines all see the inputs and the model; without
    one a local cluster is started for the time. An actor that dies is started again and its run
    judged anew. Raises ``InputError`` before anything starts when an input cannot be read.
    """
    runs = [run for file, (source, _) in enumerate(places) for run in _runs(file, source)]
    read_manifest(choice.model or default_model())
    with _cluster(workers, address):
        return _written(_judged(runs, choice, workers), [place for _, place in places])


def _runs(file: int, source: str) -> list[Run]:
    path = Path(source).resolve()
    if path.suffix.lower() == ".parquet":
        rows = count_rows(path)
        return [
            Run(file=file, path=str(path), first=first, most=min(RUN, rows - first))
            for first in range(0, rows, RUN)
        ]
    if not path.is_file():
        raise InputError(f"The input {source} cannot be read: there is no such file.")
    return [Run(file=file, path=str(path))]


class _Actor:
    """A judge on some machine of the cluster."""

    def __init__(self, choice: Choice) -> None:
        self._judge = Judge.load(choice)

    def __call__(self, batch: Columns) -> Iterator[Columns]:
        """Judge runs: one row of lines and counts a chunk."""
        for number in range(len(batch["path"])):
            values = {name: column[number] for name, column in batch.items()}
            run = Run(
                file=int(values["file"]),
                path=str(values["path"]),
                first=int(values["first"]),
                most=int(values["most"]),
            )
            for chunk in run.chunks():
                judged = judge_chunk(chunk, self._judge)
                yield {
                    "file": np.array([run.file]),
                    "lines": np.array([judged.lines], dtype=object),
                    "counts": np.array([[judged.judged, judged.errors, judged.hits]]),
                }


def _judged(runs: Sequence[Run], choice: Choice, workers: int) -> Iterator[Columns]:
    import ray
    from ray.exceptions import RayError

    if not runs:
        return
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    items = ray.data.from_items([asdict(run) for run in runs], override_num_blocks=len(runs))
    judged = items.map_batches(
        _Actor,
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(runs))),
        fn_constructor_args=(choice,),
        num_cpus=1,
    )
    try:
        yield from judged.iter_rows()
    except RayError as error:
        raise _told(error) from error


def _told(error: BaseException) -> AnyuError:
    """Give what a judge said on its machine, or that the cluster failed."""
    cause: BaseException | None = error
    while cause is not None:
        said = getattr(cause, "cause", None) or cause.__cause__
        if isinstance(cause, AnyuError):
            return type(cause)(str(cause).strip().splitlines()[-1])
        cause = said
    last = str(error).strip().splitlines()[-1]
    return MissingError(f"The cluster could not go on: {last}")


def _written(rows: Iterable[Columns], places: Sequence[str]) -> Summary:
    """Write rows to the places of their files; a file without rows is written too."""
    summary, next_one = Summary(), 0
    for file, some in groupby(rows, key=lambda row: int(row["file"])):
        _write_empty(places[next_one:file])
        with writing(places[file]) as stream:
            for row in some:
                stream.write(row["lines"])
                summary.add(*(int(count) for count in row["counts"]))
        next_one = file + 1
    _write_empty(places[next_one:])
    return summary


def _write_empty(places: Sequence[str]) -> None:
    for place in places:
        with writing(place):
            pass


@contextmanager
def _cluster(workers: int, address: str) -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing of a case leaves the machine
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingError(
            "Judging on a cluster needs Ray: install it by pip install 'anyu[ray]'."
        ) from error
    if ray.is_initialized():
        yield
        return
    _join(workers, address)
    try:
        yield
    finally:
        ray.shutdown()


def _join(workers: int, address: str) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    local: dict[str, Any] = {
        "address": "local",
        "num_cpus": workers + _SPARE,
        "object_store_memory": _STORE,
        "include_dashboard": False,
    }
    try:
        ray.init(**quiet, **({"address": address} if address else local))
    except Exception as error:  # Ray raises a bare Exception when a node is slow to start
        where = f"at {address} does not answer" if address else "does not start on this machine"
        raise MissingError(
            f"The cluster {where}: {error} A node has 30 s to start: try again when the machine "
            "is less busy."
        ) from error
