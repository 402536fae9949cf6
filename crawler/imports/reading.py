"""From a file to posts: the container, the format, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from archive.errors import InputError
from archive.ledger.limits import misfit
from archive.records import Post
from crawler.imports.formats import (
    fourcat,
    mediacrawler,
    own,
    telegram,
    twscrape,
    weibo_search,
    weibospider,
    x_api,
    zeeschuimer,
)
from crawler.imports.formats.format import Format
from crawler.imports.rows import ImportedRow, RawRow, RowProblem, container_of, read_rows

# in the order of asking: the more particular first
_FORMATS: tuple[Format, ...] = (
    telegram.TELEGRAM,
    x_api.X_API,
    twscrape.TWSCRAPE,
    zeeschuimer.ZEESCHUIMER,
    weibo_search.WEIBO_SEARCH,
    weibospider.WEIBOSPIDER,
    mediacrawler.MEDIACRAWLER,
    fourcat.FOURCAT,
    own.OWN,
)
FORMATS = tuple(known.name for known in _FORMATS)
_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """A file about to be read: iterate over it for rows and problems."""

    path: Path
    format: str
    platform: str
    container: str

    def __iter__(self) -> Iterator[ImportedRow | RowProblem]:
        """Give each row once, in the order of the file."""
        chosen = _named(self.format)
        for row in read_rows(self.path, self.container):
            if isinstance(row, RowProblem):
                yield row
            else:
                yield from self._parts(chosen, row)

    def _parts(self, chosen: Format, row: RawRow) -> Iterator[ImportedRow | RowProblem]:
        if not chosen.wants(row.value, row.table):
            return
        try:
            parts = list(chosen.parts(row.value))
        except (ValueError, TypeError, AttributeError) as error:
            yield RowProblem(row.line, f"the {chosen.name} export cannot be taken apart ({error})")
            return
        for number, value in enumerate(parts, 1):
            line = row.line if len(parts) == 1 else number
            try:
                yield ImportedRow(line, _checked(chosen.post(value, self.platform, row.table)))
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                yield RowProblem(line, str(error))


def read(path: Path, *, format: str | None = None, platform: str = "import") -> Reading:
    """Recognise a file, or take the named format; raises ``InputError`` where neither can be."""
    container = container_of(path)
    name = _named(format).name if format else _recognise(path, container)
    return Reading(path, name, platform, container)


def _recognise(path: Path, container: str) -> str:
    sample = [row for row in islice(read_rows(path, container), _SAMPLE) if isinstance(row, RawRow)]
    if container == "sqlite":  # the first table may be one of accounts
        sample += [row for row in read_rows(path, container) if isinstance(row, RawRow)][:5000:50]
    for known in _FORMATS:
        if any(known.matches(row.value, row.table) for row in sample):
            return known.name
    raise InputError(
        f"The format of {path} is not recognised: a row needs at least a field text; "
        f"or name the format with --format, one of {', '.join(FORMATS)}."
    )


def _named(name: str) -> Format:
    for known in _FORMATS:
        if known.name == name:
            return known
    raise InputError(f"There is no format {name!r}: use one of {', '.join(FORMATS)}.")


def _checked(post: Post) -> Post:
    if not (post.text.strip() or post.title.strip() or post.media):
        raise ValueError("the row has no text, no title and no picture")
    if not post.post_id:
        raise ValueError("the row has no id of its post")
    wrong = misfit(post)
    if wrong:
        raise ValueError(wrong)
    return post
