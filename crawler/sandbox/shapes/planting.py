"""What a spider should find in a shape, for scores: rows under the platform's own ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crawler.sandbox.shapes.cast import Cast, edited, gone, words
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.world import Comment, Entry

Planted = Callable[[], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a platform names what the world holds."""

    post: Callable[[Entry], str]
    comment: Callable[[Comment], str]
    person: Callable[[str], str]
    picture: Callable[[str], str]
    post_kind: str = "post"
    comments: bool = True


def planting(stage: Stage, naming: Naming) -> Planted:
    """Give the function that lists what stands at the clock's time."""

    def planted() -> list[dict[str, Any]]:
        cast, rows = stage.cast, list[dict[str, Any]]()
        for person in cast.people.values():
            row = {"kind": "account", "id": naming.person(person.id), "name": person.name}
            rows.append(row | {"ip_location": person.ip_location})
        for entry in cast.entries:
            if entry.posted_at <= stage.now:
                rows.append(_post(entry, stage, naming))
                rows += _comments(entry, cast, stage, naming) if naming.comments else []
        return rows

    return planted


def _post(entry: Entry, stage: Stage, naming: Naming) -> dict[str, Any]:
    return {
        "kind": naming.post_kind,
        "id": naming.post(entry),
        "entry": entry.id,
        "author": naming.person(entry.author),
        "text": words(entry, stage.now),
        "posted_at": entry.posted_at.isoformat(),
        "edited": edited(entry, stage.now),
        "gone": gone(entry, stage.now) or entry.author in stage.site.banned,
        "searchable": not entry.feed,
        "pictures": [naming.picture(picture.name) for picture in entry.pictures],
        "repost_of": naming.post(stage.cast.entry(entry.repost_of)) if entry.repost_of else None,
    }


def _comments(entry: Entry, cast: Cast, stage: Stage, naming: Naming) -> list[dict[str, Any]]:
    rows = []
    for talk in cast.talks(entry, stage.now):
        for comment in (talk.comment, *talk.replies):
            parent = naming.comment(talk.comment) if comment is not talk.comment else None
            row = {
                "kind": "comment",
                "id": naming.comment(comment),
                "post": naming.post(entry),
                "parent": parent,
                "author": naming.person(comment.author),
                "text": comment.text,
                "posted_at": comment.posted_at.isoformat(),
            }
            rows.append(row)
    return rows
