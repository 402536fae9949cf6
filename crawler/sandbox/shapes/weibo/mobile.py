"""m.weibo.cn: search and timelines as cards, profiles, single posts, long texts."""

from __future__ import annotations

import json
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import words
from crawler.sandbox.shapes.stage import CAP, HELD_BACK, PAGE, member
from crawler.sandbox.shapes.weibo.answers import Desk
from crawler.sandbox.shapes.weibo.cards import marked
from crawler.sandbox.shapes.weibo.numbers import bid
from crawler.sandbox.trouble import TRUNCATED
from crawler.sandbox.world import Entry

_SEARCH, _PROFILE, _TIMELINE, _ABOUT = "100103", "100505", "107603", "230283"


def lay(app: FastAPI, desk: Desk) -> None:
    """Add the mobile API."""
    _config(app)
    _container(app, desk)
    _single(app, desk)


def _config(app: FastAPI) -> None:
    @app.get("/api/config")
    def config(request: Request) -> Response:
        told = {"login": member(request), "st": "a1b2c3", "uid": ""}
        return JSONResponse({"preferQuickapp": 0, "data": told, "ok": 1})


def _container(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/container/getIndex")
    def index(
        request: Request,
        containerid: str = "",
        value: str = "",
        page: int = 1,
        since_id: int = 0,
    ) -> Response:
        asked = containerid or f"{_PROFILE}{value}"
        kind, rest = asked[:6], asked[6:]
        if kind == _SEARCH:
            return _search(request, desk, rest, page)
        name = desk.numbers.person(rest.partition("_")[0] or value)
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        if name is None or name in desk.stage.site.banned or kind not in _OF_ACCOUNTS:
            return desk.nothing(request, PageState.EMPTY)  # a banned account answers alike
        if kind == _TIMELINE:
            return _timeline(request, desk, name, page, since_id)
        return _account(request, desk, name, kind)


_OF_ACCOUNTS = (_PROFILE, _TIMELINE, _ABOUT)


def _search(request: Request, desk: Desk, asked: str, page: int) -> Response:
    told = parse_qs(asked, keep_blank_values=True)
    word = told.get("q", [""])[0]
    found = desk.stage.cast.found(word, desk.stage.now, desk.stage.site.banned)
    trouble = desk.stage.trouble(request, word)
    if trouble is PageState.CHANGED_LAYOUT:
        return _changed(request, desk, found)
    if trouble:
        return desk.bad(request, trouble)
    shown = found[PAGE * (page - 1) : PAGE * page] if 1 <= page <= CAP else []
    extent = Extent.CAPPED if page >= CAP and len(found) > PAGE * CAP else Extent.WHOLE
    if not shown:
        return desk.nothing(request, PageState.EMPTY, extent)
    if word == TRUNCATED:
        shown, extent = shown[:-HELD_BACK], Extent.TRUNCATED
    following = page + 1 if page < CAP and len(found) > PAGE * page else None
    listed = {
        "v_p": "42",
        "containerid": f"{_SEARCH}{asked}",
        "show_style": 1,
        "total": len(found),
        "page": following,
    }
    cards = desk.cards(request)
    group = [desk.card(cards.post(entry)) for entry in shown]
    data = {"cardlistInfo": listed, "cards": [_group(group)], "scheme": "", "showAppTips": 0}
    desk.stage.log(request, PageState.OK if shown else PageState.EMPTY, extent)
    return JSONResponse({"ok": 1, "data": data})


def _group(cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {"card_type": 11, "show_type": 1, "card_group": cards}


def _changed(request: Request, desk: Desk, found: list[Entry]) -> Response:
    """Answer with the words of each post under a name that nobody knows."""
    cards = desk.cards(request)
    posts = [cards.post(entry) for entry in found[:PAGE]]
    for post in posts:
        post["body"] = post.pop("text")
        post.pop("raw_text", None)
    items = [{"category": "feed", "data": post} for post in posts]
    desk.stage.log(request, PageState.CHANGED_LAYOUT)
    return JSONResponse({"ok": 1, "data": {"items": items}})


def _timeline(request: Request, desk: Desk, name: str, page: int, since: int) -> Response:
    posts = desk.stage.cast.by(name, desk.stage.now, desk.stage.site.banned)
    numbers, cards = desk.numbers, desk.cards(request)
    left = [e for e in posts if not since or numbers.mid(e) <= since][PAGE * (page - 1) :]
    if not left:
        return desk.nothing(request, PageState.EMPTY)
    shown = [desk.card(cards.post(entry)) for entry in left[:PAGE]]
    if page == 1 and not since and len(posts) > PAGE:
        shown.insert(0, _pinned(desk.card(cards.post(posts[-1]))))
    listed = {"containerid": f"{_TIMELINE}{name}", "v_p": 42, "show_style": 1}
    listed["total"] = len(posts)
    if len(left) > PAGE:
        listed["since_id"] = numbers.mid(left[PAGE])
    data = {"cardlistInfo": listed, "cards": shown, "scheme": "", "showAppTips": 0}
    desk.stage.log(request, PageState.OK)
    return JSONResponse({"ok": 1, "data": data})


def _pinned(card: dict[str, Any]) -> dict[str, Any]:
    top = {"isTop": 1, "mblogtype": 2, "title": {"text": "置顶", "base_color": 1}}
    return {**card, "mblog": {**card["mblog"], **top}}


def _account(request: Request, desk: Desk, name: str, kind: str) -> Response:
    person = desk.stage.cast.people[name]
    desk.stage.log(request, PageState.OK)
    if kind == _ABOUT:
        items = [("昵称", person.name), ("IP属地", person.ip_location)]
        group = [{"card_type": 41, "item_name": n, "item_content": c} for n, c in items]
        return JSONResponse({"ok": 1, "data": {"cards": [_group(group), _group([])]}})
    return JSONResponse({"ok": 1, "data": {"userInfo": desk.cards(request).user(person)}})


def _single(app: FastAPI, desk: Desk) -> None:
    @app.get("/statuses/show")
    def show(request: Request, id: str = "") -> Response:
        entry = desk.standing(request, id)
        if isinstance(entry, Response):
            return entry
        desk.stage.log(request, PageState.OK)
        return JSONResponse({"ok": 1, "data": desk.cards(request).post(entry)})

    @app.get("/statuses/extend")
    def extend(request: Request, id: str = "") -> Response:
        entry = desk.standing(request, id)
        if isinstance(entry, Response):
            return entry
        told = desk.cards(request).post(entry)
        data = {"ok": 1, "longTextContent": marked(words(entry, desk.stage.now))}
        counts = ("reposts_count", "comments_count", "attitudes_count")
        desk.stage.log(request, PageState.OK)
        return JSONResponse({"ok": 1, "data": data | {count: told[count] for count in counts}})

    @app.get("/detail/{told}")
    @app.get("/status/{told}")
    def detail(request: Request, told: str) -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad_page(request, trouble)
        entry = desk.open(told)
        if entry is None:
            return _no_page(request, desk)
        rendered = {"status": desk.cards(request).post(entry, whole=True), "call": 1}
        desk.stage.log(request, PageState.OK)
        return HTMLResponse(_render(rendered, bid(desk.numbers.mid(entry))))

    @app.get("/api/geetest")
    def geetest() -> Response:
        return HTMLResponse('<title>验证</title><div id="embed-captcha" class="geetest"></div>')

    @app.get("/u/{told}")
    def home(told: str) -> Response:
        response = HTMLResponse("<title>微博</title><div id=app></div>")
        fid = quote(f"fid={_PROFILE}{told}&lfid={_TIMELINE}{told}&uicode=10000011", safe="")
        response.set_cookie("M_WEIBOCN_PARAMS", fid)
        return response

    @app.get("/sso/signin")
    def signin() -> Response:
        return HTMLResponse("<title>登录 - 微博</title><form action=/sso/signin></form>")


def _render(rendered: dict[str, Any], name: str) -> str:
    told = json.dumps(rendered, ensure_ascii=False, indent=4).replace("</", "<\\/")
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8>"
        f"<title>微博正文 - 微博HTML5版</title><!-- {escape(name)} --></head><body>"
        '<div id="app"></div><script>\nvar config = {env: "prod"};\n'
        f"var $render_data = [{told}][0] || {{}};\nvar __wb_performance_data={{v:1}};\n"
        "</script></body></html>"
    )


def _no_page(request: Request, desk: Desk) -> Response:
    desk.stage.log(request, PageState.GONE)
    words_of_it = '<div class="h5-4box"><p class="h5-4con">微博不存在或暂无查看权限!</p></div>'
    return HTMLResponse(f"<title>微博-出错了</title>{words_of_it}")
