"""Posts for ``anyu judge``: JSONL, CSV or Parquet rows, read as a stream."""

from __future__ import annotations

import csv
import io
import json
import os
import select
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from archive.errors import InputError
from archive.labels import Kind
from archive.records import Media, Post

STDIN = "-"
_PARQUET_ROWS = 2048
_PIPE = 1 << 16  # bytes that a pipe holds
_PAUSE = 1.0  # seconds after which a sender that says nothing gets its verdicts
csv.field_size_limit(1 << 28)


@dataclass(frozen=True, slots=True)
class PostRow:
    """One row as read; ``line`` counts from 1 (rows, where the format has no lines)."""

    id: str | None
    line: int
    post: Post


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be judged, and why."""

    id: str | None
    line: int
    error: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are judged together: as lines still to be parsed, or as rows."""

    first: int = 1
    lines: tuple[bytes, ...] = ()
    rows: tuple[PostRow | BadRow, ...] = ()

    def __len__(self) -> int:
        return len(self.lines) or len(self.rows)

    def read(self) -> list[PostRow | BadRow]:
        """Give the rows in order."""
        return list(self.rows) or list(_parsed(enumerate(self.lines, self.first)))


def read_chunks(source: str, *, size: int) -> Iterator[Chunk]:
    """Give the input in chunks; raises ``InputError`` when it cannot be read at all.

    Lines of JSON are parsed by who judges them: that is half the work of a firehose.
    """
    if Path(source).suffix.lower() in {".parquet", ".csv", ".tsv"}:
        rows = read_posts(source)
        while found := tuple(islice(rows, size)):
            yield Chunk(rows=found)
        return
    try:
        with _opened(source) as stream:
            first = 1
            live = source == STDIN
            groups = _as_they_come(stream, size) if live else _in_groups(stream, size)
            for lines in groups:
                yield Chunk(first=first, lines=lines)
                first += len(lines)
    except OSError as error:
        raise _unreadable(source, error) from error


def _in_groups(stream: Iterable[bytes], size: int) -> Iterator[tuple[bytes, ...]]:
    rows = iter(stream)
    while lines := tuple(islice(rows, size)):
        yield lines


def _as_they_come(stream: IO[bytes], size: int) -> Iterator[tuple[bytes, ...]]:
    """Give lines in groups of ``size``, or what a slow sender has sent when it pauses."""
    rest, lines = b"", deque[bytes]()
    while True:
        while len(lines) < size and (not lines or _has_more(stream)):
            read = os.read(stream.fileno(), _PIPE)
            if not read:
                lines.extend([rest] if rest else [])
                yield from _in_groups(lines, size)
                return
            *whole, rest = (rest + read).split(b"\n")
            lines.extend(line + b"\n" for line in whole)
        yield tuple(lines.popleft() for _ in range(min(size, len(lines))))


def _has_more(stream: IO[bytes]) -> bool:
    return bool(select.select([stream], [], [], _PAUSE)[0])


def read_run(source: str, *, first: int, most: int, size: int) -> Iterator[Chunk]:
    """Give ``most`` rows of a Parquet file from row ``first`` (from 0) on, in chunks."""
    rows = islice(_parquet(Path(source), first=first), most)
    while found := tuple(islice(rows, size)):
        yield Chunk(rows=found)


def count_rows(path: Path) -> int:
    """Count the rows of a Parquet file; raises ``InputError`` when it cannot be read."""
    import pyarrow
    from pyarrow import parquet

    try:
        rows: int = parquet.read_metadata(path).num_rows
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise InputError(f"The Parquet file {path} cannot be read: {error}") from error
    return rows


def _unreadable(source: str, error: OSError) -> InputError:
    return InputError(f"The input {source} cannot be read: {error.strerror or error}.")


def read_posts(source: str) -> Iterator[PostRow | BadRow]:
    """Give each row in order; raises ``InputError`` when the input cannot be read at all."""
    suffix = Path(source).suffix.lower()
    try:
        if suffix == ".parquet":
            yield from _parquet(Path(source))
        else:
            with _opened(source) as stream:
                yield from _csv(stream) if suffix in {".csv", ".tsv"} else _jsonl(stream)
    except OSError as error:
        raise _unreadable(source, error) from error


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    if source == STDIN:
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as stream:
        yield stream


def _jsonl(stream: IO[bytes]) -> Iterator[PostRow | BadRow]:
    return _parsed(enumerate(stream, 1))


def _parsed(lines: Iterable[tuple[int, bytes]]) -> Iterator[PostRow | BadRow]:
    for line, raw in lines:
        if line == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if not raw.strip():
            continue
        try:
            row = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield BadRow(None, line, f"the line is not UTF-8 (byte {error.start + 1})")
        except (ValueError, RecursionError) as error:
            yield BadRow(None, line, f"the line is not JSON: {error}")
        else:
            yield _checked(row, line)


def _csv(stream: IO[bytes]) -> Iterator[PostRow | BadRow]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    lines = csv.DictReader(text)
    at = 2
    try:
        if "text" not in (lines.fieldnames or ()):
            raise InputError("The CSV has no column named text: name the column of the post so.")
        for row in lines:
            yield _checked({k: v for k, v in row.items() if k and v not in ("", None)}, at)
            at = lines.line_num + 1
    except UnicodeDecodeError as error:
        raise InputError(
            "The CSV is not UTF-8: import it with `anyu import`, or convert it."
        ) from error
    except csv.Error as error:
        yield BadRow(None, at, f"the row is not CSV: {error}")
    finally:
        text.detach()


def _parquet(path: Path, *, first: int = 0) -> Iterator[PostRow | BadRow]:
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as stream:
            file = parquet.ParquetFile(stream)
            if "text" not in file.schema_arrow.names:
                raise InputError(f"The Parquet file {path} has no column named text.")
            line, groups = _groups_from(file, first)
            for batch in file.iter_batches(_PARQUET_ROWS, row_groups=groups):
                skipped = min(max(0, first - line), len(batch))
                line += skipped
                for row in batch.slice(skipped).to_pylist():
                    line += 1
                    yield _checked({k: v for k, v in row.items() if v is not None}, line)
    except pyarrow.ArrowInvalid as error:
        raise InputError(f"The Parquet file {path} cannot be read: {error}") from error


def _groups_from(file: Any, first: int) -> tuple[int, list[int]]:
    """Give the row groups that hold row ``first`` and later ones, and how many rows lie before."""
    before = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if before + rows > first:
            return before, list(range(group, file.num_row_groups))
        before += rows
    return before, []


def _checked(row: object, line: int) -> PostRow | BadRow:
    if not isinstance(row, Mapping):
        return BadRow(None, line, "the row is not an object with a field text")
    name = row.get("id")
    given = None if name is None else str(name)
    try:
        return PostRow(given, line, _post(row, given or str(line)))
    except ValueError as error:
        return BadRow(given, line, str(error))


def _post(row: Mapping[str, Any], name: str) -> Post:
    kind = _text(row, "kind") or "post"
    if kind not in set(Kind):
        raise ValueError(f"the kind {kind!r} is none of {', '.join(Kind)}")
    if "text" not in row:
        raise ValueError("the row has no text")
    return Post(
        platform=_text(row, "platform") or "input",
        post_id=name,
        kind=Kind(kind),
        title=_text(row, "title"),
        text=_text(row, "text"),
        parent=_text(row, "parent") or None,
        media=tuple(Media(url=path) for path in _images(row)),
    )


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None and field != "text":
        return ""
    if not isinstance(value, str):
        raise ValueError(f"the field {field} is not a text but {type(value).__name__}")
    return value


def _images(row: Mapping[str, Any]) -> list[str]:
    value = row.get("images") or []
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ValueError("the field images is not a list of paths")
    return paths
