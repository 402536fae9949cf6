"""From saved answers of a platform to records: what `anyu crawl parse` prints."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol, cast

from archive.errors import InputError
from archive.labels import Extent, PageState
from archive.records import Account, Post
from crawler.answers import Answer
from crawler.platforms.page import Page, Sign

PLATFORMS = ("weibo", "tieba", "telegram")
# of several answers in one file, the gravest state is the file's
_GRAVITY = (
    PageState.CAPTCHA,
    PageState.BLOCKED,
    PageState.LOGGED_OUT,
    PageState.RATE_LIMITED,
    PageState.CHANGED_LAYOUT,
    PageState.ERROR,
    PageState.GONE,
    PageState.OK,
    PageState.EMPTY,
)
_EXTENTS = (Extent.TRUNCATED, Extent.CAPPED, Extent.WHOLE)


class Reader(Protocol):
    """A platform's page objects."""

    def read(self, answer: Answer) -> Page:
        """Read one answer."""


def reader_of(platform: str) -> Reader:
    """Give the page objects of a platform by its name."""
    if platform not in PLATFORMS:
        raise InputError(f"There is no platform {platform!r}: use one of {', '.join(PLATFORMS)}.")
    return cast("Reader", importlib.import_module(f"crawler.platforms.{platform}.pages"))


def parse(platform: str, answers: Sequence[Answer]) -> Page:
    """Read answers that belong together as one page."""
    reader = reader_of(platform)
    pages = [reader.read(answer) for answer in answers]
    if len(pages) == 1:
        return pages[0]
    return _joined(_telling(pages))


def _telling(pages: list[Page]) -> list[Page]:
    """Leave out what a browser fetched beside the answer: scripts, frames, redirects on the way."""
    silent = (PageState.CHANGED_LAYOUT, PageState.ERROR)
    told = [page for page in pages if page.records or page.sign.state not in silent]
    return told or pages


def _joined(pages: list[Page]) -> Page:
    gravest = min(pages, key=lambda page: _GRAVITY.index(page.sign.state))
    reasons = dict.fromkeys(page.sign.reason for page in pages if page.sign.reason)
    return Page(
        sign=Sign(gravest.sign.state, "; ".join(reasons)),
        extent=min((page.extent for page in pages), key=_EXTENTS.index),
        posts=tuple(post for page in pages for post in page.posts),
        accounts=tuple(account for page in pages for account in page.accounts),
    )


def lines(page: Page) -> Iterator[str]:
    """Give the JSON lines of a page: its state, then its records."""
    head = {"page_state": page.sign.state, "extent": page.extent, "count": page.records}
    yield _line(head | ({"reason": page.sign.reason} if page.sign.reason else {}))
    for account in page.accounts:
        yield _line(_fields(account) | {"record": "account"})
    for post in page.posts:
        yield _line(_fields(post) | {"record": "post"})


def _fields(record: Account | Post) -> dict[str, Any]:
    fields = asdict(record)
    fields.pop("observation", None)
    return fields


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
