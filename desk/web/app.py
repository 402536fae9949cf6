"""The web app: search, post page, and the JSON twin of each under ``/api/v1``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Depends,
    FastAPI,
    Form,
    HTTPException,
    Query,
    Request,
    Response,
)
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.middleware.trustedhost import TrustedHostMiddleware

from archive.errors import AnyuError, EngineError, InputError, QueryError
from archive.index import protocol
from archive.labels import Goods, Intent
from archive.settings import Settings
from desk.rooms import Rooms, opened, tell_alerts
from desk.web import batch, campaigns, reading, saved, similar
from desk.web.marking import pieces
from desk.web.pictures import coarse, data_url
from desk.web.views import Doubtful, PostView, SearchView

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_templates = Jinja2Templates(directory=_HERE / "templates")
_templates.env.globals["pieces"] = pieces
_templates.env.globals["intents"] = list(Intent)
_templates.env.globals["saving"] = lambda query: urlencode(
    {"q": query.text, "platform": query.platforms, "intent": query.intents, "goods": query.goods},
    doseq=True,
)
_templates.env.globals["last_day"] = lambda until: (
    (until - timedelta(days=1)).date() if until else ""
)

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["desk"])


def build(settings: Settings) -> FastAPI:
    """Give the app over the archive of the settings."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            app.state.rooms = stack.enter_context(opened(settings))
            yield

    app = FastAPI(title="Anyu desk", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.middleware("http")(_guard)
    app.add_exception_handler(AnyuError, _told)
    app.include_router(pages)
    app.include_router(api)
    app.include_router(campaigns.pages)
    app.include_router(campaigns.api)
    app.include_router(batch.pages)
    app.include_router(batch.api)
    app.include_router(similar.pages)
    app.include_router(similar.api)
    app.include_router(saved.pages)
    app.include_router(saved.api)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    return app


async def _guard(request: Request, call_next: Any) -> Response:
    """Refuse forms from other sites; set the headers that keep pages to themselves."""
    origin = request.headers.get("origin")
    if request.method == "POST" and origin and origin != f"http://{request.headers['host']}":
        return JSONResponse({"error": "the form came from another site"}, status_code=403)
    response: Response = await call_next(request)
    response.headers.update(_HEADERS)
    return response


async def _told(request: Request, error: Exception) -> Response:
    status = (
        400 if isinstance(error, InputError) else 503 if isinstance(error, EngineError) else 500
    )
    place = _place(error) if isinstance(error, QueryError) and error.at is not None else None
    message = error.reason if isinstance(error, QueryError) and place else str(error)
    if request.url.path.startswith("/api/"):
        told = {"error": str(error)} | ({"at": len(place[0])} if place else {})
        return JSONResponse(told, status_code=status)
    context = {"message": message, "place": place}
    return _templates.TemplateResponse(request, "wrong.html", context, status_code=status)


def _place(error: QueryError) -> tuple[str, str, str]:
    """Give a query before the place of its mistake, at it, and after it."""
    at = error.at or 0
    return error.query[:at], error.query[at : at + 1], error.query[at + 1 :]


def _query(
    q: Annotated[
        str, Query(description="In the language of docs/searching.md.", max_length=4000)
    ] = "",
    platform: Annotated[list[str] | None, Query()] = None,
    intent: Annotated[list[Intent] | None, Query()] = None,
    goods: Annotated[list[Goods] | None, Query()] = None,
    since: Annotated[str, Query(description="First day, UTC: 2025-05-01.")] = "",
    until: Annotated[str, Query(description="Last day, UTC.")] = "",
    after: Annotated[str | None, Query(description="The page mark of the page before.")] = None,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> protocol.Query:
    last = _day(until)
    return protocol.Query(
        text=q,
        platforms=tuple(platform or ()),
        intents=tuple(intent or ()),
        goods=tuple(goods or ()),
        since=_day(since),
        until=last + timedelta(days=1) if last else None,
        size=size,
        after=after,
    )


def _day(word: str) -> datetime | None:
    if not word:
        return None
    try:
        return datetime.combine(date.fromisoformat(word), time(), UTC)
    except ValueError as error:
        raise InputError(f"The day {word!r} cannot be read: write it as 2025-05-01.") from error


def _rooms(request: Request) -> Rooms:
    opened: Rooms = request.app.state.rooms
    return opened


QueryOf = Annotated[protocol.Query, Depends(_query)]
RoomsOf = Annotated[Rooms, Depends(_rooms)]


@api.get("/search")
def search_json(rooms: RoomsOf, query: QueryOf) -> SearchView:
    """Search the adverts found, newest first."""
    return reading.search(rooms, query)


@pages.get("/")
def search_page(request: Request, rooms: RoomsOf, query: QueryOf) -> Response:
    """Show the search page."""
    view = reading.search(rooms, query)
    return _templates.TemplateResponse(request, "search.html", {"view": view, "query": query})


@api.get("/doubtful")
def doubtful_json(rooms: RoomsOf) -> tuple[Doubtful, ...]:
    """Give the posts on whose risk a person decides, riskiest first."""
    return reading.doubtful(rooms)


@pages.get("/doubtful")
def doubtful_page(request: Request, rooms: RoomsOf) -> Response:
    """Show the posts on whose risk a person decides."""
    context = {"doubts": reading.doubtful(rooms)}
    return _templates.TemplateResponse(request, "doubtful.html", context)


@api.post("/posts/{key:path}/review")
def review_json(
    rooms: RoomsOf,
    tasks: BackgroundTasks,
    key: str,
    intent: Annotated[Intent, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> dict[str, str]:
    """Write a person's word on a post."""
    reading.decide(rooms, key, intent=intent, note=note)
    tasks.add_task(tell_alerts, rooms)
    return {"post": key, "intent": intent}


@pages.post("/posts/{key:path}/review")
def review_page(
    rooms: RoomsOf,
    tasks: BackgroundTasks,
    key: str,
    intent: Annotated[Intent, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Write a person's word on a post, and go back to those in doubt."""
    reading.decide(rooms, key, intent=intent, note=note)
    tasks.add_task(tell_alerts, rooms)
    return RedirectResponse("/doubtful", status_code=303)


@api.get("/posts/{key:path}/pictures/{sha256}", response_class=Response)
@pages.get("/posts/{key:path}/pictures/{sha256}")
def picture(rooms: RoomsOf, key: str, sha256: str) -> Response:
    """Give a picture too coarse to read."""
    data = reading.picture(rooms, key, sha256)
    mosaic = coarse(data) if data else None
    if mosaic is None:
        raise HTTPException(404, "There is no such picture.")
    return Response(mosaic, media_type="image/png")


@api.post("/posts/{key:path}/reveal")
def reveal_json(
    rooms: RoomsOf, key: str, case: Annotated[str, Form()], reason: Annotated[str, Form()]
) -> PostView:
    """Give a post in clear; case number and reason go into the chain."""
    return _revealed(rooms, key, case, reason)


@pages.post("/posts/{key:path}/reveal")
def reveal_page(
    request: Request,
    rooms: RoomsOf,
    key: str,
    case: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> Response:
    """Show a post in clear, its pictures within the page."""
    view = _revealed(rooms, key, case, reason)
    clear = {
        shown.sha256: data_url(data)
        for shown in view.pictures
        if shown.sha256 and (data := reading.picture(rooms, key, shown.sha256))
    }
    return _templates.TemplateResponse(request, "post.html", {"view": view, "clear": clear})


@api.get("/posts/{key:path}")
def post_json(rooms: RoomsOf, key: str) -> PostView:
    """Give a post that was judged an advert, victims' numbers masked."""
    return _known(reading.post(rooms, key))


@pages.get("/posts/{key:path}")
def post_page(request: Request, rooms: RoomsOf, key: str) -> Response:
    """Show a post that was judged an advert."""
    view = _known(reading.post(rooms, key))
    return _templates.TemplateResponse(request, "post.html", {"view": view, "clear": {}})


def _known(view: PostView | None) -> PostView:
    if view is None:
        raise HTTPException(404, "There is no advert under this key.")
    return view


def _revealed(rooms: Rooms, key: str, case: str, reason: str) -> PostView:
    if not case.strip() or not reason.strip():
        raise InputError("A post is read in clear only with a case number and a reason.")
    view = _known(reading.post(rooms, key, clear=True))
    reading.note_reveal(rooms, key, case=case.strip(), reason=reason.strip())
    return view
