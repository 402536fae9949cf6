"""How Weibo's web answers when it will not, and the finding of what it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import stands
from crawler.sandbox.shapes.stage import Stage, base
from crawler.sandbox.shapes.weibo.numbers import Numbers
from crawler.sandbox.shapes.weibo_web.parts import Parts
from crawler.sandbox.world import Entry

_GONE = {"ok": 0, "error_code": 20101, "message": "该微博不存在"}
_BANNED = "该账号因被投诉违反法律法规和《微博社区公约》的相关规定，现已无法查看"
_TOO_OFTEN = "<html><body><p>访问过于频繁，请稍等再试！（错误码：414）</p></body></html>"
_NGINX = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_FORBIDDEN = "<html><head><title>403 Forbidden</title></head><body>Forbidden</body></html>"
_BLOCKED = 432

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages of Weibo's web share: the stage and the numbers of its posts."""

    stage: Stage
    numbers: Numbers

    def parts(self, request: Request) -> Parts:
        """Give the writer of this moment's answers."""
        stage = self.stage
        return Parts(cast=stage.cast, numbers=self.numbers, now=stage.now, base=base(request))

    def open(self, told: str) -> Entry | None:
        """Find a post that stands, by mid or bid."""
        entry = self.numbers.entry(told)
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
    ) -> Response:
        """Answer with a page of the shape's own templates."""
        self.stage.log(request, state, extent)
        return HTMLResponse(_pages.get_template(template).render(told))

    def told(
        self,
        request: Request,
        answer: dict[str, Any],
        *,
        state: PageState = PageState.OK,
        extent: Extent = Extent.WHOLE,
    ) -> Response:
        """Answer with JSON that says it is well."""
        self.stage.log(request, state, extent)
        return JSONResponse({"ok": 1, **answer})

    def bad_page(self, request: Request, trouble: PageState) -> Response:
        """Answer a request for HTML with a bad page."""
        back = quote(str(request.url), safe="")
        away = {
            PageState.LOGGED_OUT: f"/sso/signin?entry=miniblog&source=miniblog&url={back}",
            PageState.CAPTCHA: f"/verify?url={back}",
        }.get(trouble)
        if away:
            self.stage.log(request, trouble, status=302)
            return RedirectResponse(away, status_code=302)
        if trouble is PageState.CHANGED_LAYOUT:
            return self.page(request, "shell.html", {}, state=trouble)
        if trouble is PageState.EMPTY:
            return self.page(request, "nothing.html", {"word": "", "cards": []}, state=trouble)
        if trouble is PageState.BLOCKED:
            self.stage.log(request, trouble, status=403)
            return HTMLResponse(_FORBIDDEN, status_code=403)
        return self._refused(request, trouble)

    def bad(self, request: Request, trouble: PageState) -> Response:
        """Answer a request for JSON with a bad answer."""
        told: dict[PageState, dict[str, Any]] = {
            PageState.LOGGED_OUT: {"ok": -100, "url": _gate("sso/signin?entry=miniblog")},
            PageState.CAPTCHA: {"ok": -100, "url": _gate("verify?entry=miniblog"), "msg": ""},
            PageState.CHANGED_LAYOUT: {"ok": 1, "result": {"items": []}},
            PageState.EMPTY: {"ok": 1, "data": []},
        }
        if trouble in told:
            self.stage.log(request, trouble)
            return JSONResponse(told[trouble])
        if trouble is PageState.BLOCKED:
            self.stage.log(request, trouble, status=_BLOCKED)
            return Response(status_code=_BLOCKED)
        return self._refused(request, trouble)

    def gone(self, request: Request) -> Response:
        """Answer that a post does not exist."""
        self.stage.log(request, PageState.GONE)
        return JSONResponse(_GONE)

    def banned(self, request: Request) -> Response:
        """Answer that an account cannot be seen."""
        self.stage.log(request, PageState.GONE)
        url = f"https://weibo.com/sorry?usernotexists&msg={quote(_BANNED)}"
        return JSONResponse({"ok": 0, "error_type": "link", "url": url})

    def _refused(self, request: Request, trouble: PageState) -> Response:
        if trouble is PageState.RATE_LIMITED:
            self.stage.log(request, trouble, status=414)
            return HTMLResponse(_TOO_OFTEN, status_code=414)
        if trouble is PageState.ERROR:
            self.stage.log(request, trouble, status=502)
            return HTMLResponse(_NGINX, status_code=502)
        return self.gone(request)


def _gate(path: str) -> str:
    return f"https://passport.weibo.com/{path}"
