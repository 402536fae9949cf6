"""Dressing the sandbox as a platform."""

from __future__ import annotations

from enum import StrEnum

from fastapi import FastAPI

from crawler.sandbox.shapes import telegram, tieba, weibo, weibo_web
from crawler.sandbox.shapes.cast import Cast
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.world import World


class Shape(StrEnum):
    """The platforms the sandbox can answer as."""

    WEIBO = "weibo"
    TELEGRAM = "telegram"
    TIEBA = "tieba"
    WEIBO_WEB = "weibo-web"


_DRESSERS = {
    Shape.WEIBO: weibo.dress,
    Shape.TELEGRAM: telegram.dress,
    Shape.TIEBA: tieba.dress,
    Shape.WEIBO_WEB: weibo_web.dress,
}
FIRST_PAGES = {
    Shape.WEIBO: "/api/container/getIndex?containerid=100103type%3D1%26q%3D开房",
    Shape.TELEGRAM: "/s/sandbox_ch0",
    Shape.TIEBA: "/f/search/res?ie=utf-8&qw=开房",
    Shape.WEIBO_WEB: "/weibo?q=开房&typeall=1&suball=1",
}


def dress(app: FastAPI, world: World, shape: Shape) -> None:
    """Add a platform's pages to a running sandbox, and what is planted in them backstage."""
    planted = _DRESSERS[shape](app, Stage(app.state.site, Cast(world)))
    app.get("/_sandbox/planted")(planted)
