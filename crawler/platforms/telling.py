"""From a platform's page objects to what the worker is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.labels import Extent, PageState
from archive.ledger.units import LISTS, Unit, Work
from crawler.platforms.page import BARE_GONE, Page, Sign
from crawler.platforms.platform import Onward, Reading


def reading_of(
    unit: Unit, page: Page, *, following: str | None = None, onward: Sequence[Onward] = ()
) -> Reading:
    """Give a page as a reading; a post or an account that was asked for and is gone is named.

    A bare status 404 is an error: an address that a platform moved answers so for every post.
    """
    if page.sign in BARE_GONE:
        page = replace(
            page, sign=Sign(PageState.ERROR, f"{page.sign.reason} without a word of why")
        )
    is_gone = page.sign.state is PageState.GONE
    name = f"{unit.platform}:{unit.query}"
    return Reading(
        state=page.sign.state,
        reason=page.sign.reason,
        words=page.sign.reason if is_gone else "",
        extent=_extent(unit, page),
        posts=page.posts,
        accounts=page.accounts,
        total=page.total,
        following=following,
        onward=tuple(dict.fromkeys(onward)),
        gone=(name,) if is_gone and unit.work is Work.POST else (),
        account_gone=is_gone and unit.work in (Work.ACCOUNT, Work.TIMELINE),
    )


def _extent(unit: Unit, page: Page) -> Extent:
    """Give the extent to a crawl: what a page quotes is opened, its own post is not again."""
    own = page.posts[0].post_id if unit.work is Work.POST and page.posts else ""
    opens = unit.work in LISTS or (unit.work is Work.POST and own not in page.details)
    return page.crawled if page.crawled and opens else page.extent
