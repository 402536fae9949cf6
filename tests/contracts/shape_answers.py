"""What the tests of the sandbox's shapes ask of it, whichever the platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from datetime import timedelta
from typing import Any

import httpx

from crawler.sandbox.server import NOW, Sandbox
from crawler.sandbox.shapes.provenance import learned

INDEX = "/api/container/getIndex"  # of m.weibo.cn
Row = dict[str, Any]


def meant(running: Sandbox) -> tuple[str, str, int]:
    """Give page state, extent and status of the last answer, as the log has them."""
    last = running.log()[-1]
    return last["page_state"], last["extent"], last["status"]


def rows_of(running: Sandbox, kind: str = "post") -> dict[str, Row]:
    """Give what was planted of a kind, by id."""
    return {row["id"]: row for row in running.planted() if row["kind"] == kind}


def busiest(running: Sandbox, kind: str = "post") -> tuple[str, list[Row]]:
    """Give the post or thread that stands and has the most comments, and these."""
    standing = {name for name, row in rows_of(running, kind).items() if not row["gone"]}
    said = [r for r in running.planted() if r["kind"] == "comment" and r["post"] in standing]
    post = Counter(row["post"] for row in said).most_common(1)[0][0]
    return post, [row for row in said if row["post"] == post]


def a_day_later(running: Sandbox, kind: str = "post") -> tuple[dict[str, Row], dict[str, Row], str]:
    """Turn the clock; give what was planted before and after, and one that went meanwhile."""
    before = rows_of(running, kind)
    running.set_clock(NOW + timedelta(days=1))
    after = rows_of(running, kind)
    return before, after, next(n for n in before if after[n]["gone"] and not before[n]["gone"])


def search_mobile(client: httpx.Client, word: str, page: int = 1) -> httpx.Response:
    """Search m.weibo.cn."""
    asked = {"containerid": f"100103type=1&q={word}", "page_type": "searchall", "page": page}
    return client.get(INDEX, params=asked)


def posts_in(answer: httpx.Response) -> list[Row]:
    """Give the posts among the cards of m.weibo.cn."""
    cards = answer.json()["data"]["cards"]
    flat = [inner for card in cards for inner in card.get("card_group", [card])]
    return [card["mblog"] for card in flat if card["card_type"] == 9]


def keys(told: Any) -> Iterator[str]:
    """Give the names of all fields, at any depth."""
    if isinstance(told, dict):
        yield from told
        told = list(told.values())
    if isinstance(told, list):
        for each in told:
            yield from keys(each)


def assert_sourced(shape: str, told: Set[str]) -> None:
    """Every field that was told was learned, and each that was learned names its source."""
    answers = learned(shape)
    assert told - {field for answer in answers for field in answer.fields} == set()
    for answer in answers:
        for source in answer.fields.values():
            assert source.repository
            assert source.at
            assert source.date
