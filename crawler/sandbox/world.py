"""What exists in the sandbox, and when: all of it follows from one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from archive.labels import Goods, Intent
from crawler.sandbox.writing import Writer

DAYS = 30  # how far back posts go
_ACCOUNTS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account."""

    id: str
    name: str
    ip_location: str
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture by its name; ``menu`` is what a price list says, empty for a harmless one."""

    name: str
    menu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """An answer under a post."""

    id: str
    author: str
    text: str
    posted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post with its whole life; ``feed`` ones are shown by the feed and never by search."""

    id: str
    author: str
    text: str
    posted_at: datetime
    intent: Intent
    goods: tuple[Goods, ...] = ()
    edited_at: datetime | None = None
    edited_text: str = ""
    deleted_at: datetime | None = None
    repost_of: str | None = None
    pictures: tuple[Picture, ...] = ()
    comments: tuple[Comment, ...] = ()
    feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Accounts and posts, newest first."""

    people: dict[str, Person]
    entries: tuple[Entry, ...]


def build_world(seed: int, *, now: datetime, posts: int = 600) -> World:
    """Make a world around a moment; some edits and deletions lie in the days after it."""
    random = Random(seed)  # noqa: S311
    writer = Writer(random)
    people = [_person(number, writer, random) for number in range(_ACCOUNTS)]
    entries = [_entry(number, people, writer, random, now) for number in range(posts)]
    entries += [_repost(number, entries, people, random, now) for number in range(posts // 20)]
    entries.sort(key=lambda entry: (entry.posted_at, entry.id), reverse=True)
    return World(people={person.id: person for person in people}, entries=tuple(entries))


def _person(number: int, writer: Writer, random: Random) -> Person:
    return Person(
        id=f"u{1000 + number}",
        name=writer.name(),
        ip_location=writer.region(),
        followers=random.randrange(5000),
    )


def _entry(
    number: int, people: list[Person], writer: Writer, random: Random, now: datetime
) -> Entry:
    written = writer.post()
    posted = now - timedelta(minutes=random.randrange(DAYS * 24 * 60))
    entry = Entry(
        id=f"s{20000 + number}",
        author=random.choice(people).id,
        text=written.text,
        posted_at=posted,
        intent=written.intent,
        goods=written.goods,
        pictures=_pictures(number, written.menu, random),
        comments=_comments(number, people, writer, random, posted),
        feed=random.random() < 0.1,
    )
    return _life(entry, random, now)


def _life(entry: Entry, random: Random, now: datetime) -> Entry:
    """Delete some posts, edit others; adverts more often; mostly in the day after ``now``."""
    dice = random.random()
    after = now + timedelta(hours=random.randrange(1, 24))
    if dice < (0.12 if entry.goods else 0.02):
        return replace(entry, deleted_at=after)
    if dice < (0.24 if entry.goods else 0.05):
        return replace(entry, edited_at=after, edited_text=f"{entry.text}（已更新，以此条为准）")
    if dice > 0.98:
        return replace(entry, deleted_at=max(entry.posted_at, now - timedelta(hours=1)))
    return entry


def _pictures(number: int, menu: tuple[str, ...], random: Random) -> tuple[Picture, ...]:
    if menu:
        return (Picture(name=f"p{number}", menu=menu),)
    return (Picture(name=f"p{number}"),) if random.random() < 0.08 else ()


def _comments(
    number: int, people: list[Person], writer: Writer, random: Random, posted: datetime
) -> tuple[Comment, ...]:
    return tuple(
        Comment(
            id=f"c{number}x{at}",
            author=random.choice(people).id,
            text=writer.comment(),
            posted_at=posted + timedelta(minutes=random.randrange(1, 600)),
        )
        for at in range(random.choice([0, 0, 0, 1, 2, 4]))
    )


def _repost(
    number: int, entries: list[Entry], people: list[Person], random: Random, now: datetime
) -> Entry:
    """Post a text again under another account, as sellers do after a ban."""
    original = random.choice([entry for entry in entries if entry.goods or random.random() < 0.1])
    age = (now - original.posted_at).total_seconds()
    return Entry(
        id=f"r{50000 + number}",
        author=random.choice(people).id,
        text=original.text,
        posted_at=original.posted_at + timedelta(seconds=random.random() * age),
        intent=original.intent,
        goods=original.goods,
        repost_of=original.id,
    )
