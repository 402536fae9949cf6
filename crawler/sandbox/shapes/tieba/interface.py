"""tieba.baidu.com in JSON: search, bar, thread, replies of a page, profile."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl, unquote

from fastapi import FastAPI, Request, Response

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import Talk, dice, words
from crawler.sandbox.shapes.stage import CAP
from crawler.sandbox.shapes.tieba.desk import Desk
from crawler.sandbox.shapes.tieba.numbers import (
    bar,
    count,
    in_bar,
    named,
    portrait,
    title,
    user_id,
    user_name,
)
from crawler.sandbox.shapes.tieba.pages import REPLIES, cut, results, writer
from crawler.sandbox.world import Entry

_MOST = 20  # results of one page of a search
_FLOORS = 30  # floors of one page of a thread
_THREADS = 20  # threads of one page of a profile
_SALT = "36770b1f34c9bbf2e7d1a99d2b82fa9e"  # Tieba's page carries it; no secret
_UNSIGNED = {"error_code": 1, "error_msg": "sign error"}  # made up


def lay(app: FastAPI, desk: Desk) -> None:
    """Add the answers in JSON."""
    _search(app, desk)
    _found(app, desk)
    _posted(app, desk)
    _totals(app, desk)
    _people(app, desk)


def _search(app: FastAPI, desk: Desk) -> None:
    @app.get("/mo/q/search/multsearch")
    def search(
        request: Request, word: str = "", st: str = "1", rn: int = _MOST, pn: int = 1
    ) -> Response:
        trouble = desk.stage.trouble(request, word)
        if trouble:
            return desk.bad(request, trouble)
        most, found = min(rn, _MOST), results(desk, word, "", st)
        shown, extent = cut(found, word, most * (pn - 1), most, pn)
        cards = [_card(request, desk, entry) for entry in shown]
        if pn == 1 and cards:
            cards.insert(0, {"cardInfo": "related_user", "cardStyle": "related_user", "data": {}})
        more = _more(extent, pn, len(found) - most * pn)
        answer = {"no": 0, "error": "success", "data": {"has_more": more, "card_list": cards}}
        state = PageState.OK if shown else PageState.EMPTY
        return desk.told(request, answer, state=state, extent=extent)


def _more(extent: Extent, page: int, left: int) -> int:
    """Give ``has_more``: a page that holds less than it was asked for says so too."""
    return int(extent is Extent.TRUNCATED or (page <= CAP and left > 0))


def _card(request: Request, desk: Desk, entry: Entry) -> dict[str, Any]:
    stage, write = desk.stage, writer(request, desk)
    person, at = stage.cast.people[entry.author], int(entry.posted_at.timestamp())
    media = [{"type": "pic", "big_pic": write.picture(p)} for p in entry.pictures]
    data = {
        "tid": str(desk.numbers.tid(entry)),
        "title": title(entry, stage.now),
        "content": words(entry, stage.now),
        "time": at,
        "create_time": at,
        "modified_time": at,
        "user": {
            "user_id": str(user_id(person.id)),
            "user_name": user_name(person.id),
            "show_nickname": person.name,
            "portrait": f"{write.base}/sys/portrait/item/{portrait(person.id)}",
        },
        "post_num": write.answers(entry),
        "like_num": dice(entry.id, 40),
        "share_num": dice(entry.id, 5),
        "forum_name": bar(entry).name,
        "media": media,
    }
    return {"cardInfo": "thread", "cardStyle": "thread", "data": data}


def _found(app: FastAPI, desk: Desk) -> None:
    @app.get("/mo/q/search/thread")
    def search(
        request: Request, word: str = "", fname: str = "", st: str = "5", rn: int = 20, pn: int = 1
    ) -> Response:
        trouble = desk.stage.trouble(request, word)
        if trouble:
            return desk.bad(request, trouble)
        found = results(desk, word, fname, st)
        shown, extent = cut(found, word, rn * (pn - 1), rn, pn)
        rows = [_row(request, desk, entry) for entry in shown]
        more = _more(extent, pn, len(found) - rn * pn)
        data = {"has_more": more, "current_page": pn, "post_list": rows}
        answer = {"no": 0, "error": "success", "data": data}
        state = PageState.OK if rows else PageState.EMPTY
        return desk.told(request, answer, state=state, extent=extent)


def _row(request: Request, desk: Desk, entry: Entry) -> dict[str, Any]:
    """Write a thread as the app's search does: numbers as texts, the beginning of its text."""
    data: dict[str, Any] = _card(request, desk, entry)["data"]
    counts = {name: str(data[name]) for name in ("post_num", "like_num", "share_num")}
    told = {
        "pid": str(desk.numbers.pid(entry)),
        "cid": "0",
        "content": writer(request, desk).hit(entry)["content"],
        "time": str(data["time"]),
        "forum_id": str(bar(entry).id),
        "type": 0,
        "forum_info": {"forum_name": bar(entry).name, "avatar": ""},
    }
    del data["create_time"]
    return data | counts | told


def _signed(form: dict[str, str]) -> bool:
    told = "".join(f"{key}={form[key]}" for key in sorted(form) if key not in ("sign", "sig"))
    wanted = hashlib.md5((told + _SALT).encode()).hexdigest()  # noqa: S324
    return form.get("sign") == wanted


def _posted(app: FastAPI, desk: Desk) -> None:
    @app.post("/c/f/pb/page_pc")
    async def page(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        if not _signed(form):
            return desk.told(request, _UNSIGNED, state=PageState.ERROR)
        entry = desk.open(form.get("kz", ""))
        if entry is None:
            return desk.gone(request)
        return desk.told(request, _page(request, desk, entry, int(form.get("pn") or 1)))

    @app.post("/c/f/frs/page_pc")
    async def forum(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        name, stage = unquote(form.get("kw", "")), desk.stage
        trouble = stage.trouble(request, name)
        if trouble:
            return desk.bad(request, trouble)
        if not _signed(form):
            return desk.told(request, _UNSIGNED, state=PageState.ERROR)
        place = named(name)
        if place is None:
            return desk.gone(request)
        most, number = int(form.get("rn") or 30), int(form.get("pn") or 1)
        threads = in_bar(stage.cast, place, stage.now, stage.site.banned)
        tids = [str(desk.numbers.tid(e)) for e in threads[most * (number - 1) : most * number]]
        told = {"id": place.id, "name": place.name, "tids": "".join(f"{tid}," for tid in tids)}
        state = PageState.OK if tids else PageState.EMPTY
        return desk.told(request, {"error_code": 0, "forum": told}, state=state)

    @app.get("/c/s/pc/sync")
    def sync(request: Request) -> Response:
        data = {"anti": {"tbs": "d1af71cf9c8bc1a21723088812"}}
        return desk.told(request, {"error_code": 0, "data": data})


def _page(request: Request, desk: Desk, entry: Entry, number: int) -> dict[str, Any]:
    stage, write = desk.stage, writer(request, desk)
    talks = stage.cast.talks(entry, stage.now)
    shown = talks[_FLOORS * (number - 1) : _FLOORS * number]
    authors = dict.fromkeys([entry.author, *(talk.comment.author for talk in shown)])
    first: list[dict[str, Any]] = [{"type": 0, "text": words(entry, stage.now)}]
    first += [{"type": 3, "origin_src": write.picture(each)} for each in entry.pictures]
    place = bar(entry)
    return {
        "error_code": 0,
        "thread": {
            "id": desk.numbers.tid(entry),
            "title": title(entry, stage.now),
            "reply_num": count(talks),
            "create_time": int(entry.posted_at.timestamp()),
        },
        "forum": {"id": place.id, "name": place.name},
        "page": {"total_page": max(1, (len(talks) - 1) // _FLOORS + 1)},
        "first_floor": {
            "id": desk.numbers.pid(entry),
            "author_id": user_id(entry.author),
            "time": int(entry.posted_at.timestamp()),
            "content": first,
        },
        "post_list": [_floor(desk, talk) for talk in shown],
        "user_list": [_user(desk, name) for name in authors],
    }


def _floor(desk: Desk, talk: Talk) -> dict[str, Any]:
    return {
        "id": desk.numbers.pid(talk.comment),
        "author_id": user_id(talk.comment.author),
        "time": int(talk.comment.posted_at.timestamp()),
        "content": [{"type": 0, "text": talk.comment.text}],
        "sub_post_number": len(talk.replies),
    }


def _user(desk: Desk, name: str) -> dict[str, Any]:
    person = desk.stage.cast.people[name]
    return {
        "id": user_id(name),
        "name": user_name(name),
        "name_show": person.name,
        "portrait": portrait(name),
        "ip_address": person.ip_location,
    }


def _totals(app: FastAPI, desk: Desk) -> None:
    @app.get("/p/totalComment")
    def total(request: Request, tid: str = "", pn: int = 1) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        entry = desk.open(tid)
        if entry is None:
            return desk.gone(request)
        floors: list[Talk | None] = [None, *stage.cast.talks(entry, stage.now)]
        shown = [talk for talk in floors[_FLOORS * (pn - 1) : _FLOORS * pn] if talk]
        lists = {str(desk.numbers.pid(t.comment)): _listed(desk, entry, t) for t in shown}
        authors = dict.fromkeys(reply.author for talk in shown for reply in talk.replies)
        people = {str(user_id(name)): _user(desk, name) for name in authors}
        said = {pid: told for pid, told in lists.items() if told["comment_num"]}
        data: dict[str, Any] = {"comment_list": said or [], "user_list": people or []}
        cut = any(told["comment_num"] > told["comment_list_num"] for told in lists.values())
        extent = Extent.TRUNCATED if cut else Extent.WHOLE
        return desk.told(request, {"errno": 0, "errmsg": "success", "data": data}, extent=extent)


def _listed(desk: Desk, entry: Entry, talk: Talk) -> dict[str, Any]:
    shown = talk.replies[:REPLIES]
    info = [
        {
            "post_id": str(desk.numbers.pid(talk.comment)),
            "comment_id": str(desk.numbers.pid(reply)),
            "thread_id": str(desk.numbers.tid(entry)),
            "user_id": user_id(reply.author),
            "username": user_name(reply.author),
            "show_nickname": desk.stage.cast.people[reply.author].name,
            "content": reply.text,
            "now_time": int(reply.posted_at.timestamp()),
        }
        for reply in shown
    ]
    many = len(talk.replies)
    return {"comment_num": many, "comment_list_num": len(shown), "comment_info": info}


def _people(app: FastAPI, desk: Desk) -> None:
    def known(told: str) -> str | None:
        name = desk.numbers.person(told)
        return None if name in desk.stage.site.banned else name

    @app.get("/c/u/pc/homeSidebarRight")
    def sidebar(request: Request, portrait: str = "", un: str = "") -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        name = known(portrait or un)
        if name is None:
            return desk.told(request, {"error_code": 0, "data": {"user": {}}}, state=PageState.GONE)
        person = desk.stage.cast.people[name]
        counts = {"fans_num": person.followers, "concern_num": dice(name, 300), "tb_age": "7.8"}
        user = _user(desk, name) | counts | {"sex": 1 + dice(name, 2)}
        return desk.told(request, {"error_code": 0, "data": {"user": user}})

    @app.get("/c/u/feed/myThread")
    def feed(
        request: Request, portrait: str = "", un: str = "", pn: int = 1, rn: int = _THREADS
    ) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        name = known(portrait or un)
        threads = stage.cast.by(name, stage.now, stage.site.banned) if name else []
        tids = [desk.numbers.tid(entry) for entry in threads[rn * (pn - 1) : rn * pn]]
        rows = [{"type": 1, "thread_info": {"id": tid, "tid": tid}} for tid in tids]
        data = {"list": rows, "has_more": int(len(threads) > rn * pn)}
        state = PageState.OK if rows else PageState.EMPTY if name else PageState.GONE
        return desk.told(request, {"error_code": 0, "data": data}, state=state)
