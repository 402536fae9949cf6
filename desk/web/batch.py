"""The page of batch search and its JSON twin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from fastapi.templating import Jinja2Templates

from archive.errors import InputError
from archive.index.protocol import Query
from archive.index.together import Together
from desk.batch import BatchError, BatchLine, BatchRow, note, read, search_all
from desk.rooms import Rooms

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["desk"])
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_MOST_LINES = 1000
_SEARCHES = 15  # whose time a page gets: 1,000 lines of 0.3 s, the slowest word of docs/index.md
_MOST_BYTES = 256 * 1024

Rows = Sequence[BatchRow | BatchError]


def _rooms(request: Request) -> Rooms:
    opened: Rooms = request.app.state.rooms
    return opened


async def _lines(
    lines: Annotated[str, Form(description="A handle or a word a line.")] = "",
    file: Annotated[
        UploadFile | None, Form(description="The same as a file; of a CSV the first column.")
    ] = None,
) -> tuple[BatchLine, ...]:
    found = read(lines.encode(), name="the list").lines
    if file is not None and file.filename:
        data = await file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InputError(f"{file.filename} is larger than {_MOST_BYTES // 1024} KB: {_REMEDY}")
        found += read(data, name=file.filename).lines
    if len(found) > _MOST_LINES:
        raise InputError(f"{len(found)} lines are more than the {_MOST_LINES} of a page: {_REMEDY}")
    return found


_REMEDY = "use anyu search --batch."

RoomsOf = Annotated[Rooms, Depends(_rooms)]
LinesOf = Annotated[tuple[BatchLine, ...], Depends(_lines)]


@api.post("/batch")
def batch_json(rooms: RoomsOf, lines: LinesOf) -> Rows:
    """Search many handles or words at once, a row a line in the same order."""
    return _searched(rooms, lines)


@pages.get("/batch")
def batch_form(request: Request) -> Response:
    """Show the form."""
    return _templates.TemplateResponse(request, "batch.html", {"rows": None, "most": _MOST_LINES})


@pages.post("/batch")
def batch_page(request: Request, rooms: RoomsOf, lines: LinesOf) -> Response:
    """Show what each line finds."""
    rows = _searched(rooms, lines)
    context = {
        "rows": rows,
        "most": _MOST_LINES,
        "text": "\n".join(line.query for line in lines),
        "found": sum(isinstance(row, BatchRow) and row.hits > 0 for row in rows),
        "wrong": sum(isinstance(row, BatchError) for row in rows),
    }
    return _templates.TemplateResponse(request, "batch.html", context)


def _searched(rooms: Rooms, lines: Sequence[BatchLine]) -> Rows:
    index = Together(rooms.index, _SEARCHES * rooms.settings.search_seconds)
    rows = list(search_all(index, lines, narrowed=Query()))
    note(rooms, lines, sum(row.hits for row in rows if isinstance(row, BatchRow)))
    return rows
