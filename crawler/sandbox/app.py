"""The sandbox's pages. Their shape, and which words meet which bad page: README.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Body, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from archive.labels import Extent, PageState
from crawler.sandbox.database import Database, Served, Span
from crawler.sandbox.pictures import draw
from crawler.sandbox.trouble import BY_QUERY, RETRY_SECONDS, TRUNCATED, Bucket
from crawler.sandbox.world import Picture, World

PAGE = 10
CAP = 5  # pages of a search that are shown
SHOWN = 40  # code points of a post that a search page shows
_HELD_BACK = 3
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_templates.env.filters["when"] = lambda at: datetime.fromtimestamp(at, UTC).isoformat()


@dataclass(slots=True)
class Site:
    """A running sandbox: its database, clock and rate limit; ``trouble`` meets every search.

    ``member`` is the cookie's value that a shape takes for a session that is logged in.
    """

    database: Database
    now: datetime
    bucket: Bucket = field(default_factory=Bucket)
    banned: set[str] = field(default_factory=set)
    trouble: PageState | None = None
    member: str = "operator"


def build_app(world: World, *, now: datetime, bucket: Bucket | None = None) -> FastAPI:
    """Give the app over a world, its clock at ``now``."""
    site = Site(Database(world), now, bucket or Bucket())
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site
    _pages(app, site)
    _feed(app, site)
    _media(app, site)
    _backstage(app, site)
    return app


def _pages(app: FastAPI, site: Site) -> None:
    @app.get("/search")
    def search(
        request: Request,
        span: Annotated[Span, Depends()],
        q: str = "",
        page: Annotated[int, Query(ge=1)] = 1,
    ) -> Response:
        if not site.bucket.take():
            return _limited(request, site)
        trouble = site.trouble or BY_QUERY.get(q)
        if trouble and not (trouble is PageState.LOGGED_OUT and request.cookies.get("session")):
            return _troubled(request, site, trouble, q)
        return _found(request, site, q, page, span)

    @app.get("/post/{name}")
    def post(request: Request, name: str) -> Response:
        if not site.bucket.take():
            return _limited(request, site)
        entry = site.database.entry(name, now=site.now)
        if entry is None:
            raise HTTPException(404, "no such post")
        deleted = entry["deleted_at"] is not None and entry["deleted_at"] <= site.now.timestamp()
        if deleted or entry["author"] in site.banned:
            return _page(request, site, "gone.html", PageState.GONE, status=404)
        comments = site.database.comments(name, now=site.now)
        context = {"entry": entry, "comments": comments}
        return _page(request, site, "post.html", PageState.OK, context)

    @app.get("/user/{name}")
    def user(request: Request, name: str) -> Response:
        person = site.database.person(name)
        if person is None:
            raise HTTPException(404, "no such account")
        if name in site.banned:
            return _page(request, site, "banned.html", PageState.GONE, status=404)
        return _page(request, site, "user.html", PageState.OK, {"person": person})

    @app.get("/login")
    def login(request: Request) -> Response:
        return _templates.TemplateResponse(request, "login.html", {})


def _found(request: Request, site: Site, word: str, number: int, span: Span) -> Response:
    skip = PAGE * (number - 1)
    total, entries = site.database.search(word, now=site.now, skip=skip, most=PAGE, span=span)
    promised = len(entries)
    if word == TRUNCATED:
        entries = entries[:-_HELD_BACK]
    capped = number == CAP and total > PAGE * CAP
    beyond = number > CAP
    extent = Extent.CAPPED if capped or beyond else Extent.WHOLE
    if promised > len(entries):
        extent = Extent.TRUNCATED
    context = {
        "word": word,
        "total": total,
        "number": number,
        "promised": 0 if beyond else promised,
        "entries": [] if beyond else entries,
        "capped": capped or beyond,
        "shown": SHOWN,
        "more": number < CAP and total > PAGE * number,
        "rest": urlencode(span.chosen),
    }
    state = PageState.OK if context["entries"] else PageState.EMPTY
    return _page(request, site, "search.html", state, context, extent=extent)


def _troubled(request: Request, site: Site, trouble: PageState, word: str) -> Response:
    if trouble is PageState.LOGGED_OUT:
        log_answer(request, site, 302, trouble)
        return RedirectResponse(f"/login?next={request.url.path}", status_code=302)
    if trouble is PageState.CHANGED_LAYOUT:
        _, entries = site.database.search(word, now=site.now, skip=0, most=PAGE)
        return _page(request, site, "changed.html", trouble, {"entries": entries})
    status = {PageState.BLOCKED: 403, PageState.ERROR: 500}.get(trouble, 200)
    return _page(request, site, f"{trouble}.html", trouble, status=status)


def _limited(request: Request, site: Site) -> Response:
    log_answer(request, site, 429, PageState.RATE_LIMITED)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return PlainTextResponse("操作太频繁，请稍后再试", status_code=429, headers=headers)


def _feed(app: FastAPI, site: Site) -> None:
    @app.get("/feed")
    def shell(request: Request) -> Response:
        response = _page(request, site, "feed.html", PageState.OK)
        response.set_cookie("visitor", "v1", samesite="lax")
        return response

    @app.get("/api/feed")
    def feed(
        request: Request,
        cursor: Annotated[int, Query(ge=0)] = 0,
        x_feed_token: Annotated[str, Header()] = "",
    ) -> Response:
        if request.cookies.get("visitor") != "v1" or x_feed_token != _token(cursor):
            log_answer(request, site, 403, PageState.BLOCKED)
            return JSONResponse({"error": "browser_only"}, status_code=403)
        rows = site.database.feed(now=site.now, skip=cursor, most=PAGE + 1)
        log_answer(request, site, 200, PageState.OK if rows else PageState.EMPTY)
        following = cursor + PAGE if len(rows) > PAGE else None
        items = [_item(row) for row in rows[:PAGE]]
        return JSONResponse({"items": items, "next": following})


def _token(cursor: int) -> str:
    """Give what the page's script computes: no secret, but nothing a plain request sends."""
    return format((cursor * 31 + 17) % 65536, "x")


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "text": row["words"],
        "author": {"id": row["author"], "name": row["name"]},
        "ip": row["ip_location"],
        "time": int(row["posted_at"] * 1000),
        "edited": bool(row["edited"]),
        "pictures": [f"/img/{name}.png" for name in (row["pictures"] or "").split()],
    }


def _media(app: FastAPI, site: Site) -> None:
    @app.get("/img/{name}.png")
    def picture(name: str) -> Response:
        menu = site.database.menu(name)
        if menu is None:
            raise HTTPException(404, "no such picture")
        return Response(draw(Picture(name=name, menu=menu)), media_type="image/png")

    @app.get("/robots.txt")
    def robots() -> Response:
        return PlainTextResponse("User-agent: *\nAllow: /\nDisallow: /_sandbox/\n")


def _backstage(app: FastAPI, site: Site) -> None:
    @app.post("/_sandbox/clock")
    def clock(now: Annotated[datetime, Body(embed=True)]) -> dict[str, str]:
        site.now = now.astimezone(UTC)
        return {"now": site.now.isoformat()}

    @app.post("/_sandbox/ban")
    def ban(account: Annotated[str, Body(embed=True)]) -> dict[str, list[str]]:
        site.banned.add(account)
        return {"banned": sorted(site.banned)}

    @app.post("/_sandbox/trouble")
    def trouble(state: Annotated[str, Body(embed=True)]) -> dict[str, str | None]:
        site.trouble = PageState(state) if state else None
        return {"trouble": site.trouble}

    @app.post("/_sandbox/session")
    def session() -> Response:
        response = JSONResponse({"session": "operator"})
        response.set_cookie("session", "operator", samesite="lax")
        return response

    @app.post("/_sandbox/member")
    def member(value: Annotated[str, Body(embed=True)]) -> dict[str, str]:
        site.member = value
        return {"member": site.member}

    @app.get("/_sandbox/log")
    def log() -> list[dict[str, Any]]:
        return site.database.served()

    @app.get("/_sandbox/truth")
    def truth() -> list[dict[str, Any]]:
        return site.database.truth(now=site.now)


def _page(
    request: Request,
    site: Site,
    template: str,
    state: PageState,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
    extent: Extent = Extent.WHOLE,
) -> HTMLResponse:
    log_answer(request, site, status, state, extent)
    return _templates.TemplateResponse(request, template, context or {}, status_code=status)


def log_answer(
    request: Request, site: Site, status: int, state: PageState, extent: Extent = Extent.WHOLE
) -> None:
    """Write down an answer as it was meant."""
    served = Served(
        path=request.url.path,
        query=str(request.query_params),
        status=status,
        page_state=state,
        extent=extent,
    )
    site.database.log(served)
