"""What every shape stands on: the running site, its cast, its log and its troubles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from archive.labels import Extent, PageState
from crawler.sandbox.app import Site, log_answer
from crawler.sandbox.shapes.cast import Cast
from crawler.sandbox.trouble import BY_QUERY

PAGE = 10
CAP = 5  # pages of any search that are shown; the real caps are in docs/platforms-sandbox.md
HELD_BACK = 3  # posts that a truncated page leaves out
SHOWN = 40  # code points of a post that a list shows


@dataclass(frozen=True, slots=True)
class Stage:
    """A site with the cast that plays on it."""

    site: Site
    cast: Cast

    @property
    def now(self) -> datetime:
        """The sandbox's clock."""
        return self.site.now

    def trouble(self, request: Request, word: str = "") -> PageState | None:
        """Give the bad page that meets this request, ``None`` for a good one."""
        if not self.site.bucket.take():
            return PageState.RATE_LIMITED
        trouble = self.site.trouble or BY_QUERY.get(word)
        if trouble is PageState.LOGGED_OUT and member(request):
            return None
        return trouble

    def log(
        self,
        request: Request,
        state: PageState,
        extent: Extent = Extent.WHOLE,
        status: int = 200,
    ) -> None:
        """Write down an answer as it was meant."""
        log_answer(request, self.site, status, state, extent)


def member(request: Request) -> bool:
    """Say whether a cookie of any name (``SUB``, ``BDUSS``) holds the session that is logged in."""
    site: Site = request.app.state.site
    return site.member in request.cookies.values()


def base(request: Request) -> str:
    """Give the address the shape is served at, for what has to be fetched from it."""
    return str(request.base_url).rstrip("/")
