"""Tieba's objects in JSON as records: threads, floors, replies in floors, search results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.markup import words
from crawler.platforms.tieba.people import HOME, PLATFORM, account_of
from crawler.times import published
from crawler.trees import Branch, ident, inner, listed, media, number, said

_ANSWERED = re.compile(r"^\s*回复\s*[:：]\s*")
_EMOJI = frozenset({"2", "11"})
_PICTURE = frozenset({"3", "20"})
_VIDEO = "5"
_FILMS = frozenset({"flash", "video", "5"})
_STREAMS = ("vsrc", "video_url", "vhsrc", "url", "src")
_SIZES = ("origin_src", "big_cdn_src", "big_pic", "cdn_src", "src", "water_pic", "small_pic", "url")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where an object stands: the users that the answer names, the thread and floor around it."""

    at: datetime
    users: Mapping[str, Branch]
    thread: str = ""
    floor: str = ""


def thread_of(branch: Branch, setting: Setting, *, opening: Post | None = None) -> Post:
    """Read a thread; ``opening`` is its first floor, whose words are the thread's."""
    name = ident(branch, "tid", "thread_id", "id")
    text, pictures = _said_in(branch, "first_post_content", "abstract", "content", "text")
    moment = published(branch.get("create_time") or branch.get("time"), at=setting.at)
    author = _author(branch, setting)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.THREAD,
        url=f"{HOME}/p/{name}",
        title=words(said(branch, "title")),
        text=opening.text if opening else text,
        author=author or (opening.author if opening else None),
        posted_at=(opening.posted_at if opening else None) or moment,
        ip_location=(opening.ip_location if opening else None) or _place(branch, author),
        media=opening.media if opening else pictures,
        metrics=_metrics(branch, replies=("reply_num", "post_num"), views=("view_num",)),
    )


def floor_of(branch: Branch, setting: Setting) -> Post:
    """Read a floor of a thread."""
    name = ident(branch, "id", "pid", "post_id")
    thread = ident(branch, "tid", "thread_id") or setting.thread
    text, pictures = _said_in(branch, "content")
    author = _author(branch, setting)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.FLOOR,
        url=f"{HOME}/p/{thread}?pid={name}#{name}" if thread else "",
        text=text,
        author=author,
        parent=f"{PLATFORM}:{thread}" if thread else None,
        posted_at=published(branch.get("time") or branch.get("date"), at=setting.at),
        ip_location=_place(branch, author),
        media=pictures,
        metrics=_metrics(branch, replies=("sub_post_number", "comment_num")),
    )


def reply_of(branch: Branch, setting: Setting) -> Post:
    """Read a reply in a floor."""
    name = ident(branch, "comment_id", "spid", "id")
    floor = ident(branch, "post_id", "pid") or setting.floor
    thread = ident(branch, "thread_id", "tid") or setting.thread
    text, pictures = _said_in(branch, "content")
    author = _author(branch, setting)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.COMMENT,
        url=f"{HOME}/p/{thread}?pid={floor}&cid={name}#{name}" if thread else "",
        text=text,
        author=author,
        parent=f"{PLATFORM}:{floor}" if floor else None,
        posted_at=published(branch.get("time") or branch.get("now_time"), at=setting.at),
        ip_location=_place(branch, author),
        media=pictures,
        metrics=_metrics(branch),
    )


def hit_of(branch: Branch, setting: Setting) -> Post:
    """Read a search result: a thread, or a floor or reply in one."""
    thread = ident(branch, "tid", "thread_id")
    floor = ident(branch, "pid", "post_id")
    title = words(said(branch, "title"))
    above = ident(inner(branch, "post_info"), "pid")
    in_floor = branch.get("is_floor") in (1, "1", True) or bool(above)
    answered = bool(floor) and (
        in_floor or bool(_ANSWERED.match(title)) or bool(inner(branch, "main_post"))
    )
    text, pictures = _said_in(branch, "content", "abstract")
    author = _author(branch, setting)
    return Post(
        platform=PLATFORM,
        post_id=(ident(branch, "cid") or floor) if answered else thread,
        kind=Kind.COMMENT if answered and in_floor else Kind.FLOOR if answered else Kind.THREAD,
        url=f"{HOME}/p/{thread}" + (f"?pid={floor}#{floor}" if answered else ""),
        title=_ANSWERED.sub("", title),
        text=text,
        author=author,
        parent=f"{PLATFORM}:{above or thread}" if answered else None,
        posted_at=published(branch.get("time") or branch.get("create_time"), at=setting.at),
        ip_location=_place(branch, author),
        media=pictures,
        metrics=_metrics(branch, replies=("post_num", "reply_num")),
    )


def _author(branch: Branch, setting: Setting) -> Account | None:
    """Give who wrote: as the object has it, or by number from the answer's list of users."""
    number_ = ident(branch, "author_id", "user_id", "uid")
    user = inner(branch, "author") or inner(branch, "user")
    known = setting.users.get(number_ or ident(user, "id", "user_id"), {})
    if user or known:
        return account_of({**known, **{key: value for key, value in user.items() if value}})
    own = {
        "user_id": number_,
        "user_name": said(branch, "username", "user_name", "author_name"),
        "portrait": said(branch, "portrait"),
        "show_nickname": said(branch, "show_nickname", "nickname"),
    }
    return account_of(own)


def _place(branch: Branch, author: Account | None) -> str | None:
    return said(branch, "ip_address", "ip") or (author.ip_location if author else None)


def _said_in(branch: Branch, *names: str) -> tuple[str, tuple[Media, ...]]:
    """Give the words and pictures of the first of the named fields that has any."""
    beside = [piece for piece in listed(branch.get("media")) if isinstance(piece, dict)]
    films = [piece for piece in beside if _type(piece) in _FILMS]
    still = [said(piece, *_SIZES) for piece in beside if piece not in films]
    pictures = (*media(still), *media([said(film, *_STREAMS) for film in films], "video"))
    for name in names:
        text, within = _content(branch.get(name))
        if text or within:
            return text, tuple(dict.fromkeys((*within, *pictures)))
    return "", pictures


def _content(value: Any) -> tuple[str, tuple[Media, ...]]:
    """Read a content: a text with marks, or the list of pieces that the client's answers have."""
    if isinstance(value, str):
        return words(value), ()
    pieces = [piece for piece in listed(value) if isinstance(piece, dict)]
    texts = [_piece(piece) for piece in pieces]
    images = [said(piece, *_SIZES) for piece in pieces if _type(piece) in _PICTURE]
    videos = [said(piece, "link", "src") for piece in pieces if _type(piece) == _VIDEO]
    return "".join(texts).strip(), (*media(images), *media(videos, "video"))


def _piece(piece: Branch) -> str:
    kind = _type(piece)
    if kind in _EMOJI:
        name = said(piece, "c")
        return f"#({name})" if name else ""
    if kind in _PICTURE or kind == _VIDEO:
        return ""
    text = piece.get("text")
    return text if isinstance(text, str) else said(piece, "c", "link")


def _type(piece: Branch) -> str:
    return str(piece.get("type", "0"))


def _metrics(branch: Branch, **fields: tuple[str, ...]) -> dict[str, int]:
    found = {ours: number(branch, *theirs) for ours, theirs in fields.items()}
    likes = number(inner(branch, "agree"), "agree_num")
    found["likes"] = likes if likes is not None else number(branch, "like_num")
    return {ours: count for ours, count in found.items() if count is not None}
