"""What Tieba's pages are filled with: rows of a list, floors, replies, pagers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from crawler.sandbox.shapes.cast import Cast, Talk, words
from crawler.sandbox.shapes.tieba.numbers import (
    Bar,
    Numbers,
    bar,
    count,
    last_word,
    portrait,
    title,
    user_id,
    user_name,
)
from crawler.sandbox.world import Comment, Entry, Picture

CHINA = timezone(timedelta(hours=8))
_ABSTRACT = 60  # code points of a thread that a list shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the parts of a page as they stand at ``now``; pictures lie under ``base``."""

    cast: Cast
    numbers: Numbers
    now: datetime
    base: str

    def row(self, entry: Entry) -> dict[str, Any]:
        """Write a thread of a bar's list."""
        person, tid = self.cast.people[entry.author], self.numbers.tid(entry)
        last = last_word(self.cast, entry, self.now)
        field = {
            "id": tid,
            "author_name": user_name(person.id),
            "author_nickname": person.name,
            "author_portrait": portrait(person.id),
            "first_post_id": self.numbers.pid(entry),
            "reply_num": self.answers(entry),
            "is_bakan": None,
            "vid": "",
            "is_good": None,
            "is_top": None,
        }
        return {
            "field": json.dumps(field),
            "tid": tid,
            "replies": field["reply_num"],
            "title": title(entry, self.now),
            "abstract": words(entry, self.now)[:_ABSTRACT],
            "author": self.author(person.id),
            "created": short(entry.posted_at),
            "pictures": [self.picture(each) for each in entry.pictures],
            "last": self.author(last.author) if last else None,
            "touched": short(last.posted_at if last else entry.posted_at),
        }

    def hit(self, entry: Entry) -> dict[str, Any]:
        """Write a result of a search."""
        person, place = self.cast.people[entry.author], bar(entry)
        return {
            "tid": self.numbers.tid(entry),
            "pid": self.numbers.pid(entry),
            "fid": place.id,
            "bar": place.name,
            "bar_link": f"/f?kw={quote(place.name, encoding='gbk')}",
            "title": title(entry, self.now),
            "content": words(entry, self.now)[:_ABSTRACT],
            "author": person.name,
            "author_link": f"/home/main?un={quote(user_name(person.id), encoding='gbk')}",
            "date": f"{entry.posted_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
        }

    def answers(self, entry: Entry) -> int:
        """Give the number of answers that a list tells."""
        return count(self.cast.talks(entry, self.now)) - 1

    def floor(self, entry: Entry, number: int, talk: Talk | None) -> dict[str, Any]:
        """Write a floor; the first one, which has no talk, is the thread's own text."""
        post: Entry | Comment = talk.comment if talk else entry
        person, replies = self.cast.people[post.author], talk.replies if talk else ()
        body = self.body(entry) if talk is None else escape(post.text)
        told = portrait(person.id)
        field = {
            "author": {
                "user_id": user_id(person.id),
                "user_name": user_name(person.id),
                "props": None,
                "portrait": f"{told}?t=1532192361",
                "user_nickname": person.name,
            },
            "content": {
                "post_id": self.numbers.pid(post),
                "is_anonym": False,
                "forum_id": bar(entry).id,
                "thread_id": self.numbers.tid(entry),
                "content": str(body),
                "isPlus": 0,
                "builderId": user_id(person.id),
                "post_no": number,
                "type": "0",
                "comment_num": len(replies),
                "is_fold": 0,
                "props": None,
                "post_index": number - 1,
                "pb_tpoint": None,
            },
        }
        lzl = {"pid": self.numbers.pid(post), "floor_num": number, "total_num": len(replies)}
        return {
            "field": json.dumps(field),
            "pid": self.numbers.pid(post),
            "number": number,
            "body": body,
            "author": self.author(person.id),
            "user_id": user_id(person.id),
            "ip": person.ip_location,
            "date": f"{post.posted_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
            "lzl": json.dumps(lzl),
            "replies": len(replies),
        }

    def reply(self, comment: Comment) -> dict[str, Any]:
        """Write a reply in a floor."""
        person, at = self.cast.people[comment.author], comment.posted_at.astimezone(CHINA)
        field = {
            "spid": self.numbers.pid(comment),
            "showname": person.name,
            "user_name": user_name(person.id),
            "portrait": portrait(person.id),
        }
        return {
            "field": json.dumps(field),
            "spid": field["spid"],
            "author": self.author(person.id),
            "text": comment.text,
            "date": f"{at.year}-{at.month}-{at.day} {at:%H:%M}",
        }

    def author(self, name: str) -> dict[str, str]:
        """Write the handles of an account."""
        card = {"un": user_name(name), "id": portrait(name)}
        called = self.cast.people[name].name
        return {
            "name": called,
            "user_name": card["un"],
            "portrait": card["id"],
            "card": json.dumps(card),
        }

    def body(self, entry: Entry) -> Markup:
        """Write a first floor: its text, then its pictures."""
        text = Markup("<br>").join(escape(line) for line in words(entry, self.now).split("\n"))
        image = Markup(
            '<br><img class="BDE_Image" src="{}" size="61675" changedsize="true" '
            'width="480" height="320">'
        )
        return text + Markup("").join(image.format(self.picture(p)) for p in entry.pictures)

    def picture(self, picture: Picture) -> str:
        """Give the address of a picture."""
        return f"{self.base}/forum/pic/item/{picture.name}.jpg"


def short(at: datetime) -> str:
    """Write a time as a list does: ``07:38`` of today, ``8-5`` of this year, ``2022-09``.

    Today is the reader's, not the sandbox clock's: nothing else says which year is meant.
    """
    there, today = at.astimezone(CHINA), datetime.now(CHINA)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    return f"{there.month}-{there.day}" if there.year == today.year else f"{there:%Y-%m}"


def bar_link(place: Bar) -> str:
    """Give a bar's address."""
    return f"/f?kw={quote(place.name)}&ie=utf-8"
