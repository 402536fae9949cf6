"""What Weibo's web answers are made of: cards of a search, posts, accounts, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from crawler.sandbox.shapes.cast import Cast, Talk, dice, gone, words
from crawler.sandbox.shapes.stage import SHOWN
from crawler.sandbox.shapes.weibo.cards import CHINA, marked, pid, stamp
from crawler.sandbox.shapes.weibo.numbers import Numbers, bid, uid
from crawler.sandbox.world import Comment, Entry, Person

_TAG = re.compile(r"(<[^>]*>)")
_TOPIC = re.compile(r"#([^#\s][^#]*?)#")
_MINUTE, _HOUR = 60, 3600
_DELETED = "抱歉，此微博已被作者删除。查看帮助"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Writes the parts of an answer as they stand at ``now``; pictures lie under ``base``."""

    cast: Cast
    numbers: Numbers
    now: datetime
    base: str

    def card(self, entry: Entry, word: str) -> dict[str, Any]:
        """Write a card of a search; a long text is there twice, cut and hidden in full."""
        text, person = words(entry, self.now), self.cast.people[entry.author]
        original = self.cast.entry(entry.repost_of) if entry.repost_of else None
        return {
            **self._head(entry),
            "name": person.name,
            "cut": found(text[:SHOWN], word) if len(text) > SHOWN else None,
            "full": found(text, word),
            "pictures": [self._thumb(each.name) for each in entry.pictures],
            "pids": ",".join(pid(each.name) for each in entry.pictures),
            "original": self._original(original, word) if original else None,
            **self._counts(entry),
        }

    def _head(self, entry: Entry) -> dict[str, Any]:
        mid = self.numbers.mid(entry)
        return {
            "mid": str(mid),
            "bid": bid(mid),
            "uid": uid(entry.author),
            "time": told_time(entry.posted_at),
            "source": "iPhone客户端" if dice(entry.id, 2) else "微博网页版",
        }

    def _original(self, entry: Entry, word: str) -> dict[str, Any]:
        if gone(entry, self.now):
            return {"gone": _DELETED}
        name = self.cast.people[entry.author].name
        text = found(words(entry, self.now), word)
        return {**self._head(entry), "name": name, "full": text, **self._counts(entry)}

    def _thumb(self, name: str) -> dict[str, str]:
        return {"pid": pid(name), "url": f"{self.base}/orj360/{pid(name)}.jpg"}

    def _counts(self, entry: Entry) -> dict[str, int]:
        talks = self.cast.talks(entry, self.now)
        return {
            "reposts_count": len(self.cast.reposts(entry, self.now, set())),
            "comments_count": sum(1 + len(talk.replies) for talk in talks),
            "attitudes_count": dice(entry.id, 300),
        }

    def post(self, entry: Entry, *, whole: bool = False) -> dict[str, Any]:
        """Write a post as JSON; a long text is cut unless ``whole``."""
        text, mid = words(entry, self.now), self.numbers.mid(entry)
        long = len(text) > SHOWN
        cut = long and not whole
        shown = text[:SHOWN] + " " if cut else text
        told: dict[str, Any] = {
            "visible": {"type": 0, "list_id": 0},
            "created_at": stamp(entry.posted_at),
            "id": mid,
            "idstr": str(mid),
            "mid": str(mid),
            "mblogid": bid(mid),
            "user": self.user(self.cast.people[entry.author]),
            "text_raw": shown,
            "text": marked(shown) + (' ...<span class="expand">展开</span>' if cut else ""),
            "textLength": len(text.encode("gbk", "replace")),
            "source": "iPhone客户端" if dice(entry.id, 2) else "微博网页版",
            "isLongText": long,
            "mblogtype": 0,
            "is_show_bulletin": 2,
            **self._counts(entry),
            **self._pictures(entry),
            "region_name": f"发布于 {self.cast.people[entry.author].ip_location}",
        }
        if long:
            told["continue_tag"] = {"title": "全文", "pic": "", "scheme": ""}
        if entry.repost_of:
            told["retweeted_status"] = self._retweeted(self.cast.entry(entry.repost_of))
        return told

    def _retweeted(self, entry: Entry) -> dict[str, Any]:
        if not gone(entry, self.now):
            return self.post(entry)
        mid = self.numbers.mid(entry)
        head = {"id": mid, "idstr": str(mid), "mid": str(mid), "mblogid": bid(mid), "user": None}
        return head | {"text": _DELETED, "text_raw": _DELETED}

    def _pictures(self, entry: Entry) -> dict[str, Any]:
        pids = [pid(each.name) for each in entry.pictures]
        told: dict[str, Any] = {"pic_ids": pids, "pic_num": len(pids)}
        if pids:
            told["pic_infos"] = {name: self._sizes(name) for name in pids}
        return told

    def _sizes(self, name: str) -> dict[str, Any]:
        folders = {"thumbnail": "wap180", "large": "orj960", "largest": "large"}
        sizes = {
            size: {"url": f"{self.base}/{folder}/{name}.jpg", "width": 480, "height": 480}
            for size, folder in folders.items()
        }
        return sizes | {"pic_id": name, "type": "pic"}

    def user(self, person: Person) -> dict[str, Any]:
        """Write an account."""
        number = uid(person.id)
        face = f"{self.base}/crop/{number}.jpg"
        return {
            "id": number,
            "idstr": str(number),
            "screen_name": person.name,
            "profile_image_url": face,
            "profile_url": f"/u/{number}",
            "verified": False,
            "verified_type": -1,
            "domain": "",
            "avatar_large": face,
            "avatar_hd": face,
            "follow_me": False,
            "following": False,
            "mbrank": 0,
            "mbtype": 0,
        }

    def comment(self, talk: Talk, *, previews: int) -> dict[str, Any]:
        """Write a comment with the first of its replies."""
        told = self._said(talk.comment, talk.comment)
        shown = [self.reply(each, talk.comment) for each in talk.replies[:previews]]
        told |= {"comments": shown, "total_number": len(talk.replies), "max_id": 0}
        if len(talk.replies) > previews:
            told["more_info"] = {"scheme": "", "text": f"共{len(talk.replies)}条回复"}
        return told

    def reply(self, comment: Comment, root: Comment) -> dict[str, Any]:
        """Write a reply with what it answers."""
        to = {
            "id": self.numbers.cid(root),
            "text": escape(root.text, quote=False),
            "user": self.user(self.cast.people[root.author]),
        }
        return self._said(comment, root) | {"reply_comment": to}

    def _said(self, comment: Comment, root: Comment) -> dict[str, Any]:
        number, person = self.numbers.cid(comment), self.cast.people[comment.author]
        return {
            "created_at": stamp(comment.posted_at),
            "id": number,
            "idstr": str(number),
            "mid": str(number),
            "rootid": self.numbers.cid(root),
            "rootidstr": str(self.numbers.cid(root)),
            "floor_number": 1 + dice(comment.id, 99),
            "text": escape(comment.text, quote=False),
            "text_raw": comment.text,
            "source": f"来自{person.ip_location}",
            "user": self.user(person),
            "like_counts": dice(comment.id, 30),
        }


def found(text: str, word: str) -> Markup:
    """Write a text for a search page: topics as links, the word in red."""
    told = _TOPIC.sub(_link, escape(text, quote=False)).replace("\n", "<br/>")
    if word:
        red = re.compile(f"({re.escape(escape(word, quote=False))})", re.IGNORECASE)
        pieces = _TAG.split(told)
        for at in range(0, len(pieces), 2):
            pieces[at] = red.sub(r'<em class="s-color-red">\1</em>', pieces[at])
        told = "".join(pieces)
    return Markup(told)  # noqa: S704


def _link(topic: re.Match[str]) -> str:
    asked = quote(topic.group(0), safe="")
    return f'<a href="//s.weibo.com/weibo?q={asked}" target="_blank">{topic.group(0)}</a>'


def told_time(at: datetime) -> str:
    """Write a time as a search page does: ``32分钟前``, ``今天09:29``, ``04月23日 20:36``.

    Today is the reader's, not the sandbox clock's: nothing else says which year is meant.
    """
    there, today = at.astimezone(CHINA), datetime.now(CHINA)
    age = (today - there).total_seconds()
    if 0 <= age < _HOUR:
        return f"{int(age // _MINUTE)}分钟前" if age >= _MINUTE else f"{int(age)}秒前"
    if there.date() == today.date():
        return f"今天{there:%H:%M}"
    return f"{there:%m月%d日 %H:%M}" if there.year == today.year else f"{there:%Y年%m月%d日 %H:%M}"
