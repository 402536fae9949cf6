"""The records of the written corpus."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive.labels import ACTIONABLE, Goods, Intent
from archive.records import Offer


class Degree(StrEnum):
    """How much of a post is coded."""

    PLAIN = "plain"
    MODERATE = "moderate"
    HEAVY = "heavy"


PLATFORMS = frozenset(
    [
        "weibo",
        "xiaohongshu",
        "tieba",
        "douyin",
        "kuaishou",
        "zhihu",
        "bilibili",
        "douban",
        "qq",
        "wechat",
        "telegram",
        "x",
        "forum",
    ]
)
KINDS = frozenset(["post", "thread", "floor", "comment", "repost", "bio", "title"])
FORMS = frozenset(["keywords", "menu", "picture", "reply", "story", "line", "post"])
CODINGS = frozenset(
    [
        "homophone",
        "lookalike",
        "split",
        "emoji",
        "pinyin",
        "initials",
        "traditional",
        "fullwidth",
        "zerowidth",
        "symbols",
        "digits",
        "reversal",
        "padding",
        "hashtags",
        "column",
        "slang",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One written post with its labels; ``line`` is where its block begins."""

    id: str
    batch: str
    line: int
    intent: Intent
    platform: str
    kind: str
    degree: Degree
    goods: tuple[Goods, ...] = ()
    coding: tuple[str, ...] = ()
    form: str = ""
    hard: bool = False
    twin: str | None = None
    title: str = ""
    text: str
    offer: Offer | None = None

    @property
    def actionable(self) -> bool:
        """Whether the post is one to act on."""
        return self.intent in ACTIONABLE

    @property
    def whole(self) -> str:
        """Title and text as a judge reads them."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one writer wrote, with the brief and the sources they read."""

    id: str
    writer: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
