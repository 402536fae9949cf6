"""Tieba's interfaces in JSON: threads, floors, replies, search results, whatever their envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from archive.records import Account, Post
from crawler.answers import Answer
from crawler.platforms.page import Gleanings
from crawler.platforms.tieba.lengths import length_in
from crawler.platforms.tieba.people import account_of, users_by_id
from crawler.platforms.tieba.posts import Setting, floor_of, hit_of, reply_of, thread_of
from crawler.trees import Branch, branches, ident, inner, said

_LISTS = frozenset(
    [
        "post_list",
        "thread_list",
        "threadList",
        "sub_post_list",
        "subpost_list",
        "card_list",
        "comment_list",
        "comment_info",
        "list",
        "feed_list",
    ]
)
_REPLY_LISTS = frozenset({"sub_post_list", "subpost_list", "comment_info"})
_FLOOR_KEYS = frozenset({"post_list", "first_floor", "post"})
_THREAD_KEYS = frozenset({"thread_list", "threadList", "thread", "thread_info"})
_OF_FLOOR = frozenset({"floor", "sub_post_number", "sub_post_list", "post_no"})
_OF_THREAD = frozenset(
    [
        "reply_num",
        "create_time",
        "first_post_id",
        "abstract",
        "last_time_int",
        "view_num",
        "post_num",
        "is_good",
    ]
)
_OF_HIT = frozenset({"forum_name", "fname", "is_floor", "main_post", "forum_info"})


@dataclass(frozen=True, slots=True)
class _Step:
    key: str
    value: Any
    setting: Setting


def glean_json(value: Any, answer: Answer) -> Gleanings:
    """Walk a tree in its order, and read what looks like a post of Tieba."""
    root = value if isinstance(value, dict) else {}
    reader = _Reader(root, answer)
    stack = [_Step("", value, reader.setting)]
    while stack:
        step = stack.pop()
        if isinstance(step.value, list):
            reader.note_list(step)
            stack.extend(_Step(step.key, entry, step.setting) for entry in reversed(step.value))
        elif isinstance(step.value, dict):
            stack.extend(reversed(reader.read(step)))
    return reader.gleanings()


class _Reader:
    """Reads one object and says where to go on below it."""

    def __init__(self, root: Branch, answer: Answer) -> None:
        data = inner(root, "data")
        self._root, self._data, self._answer = root, data, answer
        self._users: Mapping[str, Branch] = users_by_id(
            root.get("user_list"), data.get("user_list"), data.get("users")
        )
        thread = inner(root, "thread") or inner(data, "thread")
        name = ident(thread, "id", "tid") or answer.asked.get("kz") or answer.asked.get("tid", "")
        first = inner(root, "first_floor") or inner(data, "first_floor")
        self.setting = Setting(
            at=answer.fetched_at,
            users=self._users,
            thread=name or ident(first, "tid"),
            floor=ident(inner(root, "post") or inner(data, "post"), "id")
            or answer.asked.get("pid", ""),
        )
        self._posts: list[Post] = []
        self._people: list[Account] = []
        self._missed: list[str] = []
        self._listed = False
        self._thread: Branch = {}

    def note_list(self, step: _Step) -> None:
        """Mark that a known list was there and had no entries."""
        if step.key in _LISTS and not step.value:
            self._listed = True

    def read(self, step: _Step) -> list[_Step]:
        branch: Branch = step.value
        kind = self._kind(step)
        if kind == "reply":
            self._posts.append(reply_of(branch, step.setting))
            return []
        if kind == "floor":
            return self._floor(branch, step.setting)
        if kind == "hit":
            self._posts.append(hit_of(branch, step.setting))
            return []
        if kind == "thread":
            return self._thread_entry(branch, step)
        if kind == "feed":
            self._posts.append(thread_of(_of_feed(branch), step.setting))
            return []
        if kind == "user":
            account = account_of(branch)
            if account:
                self._people.append(account)
            return []
        if kind:
            self._missed.append(kind)
            return []
        return [
            _Step(key, below, step.setting) for key, below in branch.items() if key != "user_list"
        ]

    def _kind(self, step: _Step) -> str:
        """Give what an object is; the missing field of what nearly is one; or nothing."""
        branch, key = step.value, step.key
        keys = branch.keys()
        if "comment_id" in keys and "content" in keys:
            return "reply"
        if key in _REPLY_LISTS and not (keys & _REPLY_LISTS) and keys:
            named = ident(branch, "id", "comment_id", "spid")
            return "reply" if named and "content" in keys else "content" if named else "id"
        if "business_info" in keys and "components" in keys:
            return "feed" if ident(_of_feed(branch), "tid") else "business_info.thread_id"
        tid = ident(branch, "tid", "thread_id")
        if tid and keys & _OF_HIT and keys & {"title", "content", "abstract"}:
            return "thread" if keys >= {"title", "reply_num"} and "content" not in keys else "hit"
        if keys & _OF_FLOOR or key in _FLOOR_KEYS:
            return self._floor_kind(branch, key)
        return self._other_kind(branch, key, tid)

    def _floor_kind(self, branch: Branch, key: str) -> str:
        named = ident(branch, "id", "pid", "post_id")
        if named and "content" in branch:
            return "floor"
        if key not in _FLOOR_KEYS or not branch:
            return ""
        return "content" if named else "id"

    def _other_kind(self, branch: Branch, key: str, tid: str) -> str:
        keys = branch.keys()
        named = tid or (ident(branch, "id") if key in _THREAD_KEYS or keys & _OF_THREAD else "")
        if named and "title" in keys and (key in _THREAD_KEYS or keys & _OF_THREAD or tid):
            return "thread"
        is_advert = branch.get("is_ad") in (1, "1", True) or "ad_info" in keys
        if key in ("thread_list", "threadList") and keys and not is_advert:
            return "title" if named else "id"
        if key == "card_list" and "thread" in (branch.get("cardInfo"), branch.get("cardStyle")):
            data = inner(branch, "data")
            return "" if ident(data, "tid", "thread_id") else "tid"
        shown = keys & {"name_show", "show_nickname", "name", "user_name"}
        if (
            "portrait" in keys
            and shown
            and key in ("user", "data", "user_info")
            and "is_login" not in keys
        ):
            return "user"
        return ""

    def _floor(self, branch: Branch, setting: Setting) -> list[_Step]:
        floor = floor_of(branch, setting)
        if self._thread and ident(branch, "floor", "post_no") == "1":
            self._posts.append(thread_of(self._thread, setting, opening=floor))
            self._thread = {}
        self._posts.append(floor)
        below = replace(setting, floor=floor.post_id)
        return [_Step("sub_post_list", branch.get("sub_post_list"), below)]

    def _thread_entry(self, branch: Branch, step: _Step) -> list[_Step]:
        """Read a thread; the one that an answer is about gets its words from its first floor."""
        if step.key != "thread":
            self._posts.append(thread_of(branch, step.setting))
            return []
        first = inner(self._root, "first_floor") or inner(self._data, "first_floor")
        if ident(first, "id") and "content" in first:
            self._posts.append(
                thread_of(branch, step.setting, opening=floor_of(first, step.setting))
            )
            return []
        entries = self._root.get("post_list") or self._data.get("post_list")
        entry = (
            next(
                (
                    one
                    for one in entries
                    if isinstance(one, dict) and ident(one, "floor", "post_no") == "1"
                ),
                None,
            )
            if isinstance(entries, list)
            else None
        )
        if entry and ident(entry, "id", "pid", "post_id") and "content" in entry:
            self._posts.append(
                thread_of(branch, step.setting, opening=floor_of(entry, step.setting))
            )
        return []

    def gleanings(self) -> Gleanings:
        """Give all that was found; accounts only where the answer is about one."""
        length = length_in(self._root, self._data, self._posts, self._answer)
        is_told = bool(self._posts or self._listed) and not self._missed
        return Gleanings(
            posts=tuple(self._posts),
            accounts=() if self._posts else tuple(self._people),
            missed=tuple(self._missed),
            listed=self._listed,
            promised=length.total,
            withheld=length.withheld if is_told else "",
            capped=length.capped,
            following=length.following,
        )


def _of_feed(branch: Branch) -> Branch:
    """Read an entry of the newer feed: ids in business_info, words in components."""
    told = branch.get("business_info")
    pairs = told if isinstance(told, list) else []
    fields = {str(pair.get("key")): pair.get("value") for pair in pairs if isinstance(pair, dict)}
    texts: dict[str, list[str]] = {"feed_title": [], "feed_abstract": []}
    components = branch.get("components")
    for component in components if isinstance(components, list) else ():
        for name, found in texts.items():
            part = component.get(name) if isinstance(component, dict) else None
            found += [
                said(inner(piece, "text_info"), "text")
                for piece in branches(part)
                if "text_info" in piece
            ]
    return {
        "tid": fields.get("thread_id") or fields.get("tid"),
        "title": "".join(texts["feed_title"]) or fields.get("title") or "",
        "abstract": "".join(texts["feed_abstract"]) or fields.get("abstract") or "",
        "author": {
            "user_id": fields.get("user_id") or fields.get("author_id"),
            "portrait": fields.get("portrait"),
        },
        "create_time": fields.get("create_time"),
    }
