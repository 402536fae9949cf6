"""The report of a pack: what a person reads first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from archive.masking import mask
from desk.rooms import Rooms

if TYPE_CHECKING:
    from desk.packing.pack import Packed


def report(rooms: Rooms, packed: Packed) -> str:
    """Give the report as one HTML page that needs nothing from elsewhere but the pack's files."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["shown"] = (lambda text: text) if packed.order.clear else mask
    return pages.get_template("report.html").render(
        order=packed.order,
        posts=packed.posts,
        fetches={one.observation.id: one for one in packed.fetched},
        files=packed.files,
        made_at=datetime.now(UTC),
        operator=rooms.settings.operator,
        public_key=rooms.ledger.keys.public,
    )
