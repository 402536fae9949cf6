"""The pages of saved searches and their JSON twins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

from archive.index import protocol
from archive.labels import Goods, Intent
from desk.rooms import Rooms
from desk.saved import Order, SavedList, SavedRow, SavedView, listed, remove, save, shown

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["saved searches"])
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


def _rooms(request: Request) -> Rooms:
    opened: Rooms = request.app.state.rooms
    return opened


def _order(
    name: Annotated[str, Form(max_length=64)],
    q: Annotated[str, Form(max_length=4000)] = "",
    platform: Annotated[list[str] | None, Form()] = None,
    intent: Annotated[list[Intent] | None, Form()] = None,
    goods: Annotated[list[Goods] | None, Form()] = None,
    mail: Annotated[str, Form(max_length=500)] = "",
    webhook: Annotated[str, Form(max_length=500)] = "",
) -> Order:
    query = protocol.Query(
        text=q,
        platforms=tuple(platform or ()),
        intents=tuple(intent or ()),
        goods=tuple(goods or ()),
    )
    to = tuple(mail.replace(",", " ").split())
    return Order(name=name.strip(), query=query, mail=to, webhook=webhook.strip() or None)


RoomsOf = Annotated[Rooms, Depends(_rooms)]
OrderOf = Annotated[Order, Depends(_order)]


@api.get("/saved")
def saved_json(rooms: RoomsOf) -> SavedList:
    """List saved searches."""
    return listed(rooms)


@pages.get("/saved")
def saved_page(
    request: Request,
    rooms: RoomsOf,
    q: Annotated[str, Query(max_length=4000)] = "",
    platform: Annotated[list[str] | None, Query()] = None,
    intent: Annotated[list[Intent] | None, Query()] = None,
    goods: Annotated[list[Goods] | None, Query()] = None,
) -> Response:
    """Show saved searches, and a form for a new one, filled in from a search."""
    narrowed = {"platform": platform or [], "intent": intent or [], "goods": goods or []}
    context = {"view": listed(rooms), "text": q, "narrowed": narrowed}
    return _templates.TemplateResponse(request, "saved.html", context)


@api.post("/saved", status_code=201)
def save_json(rooms: RoomsOf, order: OrderOf) -> SavedRow:
    """Save a search: from now on, each new hit of it is told once."""
    return save(rooms, order)[0]


@pages.post("/saved")
def save_page(rooms: RoomsOf, order: OrderOf) -> Response:
    """Save a search, and go to the list."""
    save(rooms, order)
    return RedirectResponse("/saved", status_code=303)


@api.get("/saved/{name}")
def search_json(rooms: RoomsOf, name: str) -> SavedView:
    """Give a saved search with its newest alerts."""
    return shown(rooms, name)


@pages.get("/saved/{name}")
def search_page(request: Request, rooms: RoomsOf, name: str) -> Response:
    """Show a saved search with its newest alerts."""
    return _templates.TemplateResponse(request, "alerts.html", {"view": shown(rooms, name)})


@api.post("/saved/{name}/remove")
def remove_json(rooms: RoomsOf, name: str) -> dict[str, str]:
    """Forget a saved search and its alerts."""
    remove(rooms, name)
    return {"removed": name}


@pages.post("/saved/{name}/remove")
def remove_page(rooms: RoomsOf, name: str) -> Response:
    """Forget a saved search, and go to the list."""
    remove(rooms, name)
    return RedirectResponse("/saved", status_code=303)
