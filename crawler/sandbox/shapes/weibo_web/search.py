"""s.weibo.com: the search page with its windows, regions, kinds and fifty pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.stage import HELD_BACK, PAGE
from crawler.sandbox.shapes.weibo.cards import CHINA
from crawler.sandbox.shapes.weibo_web.answers import Desk
from crawler.sandbox.shapes.weibo_web.places import inside
from crawler.sandbox.trouble import TRUNCATED
from crawler.sandbox.world import Entry

PAGES = 50  # of any search, as on Weibo itself
_UNRELATED = 5  # cards that a page which found nothing shows all the same
_HOUR = "%Y-%m-%d-%H"


def lay(app: FastAPI, desk: Desk) -> None:
    """Add the search page, and where it sends who may not see it."""

    @app.get("/weibo")
    def search(request: Request, q: str = "", page: int = 1) -> Response:
        trouble = desk.stage.trouble(request, q)
        if trouble:
            return desk.bad_page(request, trouble)
        matching = _matching(request, desk, q)
        last = min((len(matching) - 1) // PAGE + 1, PAGES)
        shown = matching[PAGE * (page - 1) : PAGE * page] if 1 <= page <= PAGES else []
        extent = Extent.CAPPED if len(matching) > PAGE * PAGES else Extent.WHOLE
        if not shown:
            return _nothing(request, desk, q, extent)
        if q == TRUNCATED and page < last:
            shown, extent = shown[:-HELD_BACK], Extent.TRUNCATED
        told = {
            "word": q,
            "cards": [desk.parts(request).card(entry, q) for entry in shown],
            "pages": _pages(request, last),
            "page": page,
            "next": _address(request, page + 1) if page < last else None,
            "previous": _address(request, page - 1) if page > 1 else None,
        }
        return desk.page(request, "search.html", told, extent=extent)

    @app.get("/verify")
    def verify(request: Request) -> Response:
        return desk.page(request, "verify.html", {}, state=PageState.CAPTCHA)


def _matching(request: Request, desk: Desk, word: str) -> list[Entry]:
    asked, stage = request.query_params, desk.stage
    found = stage.cast.found(word, stage.now, stage.site.banned)
    since, until = _window(asked.get("timescope", ""))
    return [
        entry
        for entry in found
        if (since is None or entry.posted_at >= since)
        and (until is None or entry.posted_at < until)
        and inside(stage.cast.people[entry.author], asked.get("region", ""))
        and not (asked.get("scope") == "ori" and entry.repost_of)
        and not (asked.get("haspic") == "1" and not entry.pictures)
    ]


def _window(told: str) -> tuple[datetime | None, datetime | None]:
    """Read ``custom:2026-04-23-20:2026-04-24-0``: hours of China; either end may be missing."""
    _, since, until = (*told.split(":"), "", "")[:3]
    return _hour(since), _hour(until)


def _hour(told: str) -> datetime | None:
    try:
        return datetime.strptime(told, _HOUR).replace(tzinfo=CHINA)
    except ValueError:
        return None


def _nothing(request: Request, desk: Desk, word: str, extent: Extent) -> Response:
    standing = desk.stage.cast.shown(desk.stage.now, desk.stage.site.banned)
    others = [entry for entry in standing if not entry.feed][:_UNRELATED]
    cards = [desk.parts(request).card(entry, "") for entry in others]
    told = {"word": word, "cards": cards}
    return desk.page(request, "nothing.html", told, state=PageState.EMPTY, extent=extent)


def _pages(request: Request, last: int) -> list[dict[str, Any]]:
    return [{"number": at, "link": _address(request, at)} for at in range(1, last + 1)]


def _address(request: Request, page: int) -> str:
    asked = {name: value for name, value in request.query_params.items() if name != "page"}
    return "/weibo?" + urlencode(asked | {"page": page})
