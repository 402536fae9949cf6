"""Weibo's answers as they were recorded, read into posts and accounts: pure functions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from archive.labels import Extent, PageState
from archive.records import Account, Post
from crawler.answers import Answer
from crawler.bodies import BrokenJson, cut_of, json_after, json_of, text_of
from crawler.markup import page_of, words
from crawler.platforms.page import Gleanings, Page, Sign, of_page, settle, with_cut
from crawler.platforms.weibo.gleaning import Gleaned, glean
from crawler.platforms.weibo.numbers import number_in
from crawler.platforms.weibo.search import glean_search
from crawler.platforms.weibo.signs import json_sign, page_sign, status_sign
from crawler.platforms.weibo.statuses import PLATFORM, place
from crawler.trees import Branch, branches, inner, number, said

_PER_PAGE = 10  # posts on a page of the mobile search
_LONG = re.compile(r"/statuses/(?:extend|longtext)")


def read(answer: Answer) -> Page:
    """Read any answer of Weibo: JSON, JSONP, a page with JSON in its script, a search page."""
    text = text_of(answer)
    if not text.strip():
        return Page(sign=status_sign(answer) or Sign(PageState.BLOCKED, "the body is empty"))
    try:
        value = json_of(text)
    except BrokenJson as error:
        return Page(
            sign=status_sign(answer) or Sign(PageState.ERROR, str(error)), extent=Extent.TRUNCATED
        )
    except ValueError:
        return with_cut(_read_page(answer, text), cut_of(answer, text))
    if html := _html_in(value):
        return _read_page(answer, html)
    return _read_json(answer, value)


def _read_json(answer: Answer, value: Any) -> Page:
    if page := _long_text(answer, value) or _profile_detail(answer, value):
        return page
    gleaned = glean(value, answer)
    sign = json_sign(value) or status_sign(answer)
    if not gleaned.posts and gleaned.tombstone:
        sign = Sign(PageState.GONE, gleaned.tombstone)
    return _with_total(gleaned, value, answer, sign)


def _read_page(answer: Answer, text: str) -> Page:
    data = json_after(text, "$render_data")
    if data is not None:
        page = _read_json(answer, data)
        if page.sign.state is not PageState.CHANGED_LAYOUT:
            return page
    selector = page_of(text)
    found = glean_search(selector, answer)
    sign = of_page(page_sign(selector), status_sign(answer))
    lacking = "$render_data.status" if data is not None else "div.card-wrap"
    return settle(found, sign=sign, lacking=lacking)


def _with_total(gleaned: Gleaned, value: Any, answer: Answer, sign: Sign | None) -> Page:
    """Settle an answer in JSON, measured by the total and the next page that it tells."""
    total, following = _total(value), _following(value)
    asked_page = answer.asked.get("page", "1")
    turned = int(asked_page) if asked_page.isdecimal() and len(asked_page) < 6 else 1
    first = turned <= 1 and answer.asked.get("max_id", "0") in ("", "0")
    first = first and answer.asked.get("since_id", "") in ("", "0")
    short, capped = "", ""
    if total and not following:
        if turned > 1 and total > turned * _PER_PAGE:
            capped = f"the list ends at page {turned}, {total} entries are promised"
        elif first and gleaned.posts and total > gleaned.reachable:
            short = f"{total} entries are promised, {gleaned.reachable} can be reached"
    found = Gleanings(
        posts=gleaned.posts,
        accounts=gleaned.accounts,
        missed=gleaned.missed,
        cut=gleaned.cut,
        promised=total if first else None,
        listed=gleaned.listed,
        capped=capped,
        withheld=short,
        following=following,
    )
    page = settle(found, sign=sign, lacking=_expected(answer))
    if page.sign.state is PageState.EMPTY and capped:
        return Page(sign=Sign(PageState.EMPTY, capped), extent=Extent.CAPPED, total=total)
    return replace(page, total=total, entries=gleaned.cards_of_posts)


def _total(value: Any) -> int | None:
    root = value if isinstance(value, dict) else {}
    data = inner(root, "data")
    for holder in (inner(data, "cardlistInfo"), data, root):
        if (found := number(holder, "total", "total_number")) is not None:
            return found
    return None


def _following(value: Any) -> str | None:
    root = value if isinstance(value, dict) else {}
    data = inner(root, "data")
    for holder in (inner(data, "cardlistInfo"), data, root):
        for name in ("since_id", "max_id", "page", "next_cursor"):
            cursor = holder.get(name)
            if isinstance(cursor, int | str) and str(cursor) not in ("", "0", "-1", "False"):
                kind = holder.get("max_id_type") if name == "max_id" else None
                return f"{name}={cursor}" + (f"&max_id_type={kind}" if kind else "")
    return None


def _expected(answer: Answer) -> str:
    """Name the field that an answer of this address holds its entries in."""
    for part, field in (
        ("getIndex", "data.cards"),
        ("hotflow", "data.data"),
        ("hotFlowChild", "data"),
        ("buildComments", "data"),
        ("profile/info", "data.user"),
        ("statuses/show", "text"),
        ("mymblog", "data.list"),
    ):
        if part.lower() in answer.path.lower():
            return field
    return "a list of posts (data.cards, data.data, data.list)"


def _long_text(answer: Answer, value: Any) -> Page | None:
    """Read the whole text of one post; only the address names the post."""
    data = inner(value, "data") if isinstance(value, dict) else {}
    text = said(data, "longTextContent")
    if not text:
        asked = bool(_LONG.search(answer.path)) and isinstance(value, dict)
        if asked and value.get("ok") in (1, "1") and value.get("data", "") in ({}, [], None):
            return Page(sign=Sign(PageState.EMPTY, "the post has no longer text"))
        return None
    name = number_in(answer.asked.get("id", ""))
    if not name:
        reason = "the id of the post is missing: the address (--url) tells it"
        return Page(sign=Sign(PageState.CHANGED_LAYOUT, reason))
    counts = {"reposts": "reposts_count", "comments": "comments_count", "likes": "attitudes_count"}
    metrics = {
        ours: found
        for ours, theirs in counts.items()
        if (found := number(data, theirs)) is not None
    }
    post = Post(
        platform=PLATFORM,
        post_id=name,
        url=f"https://m.weibo.cn/detail/{name}",
        text=words(text),
        metrics=metrics,
    )
    return Page(sign=Sign(PageState.OK), posts=(post,))


def _profile_detail(answer: Answer, value: Any) -> Page | None:
    """Read the second half of a profile, which holds the place and not the id."""
    container = re.match(r"230283(\d+)", answer.asked.get("containerid", ""))
    name = answer.asked.get("uid", "") or (container[1] if container else "")
    data = inner(value, "data") if isinstance(value, dict) else {}
    if not name or not data or "user" in data or "userInfo" in data:
        return None
    where = said(data, "ip_location") or _card_value(data, "IP属地")
    bio = said(data, "description", "desc_text") or _card_value(data, "简介")
    if not where and not bio and "ip_location" not in data:
        return None
    account = Account(
        platform=PLATFORM,
        account_id=unquote(name),
        name=_card_value(data, "昵称"),
        bio=words(bio),
        url=f"https://weibo.com/u/{name}",
        ip_location=place(where),
    )
    return Page(sign=Sign(PageState.OK), accounts=(account,))


def _card_value(data: Branch, called: str) -> str:
    for branch in branches(data.get("cards")):
        if branch.get("item_name") == called:
            return said(branch, "item_content")
    return ""


def _html_in(value: Any) -> str:
    """Give the page that an answer in JSON carries as a text, where it does."""
    for branch in branches(value):
        for name in ("html", "data"):
            text = branch.get(name)
            if isinstance(text, str) and "card-wrap" in text:
                return text
    return ""
