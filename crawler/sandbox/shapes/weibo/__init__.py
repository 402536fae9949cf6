"""Weibo: the mobile JSON API, the search page of s.weibo.com, the JSON of weibo.com."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Response

from crawler.sandbox.pictures import draw
from crawler.sandbox.shapes.planting import Naming, Planted, planting
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.shapes.weibo import comments, mobile
from crawler.sandbox.shapes.weibo.answers import Desk
from crawler.sandbox.shapes.weibo.cards import picture_name, pid
from crawler.sandbox.shapes.weibo.numbers import Numbers, uid
from crawler.sandbox.world import Picture


def dress(app: FastAPI, stage: Stage) -> Planted:
    """Add Weibo's pages; give what is planted in them."""
    desk = Desk(stage, Numbers(stage.cast))
    mobile.lay(app, desk)
    comments.lay(app, desk)
    _pictures(app, stage)
    naming = Naming(
        post=lambda entry: str(desk.numbers.mid(entry)),
        comment=lambda comment: str(desk.numbers.cid(comment)),
        person=lambda name: str(uid(name)),
        picture=pid,
    )
    return planting(stage, naming)


def _pictures(app: FastAPI, stage: Stage) -> None:
    @app.get("/{size:str}/{told}.jpg")
    def picture(size: str, told: str) -> Response:
        menu = stage.site.database.menu(picture_name(told))
        if menu is None and size not in ("crop", "orj480"):
            raise HTTPException(404, "no such picture")
        drawn = draw(Picture(name=picture_name(told), menu=menu or ()))
        return Response(drawn, media_type="image/png")
