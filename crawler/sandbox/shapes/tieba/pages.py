"""tieba.baidu.com in HTML: a bar, a search, a thread, replies in a floor, a profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import dice, words
from crawler.sandbox.shapes.stage import CAP, HELD_BACK, base, member
from crawler.sandbox.shapes.tieba.desk import Desk
from crawler.sandbox.shapes.tieba.markup import Writer, bar_link
from crawler.sandbox.shapes.tieba.numbers import (
    Bar,
    bar,
    count,
    in_bar,
    named,
    portrait,
    title,
    user_name,
)
from crawler.sandbox.trouble import TRUNCATED
from crawler.sandbox.world import Entry

_LIST = 50  # threads of one page of a bar
_FOUND = 10  # results of one page of a search
_FLOORS = 30  # floors of one page of a thread
REPLIES = 10  # replies of one page of a floor
_HOME = 10  # threads that a profile shows
_HIDING = "沙盒闲聊"
_T = TypeVar("_T")


def lay(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""
    _bar(app, desk)
    _search(app, desk)
    _thread(app, desk)
    _replies(app, desk)
    _home(app, desk)
    _away(app, desk)


def writer(request: Request, desk: Desk) -> Writer:
    """Give the writer of this moment's pages."""
    stage = desk.stage
    return Writer(cast=stage.cast, numbers=desk.numbers, now=stage.now, base=base(request))


def _bar(app: FastAPI, desk: Desk) -> None:
    @app.get("/f")
    def forum(request: Request, kw: str = "", pn: int = 0) -> Response:
        stage, place = desk.stage, named(kw)
        trouble = stage.trouble(request, kw)
        if trouble:
            return desk.bad_page(request, trouble)
        if place is None:
            stage.log(request, PageState.GONE, status=302)
            return RedirectResponse("/tb/error.html?ErrType=1", status_code=302)
        threads = in_bar(stage.cast, place, stage.now, stage.site.banned)
        shown, extent = _rows(threads, place, pn, desk)
        write = writer(request, desk)
        told = {
            "bar": place,
            "link": bar_link(place),
            "member": member(request),
            "rows": [write.row(entry) for entry in shown],
            "total": len(threads),
            "posts": sum(count(stage.cast.talks(entry, stage.now)) for entry in threads),
            "pages": _steps(f"//tieba.baidu.com{bar_link(place)}", len(threads), pn),
        }
        state = PageState.OK if shown else PageState.EMPTY
        return desk.page(request, "bar.html", told, state=state, extent=extent)


def _rows(threads: list[Entry], place: Bar, start: int, desk: Desk) -> tuple[list[Entry], Extent]:
    """Give one page of a bar: nothing after the cap; one bar hides threads that it counts."""
    here = threads[start : start + _LIST] if start < _LIST * CAP else []
    hidden = TRUNCATED if place.name == _HIDING else "\0"
    shown = [entry for entry in here if hidden not in words(entry, desk.stage.now)]
    if start + _LIST >= _LIST * CAP and len(threads) > _LIST * CAP:
        return shown, Extent.CAPPED
    return shown, Extent.TRUNCATED if len(shown) < len(here) else Extent.WHOLE


def _steps(link: str, total: int, start: int) -> list[dict[str, Any]]:
    listed = min(total, _LIST * CAP)
    pages: list[dict[str, Any]] = [
        {"label": str(at // _LIST + 1), "link": f"{link}&pn={at}", "here": at == start, "kind": ""}
        for at in range(0, listed, _LIST)
    ]
    last = (listed - 1) // _LIST * _LIST
    if start < last:
        pages.append({"label": "下一页>", "link": f"{link}&pn={start + _LIST}", "kind": "next"})
        pages.append({"label": "尾页", "link": f"{link}&pn={last}", "kind": "last"})
    return pages


def _search(app: FastAPI, desk: Desk) -> None:
    @app.get("/f/search/res")
    def search(
        request: Request, qw: str = "", kw: str = "", sm: str = "1", rn: int = _FOUND, pn: int = 1
    ) -> Response:
        trouble = desk.stage.trouble(request, qw)
        if trouble:
            return desk.bad_page(request, trouble)
        found = results(desk, qw, kw, sm)
        start = rn * (pn - 1)
        shown, extent = cut(found, qw, start, rn, pn)
        link = "/f/search/res?" + urlencode({"isnew": 1, "kw": kw, "qw": qw, "rn": rn, "sm": sm})
        told = {
            "word": qw,
            "posts": [writer(request, desk).hit(entry) for entry in shown],
            "pages": _numbered(f"{link}&pn=", min((len(found) - 1) // rn + 1, CAP + 1), pn),
        }
        state = PageState.OK if shown else PageState.EMPTY
        return desk.page(request, "search.html", told, state=state, extent=extent, charset="gbk")


def results(desk: Desk, word: str, bar_name: str, order: str) -> list[Entry]:
    """Give what a search finds: everywhere or in one bar, newest first (oldest with order 0)."""
    stage, place = desk.stage, named(bar_name)
    found = stage.cast.found(word, stage.now, stage.site.banned)
    found = [entry for entry in found if not bar_name or bar(entry) is place]
    return found[::-1] if order == "0" else found


def cut(
    found: list[Entry], word: str, start: int, most: int, page: int
) -> tuple[list[Entry], Extent]:
    """Give one page of results: nothing after the cap, fewer than it holds for one word.

    Nothing tells the cap but the page behind it: promised, and empty.
    """
    shown = found[start : start + most] if 1 <= page <= CAP else []
    if word == TRUNCATED and len(shown) > HELD_BACK:
        return shown[:-HELD_BACK], Extent.TRUNCATED
    return shown, Extent.CAPPED if page > 1 and found and not shown else Extent.WHOLE


def _numbered(link: str, last: int, here: int) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = [
        {"label": str(at), "link": f"{link}{at}", "here": at == here, "kind": ""}
        for at in range(1, last + 1)
    ]
    if here < last:
        pages.append({"label": "下一页>", "link": f"{link}{here + 1}", "kind": "next"})
        pages.append({"label": "尾页", "link": f"{link}{last}", "kind": "last"})
    return pages if last > 1 else []


def _thread(app: FastAPI, desk: Desk) -> None:
    @app.get("/p/{told:int}")
    def thread(request: Request, told: int, pn: int = 1, see_lz: int = 0) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad_page(request, trouble)
        entry = desk.open(str(told))
        if entry is None:
            return desk.gone_page(request)
        talks, write = stage.cast.talks(entry, stage.now), writer(request, desk)
        floors = [(1, None), *((at, talk) for at, talk in enumerate(talks, 2))]
        if see_lz:
            floors = [(n, t) for n, t in floors if t is None or t.comment.author == entry.author]
        last = (len(floors) - 1) // _FLOORS + 1
        here = pn if 1 <= pn <= last else 1
        shown, extent = _kept(floors[_FLOORS * (here - 1) : _FLOORS * here], entry, here)
        filled = {
            "tid": told,
            "title": title(entry, stage.now),
            "bar": bar(entry),
            "link": bar_link(bar(entry)),
            "author": user_name(entry.author),
            "replies": count(talks),
            "last": last,
            "pages": _numbered(f"/p/{told}?pn=", last, here),
            "base": base(request),
            "floors": [write.floor(entry, number, talk) for number, talk in shown],
        }
        extent = extent if here == pn else Extent.CAPPED  # the first page stands for any behind it
        return desk.page(request, "thread.html", filled, extent=extent)


def _kept(listed: Sequence[_T], entry: Entry, page: int) -> tuple[Sequence[_T], Extent]:
    """Leave out the last floor, or reply, of the first page of some threads: all are counted."""
    if TRUNCATED in entry.text and page == 1 and len(listed) > 1:
        return listed[:-1], Extent.TRUNCATED
    return listed, Extent.WHOLE


def _replies(app: FastAPI, desk: Desk) -> None:
    @app.get("/p/comment")
    def replies(request: Request, tid: str = "", pid: str = "", pn: int = 1) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad_page(request, trouble)
        entry = desk.open(tid)
        if entry is None:
            return desk.gone_page(request)
        floor = desk.numbers.floor(stage.cast.talks(entry, stage.now), pid)
        said = floor.replies if floor else ()
        last, write = max(0, (len(said) - 1) // REPLIES + 1), writer(request, desk)
        shown, extent = _kept(said[REPLIES * (pn - 1) : REPLIES * pn], entry, pn)
        told = {
            "replies": [write.reply(comment) for comment in shown],
            "total": len(said),
            "last": last,
            "pages": _numbered("#", last, pn),
            "base": base(request),
        }
        state = PageState.OK if shown else PageState.EMPTY
        return desk.page(request, "replies.html", told, state=state, extent=extent)


def _home(app: FastAPI, desk: Desk) -> None:
    @app.get("/home/main")
    @app.get("/home/main/")
    def home(request: Request, id: str = "", un: str = "") -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad_page(request, trouble)
        name = desk.numbers.person(id or un)
        if name is None or name in stage.site.banned:
            stage.log(request, PageState.GONE, status=302)
            return RedirectResponse("/tb/error.html?ErrType=1", status_code=302)
        threads = stage.cast.by(name, stage.now, stage.site.banned)[:_HOME]
        told = {
            "person": stage.cast.people[name],
            "user_name": user_name(name),
            "portrait": portrait(name),
            "follows": dice(name, 300),
            "threads": [writer(request, desk).hit(entry) for entry in threads],
        }
        return desk.page(request, "home.html", told)


def _away(app: FastAPI, desk: Desk) -> None:
    @app.get("/static/captcha/tuxing_v2.html")
    def captcha(request: Request) -> Response:
        return desk.page(request, "captcha.html", {}, state=PageState.CAPTCHA)

    @app.get("/v2/")
    def login(request: Request) -> Response:
        return desk.page(request, "login.html", {}, state=PageState.LOGGED_OUT)

    @app.get("/tb/error.html")
    def error(request: Request) -> Response:
        return desk.page(request, "gone.html", {}, state=PageState.GONE)
