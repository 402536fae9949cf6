"""What a spider hands on for each fetch, failures too."""

from __future__ import annotations

from dataclasses import dataclass

from archive.labels import Extent, PageState
from archive.records import Account, Post
from crawler.warc import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """One fetch under a job: the exchange, how it is to be read, and what stood in it.

    ``gone`` are keys of posts; ``picture`` says that the body is one, to be kept as evidence by
    itself; ``reason`` names the sign behind a state that is not ``ok``.
    """

    job: int
    cursor: str
    exchange: Exchange
    page_state: PageState
    extent: Extent = Extent.WHOLE
    posts: tuple[Post, ...] = ()
    accounts: tuple[Account, ...] = ()
    gone: tuple[str, ...] = ()
    picture: bool = False
    screenshot: bytes | None = None
    session: str | None = None
    reason: str = ""
