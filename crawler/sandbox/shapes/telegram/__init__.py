"""Telegram's web preview: t.me/s/CHANNEL, landing pages, single posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from archive.labels import Extent, PageState
from crawler.sandbox.pictures import draw
from crawler.sandbox.shapes.cast import words
from crawler.sandbox.shapes.planting import Naming, Planted, planting
from crawler.sandbox.shapes.stage import HELD_BACK, Stage, base
from crawler.sandbox.shapes.telegram import markup
from crawler.sandbox.shapes.telegram.channels import CREATED, LANDINGS, Channels
from crawler.sandbox.trouble import RETRY_SECONDS, TRUNCATED
from crawler.sandbox.world import Entry, Picture

_PAGE = 20  # messages of a page
_MOST_HITS = 21  # of a search: a full page, one more behind it, and no link further
_CHALLENGE = '<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/x"></script>'
_REFUSALS = {
    PageState.ERROR: (502, "<html><title>502 Bad Gateway</title></html>"),
    PageState.BLOCKED: (403, "<html><title>403 Forbidden</title></html>"),
    PageState.CAPTCHA: (403, _CHALLENGE),
    PageState.LOGGED_OUT: (401, "<html><title>401 Unauthorized</title></html>"),
}


@dataclass(frozen=True, slots=True)
class _Desk:
    stage: Stage
    channels: Channels

    def posts(self, channel: str, word: str) -> list[tuple[int, Entry]]:
        """Give what a channel, or a search in it, shows; oldest first."""
        now = self.stage.now
        posts = self.channels.posts(channel, now, self.stage.site.banned)
        return [(n, e) for n, e in posts if word.lower() in words(e, now).lower()]

    def there(self, channel: str) -> bool:
        return channel in self.channels.all and channel not in self.stage.site.banned


def dress(app: FastAPI, stage: Stage) -> Planted:
    """Add Telegram's pages; give what is planted in them."""
    desk = _Desk(stage, Channels(stage.cast))
    _files(app, stage)
    _channel(app, desk)
    _single(app, desk)
    naming = Naming(
        post=desk.channels.address,
        comment=lambda comment: comment.id,
        person=desk.channels.of,
        picture=lambda name: f"{name}.jpg",
        comments=False,
    )
    accounts = planting(stage, naming)

    def planted() -> list[dict[str, Any]]:
        rows = [row for row in accounts() if row["kind"] == "post"]
        for name, channel in desk.channels.all.items():
            row = {"kind": "account", "id": name, "name": channel.title}
            rows.append(row | {"subscribers": channel.subscribers})
        return rows

    return planted


def _files(app: FastAPI, stage: Stage) -> None:
    @app.get("/file/{told}.jpg")
    def picture(told: str) -> Response:
        menu = stage.site.database.menu(told)
        if menu is None:
            raise HTTPException(404, "no such picture")
        return Response(draw(Picture(name=told, menu=menu)), media_type="image/png")


def _channel(app: FastAPI, desk: _Desk) -> None:
    @app.get("/s/{name}")
    def preview(
        request: Request, name: str, q: str = "", before: int = 0, after: int = 0
    ) -> Response:
        trouble = desk.stage.trouble(request, q)
        if trouble:
            return _bad(request, desk, name, trouble)
        if not desk.there(name):
            desk.stage.log(request, PageState.GONE, status=302)
            return RedirectResponse(f"/{name}", status_code=302)
        return _shown(request, desk, name, q, before, after)


def _shown(
    request: Request, desk: _Desk, name: str, word: str, before: int, after: int
) -> Response:
    hits = desk.posts(name, word)
    posts = hits[-_MOST_HITS:] if word else hits
    newer = [post for post in posts if post[0] > after] if after else []
    older = [post for post in posts if not before or post[0] < before]
    shown = newer[:_PAGE] if after else older[-_PAGE:]
    channel, first = desk.channels.all[name], not word
    writer = markup.Writer(
        cast=desk.stage.cast, channels=desk.channels, now=desk.stage.now, base=base(request)
    )
    messages = [writer.message(channel, number, entry) for number, entry in shown]
    extent = Extent.WHOLE
    if word == TRUNCATED and shown:
        withheld, extent = shown[1 : 1 + HELD_BACK], Extent.TRUNCATED
        messages[1 : 1 + HELD_BACK] = [markup.withheld(name, number) for number, _ in withheld]
    reached = not shown or shown[0] == posts[0]
    if word and reached and len(hits) >= _PAGE:
        extent = Extent.CAPPED
    if first and reached and not after and (not before or before > CREATED):
        messages.insert(0, markup.created(channel))
    up = "" if reached else markup.more(name, word, "before", shown[0][0])
    ends = not shown or shown[-1] == posts[-1]
    down = "" if ends else markup.more(name, word, "after", shown[-1][0])
    page = markup.preview(
        channel,
        messages,
        older=up,
        newer=down,
        asked=f"/s/{name}",
    )
    desk.stage.log(request, PageState.OK if shown else PageState.EMPTY, extent)
    return HTMLResponse(page)


def _bad(request: Request, desk: _Desk, name: str, trouble: PageState) -> Response:
    if trouble is PageState.RATE_LIMITED:
        desk.stage.log(request, trouble, status=429)
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return PlainTextResponse("Too Many Requests", status_code=429, headers=headers)
    if trouble is PageState.CHANGED_LAYOUT:
        desk.stage.log(request, trouble)
        posts = desk.posts(name, "")[-_PAGE:] if desk.there(name) else []
        told = "".join(f"<li>{markup.marked(entry.text)}</li>" for _, entry in posts)
        return HTMLResponse(f"<title>{name}</title><ul class=feed>{told}</ul>")
    if trouble not in _REFUSALS:
        desk.stage.log(request, PageState.GONE, status=302)
        return RedirectResponse(f"/{name}", status_code=302)
    status, told = _REFUSALS[trouble]
    desk.stage.log(request, trouble, status=status)
    return HTMLResponse(told, status_code=status)


def _single(app: FastAPI, desk: _Desk) -> None:
    @app.get("/{name}/{number:int}")
    def post(request: Request, name: str, number: int) -> Response:
        trouble = desk.stage.trouble(request)
        if trouble:
            return _bad(request, desk, name, trouble)
        found = dict(desk.posts(name, "")) if desk.there(name) else {}
        if number not in found:
            desk.stage.log(request, PageState.GONE)
            return HTMLResponse('<div class="tgme_widget_message_error">Post not found</div>')
        writer = markup.Writer(
            cast=desk.stage.cast, channels=desk.channels, now=desk.stage.now, base=base(request)
        )
        desk.stage.log(request, PageState.OK)
        told = writer.message(desk.channels.all[name], number, found[number])
        return HTMLResponse(f"<!DOCTYPE html><title>Telegram Widget</title><body>{told}</body>")

    @app.get("/{name}")
    def landing(request: Request, name: str) -> Response:
        channel = desk.channels.all.get(name) if desk.there(name) else None
        kind = "channel" if channel else LANDINGS.get(name, "")
        extra = {
            "channel": f"{channel.subscribers if channel else 4096:,} subscribers".replace(
                ",", " "
            ),
            "group": "312 members, 12 online",
        }.get(kind, f"@{name}")
        desk.stage.log(request, PageState.OK if kind else PageState.GONE)
        title = channel.title if channel else name
        return HTMLResponse(markup.landing(name, title, extra, known=bool(kind)))
