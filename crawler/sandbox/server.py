"""Running the sandbox on a free port of loopback."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn

from archive.codec import decode, encode
from archive.labels import PageState
from crawler.sandbox.app import build_app
from crawler.sandbox.pictures import chinese_font
from crawler.sandbox.shapes.mounting import Shape, dress
from crawler.sandbox.trouble import Bucket
from crawler.sandbox.world import World, build_world

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_START_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox; what lies backstage is for scores and tests, not for spiders."""

    url: str

    def log(self) -> list[dict[str, Any]]:
        """Give every answer served: path, query, status, state and extent as it was meant."""
        return self._get("log")

    def truth(self) -> list[dict[str, Any]]:
        """Give what each post is, at the clock's time."""
        return self._get("truth")

    def planted(self) -> list[dict[str, Any]]:
        """Give every post, comment and account of a shape, under the platform's own ids."""
        return self._get("planted")

    def set_clock(self, now: datetime) -> None:
        """Move the sandbox's clock."""
        self._post("clock", {"now": now.isoformat()})

    def ban(self, account: str) -> None:
        """Take an account and its posts away."""
        self._post("ban", {"account": account})

    def trouble(self, state: PageState | None) -> None:
        """Let every search meet a bad page from now on, or none but those of its word."""
        self._post("trouble", {"state": state or ""})

    def log_in(self, member: str) -> None:
        """Let a shape know one session only, by its cookie's value: every other one has ended."""
        self._post("member", {"value": member})

    def _post(self, name: str, body: dict[str, str]) -> None:
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/_sandbox/{name}",
            data=encode(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310

    def _get(self, name: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/_sandbox/{name}", timeout=10) as answer:  # noqa: S310
            return decode(answer.read().decode(), list[dict[str, Any]])


@contextmanager
def sandbox(
    *,
    seed: int = 7,
    posts: int = 600,
    now: datetime = NOW,
    port: int = 0,
    bucket: Bucket | None = None,
    world: World | None = None,
    shape: Shape | None = None,
) -> Iterator[Sandbox]:
    """Serve a seeded or a given world in a thread; raises ``MissingError`` without a font."""
    chinese_font()
    served = world or build_world(seed, now=now, posts=posts)
    app = build_app(served, now=now, bucket=bucket)
    if shape:
        dress(app, served, shape)
    listening = socket.socket()
    listening.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield Sandbox(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(timeout=_START_SECONDS)
        listening.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(_START_SECONDS * 100):
        if server.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.01)
    raise RuntimeError("the sandbox did not start")
