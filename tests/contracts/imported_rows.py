"""Files as other tools write them, and the posts that an import gives of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.records import Post
from crawler.imports import ImportedRow, read

NOON = datetime(2025, 5, 1, 4, 0, tzinfo=UTC)  # 12:00 in China
SECONDS = int(NOON.timestamp())


def written(path: Path, rows: Iterable[object], encoding: str = "utf-8") -> Path:
    """Write rows as lines of JSON."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding=encoding)
    return path


def posts_of(path: Path, **named: Any) -> list[Post]:
    """Import a file that must have no wrong row."""
    rows = list(read(path, **named))
    assert all(isinstance(row, ImportedRow) for row in rows), rows
    return [row.post for row in rows if isinstance(row, ImportedRow)]
