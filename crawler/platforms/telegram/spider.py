"""How Telegram's web preview is asked: channels, posts, a channel's own search; no log-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from archive.errors import InputError
from archive.ledger.units import Unit, Work
from crawler.answers import Answer
from crawler.platforms.platform import Ask, Limits, Onward, Reading, address
from crawler.platforms.telegram.messages import PLATFORM as NAME
from crawler.platforms.telegram.pages import read
from crawler.platforms.telling import reading_of

_HOST = "t.me"
_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})/(\d+)")


class TelegramSpider:
    """Telegram's preview as a platform; cursors are numbers of the posts before which to read."""

    name = NAME
    limits = Limits(
        delay=2.0, at_once=2, works=frozenset({Work.FEED, Work.SEARCH, Work.POST, Work.ACCOUNT})
    )

    def __init__(self, *, base_url: str | None = None, browser: bool = False) -> None:
        self._base_url = base_url
        self._browser = browser  # the preview needs none

    def ask(self, unit: Unit) -> Ask:
        """Give the request of a unit; a search is ``channel words``: there is no other."""
        if unit.work is Work.POST:
            found = _POST.fullmatch(unit.query)
            if found is None:
                raise InputError(f"A post of Telegram is CHANNEL/NUMBER, not {unit.query!r}.")
            return Ask(url=self._at(f"/{unit.query}?embed=1"))
        channel, _, words = unit.query.removeprefix("@").partition(" ")
        if not _CHANNEL.fullmatch(channel) or (unit.work is Work.SEARCH and not words.strip()):
            raise InputError(
                f"Telegram's preview cannot be asked for {unit.query!r}: "
                "name a channel, for a search followed by the words."
            )
        if unit.work is Work.ACCOUNT:
            return Ask(url=self._at(f"/{channel}"))
        values = {"q": words.strip(), "before": unit.cursor}
        asked = urlencode({name: value for name, value in values.items() if value})
        return Ask(url=self._at(f"/s/{channel}{f'?{asked}' if asked else ''}"))

    def read(self, unit: Unit, answer: Answer) -> Reading:
        """Read an answer to a unit."""
        page = read(answer)
        following = _before(page.following) if unit.work in (Work.FEED, Work.SEARCH) else None
        onward = [Onward(work=Work.FEED, query=name) for name in page.links]
        return reading_of(unit, page, following=following, onward=onward)

    def samples(self) -> Sequence[Unit]:
        """Give Telegram's own channel and one post of it."""
        return (
            Unit(platform=NAME, work=Work.FEED, query="telegram"),
            Unit(platform=NAME, work=Work.POST, query="telegram/5"),
        )

    def doorstep(self) -> Unit | None:
        """Give nothing: the preview has no log-in."""
        return None

    def _at(self, path: str) -> str:
        return address(self._base_url, _HOST, path)


PLATFORM = TelegramSpider


def _before(following: str | None) -> str | None:
    """Give the number in the address of older posts."""
    found = parse_qs(urlsplit(following or "").query).get("before")
    return found[0] if found else None
