"""The pages of campaigns and their JSON twins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.templating import Jinja2Templates

from desk.campaigns import CampaignList, CampaignView, listed, shown
from desk.rooms import Rooms

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["campaigns"])
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


def _rooms(request: Request) -> Rooms:
    opened: Rooms = request.app.state.rooms
    return opened


RoomsOf = Annotated[Rooms, Depends(_rooms)]


@api.get("/campaigns")
def campaigns_json(rooms: RoomsOf) -> CampaignList:
    """List the largest campaigns."""
    return listed(rooms.ledger)


@pages.get("/campaigns")
def campaigns_page(request: Request, rooms: RoomsOf) -> Response:
    """Show the largest campaigns."""
    context = {"view": listed(rooms.ledger)}
    return _templates.TemplateResponse(request, "campaigns.html", context)


@api.get("/campaigns/{number}")
def campaign_json(rooms: RoomsOf, number: int) -> CampaignView:
    """Give one campaign with its accounts, links and proofs."""
    return shown(rooms.ledger, number)


@pages.get("/campaigns/{number}")
def campaign_page(request: Request, rooms: RoomsOf, number: int) -> Response:
    """Show one campaign."""
    context = {"view": shown(rooms.ledger, number)}
    return _templates.TemplateResponse(request, "campaign.html", context)
