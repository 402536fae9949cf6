"""Telegram's channels made of the world's accounts, and the numbers of their posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.sandbox.shapes.cast import Cast, stands
from crawler.sandbox.world import Entry

CHANNELS = 8
HIDDEN = "sandbox_hidden"  # a channel whose preview Telegram does not show
LANDINGS = {"sandbox_group": "group", "sandbox_user": "user", HIDDEN: "channel"}
CREATED = 1  # every channel begins with a service message


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A public channel; several accounts sign their posts in it."""

    name: str
    title: str
    description: str
    subscribers: int


class Channels:
    """The channels of a cast: who writes where, and under which number."""

    def __init__(self, cast: Cast) -> None:
        self._home = {name: at % CHANNELS for at, name in enumerate(cast.people)}
        self.all = {f"sandbox_ch{at}": _channel(at, cast) for at in range(CHANNELS)}
        self._posts: dict[str, dict[int, Entry]] = {name: {} for name in self.all}
        self._numbers: dict[str, int] = {}
        for entry in reversed(cast.entries):
            posts = self._posts[self.of(entry.author)]
            self._numbers[entry.id] = CREATED + 1 + len(posts)
            posts[self._numbers[entry.id]] = entry

    def of(self, author: str) -> str:
        """Give the name of the channel that an account writes in."""
        return f"sandbox_ch{self._home[author]}"

    def address(self, entry: Entry) -> str:
        """Give ``channel/number``."""
        return f"{self.of(entry.author)}/{self._numbers[entry.id]}"

    def posts(self, channel: str, now: datetime, banned: set[str]) -> list[tuple[int, Entry]]:
        """Give what stands in a channel, oldest first."""
        posts = self._posts[channel].items()
        return [(n, e) for n, e in posts if stands(e, now) and e.author not in banned]


def _channel(at: int, cast: Cast) -> Channel:
    names = [person.name for person in cast.people.values()]
    other = (at + 3) % CHANNELS
    return Channel(
        name=f"sandbox_ch{at}",
        title=f"{names[at]}的频道",
        description=f"备用频道 @sandbox_ch{other}，合作找 @sandbox_user",
        subscribers=1200 + 3571 * at,
    )
