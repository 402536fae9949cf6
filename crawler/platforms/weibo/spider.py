"""How Weibo is asked: search, posts with long text, comments and replies, accounts, timelines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from archive.errors import InputError
from archive.labels import Extent, Kind, PageState
from archive.ledger.units import Unit, Window, Work
from crawler.answers import Answer
from crawler.platforms.page import Page, Sign
from crawler.platforms.platform import Ask, Browsing, Limits, Onward, Reading, address
from crawler.platforms.telling import reading_of
from crawler.platforms.weibo.numbers import number_in
from crawler.platforms.weibo.pages import read
from crawler.platforms.weibo.statuses import PLATFORM as NAME

_MOBILE, _WEB, _SEARCH = "m.weibo.cn", "weibo.com", "s.weibo.com"
_CHINA = ZoneInfo("Asia/Shanghai")
_FIRST = datetime(2009, 8, 14, tzinfo=_CHINA)  # Weibo's first day
# the codes of provinces that the search page takes (dataabc/weibo-search, 2026-06-03)
_REGIONS = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
    "71 81 82 400 100"
)
_PER_PAGE = 10  # posts on a page of either search
_LISTED = frozenset({PageState.OK, PageState.EMPTY})
_SHOWN = ".card-wrap, .card-no-result, pre, #pl_login_form"


class WeiboSpider:
    """Weibo as a platform: the web's search where a window is asked for, else the mobile one."""

    name = NAME
    limits = Limits(
        finest=timedelta(hours=1),
        facets=tuple(_REGIONS.split()),
        newest_first=False,  # a pinned or a hot post stands before newer ones
        delay=5.0,
        at_once=1,
        works=frozenset(
            {Work.SEARCH, Work.POST, Work.COMMENTS, Work.REPLIES, Work.ACCOUNT, Work.TIMELINE}
        ),
    )

    def __init__(self, *, base_url: str | None = None, browser: bool = False) -> None:
        self._base_url = base_url
        self._browser = browser
        self.limits = replace(self.limits, browses=browser)

    def ask(self, unit: Unit) -> Ask:
        """Give the request of a unit."""
        if unit.work is Work.SEARCH:
            return self._search(unit)
        if unit.work is Work.POST:
            asked = {"id": unit.query, "locale": "zh-CN", "isGetLongText": "true"}
            return self._get(_WEB, "/ajax/statuses/show", asked)
        if unit.work is Work.COMMENTS:
            name = _number(unit.query)
            asked = {"id": name, "mid": name, "max_id_type": "0", **_cursor(unit, "max_id")}
            return self._get(_MOBILE, "/comments/hotflow", asked)
        if unit.work is Work.REPLIES:
            comment = _number(unit.query.partition("/")[2] or unit.query)
            asked = {"cid": comment, "max_id": "0", "max_id_type": "0", **_cursor(unit, "max_id")}
            return self._get(_MOBILE, "/comments/hotFlowChild", asked)
        if unit.work is Work.ACCOUNT:
            return self._get(_WEB, "/ajax/profile/info", {"uid": _number(unit.query)})
        if unit.work is Work.TIMELINE:
            user = _number(unit.query)
            asked = {"type": "uid", "value": user, "containerid": f"107603{user}"}
            asked |= _cursor(unit, "since_id")
            return self._get(_MOBILE, "/api/container/getIndex", asked)
        raise InputError(f"Weibo has no {unit.work}.")

    def read(self, unit: Unit, answer: Answer) -> Reading:
        """Read an answer to a unit."""
        page = read(answer)
        if unit.work is Work.SEARCH:
            page = _measured(unit, page)
        following = _next_cursor(unit, page)
        return reading_of(unit, page, following=following, onward=list(_onward(unit, page)))

    def samples(self) -> Sequence[Unit]:
        """Give a search on the mobile interface, and an account that has been there for years."""
        return (
            Unit(platform=NAME, work=Work.SEARCH, query="开房"),
            Unit(platform=NAME, work=Work.ACCOUNT, query="1642909335"),
        )

    def doorstep(self) -> Unit | None:
        """Give a search: the mobile interface answers it to sessions only (2026)."""
        return Unit(platform=NAME, work=Work.SEARCH, query="微博")

    def _search(self, unit: Unit) -> Ask:
        page = unit.cursor or "1"
        if not unit.facet and _is_up_to_now(unit.window):
            container = f"100103type=61&q={unit.query}"
            asked = {"containerid": container, "page_type": "searchall", "page": page}
            return self._get(_MOBILE, "/api/container/getIndex", asked)
        asked = {"q": unit.query, "typeall": "1", "suball": "1"}
        if str(unit.window):
            asked["timescope"] = _timescope(unit.window)
        if unit.facet:
            asked["region"] = f"custom:{unit.facet}:1000"
        return self._get(_SEARCH, "/weibo", asked | {"page": page})

    def _get(self, host: str, path: str, asked: dict[str, str]) -> Ask:
        """Ask plainly, or in a browser with the operator's own session."""
        url = address(self._base_url, host, f"{path}?{urlencode(asked, quote_via=quote)}")
        return Ask(url=url, browsing=Browsing(until=_SHOWN, seconds=30) if self._browser else None)


PLATFORM = WeiboSpider


def _number(text: str) -> str:
    name = number_in(text.strip())
    if not name:
        raise InputError(f"{text!r} is no number or short name of Weibo's.")
    return name


def _is_up_to_now(window: Window) -> bool:
    """Say whether a window leaves nothing out: jobs close theirs at the moment they begin."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return window.since is None and (window.until is None or window.until > yesterday)


def _timescope(window: Window) -> str:
    """Give a window in China's hours: a begun hour is searched as a whole."""
    since = (window.since or _FIRST).astimezone(_CHINA)
    until = (window.until or datetime.now(_CHINA)).astimezone(_CHINA)
    if until.minute or until.second or until.microsecond:
        until += timedelta(hours=1)
    return f"custom:{_hour(since)}:{_hour(until)}"


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%d}-{at.hour}"


def _cursor(unit: Unit, name: str) -> dict[str, str]:
    """Give the parameters of a cursor; comments have two kinds of ids, told behind a colon."""
    told, _, kind = unit.cursor.partition(":")
    return ({name: told} if told else {}) | ({"max_id_type": kind} if kind else {})


def _next_cursor(unit: Unit, page: Page) -> str | None:
    """Give the next page's number or id, as the answer names it."""
    asked = parse_qs(urlsplit(page.following or "").query or page.following or "")
    for name in ("page", "since_id", "max_id"):
        if told := next(iter(asked.get(name, [])), ""):
            kind = next(iter(asked.get("max_id_type", [])), "")
            cursor = f"{told}:{kind}" if kind else told
            return cursor if cursor != unit.cursor else None
    return None


def _measured(unit: Unit, page: Page) -> Page:
    """Mark a page of a search that shows fewer posts than a page holds, or its total leaves for it.

    A saved answer may be a part of one, so that this is a crawl's business and not a reader's.
    """
    turned = int(unit.cursor) if unit.cursor.isdecimal() else 1
    left = (page.total or 0) - _PER_PAGE * (turned - 1)
    promised = _PER_PAGE if page.following else min(_PER_PAGE, left)
    shown, state = page.entries or 0, page.sign.state
    if shown >= promised or page.extent is Extent.CAPPED or state not in _LISTED:
        return page
    reason = f"{promised} entries are promised, {shown} are shown"
    told = "; ".join(filter(None, [page.sign.reason, reason]))
    return replace(page, sign=Sign(state, told), extent=Extent.TRUNCATED, crawled=None)


def _onward(unit: Unit, page: Page) -> Iterator[Onward]:
    """Point to cut posts, to comments, to replies that a comment does not show, to authors."""
    shown: dict[str, int] = {}
    for post in page.posts:
        if post.kind is Kind.COMMENT and post.parent:
            shown[post.parent] = shown.get(post.parent, 0) + 1
    own = page.posts[0].post_id if unit.work is Work.POST and page.posts else ""
    for name in page.details:
        if name != own:
            yield Onward(work=Work.POST, query=name)
    for post in page.posts:
        if post.kind is not Kind.COMMENT and post.metrics.get("comments", 0):
            yield Onward(work=Work.COMMENTS, query=post.post_id)
        if unit.work is Work.COMMENTS and post.metrics.get("replies", 0) > shown.get(post.key, 0):
            yield Onward(work=Work.REPLIES, query=f"{unit.query}/{post.post_id}")
        if post.author and re.fullmatch(r"\d+", post.author.account_id):
            yield Onward(work=Work.ACCOUNT, query=post.author.account_id)
