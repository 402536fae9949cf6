"""Many searches at once: a line a handle or a word, a row a line in the same order."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.chain import Body
from archive.errors import EngineError, InputError
from archive.index.protocol import Bucket, Page, Query, Searcher
from desk.rooms import Rooms

KEYS = 20  # keys a row, unless asked otherwise
_GIVE_UP = 3  # lines in a row on which the engine failed: it is away
_HEADS = frozenset(
    {
        *("handle", "handles", "account", "accounts", "contact", "contacts", "word", "words"),
        *("keyword", "keywords", "query", "queries", "term", "terms", "name", "id", "search"),
        *("账号", "帐号", "联系方式", "关键词", "关键字", "词", "微信", "昵称", "查询"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One line to search; ``line`` counts from 1 in the file."""

    line: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What a line finds; ``first`` and ``last`` are UTC days of its hits, keys newest first."""

    line: int
    query: str
    hits: int
    platforms: tuple[Bucket, ...] = ()
    first: str | None = None
    last: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchError:
    """Why a line could not be searched."""

    line: int
    query: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a file, and how many comments and which heading were passed over."""

    lines: tuple[BatchLine, ...]
    comments: int = 0
    heading: str = ""


def read_file(path: Path) -> Lines:
    """Read a list; of a CSV or TSV the first column. Raises ``InputError`` where it cannot be."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"The list {path} cannot be read: {error.strerror}.") from error
    return read(data, name=str(path))


def read(data: bytes, *, name: str) -> Lines:
    """Read the bytes of a list, in UTF-8, UTF-16 or GB 18030."""
    text = _decoded(data, name)
    suffix = Path(name).suffix.lower()
    if suffix in {".csv", ".tsv"}:
        found = list(_cells(text, "\t" if suffix == ".tsv" else ",", name))
    else:
        found = list(enumerate(text.splitlines(), 1))
    stripped = [(number, line.strip()) for number, line in found]
    kept = [(number, line) for number, line in stripped if line and not line.startswith("#")]
    heading = ""
    if kept and suffix in {".csv", ".tsv"} and kept[0][1].casefold() in _HEADS:
        heading = kept.pop(0)[1]
    return Lines(
        lines=tuple(BatchLine(line=number, query=line) for number, line in kept),
        comments=sum(line.startswith("#") for _, line in stripped),
        heading=heading,
    )


def search_all(
    index: Searcher, lines: Iterable[BatchLine], *, narrowed: Query, most: int = KEYS
) -> Iterator[BatchRow | BatchError]:
    """Search every line; a wrong one gives a row that says why, and the rest goes on.

    Raises ``EngineError`` when the engine fails on several lines in a row.
    """
    known: dict[str, BatchRow | BatchError] = {}
    failed = 0
    for line in lines:
        if line.query not in known:
            try:
                known[line.query] = _searched(index, line, replace(narrowed, size=most))
                failed = 0
            except EngineError as error:
                failed += 1
                if failed == _GIVE_UP:
                    raise
                yield BatchError(line=line.line, query=line.query, error=str(error))
                continue
        yield replace(known[line.query], line=line.line)


def note(rooms: Rooms, lines: Sequence[BatchLine], hits: int) -> None:
    """Write a batch to the chain: how many lines and hits, and a keyed digest of the list."""
    ledger = rooms.ledger
    with ledger.writing() as connection:
        mark = ledger.chain.mark("\n".join(line.query for line in lines))
        body: Body = {"queries": mark, "lines": len(lines), "hits": hits}
        actor = rooms.settings.operator
        ledger.chain.append(connection, "batch search", actor=actor, body=body)


def _searched(index: Searcher, line: BatchLine, narrowed: Query) -> BatchRow | BatchError:
    query = replace(narrowed, text=line.query)
    try:
        page = index.search(query)
        platforms, days = _spread(index, query, page)
    except InputError as error:
        why = str(error).partition("\n")[0]  # the rest points at the place in the query
        return BatchError(line=line.line, query=line.query, error=why)
    return BatchRow(
        line=line.line,
        query=line.query,
        hits=page.total,
        platforms=tuple(platforms),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        keys=tuple(hit.document.key for hit in page.hits),
    )


def _spread(index: Searcher, query: Query, page: Page) -> tuple[list[Bucket], list[str]]:
    """Give the hits by platform, and their days; the index is asked only where a page cuts."""
    if page.total > len(page.hits):
        days = [bucket.value for bucket in index.histogram(query)]
        return index.facets(query, "platform"), days
    counts = Counter(hit.document.platform for hit in page.hits)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    platforms = [Bucket(value=value, count=count) for value, count in ordered]
    return platforms, sorted(f"{hit.document.at:%Y-%m-%d}" for hit in page.hits)


def _cells(text: str, between: str, name: str) -> Iterator[tuple[int, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    line = 1
    try:
        for row in reader:
            yield line, row[0] if row else ""
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}, line {line} is no CSV: {error}.") from error


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kinds = ["utf-16"]
    else:
        kinds = ["utf-8-sig", "gb18030"]
    for kind in kinds:
        try:
            text = data.decode(kind)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"The list {name} is no text: write it in UTF-8, a word a line.")
