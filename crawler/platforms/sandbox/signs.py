"""By which signs a fetch from the sandbox is told good from bad."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from parsel import Selector

from archive.labels import PageState


@dataclass(frozen=True, slots=True)
class Sign:
    """A page state, what it was read from, and the page's own words for it."""

    state: PageState
    reason: str = ""
    words: str = ""


_BY_STATUS = {
    403: Sign(PageState.BLOCKED, "status 403"),
    429: Sign(PageState.RATE_LIMITED, "status 429"),
}


def read_sign(status: int, *, location: str = "", page: Selector | None = None) -> Sign:
    """Give the state of an answer, its list not yet read; ``location`` is a redirect's target."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        login = urlsplit(location).path == "/login"
        return Sign(
            PageState.LOGGED_OUT if login else PageState.ERROR, f"redirect to {location[:80]}"
        )
    if status == 404 and page is not None and page.css("p.gone"):
        return Sign(PageState.GONE, "p.gone", page.css("p.gone::text").get("").strip())
    if status != 200 or page is None:
        return Sign(PageState.ERROR, f"status {status}")
    if page.css("div.captcha"):
        return Sign(PageState.CAPTCHA, "div.captcha")
    if page.css("form.login"):
        return Sign(PageState.LOGGED_OUT, "form.login")
    return Sign(PageState.OK)
