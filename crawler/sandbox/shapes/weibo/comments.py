"""m.weibo.cn: comments by heat with their replies, comments by page, re-posts."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import Talk
from crawler.sandbox.shapes.weibo.answers import Desk
from crawler.sandbox.world import Entry

_FLOW = 20  # comments of one page of hotflow, replies of one page of hotFlowChild
_NESTED = 2  # replies that a comment of hotflow brings along
_OLD_PAGES = 5  # pages of ten that the old address shows without a session


def lay(app: FastAPI, desk: Desk) -> None:
    """Add comments and re-posts."""
    _flow(app, desk)
    _children(app, desk)
    _old(app, desk)
    _reposts(app, desk)


def _flow(app: FastAPI, desk: Desk) -> None:
    @app.get("/comments/hotflow")
    def hotflow(
        request: Request,
        id: str = "",
        mid: str = "",
        max_id: int = 0,
    ) -> Response:
        entry = desk.standing(request, mid or id)
        if isinstance(entry, Response):
            return entry
        talks = desk.stage.cast.talks(entry, desk.stage.now)
        if not talks:
            desk.stage.log(request, PageState.EMPTY)
            return JSONResponse({"ok": 0})
        shown, following = _cut(talks, max_id)
        cards = desk.cards(request)
        data = {
            "data": [cards.talk(talk, _NESTED) for talk in shown],
            "total_number": sum(1 + len(talk.replies) for talk in talks),
            "max_id": following,
            "max": -(-len(talks) // _FLOW),
            "max_id_type": 0,
        }
        desk.stage.log(request, PageState.OK if shown else PageState.EMPTY)
        return JSONResponse({"ok": 1, "data": data})


def _children(app: FastAPI, desk: Desk) -> None:
    @app.get("/comments/hotFlowChild")
    def children(request: Request, cid: str = "", max_id: int = 0) -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        talk = _talk(desk, cid)
        if talk is None:
            desk.stage.log(request, PageState.GONE)
            return JSONResponse({"ok": 0, "msg": "评论不存在"})
        shown, following = _cut(list(talk.replies), max_id)
        cards = desk.cards(request)
        told = {
            "ok": 1,
            "data": [cards.comment(reply, talk.comment) for reply in shown],
            "total_number": len(talk.replies),
            "max_id": following,
            "max_id_type": 0,
            "max": -(-len(talk.replies) // _FLOW),
            "rootComment": [cards.comment(talk.comment, talk.comment)],
        }
        desk.stage.log(request, PageState.OK if shown else PageState.EMPTY)
        return JSONResponse(told)


def _talk(desk: Desk, cid: str) -> Talk | None:
    found = desk.numbers.comment(cid)
    if found is None or desk.open(str(desk.numbers.mid(found[0]))) is None:
        return None
    talks = desk.stage.cast.talks(found[0], desk.stage.now)
    return next((talk for talk in talks if talk.comment == found[1]), None)


def _cut(rows: list[Any], after: int) -> tuple[list[Any], int]:
    """Give one page and the cursor of the next, 0 at the end."""
    following = after + _FLOW
    return rows[after:following], following if len(rows) > following else 0


def _old(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/comments/show")
    def show(request: Request, id: str = "", page: int = 1) -> Response:
        entry = desk.standing(request, id)
        if isinstance(entry, Response):
            return entry
        return _paged(request, desk, entry, max(page, 1))


def _paged(request: Request, desk: Desk, entry: Entry, page: int) -> Response:
    talks = desk.stage.cast.talks(entry, desk.stage.now)
    said = [(c, talk.comment) for talk in talks for c in (talk.comment, *talk.replies)]
    pages = min(_OLD_PAGES, -(-len(said) // 10))
    shown = said[10 * (page - 1) : 10 * page] if page <= pages else []
    capped = page >= _OLD_PAGES and len(said) > 10 * _OLD_PAGES
    extent = Extent.CAPPED if capped else Extent.WHOLE
    if not shown:
        desk.stage.log(request, PageState.EMPTY, extent)
        return JSONResponse({"ok": 0, "msg": "暂无数据"})
    cards = desk.cards(request)
    told = [_old_comment(cards.comment(comment, root)) for comment, root in shown]
    desk.stage.log(request, PageState.OK, extent)
    data = {"data": told, "total_number": len(said), "max": pages}
    return JSONResponse({"ok": 1, "msg": "数据获取成功", "data": data})


def _old_comment(told: dict[str, Any]) -> dict[str, Any]:
    likes = told.pop("like_count")
    told.pop("rootid")
    return told | {"id": int(told["id"]), "like_counts": likes}


def _reposts(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/statuses/repostTimeline")
    def reposts(request: Request, id: str = "", page: int = 1) -> Response:
        entry = desk.standing(request, id)
        if isinstance(entry, Response):
            return entry
        others = desk.stage.cast.reposts(entry, desk.stage.now, desk.stage.site.banned)
        shown = others[10 * (page - 1) : 10 * page]
        if not shown:
            desk.stage.log(request, PageState.EMPTY)
            return JSONResponse({"ok": 0, "msg": "还没有人转发过"})
        cards = desk.cards(request)
        data = {
            "data": [cards.post(other) for other in shown],
            "total_number": len(others),
            "hot_total_number": 0,
            "max": -(-len(others) // 10),
        }
        desk.stage.log(request, PageState.OK)
        return JSONResponse({"ok": 1, "msg": "数据获取成功", "data": data})
