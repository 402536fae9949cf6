"""weibo.com/ajax: a post, its long text, comments, replies, re-posts, accounts, timelines."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import Talk, dice, words
from crawler.sandbox.shapes.stage import HELD_BACK
from crawler.sandbox.shapes.weibo_web.answers import Desk
from crawler.sandbox.trouble import TRUNCATED
from crawler.sandbox.world import Comment, Entry

_TIMELINE = 20  # posts of one page of a timeline
_REPOSTS = 10  # re-posts of one page
_COMMENTS = 20  # comments or replies of one page
_PREVIEWS = 1  # replies that a comment brings along
_ALL_LOADED = "已加载全部评论"


def lay(app: FastAPI, desk: Desk) -> None:
    """Add the JSON that the pages of weibo.com ask for, and the shell they are."""
    _posts(app, desk)
    _comments(app, desk)
    _reposts(app, desk)
    _accounts(app, desk)
    _timelines(app, desk)

    @app.get("/{told:int}/{name}")
    def shell(request: Request, told: int, name: str) -> Response:
        entry = desk.open(name)
        state = PageState.OK if entry else PageState.GONE
        return desk.page(request, "shell.html", {}, state=state)


def _posts(app: FastAPI, desk: Desk) -> None:
    @app.get("/ajax/statuses/show")
    def show(request: Request, id: str = "", isGetLongText: bool = False) -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        entry = desk.open(id)
        if entry is None:
            return desk.gone(request)
        return desk.told(request, desk.parts(request).post(entry, whole=isGetLongText))

    @app.get("/ajax/statuses/longtext")
    def longtext(request: Request, id: str = "") -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        entry = desk.open(id)
        if entry is None:
            return desk.gone(request)
        data = {"longTextContent": words(entry, desk.stage.now)}
        return desk.told(request, {"http_code": 200, "data": data})


def _comments(app: FastAPI, desk: Desk) -> None:
    @app.get("/ajax/statuses/buildComments")
    def comments(
        request: Request, id: str = "", max_id: int = 0, count: int = 20, fetch_level: int = 0
    ) -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        if fetch_level:
            return _replies(request, desk, id, max_id, count)
        entry = desk.open(id)
        if entry is None:
            return desk.gone(request)
        talks = desk.stage.cast.talks(entry, desk.stage.now)
        kept = _kept(entry, talks)
        left = [t for t in kept if not max_id or desk.numbers.cid(t.comment) >= max_id]
        shown, rest = left[: min(count, _COMMENTS)], left[min(count, _COMMENTS) :]
        parts = desk.parts(request)
        answer = {
            "data": [parts.comment(talk, previews=_PREVIEWS) for talk in shown],
            "total_number": sum(1 + len(talk.replies) for talk in talks),
            "max_id": desk.numbers.cid(rest[0].comment) if rest else 0,
            "trendsText": _ALL_LOADED,
        }
        short = not rest and len(kept) < len(talks)
        extent = Extent.TRUNCATED if short else Extent.WHOLE
        state = PageState.OK if shown else PageState.EMPTY
        return desk.told(request, answer, state=state, extent=extent)


def _kept(entry: Entry, talks: list[Talk]) -> list[Talk]:
    """Leave out the last comments of some posts, as Weibo does while its total counts them."""
    few = TRUNCATED in entry.text and len(talks) > 1
    return talks[: max(1, len(talks) - HELD_BACK)] if few else talks


def _replies(request: Request, desk: Desk, told: str, max_id: int, count: int) -> Response:
    named = desk.numbers.comment(told)
    talk = _talk(desk, *named) if named else None
    if talk is None:
        return desk.gone(request)
    left = [r for r in talk.replies if not max_id or desk.numbers.cid(r) >= max_id]
    most = min(count, _COMMENTS)
    shown, rest, parts = left[:most], left[most:], desk.parts(request)
    answer = {
        "data": [parts.reply(reply, talk.comment) for reply in shown],
        "total_number": len(talk.replies),
        "max_id": desk.numbers.cid(rest[0]) if rest else 0,
        "trendsText": _ALL_LOADED,
    }
    return desk.told(request, answer, state=PageState.OK if shown else PageState.EMPTY)


def _talk(desk: Desk, entry: Entry, comment: Comment) -> Talk | None:
    if desk.open(str(desk.numbers.mid(entry))) is None:
        return None
    talks = desk.stage.cast.talks(entry, desk.stage.now)
    return next((talk for talk in talks if talk.comment.id == comment.id), None)


def _reposts(app: FastAPI, desk: Desk) -> None:
    @app.get("/ajax/statuses/repostTimeline")
    def reposts(request: Request, id: str = "", page: int = 1) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        entry = desk.open(id)
        if entry is None:
            return desk.gone(request)
        posts = stage.cast.reposts(entry, stage.now, stage.site.banned)
        shown = posts[_REPOSTS * (page - 1) : _REPOSTS * page]
        data = [desk.parts(request).post(each) for each in shown]
        state = PageState.OK if shown else PageState.EMPTY
        return desk.told(request, {"data": data, "total_number": len(posts)}, state=state)


def _accounts(app: FastAPI, desk: Desk) -> None:
    @app.get("/ajax/profile/info")
    def info(request: Request, uid: str = "") -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        name = desk.numbers.person(uid)
        if name is None or name in desk.stage.site.banned:
            return desk.banned(request)
        person, stage = desk.stage.cast.people[name], desk.stage
        counts = {
            "followers_count": person.followers,
            "friends_count": dice(name, 900),
            "statuses_count": len(stage.cast.by(name, stage.now, stage.site.banned)),
        }
        more = {"description": "", "location": "其他", "gender": "m" if dice(name, 2) else "f"}
        user = desk.parts(request).user(person) | counts | more
        return desk.told(request, {"data": {"user": user}})

    @app.get("/ajax/profile/detail")
    def detail(request: Request, uid: str = "") -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        name = desk.numbers.person(uid)
        if name is None or name in desk.stage.site.banned:
            return desk.banned(request)
        data = {
            "birthday": "",
            "created_at": f"20{10 + dice(name, 14)}-06-01 12:00:00",
            "desc_text": "",
            "ip_location": f"IP属地：{desk.stage.cast.people[name].ip_location}",
            "sunshine_credit": {"level": "信用较好"},
            "label_desc": [],
        }
        return desk.told(request, {"data": data})


def _timelines(app: FastAPI, desk: Desk) -> None:
    @app.get("/ajax/statuses/mymblog")
    @app.get("/ajax/statuses/searchProfile")
    def timeline(
        request: Request, uid: str = "", page: int = 1, starttime: int = 0, endtime: int = 0
    ) -> Response:
        stage = desk.stage
        trouble = stage.trouble(request)
        if trouble:
            return desk.bad(request, trouble)
        name = desk.numbers.person(uid)
        if name is None or name in stage.site.banned:
            return desk.banned(request)
        since = datetime.fromtimestamp(starttime, UTC)
        until = datetime.fromtimestamp(endtime, UTC) if endtime else stage.now
        posts = stage.cast.by(name, stage.now, stage.site.banned)
        posts = [entry for entry in posts if since <= entry.posted_at <= until]
        shown = posts[_TIMELINE * (page - 1) : _TIMELINE * page]
        listed = [desk.parts(request).post(entry) for entry in shown]
        data = {"list": listed, "status_visible": 0, "topicList": [], "total": len(posts)}
        if len(posts) > _TIMELINE * page:
            data["since_id"] = f"{desk.numbers.mid(posts[_TIMELINE * page])}kp{page + 1}"
        state = PageState.OK if shown else PageState.EMPTY
        return desk.told(request, {"data": data}, state=state)
