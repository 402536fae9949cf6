"""The page of "more like this" and its JSON twin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.templating import Jinja2Templates

from archive.similar import By, Found, Shared
from desk.rooms import Rooms
from desk.similar import more_like
from desk.web.marking import Mark, pieces
from desk.web.views import ShownText

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["desk"])
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_templates.env.globals["pieces"] = pieces


def _rooms(request: Request) -> Rooms:
    opened: Rooms = request.app.state.rooms
    return opened


RoomsOf = Annotated[Rooms, Depends(_rooms)]
KeyOf = Annotated[str, Query(description="The post: PLATFORM:ID.", max_length=512)]
MostOf = Annotated[int, Query(ge=1, le=100)]


@api.get("/similar")
def similar_json(rooms: RoomsOf, key: KeyOf, by: By = "text", most: MostOf = 20) -> Found:
    """Give the adverts most like one, by text or by picture hash, with what proves it."""
    return more_like(rooms, key, by=by, most=most)


@pages.get("/similar")
def similar_page(
    request: Request, rooms: RoomsOf, key: KeyOf, by: By = "text", most: MostOf = 20
) -> Response:
    """Show the adverts most like one."""
    found = more_like(rooms, key, by=by, most=most)
    context = {"found": found, "shown": _marked}
    return _templates.TemplateResponse(request, "similar.html", context)


def _marked(field: str, text: str, shared: tuple[Shared, ...]) -> ShownText:
    """Mark in a text what it shares."""
    places = [one.there for one in shared if one.there.field == field]
    marks = tuple(Mark(start=place.start, end=place.end) for place in places)
    return ShownText(text=text, marks=marks)
