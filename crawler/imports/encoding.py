"""Which encoding a file is in, found by reading all of it."""

from __future__ import annotations

import codecs
from functools import lru_cache
from pathlib import Path

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(path: Path) -> str:
    """Give the encoding under which fewest lines are wrong: a stray byte in UTF-8 is no GB18030."""
    stat = path.stat()
    return _encoding(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _encoding(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    utf8 = _wrong_lines(path, "utf-8")
    if not utf8:
        return "utf-8"
    return "utf-8" if utf8 <= _wrong_lines(path, "gb18030") else "gb18030"


def _wrong_lines(path: Path, encoding: str) -> int:
    wrong = 0
    with path.open("rb") as file:
        for line in file:
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                wrong += 1
    return wrong
