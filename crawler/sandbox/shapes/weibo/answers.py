"""How Weibo answers when it will not: no log-in, captcha, blocked, too often, nothing there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from archive.labels import Extent, PageState
from crawler.sandbox.shapes.cast import stands
from crawler.sandbox.shapes.stage import Stage, base
from crawler.sandbox.shapes.weibo.cards import Cards
from crawler.sandbox.shapes.weibo.numbers import Numbers
from crawler.sandbox.world import Entry

NOTHING = "这里还没有内容"
_TOO_OFTEN = "请求过于频繁，歇歇吧"
_NGINX = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_TEAPOT = "<html><head><title>418 I'm a teapot</title></head><body></body></html>"
_GONE = "微博不存在或暂无查看权限!"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages of Weibo share: the stage and the numbers of its posts."""

    stage: Stage
    numbers: Numbers

    def cards(self, request: Request) -> Cards:
        """Give the writer of this moment's answers."""
        return Cards(
            cast=self.stage.cast,
            numbers=self.numbers,
            now=self.stage.now,
            base=base(request),
        )

    def card(self, post: dict[str, Any]) -> dict[str, Any]:
        """Wrap a post as a card of a list."""
        scheme = f"https://m.weibo.cn/status/{post['bid']}?mblogid={post['bid']}"
        return {"card_type": 9, "itemid": f"_-_{post['id']}", "scheme": scheme, "mblog": post}

    def open(self, told: str) -> Entry | None:
        """Find a post that stands, by mid or bid."""
        entry = self.numbers.entry(told)
        if entry is None or entry.author in self.stage.site.banned:
            return None
        return entry if stands(entry, self.stage.now) else None

    def standing(self, request: Request, told: str) -> Entry | Response:
        """Find a post for a JSON answer, or give the answer that says why not."""
        trouble = self.stage.trouble(request)
        if trouble:
            return self.bad(request, trouble)
        entry = self.open(told)
        if entry is None:
            self.stage.log(request, PageState.GONE)
            return JSONResponse({"ok": 0, "errno": "20101", "msg": _GONE})
        return entry

    def nothing(
        self, request: Request, state: PageState, extent: Extent = Extent.WHOLE
    ) -> Response:
        """Answer that a list is empty or at its end."""
        self.stage.log(request, state, extent)
        return JSONResponse({"ok": 0, "msg": NOTHING, "data": {"cards": []}})

    def bad(self, request: Request, trouble: PageState) -> Response:
        """Answer a JSON request with a bad page."""
        told = self._refusal(request, trouble)
        if told is not None:
            self.stage.log(request, trouble)
            return JSONResponse(told)
        return self._refused(request, trouble)

    def bad_page(self, request: Request, trouble: PageState) -> Response:
        """Answer a request for HTML with a bad page."""
        if trouble is PageState.LOGGED_OUT:
            self.stage.log(request, trouble, status=302)
            return RedirectResponse("/sso/signin?entry=wapsso", status_code=302)
        if trouble is PageState.CAPTCHA:
            self.stage.log(request, trouble, status=302)
            return RedirectResponse("/api/geetest?testType=1&backUrl=/", status_code=302)
        if trouble is PageState.CHANGED_LAYOUT:
            self.stage.log(request, trouble)
            return HTMLResponse("<title>微博</title><div id=app><main></main></div>")
        return self._refused(request, trouble)

    def _refusal(self, request: Request, trouble: PageState) -> dict[str, Any] | None:
        if trouble is PageState.LOGGED_OUT:
            back = quote("https://m.weibo.cn/", safe="")
            url = f"https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb&url={back}"
            return {"ok": -100, "url": url}
        if trouble is PageState.CAPTCHA:
            url = "https://m.weibo.cn/api/geetest?testType=1&backUrl=/"
            return {"ok": -100, "errno": "-100", "msg": "", "url": url, "extra": ""}
        if trouble is PageState.RATE_LIMITED and self.stage.site.trouble is trouble:
            return {"ok": 0, "msg": _TOO_OFTEN}
        if trouble is PageState.CHANGED_LAYOUT:
            return {"ok": 1, "data": {"items": []}}
        return None

    def _refused(self, request: Request, trouble: PageState) -> Response:
        if trouble is PageState.RATE_LIMITED:
            self.stage.log(request, trouble, status=418)
            return HTMLResponse(_TEAPOT, status_code=418)
        if trouble is PageState.ERROR:
            self.stage.log(request, trouble, status=502)
            return HTMLResponse(_NGINX, status_code=502)
        if trouble is PageState.GONE:
            self.stage.log(request, trouble)
            return JSONResponse({"ok": 0, "errno": "20101", "msg": _GONE})
        if trouble is PageState.EMPTY:
            return self.nothing(request, trouble)
        self.stage.log(request, PageState.BLOCKED, status=432)
        return Response(status_code=432)
