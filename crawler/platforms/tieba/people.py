"""Tieba's accounts: under a number, a portrait, or a name, whichever a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from parsel import Selector

from archive.records import Account
from crawler.markup import node_words, words
from crawler.trees import Branch, ident, number, said

PLATFORM = "tieba"
HOME = "https://tieba.baidu.com"


def account_of(user: Branch, *, shown: str = "", ip: str | None = None) -> Account | None:
    """Read a user of an answer in JSON, or of a data-field; ``shown`` is what stands there."""
    name = _portrait(said(user, "portrait", "author_portrait"))
    login = said(user, "user_name", "name", "author_name", "username", "un")
    number_ = ident(user, "user_id", "id", "uid", "author_id", "id_str")
    number_ = number_ if number_.isdecimal() else ""
    called = shown or said(
        user,
        "name_show",
        "show_nickname",
        "showname",
        "user_nickname",
        "author_nickname",
        "nickname",
    )
    key = number_ or name or login
    if not key:
        return None
    return Account(
        platform=PLATFORM,
        account_id=key,
        name=words(called or login),
        bio=words(said(user, "intro", "user_intro")),
        url=f"{HOME}/home/main?id={name}" if name else "",
        ip_location=ip or said(user, "ip_address", "ip") or None,
        followers=number(user, "fans_num", "followed_count", "fans_count"),
    )


def linked_account(link: Selector, *, user_id: str = "", ip: str | None = None) -> Account | None:
    """Read a link to an account's home: its id or its name stands in the address."""
    asked = _asked(link.attrib.get("href", ""))
    shown = node_words(link)
    user = {
        "user_id": user_id,
        "portrait": asked.get("id", ""),
        "user_name": link.attrib.get("username") or asked.get("un", ""),
    }
    return account_of(user, shown=shown, ip=ip)


def users_by_id(*lists: Any) -> Mapping[str, Branch]:
    """Give users by their numbers, from a list or from an object that names them."""
    found: dict[str, Branch] = {}
    for users in lists:
        entries = (
            users if isinstance(users, list) else users.values() if isinstance(users, dict) else ()
        )
        for user in entries:
            if isinstance(user, dict) and (name := ident(user, "id", "user_id")):
                found[name] = user
    return found


def _portrait(text: str) -> str:
    return text.rsplit("/", 1)[-1].split("?")[0].strip()


def _asked(address: str) -> dict[str, str]:
    """Give the parameters of an address; Tieba's older ones are in GBK."""
    try:
        pairs = parse_qsl(urlsplit(address).query, encoding="latin-1")
    except ValueError:
        return {}
    return {key: _decoded(value) for key, value in pairs}


def _decoded(value: str) -> str:
    raw = unquote_to_bytes(value.encode("latin-1", errors="ignore"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")
