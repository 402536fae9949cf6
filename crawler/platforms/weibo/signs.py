"""By which signs an answer of Weibo is told good from bad. Sources: docs/platforms.md."""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from archive.labels import PageState
from crawler.answers import Answer
from crawler.markup import words
from crawler.platforms.page import BY_STATUS, Sign, sign_of_status
from crawler.trees import Branch, inner, said

_BY_STATUS = {
    **BY_STATUS,
    # they come with haste and go with patience (MyBox#301, tiansh/yawf#94, weibo-crawler#557)
    **dict.fromkeys((414, 418), PageState.RATE_LIMITED),
    432: PageState.BLOCKED,
}
_BY_CODE = {
    "-100": PageState.LOGGED_OUT,
    "100002": PageState.LOGGED_OUT,
    "100005": PageState.RATE_LIMITED,
    "10022": PageState.RATE_LIMITED,
    "10023": PageState.RATE_LIMITED,
    "10024": PageState.RATE_LIMITED,
    "10004": PageState.BLOCKED,
    "20003": PageState.GONE,
    "20101": PageState.GONE,
    "20112": PageState.GONE,
    "20130": PageState.EMPTY,
    "20148": PageState.GONE,
    "21301": PageState.LOGGED_OUT,
    "21315": PageState.LOGGED_OUT,
    "21319": PageState.LOGGED_OUT,
    "21327": PageState.LOGGED_OUT,
    "21332": PageState.LOGGED_OUT,
}
_WORDS = (
    (PageState.CAPTCHA, re.compile("验证码|安全验证|行为验证|完成验证|captcha|geetest", re.I)),
    (PageState.RATE_LIMITED, re.compile("频繁|请求过多|稍后再试|too many|out of limit", re.I)),
    (
        PageState.GONE,
        re.compile(
            "不存在|已被?(?:作者)?删除|已注销|投诉|不可见|没有权限|无权限|隐私设置|无法查看|账号异常"
            "|被封禁|仅展示(?:半年|一个月|三天)内|does not exist",
            re.I,
        ),
    ),
    (PageState.LOGGED_OUT, re.compile("请?先?登录|登陆|login|visitor", re.I)),
    (
        PageState.EMPTY,
        re.compile("没有内容|暂无|还没有|没有更多|没有找到|未找到|快来发表|no data|无结果", re.I),
    ),
    (PageState.BLOCKED, re.compile("异常|拒绝|forbidden|禁止", re.I)),
)
_CAPTCHA = re.compile(r"captcha|geetest|/verify|vcode|security\.weibo", re.I)
_LOGIN = re.compile(r"passport\.|login\.sina|/signin|/login|visitor|newlogin", re.I)
_SEARCH = re.compile("^/weibo$|getIndex|/search", re.I)
_LOST = re.compile(r"weibo\.com/sorry|usernotexists|pagenotfound|userblock", re.I)
_LOGIN_TITLE = re.compile(r"^\s*(?:微博|新浪)?\s*(?:登录|登陆|通行证)|Visitor System", re.I)
_CAPTCHA_TITLE = re.compile(r"^\s*(?:微博|新浪)?\s*(?:安全验证|安全中心|验证码|captcha)", re.I)
_TOMBSTONE = re.compile(
    "抱歉，|已被作者删除|已被删除|仅展示.{1,6}内|没有权限查看|无法查看|不可见|无法访问|被投诉|已被屏蔽"
    "|不存在|(?:由于|根据)博主设置|请至手机客户端查看"
)


def status_sign(answer: Answer) -> Sign | None:
    """Read the status and a redirect's target; ``None`` where they say nothing."""
    if 300 <= answer.status < 400:
        return _by_address(answer.location) or Sign(
            PageState.ERROR, f"redirect to {answer.location[:80]}"
        )
    return sign_of_status(answer, _BY_STATUS, is_search=bool(_SEARCH.search(answer.path)))


def json_sign(value: Any) -> Sign | None:
    """Read codes and words of an answer in JSON; ``None`` where they say nothing."""
    if not isinstance(value, dict):
        return None
    code = _code(value)
    told = said(value, "msg", "message", "error", "errmsg", "error_msg", "info")
    target = said(value, "url", "scheme") or said(inner(value, "data"), "url")
    if (sign := _by_address(target)) and (code or not _good(value)):
        return sign
    if code in _BY_CODE:
        return Sign(_BY_CODE[code], f"code {code} {told}".strip())
    if _good(value) and not code:
        return _card_sign(value)
    if sign := word_sign(told):
        return sign
    if code or told or value.get("ok") in (0, "0"):
        return Sign(PageState.ERROR, f"code {code or 'ok 0'} {told}".strip())
    return None


def page_sign(page: Selector) -> Sign | None:
    """Read the marks of a log-in, captcha, error or empty page; for pages without entries."""
    title = (page.css("title::text").get() or "").strip()
    title = "" if "微博搜索" in title else title  # before these words stands what was asked
    if page.css(".card-no-result, .m-con-no, .search_noresult"):
        return Sign(PageState.EMPTY, "card-no-result")
    told = " ".join(page.css("p.h5-4con ::text, .page_error ::text, .error_msg ::text").getall())
    if told.strip():
        return word_sign(told) or Sign(PageState.ERROR, told.strip()[:80])
    if _captcha(page, title):
        return Sign(PageState.CAPTCHA, title or "captcha markup")
    if _LOGIN_TITLE.search(title):
        return Sign(PageState.LOGGED_OUT, title)
    login = "form[action*=login], [node-type=loginBtn], #pl_login_form, .LoginCard, .login-box"
    if page.css(login):
        return Sign(PageState.LOGGED_OUT, "a log-in form")
    if sign := _by_address(_leads_to(page)):
        return sign
    if re.search("出错|404|页面不存在", title):
        told = " ".join(page.css("body ::text").getall())[:2000]
        return word_sign(told) or Sign(PageState.ERROR, title)
    return None


def word_sign(told: str) -> Sign | None:
    """Read a sentence of the platform."""
    for state, pattern in _WORDS:
        if pattern.search(told):
            return Sign(state, told.strip()[:120])
    return None


def is_tombstone(text: str) -> bool:
    """Whether a text is the platform's word about a post that is not shown."""
    return bool(_TOMBSTONE.search(words(text)[:80]))


def _code(value: Branch) -> str:
    for name in ("errno", "error_code", "errcode", "code", "ok", "retcode", "http_code"):
        code = value.get(name)
        if isinstance(code, bool) or not isinstance(code, int | str):
            continue
        text = str(code).strip()
        if text not in ("", "0", "1", "200", "100000", "20000000"):
            return text
    return ""


def _good(value: Branch) -> bool:
    return value.get("ok", 1) in (1, "1", True)


def _card_sign(value: Branch) -> Sign | None:
    """Read a card that tells something where posts would stand."""
    cards = inner(value, "data").get("cards")
    for card in cards if isinstance(cards, list) else ():
        group = card.get("card_group") if isinstance(card, dict) else None
        for part in (card, *(group if isinstance(group, list) else ())):
            told = (
                said(part, "desc", "msg", "title", "title_sub", "buttontitle")
                if isinstance(part, dict)
                else ""
            )
            sign = word_sign(told) if told else None
            if sign and sign.state in (PageState.EMPTY, PageState.LOGGED_OUT, PageState.CAPTCHA):
                return sign
    return None


def _by_address(address: str) -> Sign | None:
    if not address:
        return None
    for state, pattern in (
        (PageState.CAPTCHA, _CAPTCHA),
        (PageState.GONE, _LOST),
        (PageState.LOGGED_OUT, _LOGIN),
    ):
        if pattern.search(address):
            return Sign(state, f"leads to {address[:80]}")
    return None


def _captcha(page: Selector, title: str) -> bool:
    if _CAPTCHA_TITLE.search(title):
        return True
    marks = (
        "[class*=geetest], #captcha, [class*=captcha], iframe[src*=captcha], script[src*=geetest]"
    )
    return bool(page.css(marks))


def _leads_to(page: Selector) -> str:
    """Give the address that a page of script only sends a browser to."""
    if page.xpath("//body//text()[not(ancestor::script or ancestor::style)][normalize-space()]"):
        return ""
    found = re.search(
        r"location(?:\.href\s*=|\.replace\(|\s*=)\s*[\"']([^\"']+)",
        " ".join(page.css("script::text").getall())[:20_000],
    )
    return found[1] if found else ""
