"""By which signs an answer of t.me is told good from bad. Sources: docs/platforms.md."""

from __future__ import annotations

import re

from parsel import Selector

from archive.labels import PageState
from crawler.answers import Answer
from crawler.markup import node_words
from crawler.platforms.page import BY_STATUS, Sign, sign_of_status

_BY_STATUS = {**BY_STATUS, 451: PageState.GONE}
_OURS = "[class*=tgme_], [class*=tme_], [data-post]"
_CHALLENGE = re.compile(
    "cdn-cgi/challenge-platform|cf_chl_opt|__cf_chl|just a moment|hcaptcha|recaptcha|g-recaptcha",
    re.I,
)
_WITHHELD = re.compile(
    r"can['’]?t be displayed|cannot be displayed|isn['’]?t available|is not available"
    "|unavailable due to|pornographic|copyright infring|violat|不可用|无法显示|色情|版权",
    re.I,
)
_AGE = re.compile("18\\+|age[- ]?restricted|sensitive content|adult content|年龄|敏感内容", re.I)
_PRIVATE = re.compile(r"^/(?:joinchat/|\+)")


def status_sign(answer: Answer) -> Sign | None:
    """Read the status and a redirect's target; ``None`` where they say nothing."""
    if 300 <= answer.status < 400:
        target = answer.location
        asked = not answer.url or answer.path.startswith("/s/")
        if asked and re.match(r"https?://[^/]+/(?!s/)", target):
            return Sign(PageState.GONE, f"no preview: leads to the landing page {target[:80]}")
        return Sign(PageState.ERROR, f"redirect to {target[:80]}")
    return sign_of_status(answer, _BY_STATUS)


def page_sign(page: Selector, answer: Answer, text: str) -> Sign | None:
    """Read the marks of a page that shows no post."""
    if page.css("[data-post] .tgme_widget_message_bubble"):
        return None
    if not page.css(_OURS):
        if _CHALLENGE.search(text):
            return Sign(PageState.CAPTCHA, "a challenge page")
        return Sign(PageState.ERROR, "the body is empty") if not text.strip() else None
    failed = page.css(".err_message, .tgme_widget_message_error, .message_error")
    if failed:
        told = node_words(failed[0])
        return Sign(PageState.GONE, told[:120] or "Post not found")
    if page.css(".tme_no_messages_found"):
        return Sign(PageState.EMPTY, "tme_no_messages_found")
    if page.css(".tgme_page:not(.tgme_page_post)") and not page.css(".tgme_channel_history"):
        return _landing_sign(page, answer)
    return None


def _landing_sign(page: Selector, answer: Answer) -> Sign | None:
    """Read a landing page: of a missing name, a gated or private chat, or one without preview."""
    told = " ".join(
        node_words(node)
        for node in page.css(".tgme_page_description, .tgme_page_additional, .tgme_page_status")
    )
    shown = page.css(".tgme_page_title")
    if _WITHHELD.search(told):
        return Sign(PageState.GONE, f"withheld: {told[:120]}")
    if _AGE.search(told) and not page.css(".tgme_page_context_link"):
        return Sign(PageState.GONE, f"age or content gate: {told[:120]}")
    if not shown:
        return Sign(PageState.GONE, "the name does not exist")
    if _is_private(page, answer):
        return Sign(PageState.GONE, "private: its members only can read it")
    if has_preview(page) and not answer.path.startswith("/s/"):
        return None
    if answer.url and not answer.path.startswith("/s/"):
        return None
    return Sign(PageState.GONE, "no preview: a person, a group, or a channel that shows none")


def has_preview(page: Selector) -> bool:
    """Whether a landing page offers the preview of a channel."""
    return bool(
        page.css(".tgme_page_context_link[href*='/s/'], a[href*='t.me/s/'], a[href^='/s/']")
    )


def _is_private(page: Selector, answer: Answer) -> bool:
    links = page.css("a::attr(href), meta[property='al:ios:url']::attr(content)").getall()
    return bool(_PRIVATE.match(answer.path)) or any(
        "tg://join?" in link or "tg:join?" in link for link in links
    )
