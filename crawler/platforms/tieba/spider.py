"""How Tieba is asked: search over all and in a bar, bars, threads, replies in floors, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from archive.errors import InputError
from archive.labels import Extent, Kind, PageState
from archive.ledger.units import Unit, Work
from archive.records import Post
from crawler.answers import Answer
from crawler.platforms.page import Page, Sign
from crawler.platforms.platform import Ask, Browsing, Limits, Onward, Reading, address
from crawler.platforms.telling import reading_of
from crawler.platforms.tieba.lengths import BAR_PAGE, REPLIES_PAGE, SEARCH_PAGE, THREAD_PAGE
from crawler.platforms.tieba.pages import read
from crawler.platforms.tieba.people import PLATFORM as NAME

_HOST = "tieba.baidu.com"
_FULL = {
    Work.SEARCH: SEARCH_PAGE,
    Work.FEED: BAR_PAGE,
    Work.POST: THREAD_PAGE,
    Work.REPLIES: REPLIES_PAGE,
}
_COUNTED = frozenset({Work.FEED, Work.POST})  # a page of 2026 gives them without a length
_IN_BAR = re.compile(r"(?P<bar>\S{1,40}?)吧[:：](?P<words>.+)")
_SHOWN = ".l_post, .pb-comment-item, .j_thread_list, .thread-card-wrapper, .page404"


class TiebaSpider:
    """Tieba as a platform."""

    name = NAME
    limits = Limits(
        delay=3.0,
        at_once=1,
        works=frozenset({Work.SEARCH, Work.FEED, Work.POST, Work.REPLIES, Work.ACCOUNT}),
    )

    def __init__(self, *, base_url: str | None = None, browser: bool = False) -> None:
        self._base_url = base_url
        self._browser = browser
        self.limits = replace(self.limits, browses=browser)

    def ask(self, unit: Unit) -> Ask:
        """Give the request of a unit; ``夜航船吧:旧书`` searches in a bar."""
        if unit.work is Work.SEARCH:
            return self._search(unit)
        if unit.work is Work.FEED:
            bar = unit.query.strip().removesuffix("吧")
            return self._page("/f", kw=bar, ie="utf-8", pn=unit.cursor or "0")
        if unit.work is Work.POST:
            return self._page(f"/p/{_digits(unit.query)}", pn=unit.cursor or "1")
        if unit.work is Work.REPLIES:
            thread, _, floor = unit.query.partition("/")
            asked = {"tid": _digits(thread), "pid": _digits(floor), "pn": unit.cursor or "1"}
            return self._plain("/p/comment", asked)
        if unit.work is Work.ACCOUNT:
            key = "id" if unit.query.startswith("tb.") else "un"
            return self._page("/home/main", **{key: unit.query})
        raise InputError(f"Tieba has no {unit.work}: a thread's floors are read with the post.")

    def read(self, unit: Unit, answer: Answer) -> Reading:
        """Read an answer to a unit."""
        page = _measured(unit, read(answer))
        following = _next_cursor(unit, page)
        return reading_of(unit, page, following=following, onward=list(_onward(unit, page)))

    def samples(self) -> Sequence[Unit]:
        """Give a search and a bar."""
        return (
            Unit(platform=NAME, work=Work.SEARCH, query="开房"),
            Unit(platform=NAME, work=Work.FEED, query="贴吧"),
        )

    def doorstep(self) -> Unit | None:
        """Give nothing: no page of Tieba's tells a session from a visitor for sure."""
        return None

    def _search(self, unit: Unit) -> Ask:
        """Ask the search that needs no signature; newest first."""
        found = _IN_BAR.fullmatch(unit.query.strip())
        asked = {
            "word": found["words"].strip() if found else unit.query.strip(),
            "pn": unit.cursor or "1",
            "st": "1",
            "tt": "2",
            "rn": str(SEARCH_PAGE),
            "ct": "2",
        }
        if found:
            asked["fname"] = found["bar"]
        return self._plain("/mo/q/search/thread", asked)

    def _plain(self, path: str, asked: dict[str, str]) -> Ask:
        return Ask(url=self._at(path, asked))

    def _page(self, path: str, **asked: str) -> Ask:
        """Ask for a page, in a browser where the operator prefers one."""
        browsing = Browsing(until=_SHOWN, seconds=30) if self._browser else None
        return Ask(url=self._at(path, asked), browsing=browsing)

    def _at(self, path: str, asked: dict[str, str]) -> str:
        return address(self._base_url, _HOST, f"{path}?{urlencode(asked, quote_via=quote)}")


PLATFORM = TiebaSpider


def _measured(unit: Unit, page: Page) -> Page:
    """Mark a page of a list that is shorter than one with a next page is, or empty though promised.

    A saved answer may be a part of one, so that this is a crawl's business and not a reader's.
    """
    state, most = page.sign.state, _FULL.get(unit.work, 0)
    shown = len(page.posts) if page.entries is None else page.entries
    if state is PageState.EMPTY and unit.cursor:
        told = Sign(state, "the page before promised this one, which is empty")
        return replace(page, sign=told, extent=Extent.CAPPED, crawled=None)
    reason = ""
    if page.following and shown < most:
        reason = f"a page with a next one holds {most} entries, this one shows {shown}"
    elif unit.work in _COUNTED and page.entries is None:
        reason = "a page that loads on while one scrolls: nothing says that this is all"
    if state is not PageState.OK or not reason:
        return page
    told = Sign(state, "; ".join(filter(None, [page.sign.reason, reason])))
    return replace(page, sign=told, extent=Extent.TRUNCATED, crawled=None)


def _digits(text: str) -> str:
    found = re.fullmatch(r"\d{1,20}", text.strip())
    if found is None:
        raise InputError(f"{text!r} is no number of a Tieba thread or floor.")
    return found[0]


def _next_cursor(unit: Unit, page: Page) -> str | None:
    """Give the next page: of a bar counted in threads, else in pages."""
    if not page.following:
        return None
    asked = parse_qs(urlsplit(page.following).query or page.following.lstrip("#?"))
    told = next(iter(asked.get("pn", [])), "")
    if told.isdecimal():
        return told
    step = BAR_PAGE if unit.work is Work.FEED else 1
    now = int(unit.cursor) if unit.cursor.isdecimal() else (0 if step > 1 else 1)
    return str(now + step)


def _onward(unit: Unit, page: Page) -> Iterator[Onward]:
    """Point to each thread of a list, and to the replies that a floor does not show."""
    shown: dict[str, int] = {}
    for post in page.posts:
        if post.kind is Kind.COMMENT and post.parent:
            shown[post.parent] = shown.get(post.parent, 0) + 1
    for post in page.posts:
        if unit.work is not Work.POST and (thread := _thread_of(post)):
            yield Onward(work=Work.POST, query=thread)
        if post.kind is Kind.FLOOR and unit.work is Work.POST:
            hidden = post.metrics.get("replies", 0) > shown.get(post.key, 0)
            if hidden and post.parent:
                thread = post.parent.partition(":")[2]
                yield Onward(work=Work.REPLIES, query=f"{thread}/{post.post_id}")
        if post.author and post.author.account_id.startswith("tb."):
            yield Onward(work=Work.ACCOUNT, query=post.author.account_id)


def _thread_of(post: Post) -> str:
    """Give the number of the thread that a hit stands in: its address tells it."""
    found = re.search(r"/p/(\d+)", post.url)
    return found[1] if found else ""
