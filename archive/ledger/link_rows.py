"""Keys, traces and ties, and the rows that they and links are in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from archive import codec
from archive.records import Link, Proof


@dataclass(frozen=True, slots=True)
class Key:
    """A thing that accounts may share: a contact, a text, a picture, a name."""

    kind: str
    value: str


Pair = tuple[str, Key]  # an account, and a key that it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where one post shows a key."""

    post: int
    version: int
    member: str
    key: Key
    field: str
    start: int
    end: int
    at: datetime
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """That an account shows a key, how often, and how often as its only contact."""

    key: Key
    member: str
    posts: int
    alone: int
    first: datetime
    last: datetime


def trace_row(trace: Trace) -> dict[str, object]:
    """Give a trace as a row."""
    return {
        "post": trace.post,
        "version": trace.version,
        "member": trace.member,
        "kind": trace.key.kind,
        "value": trace.key.value,
        "field": trace.field,
        "start": trace.start,
        "end": trace.end,
        "at": trace.at,
        "alone": trace.alone,
    }


def tie_row(trace: Trace) -> dict[str, object]:
    """Give the tie of one trace as a row."""
    return {
        "kind": trace.key.kind,
        "value": trace.key.value,
        "member": trace.member,
        "posts": 1,
        "alone": int(trace.alone),
        "first": trace.at,
        "last": trace.at,
    }


def tie_of(row: Row[Any]) -> Tie:
    """Give the tie of a row."""
    return Tie(
        key=Key(row.kind, row.value),
        member=row.member,
        posts=row.posts,
        alone=row.alone,
        first=row.first,
        last=row.last,
    )


def link_row(link: Link) -> dict[str, object]:
    """Give a link as a row."""
    return {
        "left": link.left,
        "right": link.right,
        "reason": link.reason,
        "value": link.value,
        "strength": link.strength,
        "first": link.first,
        "last": link.last,
        "proof": codec.encode(link.proof),
    }


def link_of(row: Row[Any]) -> Link:
    """Give the link of a row."""
    return Link(
        left=row.left,
        right=row.right,
        reason=row.reason,
        value=row.value,
        strength=row.strength,
        first=row.first,
        last=row.last,
        proof=codec.decode(row.proof, tuple[Proof, ...]),
    )
