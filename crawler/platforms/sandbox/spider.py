"""How the sandbox is asked: search, posts and accounts plainly, the feed in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from archive.errors import InputError
from archive.labels import PageState
from archive.ledger.units import Unit, Work
from crawler.answers import Answer
from crawler.platforms.platform import Ask, Browsing, Limits, Onward, Reading, address
from crawler.platforms.sandbox.pages import (
    PLATFORM as NAME,
)
from crawler.platforms.sandbox.pages import (
    SandboxPage,
    read_feed,
    read_post_page,
    read_search_page,
    read_user_page,
)

_HOST = "127.0.0.1:9000"
_REGIONS = tuple(re.findall("..", "北京江苏浙江广东福建河南四川湖北辽宁山东海外"))
_FEED = Browsing(keep="/api/feed", until="#end:not([hidden])")


class SandboxSpider:
    """The sandbox as a platform."""

    name = NAME
    limits = Limits(
        cap=50,
        finest=timedelta(hours=1),
        facets=_REGIONS,
        delay=0.1,  # faster than the sandbox allows, so that it has to be told to slow down
        at_once=4,
        browses=True,
        works=frozenset({Work.SEARCH, Work.FEED, Work.POST, Work.ACCOUNT}),
    )

    def __init__(self, *, base_url: str | None = None, browser: bool = False) -> None:
        self._base_url = base_url or f"http://{_HOST}"
        self._browser = browser  # the feed is read in one in any case, the rest never

    def ask(self, unit: Unit) -> Ask:
        """Give the request of a unit."""
        if unit.work is Work.FEED:
            return Ask(url=self._at("/feed"), browsing=_FEED)
        paths = {
            Work.SEARCH: f"/search?{_search(unit)}",
            Work.POST: f"/post/{unit.query}",
            Work.ACCOUNT: f"/user/{unit.query}",
        }
        if unit.work not in paths:
            raise InputError(f"The sandbox has no {unit.work}.")
        return Ask(url=self._at(paths[unit.work]))

    def read(self, unit: Unit, answer: Answer) -> Reading:
        """Read an answer to a unit."""
        if unit.work is Work.FEED:
            return _feed(answer)
        readers = {
            Work.SEARCH: read_search_page,
            Work.POST: read_post_page,
            Work.ACCOUNT: read_user_page,
        }
        body = answer.body.decode("utf-8", errors="replace")
        location = answer.header("location")
        page = readers[unit.work](answer.url, answer.status, body, location=location)
        return _reading(unit, page)

    def samples(self) -> Sequence[Unit]:
        """Give a search and the feed."""
        return (
            Unit(platform=NAME, work=Work.SEARCH, query="开房"),
            Unit(platform=NAME, work=Work.FEED, query="feed"),
        )

    def doorstep(self) -> Unit | None:
        """Give a search that only a session may make."""
        return Unit(platform=NAME, work=Work.SEARCH, query="住址")

    def _at(self, path: str) -> str:
        return address(self._base_url, _HOST, path)


PLATFORM = SandboxSpider


def _search(unit: Unit) -> str:
    values = {
        "q": unit.query,
        "page": unit.cursor or "1",
        "since": _iso(unit.window.since),
        "until": _iso(unit.window.until),
        "region": unit.facet,
    }
    return urlencode({name: value for name, value in values.items() if value})


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _feed(answer: Answer) -> Reading:
    if "/api/feed" not in answer.url:
        state = PageState.OK if answer.status == 200 else PageState.ERROR
        return Reading(
            state=state, reason="" if answer.status == 200 else f"status {answer.status}"
        )
    page = read_feed(answer.url, answer.status, _json(answer.body))
    return Reading(state=page.sign.state, reason=page.sign.reason, posts=page.posts)


def _reading(unit: Unit, page: SandboxPage) -> Reading:
    is_gone = page.sign.state is PageState.GONE and unit.work is Work.POST
    return Reading(
        state=page.sign.state,
        reason=page.sign.reason,
        words=page.sign.words,
        extent=page.extent,
        posts=page.posts,
        accounts=page.accounts,
        total=page.total,
        following=page.following,
        onward=[Onward(work=Work.POST, query=name) for name in page.details],
        gone=(f"{NAME}:{unit.query}",) if is_gone else (),
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
