"""Weibo's web: the search page of s.weibo.com and the JSON of weibo.com, beside the mobile API."""

from __future__ import annotations

from fastapi import FastAPI

from crawler.sandbox.shapes import weibo
from crawler.sandbox.shapes.planting import Planted
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.shapes.weibo.numbers import Numbers
from crawler.sandbox.shapes.weibo_web import ajax, search
from crawler.sandbox.shapes.weibo_web.answers import Desk


def dress(app: FastAPI, stage: Stage) -> Planted:
    """Add Weibo's web and, under the same numbers, its mobile pages; give what is planted."""
    desk = Desk(stage, Numbers(stage.cast))
    search.lay(app, desk)
    ajax.lay(app, desk)
    return weibo.dress(app, stage)
