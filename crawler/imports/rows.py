"""Containers: a file as a stream of numbered rows, whatever the format of the rows."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import InputError
from archive.records import Post
from crawler.imports.encoding import encoding_of

Row = Mapping[str, Any]
_PARQUET_ROWS = 2048
_BROKEN = re.compile("[\udc80-\udcff]")  # what surrogateescape leaves of a byte
_UNDECODED = "the row holds bytes that do not fit the encoding of the file"
csv.field_size_limit(1 << 28)


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A post, and the line where it stands (a row's number where a file has no lines)."""

    line: int
    post: Post


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was skipped, and why."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row before its format is known; ``table`` is set in a database."""

    line: int
    value: Row
    table: str = ""


def container_of(path: Path) -> str:
    """Name how a file holds its rows: sqlite, parquet, csv, lines or document."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.") from error
    if not head.strip():
        raise InputError(f"The file {path} is empty: there is nothing to import.")
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head.startswith(b"PAR1"):
        return "parquet"
    if path.suffix.lower() in {".csv", ".tsv"}:
        return "csv"
    return _text_container(head.decode(encoding_of(path), errors="ignore").lstrip("\ufeff \t\r\n"))


def _text_container(head: str) -> str:
    if head.startswith("["):
        return "document"
    if not head.startswith("{"):
        return "csv"
    first, ended, _ = head.partition("\n")
    try:
        json.loads(first)
    except ValueError:
        # a first line that ends before its object does opens a document; a wrong row does not
        return "document" if ended and first.rstrip().endswith(("{", ",", "[")) else "lines"
    return "lines"


def read_rows(path: Path, container: str) -> Iterator[RawRow | RowProblem]:
    """Give the rows of a file; a document is one row, its format takes it apart."""
    reader = {
        "sqlite": _sqlite,
        "parquet": _parquet,
        "csv": _csv,
        "lines": _lines,
        "document": _document,
    }[container]
    try:
        yield from reader(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"The file {path} cannot be read: {reason}.") from error


def _lines(path: Path) -> Iterator[RawRow | RowProblem]:
    with path.open(encoding=encoding_of(path), errors="surrogateescape", newline="\n") as file:
        for line, text in enumerate(file, 1):
            bare = text.removeprefix("\ufeff").strip()
            if not bare:
                continue
            if _BROKEN.search(bare):
                yield RowProblem(line, _UNDECODED)
                continue
            try:
                value = json.loads(bare)
            except (ValueError, RecursionError) as error:
                yield RowProblem(line, f"the row is not JSON ({error})")
                continue
            if isinstance(value, dict):
                yield RawRow(line, value)
            else:
                yield RowProblem(line, "the row is not an object with fields")


def _document(path: Path) -> Iterator[RawRow | RowProblem]:
    try:
        value = json.loads(path.read_text(encoding=encoding_of(path)).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"The JSON file {path} cannot be read ({error}): it may be cut off; export it again."
        ) from error
    if isinstance(value, dict):
        yield RawRow(1, value)
        return
    for line, row in enumerate(value, 1):
        if isinstance(row, dict):
            yield RawRow(line, row)
        else:
            yield RowProblem(line, "the entry is not an object with fields")


def _csv(path: Path) -> Iterator[RawRow | RowProblem]:
    dialect = csv.excel_tab if path.suffix.lower() == ".tsv" else csv.excel
    with path.open(encoding=encoding_of(path), errors="surrogateescape", newline="") as file:
        lines = (text.replace("\0", "") for text in file)
        reader = csv.reader(lines, dialect)
        header = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
        at = reader.line_num + 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield RowProblem(at, f"the row is not CSV ({error})")
            else:
                yield from _csv_row(at, header, cells)
            at = reader.line_num + 1


def _csv_row(line: int, header: list[str], cells: list[str]) -> Iterator[RawRow | RowProblem]:
    if not any(cells):
        return
    if any(map(_BROKEN.search, cells)):
        yield RowProblem(line, _UNDECODED)
        return
    if len(cells) > len(header):
        yield RowProblem(line, f"the row has {len(cells)} cells under {len(header)} names")
        return
    pairs = zip(header, cells, strict=False)
    yield RawRow(line, {name: cell for name, cell in pairs if name and cell != ""})


def _parquet(path: Path) -> Iterator[RawRow | RowProblem]:
    import pyarrow
    from pyarrow import parquet

    line = 0
    try:
        with path.open("rb") as stream:
            for batch in parquet.ParquetFile(stream).iter_batches(_PARQUET_ROWS):
                for row in batch.to_pylist():
                    line += 1
                    yield RawRow(line, {k: v for k, v in row.items() if v is not None})
    except pyarrow.ArrowInvalid as error:
        raise InputError(f"The Parquet file {path} cannot be read: {error}") from error


def _sqlite(path: Path) -> Iterator[RawRow | RowProblem]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for table in sorted(row["name"] for row in named):
                quoted = '"' + table.replace('"', '""') + '"'
                rows = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608
                for line, row in enumerate(rows, 1):
                    kept = {k: v for k, v in dict(row).items() if v is not None}
                    yield RawRow(line, kept, table)
    except sqlite3.DatabaseError as error:
        raise InputError(f"The database {path} cannot be read: {error}.") from error
