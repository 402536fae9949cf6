"""Telegram Desktop's ``result.json``: one chat, or all chats of an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.imports.fields import clean, name, text, time, within
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_CHAT = " chat"  # where parts() lays the chat of a message


def _matches(row: Row, _table: str) -> bool:
    return _is_chat(row) or isinstance(within(row, "chats", "list"), list)


def _is_chat(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("messages"), list) and "type" in value


def _parts(row: Row) -> Iterator[Row]:
    chats = [row] if _is_chat(row) else within(row, "chats", "list")
    if not isinstance(chats, list):
        raise ValueError("it has neither messages nor chats")
    for chat in chats:
        for message in chat.get("messages", ()) if isinstance(chat, dict) else ():
            if not isinstance(message, dict) or message.get("type") == "message":
                body = message if isinstance(message, dict) else {}
                yield {**body, _CHAT: chat}


def _post(row: Row, _platform: str, _table: str) -> Post:
    chat = row[_CHAT]
    number, room = name(row, "id"), name(chat, "id")
    if not number or not room:
        raise ValueError("the message or its chat has no id")
    above = name(row, "reply_to_message_id")
    sender = name(row, "from_id") or f"chat{room}"
    photo = text(row, "photo", "file") if "photo" in row else ""
    return Post(
        platform="telegram",
        post_id=f"{room}/{number}",
        kind=Kind.REPOST if row.get("forwarded_from") else Kind.COMMENT if above else Kind.POST,
        text=_words(row.get("text", "")),
        author=Account(
            platform="telegram", account_id=sender, name=text(row, "from") or text(chat, "name")
        ),
        parent=f"telegram:{room}/{above}" if above else None,
        posted_at=time(row, "date_unixtime", "date"),
        media=(Media(url=photo),) if photo else (),
    )


def _words(value: object) -> str:
    """Give a message's words: a text, or a list of texts and entities."""
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, list):
        raise ValueError(f"the field text is not a text but {type(value).__name__}")
    pieces = (piece if isinstance(piece, str) else within(piece, "text") for piece in value)
    return clean("".join(piece for piece in pieces if isinstance(piece, str)))


TELEGRAM = Format(name="telegram", matches=_matches, post=_post, parts=_parts)
