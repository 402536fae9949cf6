"""``anyu judge``: a stream of rows in, the verdicts of the contract out, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from archive import codec
from archive.errors import InputError
from archive.records import Verdict
from classifier.judge import Judge
from classifier.posts import STDIN, BadRow, Chunk, PostRow, read_chunks

SCHEMA = 1
CHUNK = 2048
_LEFT_OUT = ("post", "post_version", "judged_at")
_ENCODER = msgspec.json.Encoder()


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    judged: int = 0
    errors: int = 0
    hits: int = 0

    def add(self, judged: int, errors: int, hits: int) -> None:
        """Count more."""
        self.judged += judged
        self.errors += errors
        self.hits += hits


@dataclass(frozen=True, slots=True)
class Judged:
    """The lines of one chunk, and its counts."""

    lines: bytes
    judged: int
    errors: int
    hits: int


def judge_stream(source: str, out: str, *, judge: Judge) -> Summary:
    """Judge every row of ``source`` into JSON lines, in this process; see ``write_judged``."""
    chunks = read_chunks(source, size=CHUNK)
    return write_judged((judge_chunk(chunk, judge) for chunk in chunks), out)


def write_judged(chunks: Iterable[Judged], out: str) -> Summary:
    """Write judged chunks in their order.

    A file is written beside its place and moved there at the end, so that a cut-off run never
    looks whole. Raises ``InputError`` when the input cannot be read or the output not written.
    """
    summary = Summary()
    with writing(out) as stream:
        for chunk in chunks:
            stream.write(chunk.lines)
            stream.flush()
            summary.add(chunk.judged, chunk.errors, chunk.hits)
    return summary


def judge_chunk(chunk: Chunk, judge: Judge) -> Judged:
    """Judge the rows of a chunk: one line each, bad ones too."""
    rows = chunk.read()
    posts = [row.post for row in rows if isinstance(row, PostRow)]
    verdicts = iter(judge.judge(posts, [1] * len(posts)))
    lines: list[bytes] = []
    hits = 0
    for row in rows:
        if isinstance(row, BadRow):
            lines.append(_ENCODER.encode(row))
            continue
        verdict = next(verdicts)
        hits += verdict.hit
        lines.append(_ENCODER.encode(verdict_line(verdict, name=row.id)))
    text = b"".join(line + b"\n" for line in lines)
    return Judged(text, len(posts), len(rows) - len(posts), hits)


def verdict_line(verdict: Verdict, *, name: str | None) -> dict[str, Any]:
    """Give one verdict in the shape of the contract (``docs/schema/judge.schema.json``)."""
    body = codec.plain(verdict)
    for term in body["terms"]:
        del term["goods"]
    if verdict.spans is None:
        del body["spans"]
    rest = {key: value for key, value in body.items() if key not in _LEFT_OUT}
    return {"schema": SCHEMA, "id": name, **rest}


def places(sources: Sequence[str], out: str, *, folder: bool) -> list[tuple[str, str]]:
    """Say where the verdicts of each source go: to ``out``, or into the folder of that name.

    Raises ``InputError`` when several sources would go to one place.
    """
    if len(sources) == 1 and not folder and not Path(out).is_dir():
        return [(sources[0], out)]
    if STDIN in (out, *sources):
        raise InputError("Several inputs, or a cluster, need files and --out FOLDER.")
    found = [(source, str(Path(out) / f"{Path(source).stem}.jsonl")) for source in sources]
    taken: dict[str, str] = {}
    for source, place in found:
        if place in taken:
            raise InputError(f"{taken[place]} and {source} would both be written to {place}.")
        taken[place] = source
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out} cannot be made: {error.strerror}.") from error
    return found


@contextmanager
def writing(out: str) -> Iterator[IO[bytes]]:
    """Give a stream; a file is moved to its place at the end, and taken away after an error."""
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
