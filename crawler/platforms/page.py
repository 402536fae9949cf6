"""What a page object gives: the sign that the answer was read by, its extent, its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from archive.labels import Extent, PageState
from archive.records import Account, Post
from crawler.answers import Answer

BY_STATUS: Mapping[int, PageState] = {
    401: PageState.LOGGED_OUT,
    403: PageState.BLOCKED,
    404: PageState.GONE,
    410: PageState.GONE,
    429: PageState.RATE_LIMITED,
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A page state, and what it was read from."""

    state: PageState
    reason: str = ""


BARE_GONE = frozenset(Sign(PageState.GONE, f"status {status}") for status in (404, 410))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one answer holds.

    ``total`` is how many entries the whole list is told to have, ``entries`` how many of them the
    page shows where those are counted apart from what they quote, ``following`` the address or
    cursor of the next page, ``details`` are posts whose own page has more than is seen here,
    ``links`` are accounts that the page points at. ``crawled`` is the extent of a list to a crawl,
    which opens the details and must split what is capped, where that is not ``extent``.
    """

    sign: Sign
    extent: Extent = Extent.WHOLE
    posts: tuple[Post, ...] = ()
    accounts: tuple[Account, ...] = ()
    total: int | None = None
    entries: int | None = None
    following: str | None = None
    details: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    crawled: Extent | None = None

    @property
    def records(self) -> int:
        """How many records the page gives."""
        return len(self.posts) + len(self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gleanings:
    """What was picked from an answer before its state is settled.

    ``missed`` names, for each entry that could not be read, the field that it lacks; ``cut`` are
    posts whose text the answer shows only in part; ``promised`` is how many entries it speaks of.
    """

    posts: tuple[Post, ...] = ()
    accounts: tuple[Account, ...] = ()
    missed: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    promised: int | None = None
    entries: int | None = None
    listed: bool = False
    capped: str = ""
    withheld: str = ""
    following: str | None = None
    links: tuple[str, ...] = ()


def settle(found: Gleanings, *, sign: Sign | None, lacking: str) -> Page:
    """Settle state and extent.

    Records outrank a sign, unless as many entries could not be read; without records a sign is
    believed; a list without entries is empty;
    all else is a changed layout, which names ``lacking`` or the field that entries lack.
    """
    if found.posts or found.accounts:
        return _seen(found)
    if sign is not None and sign.state is not PageState.EMPTY:
        return Page(sign=sign)
    if found.missed:
        missing = f"{_most(found.missed)} is missing"
        return Page(sign=Sign(PageState.CHANGED_LAYOUT, missing))
    if found.withheld:
        return _nothing(found.withheld, cut=True)
    if sign is not None or found.listed:
        promised = found.promised or 0
        told = f"{promised} entries are promised, none is shown" if promised else ""
        return _nothing(
            told or (sign.reason if sign else "the list has no entries"), cut=bool(told)
        )
    return Page(sign=Sign(PageState.CHANGED_LAYOUT, f"{lacking} is missing"))


def sign_of_status(
    answer: Answer, states: Mapping[int, PageState], *, is_search: bool = False
) -> Sign | None:
    """Read a status that is no redirect; ``None`` where it says nothing."""
    state = states.get(answer.status)
    if state is PageState.GONE and is_search:
        state = PageState.ERROR  # a search is not gone: its address is wrong
    if state is not None:
        return Sign(state, f"status {answer.status}")
    if not 200 <= answer.status < 300:
        return Sign(PageState.ERROR, f"status {answer.status}")
    return None


def with_cut(page: Page, cut: str) -> Page:
    """Mark a page as cut: what it shows may not be all, what it does not show says nothing."""
    if not cut:
        return page
    state = page.sign.state
    if not page.records and state in (PageState.EMPTY, PageState.CHANGED_LAYOUT):
        state = PageState.ERROR
    reason = "; ".join(filter(None, [page.sign.reason, cut]))
    return replace(page, sign=Sign(state, reason), extent=Extent.TRUNCATED, crawled=None)


def of_page(page: Sign | None, status: Sign | None) -> Sign | None:
    """Choose between a page's words and its status: a captcha is a captcha under 403 too."""
    if page is not None and page.state in (PageState.CAPTCHA, PageState.LOGGED_OUT):
        return page
    if page is not None and status in BARE_GONE and page.state is PageState.GONE:
        return page
    return status or page


def _seen(found: Gleanings) -> Page:
    reasons = []
    if found.missed:
        count = len(found.missed)
        reasons.append(f"{count} entries could not be read: {_most(found.missed)} is missing")
    if found.cut:
        reasons.append(f"{len(set(found.cut))} texts are cut")
    if found.withheld:
        reasons.append(found.withheld)
    limit = Extent.CAPPED if found.capped else Extent.WHOLE
    extent = Extent.TRUNCATED if reasons else limit
    unread = len(found.missed) >= max(1, len(found.posts) + len(found.accounts))
    state = PageState.CHANGED_LAYOUT if unread else PageState.OK
    return Page(
        sign=Sign(state, "; ".join(reasons) or found.capped),
        extent=extent,
        posts=_once(found.posts),
        accounts=found.accounts,
        total=found.promised,
        entries=found.entries,
        following=found.following,
        crawled=limit if found.capped or not (found.missed or found.withheld) else None,
        details=tuple(dict.fromkeys(found.cut)),
        links=tuple(dict.fromkeys(found.links)),
    )


def _nothing(reason: str, *, cut: bool) -> Page:
    extent = Extent.TRUNCATED if cut else Extent.WHOLE
    return Page(sign=Sign(PageState.EMPTY, reason), extent=extent)


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once, the one with the longer text."""
    kept: dict[str, Post] = {}
    for post in posts:
        known = kept.get(post.key)
        if known is None or len(post.text) > len(known.text):
            kept[post.key] = post
    return tuple(kept.values())


def _most(names: Iterable[str]) -> str:
    """Give the most frequent of some names, the first among equals."""
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return max(counted, key=lambda name: counted[name])
