"""How Tieba answers when it will not: log-in, captcha, blocked, too often, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import stands
from crawler.sandbox.shapes.stage import Stage
from crawler.sandbox.shapes.tieba.numbers import Numbers
from crawler.sandbox.trouble import RETRY_SECONDS
from crawler.sandbox.world import Entry

GONE = 4  # made up; the words are Tieba's
_GONE_WORDS = "该贴已被删除，请浏览其他贴子"
_LOGGED_OUT = "用户未登录或登录失败，请更换账号或重试"
_SCRIPT = "<html><head><script>window.location.replace(location.href)</script></head></html>"
_NGINX = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages of Tieba share: the stage and the numbers of its threads."""

    stage: Stage
    numbers: Numbers

    def open(self, told: str) -> Entry | None:
        """Find a thread that stands."""
        entry = self.numbers.thread(told)
        if entry is None or entry.author in self.stage.site.banned:
            return None
        return entry if stands(entry, self.stage.now) else None

    def page(
        self,
        request: Request,
        template: str,
        told: Mapping[str, Any],
        *,
        state: PageState = PageState.OK,
        extent: Extent = Extent.WHOLE,
        charset: str = "utf-8",
    ) -> Response:
        """Answer with a page of the shape's own templates."""
        self.stage.log(request, state, extent)
        body = _pages.get_template(template).render(told).encode(charset, "xmlcharrefreplace")
        return Response(body, media_type=f"text/html; charset={charset.upper()}")

    def told(
        self,
        request: Request,
        answer: dict[str, Any],
        *,
        state: PageState = PageState.OK,
        extent: Extent = Extent.WHOLE,
    ) -> Response:
        """Answer with JSON."""
        self.stage.log(request, state, extent)
        return JSONResponse(answer)

    def bad_page(self, request: Request, trouble: PageState) -> Response:
        """Answer a request for HTML with a bad page."""
        back = quote(str(request.url), safe="")
        away = {
            PageState.LOGGED_OUT: f"/v2/?login&u={back}",
            PageState.CAPTCHA: f"/static/captcha/tuxing_v2.html?backurl={back}",
        }.get(trouble)
        if away:
            self.stage.log(request, trouble, status=302)
            return RedirectResponse(away, status_code=302)
        if trouble is PageState.GONE:
            return self.gone_page(request)
        if trouble is PageState.EMPTY:
            told = {"bar": "", "word": "", "posts": [], "pages": [], "number": 1}
            return self.page(request, "search.html", told, state=trouble)
        if trouble is PageState.CHANGED_LAYOUT:
            return self.page(request, "changed.html", {}, state=trouble)
        return self._refused(request, trouble)

    def bad(self, request: Request, trouble: PageState) -> Response:
        """Answer a request for JSON with a bad answer."""
        if trouble is PageState.LOGGED_OUT:
            answer = {"error_code": 1, "no": 1, "error_msg": _LOGGED_OUT, "error": _LOGGED_OUT}
            return self.told(request, answer, state=trouble)
        if trouble is PageState.CAPTCHA:
            self.stage.log(request, trouble, status=403)
            return HTMLResponse(_SCRIPT, status_code=403)
        if trouble is PageState.GONE:
            return self.gone(request)
        if trouble is PageState.EMPTY:
            answer = {"no": 0, "error": "success", "data": {"has_more": 0, "card_list": []}}
            return self.told(request, answer, state=trouble)
        if trouble is PageState.CHANGED_LAYOUT:
            answer = {"no": 0, "error": "success", "error_code": 0, "result": {"entries": []}}
            return self.told(request, answer, state=trouble)
        return self._refused(request, trouble)

    def gone(self, request: Request) -> Response:
        """Answer a request for JSON that a thread was deleted."""
        answer = {"error_code": GONE, "error_msg": _GONE_WORDS}
        return self.told(request, answer, state=PageState.GONE)

    def gone_page(self, request: Request) -> Response:
        """Answer a request for HTML that a thread was deleted."""
        return self.page(request, "gone.html", {}, state=PageState.GONE)

    def _refused(self, request: Request, trouble: PageState) -> Response:
        if trouble is PageState.RATE_LIMITED:
            self.stage.log(request, trouble, status=429)
            headers = {"Retry-After": str(RETRY_SECONDS)}
            return PlainTextResponse("Too Many Requests", status_code=429, headers=headers)
        if trouble is PageState.ERROR:
            self.stage.log(request, trouble, status=502)
            return HTMLResponse(_NGINX, status_code=502)
        self.stage.log(request, PageState.BLOCKED)
        return PlainTextResponse("blocked")
