"""What Tieba's lists say of their own length, set beside what a page of them shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsel import Selector

from archive.labels import Kind
from archive.records import Post
from crawler.answers import Answer
from crawler.imports.fields import counts
from crawler.platforms.tieba.datafield import data_field
from crawler.trees import Branch, inner, number

BAR_PAGE = 50  # threads; the pn of a bar counts them, that of all others counts pages
THREAD_PAGE = 30  # floors
REPLIES_PAGE = 10  # replies in a floor
SEARCH_PAGE = 20  # results, as the crawl asks for them
_OLD_SEARCH_PAGE = 10  # results, where rn asks for no other number


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """What one page tells of its list: entries in all, before the page, on it, on a full one.

    ``following`` is the next page, as a link or as the number of pages tells it. ``withheld`` and
    ``capped`` say why the list is no whole one.
    """

    shown: int | None = None
    before: int = 0
    total: int | None = None
    most: int = 0
    following: str | None = None
    withheld: str = ""
    capped: str = ""
    of: str = "entries"

    def judged(self) -> Length:
        """Tell a list that ends before its total: by a limit of Tieba's, or by what is held back.

        A page that has a next one is measured in a crawl only: a saved one may be a part of it.
        """
        total, shown = self.total, self.shown or 0
        end = self.before + shown
        if self.withheld or self.capped or self.following or not shown or (total or 0) <= end:
            return self
        told = f"{total} {self.of} are promised, {end} are shown"
        is_full = self.before > 0 or shown >= self.most
        if is_full and (total or 0) > self.before + self.most:
            return replace(self, capped=told)
        return replace(self, withheld=told)


def length_of(
    page: Selector, posts: Sequence[Post], answer: Answer, *, following: str | None
) -> Length:
    """Measure whichever list a page holds; a list of today's pages tells no length."""
    if page.css("div.l_post"):
        return _of_thread(page, posts, answer, following)
    if page.css("li.j_thread_list"):
        before, most = _asked(answer, "pn", 0), BAR_PAGE
    elif page.css(".s_post"):
        most = _asked(answer, "rn", _OLD_SEARCH_PAGE) or _OLD_SEARCH_PAGE
        before = most * max(0, _asked(answer, "pn", 1) - 1)
    elif page.css("li.lzl_single_post, li.lzl_li_pager"):
        return _of_replies(page, answer, following)
    else:
        return Length(total=promised(page), following=following)
    length = Length(
        shown=len(posts), before=before, total=promised(page), most=most, following=following
    )
    return length.judged()


def promised(page: Selector) -> int | None:
    """Read how many threads a bar has, how many results a search, how many answers a thread."""
    css = (
        ".th_footer_l .red_text::text, .search_internal_num ::text, .s_nav_right ::text, "
        ".l_reply_num .red::text"
    )
    return next((n for n in map(number_of, page.css(css).getall()) if n is not None), None)


def number_of(text: str) -> int | None:
    """Read the first number of a text; 1.2万 is 12000."""
    found = re.search(r"[\d,.]+\s*[万亿]?", text)
    return counts({"n": found[0].replace(",", "")}, {"n": "n"}).get("n") if found else None


def _of_thread(
    page: Selector, posts: Sequence[Post], answer: Answer, following: str | None
) -> Length:
    """Measure a thread: its number of answers counts floors and replies of all its pages."""
    here = _asked(answer, "pn", 1) or 1
    shown, seen = _count(posts, Kind.FLOOR), _reachable(posts)
    if here > 1 and any(post.kind is Kind.THREAD for post in posts):
        told = f"page {here} is asked for, the first one is shown"
        return Length(shown=shown, most=THREAD_PAGE, capped=told)
    counted = [number_of(text) for text in page.css(".l_reply_num .red::text").getall()]
    answers, pages = (*counted, None, None)[:2]
    is_short = pages == 1 and answers is not None and answers > seen
    return Length(
        shown=shown,
        most=THREAD_PAGE,
        following=following or _next(here, pages),
        withheld=f"{answers} answers are promised, {seen} can be reached" if is_short else "",
    )


def _of_replies(page: Selector, answer: Answer, following: str | None) -> Length:
    """Measure the replies in a floor: the pager that ends them tells their number."""
    here, shown = _asked(answer, "pn", 1) or 1, len(page.css("li.lzl_single_post"))
    pager = next(iter(page.css("li.lzl_li_pager")), None)
    if pager is None:
        return Length(shown=shown, withheld="the replies end without their pager")
    told = data_field(pager)
    length = Length(
        shown=shown,
        before=REPLIES_PAGE * (here - 1),
        total=number(told, "total_num"),
        most=REPLIES_PAGE,
        following=following or _next(here, number(told, "total_page")),
        of="replies",
    )
    return length.judged()


def length_in(root: Branch, data: Branch, posts: Sequence[Post], answer: Answer) -> Length:
    """Measure whichever list an answer in JSON holds."""
    page = inner(root, "page") or inner(data, "page")
    here = number(page, "current_page", "cur_page") or number(data, "current_page")
    here = here or _asked(answer, "pn", 1) or 1
    pages, size = number(page, "total_page"), number(page, "page_size") or REPLIES_PAGE
    is_more = _is_more(page, data, posts, answer)
    following = f"pn={here + 1}" if is_more else _next(here, pages)
    total = number(page, "total_count", "total_num")
    if is_more and not posts:
        return Length(total=total, withheld="more is promised, none is shown")
    if "subpost_list" in root or "subpost_list" in data:
        shown, before = _count(posts, Kind.COMMENT), size * (here - 1)
        length = Length(shown=shown, before=before, total=total, most=size, following=following)
        return replace(length, of="replies").judged()
    lost = _lost_floors(root, data, posts) if pages == 1 else _lost_replies(data, posts)
    return Length(total=total, following=following, withheld=lost)


def _is_more(page: Branch, data: Branch, posts: Sequence[Post], answer: Answer) -> bool:
    """Whether more is promised; a full page of a search that does not say is not taken for all."""
    told = [holder["has_more"] for holder in (page, data) if "has_more" in holder]
    if told or "/search" not in answer.path:
        return any(one in (1, "1", True) for one in told)
    return len(posts) >= (_asked(answer, "rn", SEARCH_PAGE) or SEARCH_PAGE)


def _lost_floors(root: Branch, data: Branch, posts: Sequence[Post]) -> str:
    """Say how many answers a thread of one page lacks."""
    answers = number(inner(root, "thread") or inner(data, "thread"), "reply_num") or 0
    seen = _reachable(posts)
    return f"{answers} answers are promised, {seen} can be reached" if answers > seen else ""


def _lost_replies(data: Branch, posts: Sequence[Post]) -> str:
    """Say how many replies the floors of a page have beyond those that are shown with them."""
    floors = [one for one in inner(data, "comment_list").values() if isinstance(one, dict)]
    total, shown = (
        sum(number(one, "comment_num") or 0 for one in floors),
        _count(posts, Kind.COMMENT),
    )
    return f"{total} replies are promised, {shown} are shown" if total > shown else ""


def _reachable(posts: Sequence[Post]) -> int:
    """Count floors and the replies that they tell of, which have pages of their own."""
    floors = [post for post in posts if post.kind is Kind.FLOOR]
    return len(floors) + sum(floor.metrics.get("replies", 0) for floor in floors)


def _count(posts: Sequence[Post], kind: Kind) -> int:
    return sum(post.kind is kind for post in posts)


def _next(here: int, pages: int | None) -> str | None:
    """Give the next page by its number, where the number of pages says that there is one."""
    return f"pn={here + 1}" if pages is not None and here < pages else None


def _asked(answer: Answer, name: str, default: int) -> int:
    told = answer.asked.get(name, "")
    return int(told) if told.isdecimal() and len(told) < 8 else default
