"""When a post is another version than the one held, and how a version is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from archive import codec
from archive.records import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A version of a post that is new."""

    post: Post
    version: int
    digest: str
    seen_at: datetime


def digest(post: Post) -> str:
    """Digest what a reader would call the post: an edit changes it, a new count of likes not."""
    pictures = [media.sha256 or media.url for media in post.media]
    body = codec.encode([post.title, post.text, pictures])
    return hashlib.sha256(body.encode()).hexdigest()


def changes_of(
    held: Mapping[str, Row[*tuple[Any, ...]]], seen: Sequence[tuple[Post, datetime]]
) -> list[Change]:
    """Give a version for each post that was not held, or not held like this."""
    newest = {key: (row.version, row.digest) for key, row in held.items()}
    changes = []
    for post, at in seen:
        version, before = newest.get(post.key, (0, ""))
        if (now := digest(post)) == before:
            continue
        newest[post.key] = (version + 1, now)
        changes.append(Change(post=post, version=version + 1, digest=now, seen_at=at))
    return changes


def version_row(number: int, change: Change) -> dict[str, object]:
    """Give the row of a version under the row id of its post."""
    return {
        "post": number,
        "version": change.version,
        "seen_at": change.seen_at,
        "observation": change.post.observation,
        "body": codec.encode(replace(change.post, observation=None)),
    }
