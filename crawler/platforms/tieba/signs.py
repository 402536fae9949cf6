"""By which signs an answer of Tieba is told good from bad. Sources: docs/platforms.md."""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from archive.labels import PageState
from crawler.answers import Answer
from crawler.platforms.page import BY_STATUS, Sign, sign_of_status
from crawler.trees import Branch, inner, said

_BY_CODE = {
    "4": PageState.GONE,
    "28": PageState.GONE,
    "29": PageState.GONE,
    "350008": PageState.GONE,
    "340006": PageState.GONE,
    "4011": PageState.CAPTCHA,
    "2150040": PageState.CAPTCHA,
}
_WORDS = (
    (PageState.CAPTCHA, re.compile("安全验证|验证码|人机验证|需要验证|请验证|captcha", re.I)),
    (PageState.RATE_LIMITED, re.compile("频繁|过快|稍后再试|too many", re.I)),
    (
        PageState.GONE,
        re.compile(
            "被?删除|不存在|被隐藏|被屏蔽|被合并|尚未建立|已注销|无法显示|无法访问|暂时关闭"
            "|not exist",
            re.I,
        ),
    ),
    (PageState.LOGGED_OUT, re.compile("登录|登陆|not login|user ?login|need ?login", re.I)),
    (PageState.EMPTY, re.compile("没有找到|未找到|暂无|没有更多|no result", re.I)),
    (PageState.BLOCKED, re.compile("封禁|blocked|forbidden|异常", re.I)),
)
_OF_PEOPLE = "a[href*='/home/main'], a[href*='/p/']"  # with these a page is no notice of Tieba's
_CAPTCHA = re.compile(r"wappass\.baidu\.com|/captcha|seccaptcha|tuxing|passmachine", re.I)
_LOGIN = re.compile(r"passport\.baidu\.com|/login", re.I)
_SEARCH = re.compile("/search", re.I)
_LOST = re.compile(r"errorpage|page404|/error\b|deled", re.I)


def status_sign(answer: Answer) -> Sign | None:
    """Read the status and a redirect's target; ``None`` where they say nothing."""
    if 300 <= answer.status < 400:
        return _by_address(answer.location) or Sign(
            PageState.ERROR, f"redirect to {answer.location[:80]}"
        )
    return sign_of_status(answer, BY_STATUS, is_search=bool(_SEARCH.search(answer.path)))


def body_sign(text: str) -> Sign | None:
    """Read a body that holds no page: nothing, or the one word blocked."""
    bare = text.strip().strip('"').lower()
    if not bare:
        return Sign(PageState.BLOCKED, "the body is empty")
    return Sign(PageState.BLOCKED, "the body says blocked") if bare == "blocked" else None


def json_sign(value: Any) -> Sign | None:
    """Read codes and words of an answer in JSON; 0 and null are good."""
    if not isinstance(value, dict):
        return None
    code, told = _code(value), _told(value)
    if not code:
        return None
    if code in _BY_CODE:
        return Sign(_BY_CODE[code], f"code {code} {told}".strip())
    sign = word_sign(told)
    if sign and sign.state is not PageState.EMPTY:
        return Sign(sign.state, f"code {code} {told}".strip())
    return Sign(PageState.ERROR, f"code {code} {told}".strip())


def page_sign(page: Selector, answer: Answer) -> Sign | None:
    """Read the marks of a captcha, log-in, error or empty page; for pages without entries."""
    of_people = bool(page.css(_OF_PEOPLE))
    title = (page.css("title::text").get() or "").strip()
    if of_people or "贴吧搜索" in title:
        title = ""  # somebody wrote it, or asked for it
    marks = "#captcha, [class*=passMod], .vcode-body, script[src*=captcha], [class*=mod-vcode]"
    if "安全验证" in title or page.css(marks):
        return Sign(PageState.CAPTCHA, title or "captcha markup")
    if page.css("script") and not _words(page):
        if answer.status == 403:
            return Sign(PageState.CAPTCHA, "status 403 and a page of script only")
        if sign := _by_address(" ".join(page.css("script").getall())[:20_000]):
            return Sign(sign.state, "a script that leads elsewhere")
    for css in (
        ".page404",
        ".main404",
        "#errorText",
        ".error_text",
        ".icon-attention",
        ".forum_not_exist",
    ):
        told = " ".join(page.css(css).css("::text").getall()).strip()
        if page.css(css):
            sign = word_sign(told)
            return Sign(sign.state if sign else PageState.GONE, told[:80] or css)
    if re.search("404|出错了|贴吧404", title):
        return Sign(PageState.GONE, title)
    if page.css(".search_noresult, .s_noresult, .no-result, .no_result, .search-empty"):
        return Sign(PageState.EMPTY, "search_noresult")
    told = "" if of_people else _words(page)
    sign = word_sign(told) if len(told) < 3000 else None
    if sign and sign.state is PageState.EMPTY and len(told) > 400:
        sign = None  # a page with much else on it is not empty for such words
    if sign and sign.state in (PageState.GONE, PageState.EMPTY, PageState.CAPTCHA):
        return Sign(sign.state, title[:80] or sign.reason)
    if re.search("登录", title) or page.css("form[action*=login], #TANGRAM__PSP_4__form"):
        return Sign(PageState.LOGGED_OUT, title or "a log-in form")
    return None


def word_sign(told: str) -> Sign | None:
    """Read a sentence of the platform."""
    for state, pattern in _WORDS:
        if found := pattern.search(told):
            start = max(0, found.start() - 40)
            return Sign(state, " ".join(told[start : found.end() + 40].split()))
    return None


def _code(value: Branch) -> str:
    for name in ("error_code", "no", "errno", "err_no", "errcode"):
        code = value.get(name)
        if isinstance(code, dict):
            code = code.get("errorno", code.get("errno"))
        if isinstance(code, bool) or not isinstance(code, int | str):
            continue
        text = str(code).strip()
        if text not in ("", "0", "null"):
            return text
    holder = inner(value, "error")
    code = holder.get("errorno", holder.get("errno", 0))
    return str(code) if isinstance(code, int | str) and str(code) not in ("", "0") else ""


def _told(value: Branch) -> str:
    told = said(value, "error_msg", "errmsg", "error", "err_msg", "usermsg", "msg")
    return told or said(inner(value, "error"), "usermsg", "errmsg", "errormsg")


def _by_address(address: str) -> Sign | None:
    for state, pattern in (
        (PageState.CAPTCHA, _CAPTCHA),
        (PageState.LOGGED_OUT, _LOGIN),
        (PageState.GONE, _LOST),
    ):
        if address and pattern.search(address):
            return Sign(state, f"leads to {address[:80]}")
    return None


def _words(page: Selector) -> str:
    texts = page.xpath("//body//text()[not(ancestor::script or ancestor::style)]").getall()
    return " ".join(" ".join(texts).split())
