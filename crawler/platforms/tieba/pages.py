"""Tieba's answers as they were recorded, read into posts and accounts: pure functions."""

from __future__ import annotations

from typing import Any

from archive.labels import Extent, PageState
from crawler.answers import Answer
from crawler.bodies import BrokenJson, cut_of, json_of, text_of
from crawler.markup import page_of
from crawler.platforms.page import Page, Sign, of_page, settle, with_cut
from crawler.platforms.tieba.html import glean_page
from crawler.platforms.tieba.interface import glean_json
from crawler.platforms.tieba.signs import body_sign, json_sign, page_sign, status_sign


def read(answer: Answer) -> Page:
    """Read any answer of Tieba: a page of the PC site, or one of its interfaces in JSON."""
    text = text_of(answer)
    if sign := body_sign(text):
        return Page(sign=status_sign(answer) or sign)
    try:
        value = json_of(text)
    except BrokenJson as error:
        return Page(
            sign=status_sign(answer) or Sign(PageState.ERROR, str(error)), extent=Extent.TRUNCATED
        )
    except ValueError:
        return with_cut(_read_page(answer, text), cut_of(answer, text))
    return _read_json(answer, value)


def _read_page(answer: Answer, text: str) -> Page:
    page = page_of(text)
    found = glean_page(page, text, answer)
    sign = of_page(page_sign(page, answer), status_sign(answer))
    return settle(found, sign=sign, lacking=_expected(answer))


def _read_json(answer: Answer, value: Any) -> Page:
    found = glean_json(value, answer)
    sign = json_sign(value) or status_sign(answer)
    return settle(found, sign=sign, lacking="a list (thread_list, post_list, subpost_list)")


def _expected(answer: Answer) -> str:
    path = answer.path
    if path.startswith("/p/comment"):
        return "li.lzl_single_post"
    if path.startswith("/p/"):
        return "div.l_post"
    if "/search" in path:
        return ".s_post"
    return "li.j_thread_list" if path.startswith("/f") else "a list of threads or floors"
