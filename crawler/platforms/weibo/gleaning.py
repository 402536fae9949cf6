"""Finds statuses, comments and users in Weibo's JSON, whatever envelope they lie in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from archive.labels import Kind
from archive.records import Account, Post
from crawler.answers import Answer
from crawler.platforms.weibo.numbers import number_in
from crawler.platforms.weibo.signs import is_tombstone
from crawler.platforms.weibo.statuses import PLATFORM, account_of, comment_of, status_id, status_of
from crawler.trees import Branch, ident, inner, number, said

_TEXTS = ("text", "text_raw", "raw_text")
_IDS = ("id", "mid", "idstr")
_OF_STATUS = frozenset(
    [
        "mblogid",
        "bid",
        "reposts_count",
        "attitudes_count",
        "isLongText",
        "pic_ids",
        "pic_num",
        "retweeted_status",
        "mblogtype",
        "textLength",
        "visible",
    ]
)
_OF_COMMENT = frozenset(
    [
        "rootid",
        "rootidstr",
        "like_counts",
        "floor_number",
        "reply_comment",
        "total_number",
        "like_count",
        "disable_reply",
        "reply_original_text",
        "max_id",
    ]
)
_OF_EITHER = frozenset(
    {*_TEXTS, *_IDS, *_OF_STATUS, *_OF_COMMENT, "created_at", "user", "source", "region_name"}
)
_UNDER_STATUS = frozenset({"mblog", "status", "retweeted_status"})
_LISTS = frozenset({"cards", "data", "list", "statuses", "comments", "root_comments", "users"})
_ENOUGH = 3  # so many fields of a post make an object one, even where its id or text is missing


@dataclass(slots=True)
class Gleaned:
    """What was found; ``reachable`` counts replies too that have a page of their own."""

    found: list[Post] = field(default_factory=list)
    people: list[Account] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    hidden_replies: int = 0
    listed: bool = False
    tombstone: str = ""
    cards_of_posts: int = 0

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts in the order of the answer."""
        return tuple(self.found)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The users that stand by themselves, not those who wrote a post."""
        return tuple({account.account_id: account for account in self.people}.values())

    @property
    def missed(self) -> tuple[str, ...]:
        """The field that each unreadable entry lacks."""
        if not self.found and not self.lacking and self.cards_of_posts:
            return ("mblog",) * self.cards_of_posts
        return tuple(self.lacking)

    @property
    def cut(self) -> tuple[str, ...]:
        """Posts whose text goes on elsewhere."""
        return tuple(self.folded)

    @property
    def reachable(self) -> int:
        """How many entries are shown or have a page of their own."""
        return len(self.found) + self.hidden_replies


@dataclass(frozen=True, slots=True)
class _Step:
    key: str
    value: Any
    root: str = ""


def glean(value: Any, answer: Answer) -> Gleaned:
    """Walk a tree in its order."""
    gleaned = Gleaned()
    reader = _Reader(answer, gleaned)
    stack = [_Step("", value)]
    while stack:
        step = stack.pop()
        if isinstance(step.value, list):
            if step.key in _LISTS and not step.value:
                gleaned.listed = True
            stack.extend(_Step(step.key, entry, step.root) for entry in reversed(step.value))
        elif isinstance(step.value, dict):
            stack.extend(reversed(reader.read(step)))
        elif step.key == "comments" and step.value is False:
            gleaned.listed = True
    return gleaned


class _Reader:
    """Reads one object and says where to go on below it."""

    def __init__(self, answer: Answer, gleaned: Gleaned) -> None:
        self._answer = answer
        self._gleaned = gleaned
        self._comments = "comment" in answer.path.lower() or "hotflow" in answer.path.lower()
        self._reposts = "repost" in answer.path.lower()
        asked = number_in(answer.asked.get("id", "") or answer.asked.get("mid", ""))
        child = answer.asked.get("fetch_level") == "1" or "child" in answer.path.lower()
        self._post = "" if child else asked
        self._root = answer.asked.get("cid", "") or (asked if child else "")

    def read(self, step: _Step) -> list[_Step]:
        branch: Branch = step.value
        kind = self._kind(step)
        if kind == "status":
            return self._status(branch)
        if kind == "comment":
            return self._comment(branch, step)
        if kind == "user":
            account = account_of(branch)
            if account:
                self._gleaned.people.append(account)
            return _below(branch, "status")
        if kind:
            self._gleaned.lacking.append(kind)
            return []
        if branch.get("card_type") in (9, "9"):
            self._gleaned.cards_of_posts += 1
        return _below(branch, *branch)

    def _kind(self, step: _Step) -> str:
        """Give status, comment or user; the missing field of what nearly is one; or nothing."""
        keys = step.value.keys()
        if "screen_name" in keys and keys & {"id", "idstr", "uid"}:
            return "user"
        named, told = bool(status_id(step.value)), bool(keys & set(_TEXTS))
        if not (named and told):
            nearly = len(keys & _OF_EITHER) >= _ENOUGH and ("user" in keys or told)
            nearly = nearly or (step.key in _UNDER_STATUS and bool(keys & _OF_EITHER))
            return "" if not nearly else "text" if named else "id"
        if step.key in _UNDER_STATUS or keys & _OF_STATUS:
            return "status"
        if keys & _OF_COMMENT or self._comments:
            return "comment"
        return "status" if keys & {"user", "created_at"} else ""

    def _status(self, branch: Branch) -> list[_Step]:
        text = said(branch, "text", "text_raw", "raw_text")
        if not inner(branch, "user") and (branch.get("deleted") or is_tombstone(text)):
            self._gleaned.tombstone = text or "the post is deleted"
            return []
        status = status_of(branch, at=self._answer.fetched_at)
        if self._reposts and not status.post.parent and self._post:
            parent = f"{PLATFORM}:{self._post}"
            status = replace(status, post=replace(status.post, kind=Kind.REPOST, parent=parent))
        self._gleaned.found.append(status.post)
        if status.cut:
            self._gleaned.folded.append(status.post.post_id)
        return _below(branch, "retweeted_status")

    def _comment(self, branch: Branch, step: _Step) -> list[_Step]:
        own = ident(branch, "idstr", "id", "mid")
        root = step.root or self._root
        if root and root != own and not ident(branch, "rootidstr", "rootid"):
            branch = {**branch, "rootid": root}
        post = comment_of(branch, post=self._post, at=self._answer.fetched_at)
        self._gleaned.found.append(post)
        shown = branch.get("comments")
        told = number(branch, "total_number") or 0
        self._gleaned.hidden_replies += max(
            0, told - (len(shown) if isinstance(shown, list) else 0)
        )
        return [_Step("comments", shown, own)] if isinstance(shown, list) and shown else []


def _below(branch: Branch, *names: str) -> list[_Step]:
    return [_Step(name, branch[name]) for name in names if name in branch]
