"""What Weibo's mobile answers are made of: accounts, posts, comments, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any
from urllib.parse import quote

from crawler.sandbox.shapes.cast import Cast, Talk, dice, edited, gone, words
from crawler.sandbox.shapes.stage import SHOWN
from crawler.sandbox.shapes.weibo.numbers import Numbers, bid, uid
from crawler.sandbox.world import Comment, Entry, Person

CHINA = timezone(timedelta(hours=8))
_MOBILE = "https://m.weibo.cn"
_PIXELS = "480"
_MANY = 10_000  # from here on a count is told in 万


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Writes the parts of an answer as they stand at ``now``; pictures lie under ``base``."""

    cast: Cast
    numbers: Numbers
    now: datetime
    base: str

    def post(self, entry: Entry, *, whole: bool = False) -> dict[str, Any]:
        """Write an ``mblog``; a long text is cut unless ``whole``."""
        text, mid = words(entry, self.now), str(self.numbers.mid(entry))
        long = len(text) > SHOWN
        told = {
            "created_at": stamp(entry.posted_at),
            "id": mid,
            "mid": mid,
            "bid": bid(int(mid)),
            "edit_count": int(edited(entry, self.now)),
            "text": marked(text) if whole or not long else self._cut(text, mid),
            "textLength": len(text.encode("gbk", "replace")),
            "source": "iPhone客户端" if dice(entry.id, 2) else "微博网页版",
            "user": self.user(self.cast.people[entry.author]),
            "isLongText": long,
            "mblogtype": 0,
            **self._counts(entry),
            **self._pictures(entry),
            "region_name": f"发布于 {self.cast.people[entry.author].ip_location}",
        }
        if edited(entry, self.now) and entry.edited_at:
            told["edit_at"] = stamp(entry.edited_at)
        if entry.repost_of:
            told |= {"raw_text": text, "retweeted_status": self._original(entry.repost_of)}
        return told

    def _cut(self, text: str, mid: str) -> str:
        return f'{marked(text[:SHOWN])} ...<a href="/status/{mid}">全文</a>'

    def _original(self, name: str) -> dict[str, Any]:
        entry = self.cast.entry(name)
        if not gone(entry, self.now):
            return self.post(entry)
        mid = str(self.numbers.mid(entry))
        sorry = "抱歉，此微博已被作者删除。查看帮助：网页链接"
        return {"id": mid, "mid": mid, "user": None, "text": sorry, "bid": bid(int(mid))}

    def _counts(self, entry: Entry) -> dict[str, Any]:
        talks = self.cast.talks(entry, self.now)
        return {
            "reposts_count": len(self.cast.reposts(entry, self.now, set())),
            "comments_count": sum(1 + len(talk.replies) for talk in talks),
            "attitudes_count": dice(entry.id, 300),
        }

    def _pictures(self, entry: Entry) -> dict[str, Any]:
        pids = [pid(picture.name) for picture in entry.pictures]
        told: dict[str, Any] = {"pic_ids": pids, "pic_num": len(pids)}
        if pids:
            told["original_pic"] = f"{self.base}/large/{pids[0]}.jpg"
            told["pics"] = [self._picture(name) for name in pids]
        return told

    def _picture(self, name: str) -> dict[str, Any]:
        return {
            "pid": name,
            "url": f"{self.base}/orj360/{name}.jpg",
            "size": "orj360",
            "geo": {"width": int(_PIXELS), "height": int(_PIXELS), "croped": False},
            "large": {
                "size": "large",
                "url": f"{self.base}/large/{name}.jpg",
                "geo": {"width": _PIXELS, "height": _PIXELS, "croped": False},
            },
        }

    def user(self, person: Person) -> dict[str, Any]:
        """Write an account."""
        number = uid(person.id)
        return {
            "id": number,
            "screen_name": person.name,
            "profile_image_url": f"{self.base}/crop/{number}.jpg",
            "profile_url": f"{_MOBILE}/u/{number}?uid={number}",
            "statuses_count": len(self.cast.by(person.id, self.now, set())),
            "verified": False,
            "verified_type": -1,
            "description": "",
            "gender": "m" if dice(person.id, 2) else "f",
            "mbtype": 0,
            "urank": dice(person.id, 48),
            "mbrank": 0,
            "follow_me": False,
            "following": False,
            "followers_count": counted(person.followers),
            "follow_count": dice(person.id, 900),
            "cover_image_phone": f"{self.base}/crop/{number}.jpg",
            "avatar_hd": f"{self.base}/orj480/{number}.jpg",
        }

    def comment(self, comment: Comment, root: Comment) -> dict[str, Any]:
        """Write a comment or a reply; of a comment of its own the root is itself."""
        person = self.cast.people[comment.author]
        return {
            "created_at": stamp(comment.posted_at),
            "id": str(self.numbers.cid(comment)),
            "rootid": str(self.numbers.cid(root)),
            "text": escape(comment.text, quote=False),
            "source": f"来自{person.ip_location}",
            "user": self.user(person),
            "like_count": dice(comment.id, 30),
            "liked": False,
        }

    def talk(self, talk: Talk, most: int) -> dict[str, Any]:
        """Write a comment with at most so many of its replies, ``false`` for none."""
        replies = [self.comment(reply, talk.comment) for reply in talk.replies[:most]]
        return {
            **self.comment(talk.comment, talk.comment),
            "comments": replies or False,
            "total_number": len(talk.replies),
            "max_id": 0,
        }


def stamp(at: datetime) -> str:
    """Write a time as Weibo does: ``Thu Jun 17 16:00:11 +0800 2021``."""
    local = at.astimezone(CHINA)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    clock = local.strftime("%d %H:%M:%S +0800 %Y")
    return f"{days[local.weekday()]} {months[local.month - 1]} {clock}"


def marked(text: str) -> str:
    """Write a text as HTML: line breaks, and topics between two # as links."""
    parts = escape(text, quote=False).replace("\n", "<br />").split("#")
    told, at = parts[0], 1
    while at < len(parts):
        if at + 1 < len(parts) and parts[at].strip() and parts[at] == parts[at].strip():
            told += _topic(parts[at]) + parts[at + 1]
            at += 2
        else:
            told += "#" + parts[at]
            at += 1
    return told


def _topic(name: str) -> str:
    asked = quote(f"231522type=1&t=10&q=#{name}#", safe="")
    link = f"{_MOBILE}/search?containerid={asked}"
    return f'<a  href="{link}" data-hide=""><span class="surl-text">#{name}#</span></a>'


def counted(number: int) -> int | str:
    """Tell a count as Weibo does: a number, or a text such as ``145.5万``."""
    return number if number < _MANY else f"{number / _MANY:.1f}万"


def pid(name: str) -> str:
    """Give a picture's id."""
    return f"006sandbox{name}"


def picture_name(told: str) -> str:
    """Give the world's name of a picture."""
    return told.removesuffix(".jpg").removeprefix("006sandbox")
