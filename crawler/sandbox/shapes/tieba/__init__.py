"""Tieba: pages of bars, searches and threads, and the JSON behind its pages of 2026."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Response

from crawler.sandbox.pictures import draw
from crawler.sandbox.shapes.planting import Naming, Planted, planting
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.shapes.tieba import interface, pages
from crawler.sandbox.shapes.tieba.desk import Desk
from crawler.sandbox.shapes.tieba.numbers import Numbers, bar, portrait, title, user_id, user_name
from crawler.sandbox.world import Picture


def dress(app: FastAPI, stage: Stage) -> Planted:
    """Add Tieba's pages; give what is planted in them."""
    desk = Desk(stage, Numbers(stage.cast))
    pages.lay(app, desk)
    interface.lay(app, desk)
    _pictures(app, stage)
    naming = Naming(
        post=lambda entry: str(desk.numbers.tid(entry)),
        comment=lambda comment: str(desk.numbers.pid(comment)),
        person=lambda name: str(user_id(name)),
        picture=lambda name: f"{name}.jpg",
        post_kind="thread",
    )
    rows = planting(stage, naming)

    def planted() -> list[dict[str, Any]]:
        return [row | _more(row, desk) for row in rows()]

    return planted


def _more(row: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Give the handles that only Tieba has: portraits, bars, titles, first floors."""
    if row["kind"] == "account":
        name = f"u{int(row['id']) - user_id('u0')}"
        return {"portrait": portrait(name), "user_name": user_name(name)}
    if row["kind"] == "thread":
        entry = desk.stage.cast.entry(row["entry"])
        first = str(desk.numbers.pid(entry))
        return {
            "bar": bar(entry).name,
            "title": title(entry, desk.stage.now),
            "first_floor": first,
        }
    return {}


def _pictures(app: FastAPI, stage: Stage) -> None:
    @app.get("/forum/pic/item/{told}.jpg")
    def picture(told: str) -> Response:
        menu = stage.site.database.menu(told)
        if menu is None:
            raise HTTPException(404, "no such picture")
        return Response(draw(Picture(name=told, menu=menu)), media_type="image/png")

    @app.get("/sys/portrait/item/{told}")
    def face(told: str) -> Response:
        return Response(draw(Picture(name=told)), media_type="image/png")
