"""``anyu judge``: a stream of rows in, the verdicts of the contract out, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec

from archive import codec
from archive.errors import InputError
from archive.records import Verdict
from classifier.judge import Judge
from classifier.posts import STDIN, BadRow, PostRow, read_posts

SCHEMA = 1
_BATCH = 512
_LEFT_OUT = ("post", "post_version", "judged_at")
_ENCODER = msgspec.json.Encoder()


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    judged: int = 0
    errors: int = 0
    hits: int = 0


def judge_stream(source: str, out: str, *, judge: Judge) -> Summary:
    """Judge every row of ``source`` into JSON lines.

    A file is written beside its place and moved there at the end, so that a cut-off run never
    looks whole. Raises ``InputError`` when the input cannot be read or the output not written.
    """
    summary = Summary()
    rows = read_posts(source)
    with _writing(out) as stream:
        while batch := list(islice(rows, _BATCH)):
            for line in _lines(batch, judge, summary):
                stream.write(line)
                stream.write(b"\n")
    return summary


def verdict_line(verdict: Verdict, *, name: str | None) -> dict[str, Any]:
    """Give one verdict in the shape of the contract (``docs/schema/judge.schema.json``)."""
    body = codec.plain(verdict)
    for term in body["terms"]:
        del term["goods"]
    rest = {key: value for key, value in body.items() if key not in _LEFT_OUT}
    return {"schema": SCHEMA, "id": name, **rest}


def _lines(batch: list[PostRow | BadRow], judge: Judge, summary: Summary) -> Iterator[bytes]:
    good = [row for row in batch if isinstance(row, PostRow)]
    verdicts = iter(judge.judge([row.post for row in good], [1] * len(good)))
    for row in batch:
        if isinstance(row, BadRow):
            summary.errors += 1
            yield _ENCODER.encode(row)
            continue
        verdict = next(verdicts)
        summary.judged += 1
        summary.hits += verdict.hit
        yield _ENCODER.encode(verdict_line(verdict, name=row.id))


@contextmanager
def _writing(out: str) -> Iterator[IO[bytes]]:
    if out == STDIN:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    if path.exists() and not path.is_file():  # a pipe or a device takes lines as they come
        with path.open("wb") as stream:
            yield stream
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"The output {out} cannot be written: {error.strerror}.") from error
        raise
    part.replace(path)
