"""A recorded page: a folder with the body, the answer around it, and what is to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.answers import Answer

HERE = Path(__file__).parents[1] / "crawler" / "platforms"


def folders() -> Iterator[Path]:
    """Give the folder of each recorded page."""
    for answer in sorted(HERE.glob("*/*/answer.json")):
        yield answer.parent


def answer_of(folder: Path) -> Answer:
    """Give a recorded answer."""
    told: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    return Answer(
        url=told["url"],
        status=told["status"],
        headers=tuple(told["headers"].items()),
        body=next(folder.glob("body.*")).read_bytes(),
        fetched_at=datetime.fromisoformat(told["fetched_at"]),
    )


def expected(folder: Path) -> list[dict[str, Any]]:
    """Give what is to be read: the state, then the records."""
    lines = (folder / "page.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
