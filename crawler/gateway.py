"""The one way out of a browser: a proxy on loopback that asks reach at each connection."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from crawler.reach import Reach, place_of
from crawler.warc import Headers

_HEAD = 256 * 1024  # bytes of a request's or an answer's head
_PIECE = 64 * 1024
_CONNECT_SECONDS = 20.0
_HOP = ("connection", "proxy-connection", "keep-alive", "proxy-authorization")
# The browser looks up no name by itself, and no packet of it takes another way.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)


class Gateway:
    """Carries what a browser asks for; what must not be reached is closed without an answer.

    A page's redirects, frames, scripts, pictures and sockets all pass here. Names are looked up
    here, and the address that was checked is the one connected to. Over a sandbox's ``base_url``
    nothing but the sandbox is reached.
    """

    def __init__(self, base_url: str | None = None) -> None:
        self._reach = Reach(base_url)
        self._alone = place_of(base_url) if base_url else None
        self._servers: dict[tuple[str, int], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.refusals: list[str] = []

    async def __aenter__(self) -> Gateway:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0, limit=_HEAD)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is open."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def launch_options(self, chromium: Path) -> dict[str, Any]:
        """Give how Playwright starts a browser that has no other way out."""
        return {
            "executable_path": str(chromium),
            "proxy": {"server": self.url},
            "args": list(_ARGUMENTS),
        }

    def server_of(self, url: str) -> str | None:
        """Give the IP address that an address was last fetched from."""
        place = place_of(url)
        return self._servers.get(place) if place else None

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        failures = (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        try:
            with contextlib.suppress(*failures, TimeoutError):  # the browser is told by the close
                await self._carry(reader, writer)
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        tunnel = method == "CONNECT"
        url = f"https://{target}/" if tunnel else target
        address = await self._address(url)
        place = place_of(url)
        if address is None or place is None:
            return
        opening = asyncio.open_connection(address, place[1], limit=_HEAD)
        far_reader, far_writer = await asyncio.wait_for(opening, _CONNECT_SECONDS)
        self._servers[place] = address
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _both_ways(reader, writer, far_reader, far_writer)
            else:
                await _one_request(head, reader, writer, far_reader, far_writer)
        finally:
            far_writer.close()

    async def _address(self, url: str) -> str | None:
        """Give the checked IP address of an address; note why where there is none."""
        refusal, address = await self._reach.way(url)
        if not refusal and self._alone and place_of(url) != self._alone:
            refusal = f"{url[:200]} is not the sandbox's"
        if refusal:
            self.refusals.append(refusal)
            return None
        return address


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    copying = [
        asyncio.ensure_future(_copy(reader, far_writer)),
        asyncio.ensure_future(_copy(far_reader, writer)),
    ]
    try:
        await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in copying:
            task.cancel()
        await asyncio.gather(*copying, return_exceptions=True)


async def _one_request(
    head: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Carry one request and its answer; the connection is good for no second one.

    Otherwise a server could keep it open and be sent what is meant for another.
    """
    first, headers = _parsed(head)
    method, target, version = first.split(" ", 2)
    parts = urlsplit(target)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    far_writer.write(_written(f"{method} {path} {version}", headers))
    left = int(next((v for name, v in headers if name.lower() == "content-length"), "0"))
    while left > 0 and (piece := await reader.read(min(left, _PIECE))):
        far_writer.write(piece)
        await far_writer.drain()
        left -= len(piece)
    answer, told = _parsed(await far_reader.readuntil(b"\r\n\r\n"))
    writer.write(_written(answer, told))
    gone = asyncio.ensure_future(reader.read(1))
    copying = asyncio.ensure_future(_copy(far_reader, writer))
    try:
        await asyncio.wait([gone, copying], return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        copying.cancel()
        await asyncio.gather(gone, copying, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()


def _parsed(head: bytes) -> tuple[str, Headers]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, [(name, value.strip()) for name, _, value in pairs]


def _written(first: str, headers: Headers) -> bytes:
    kept = [f"{name}: {value}" for name, value in headers if name.lower() not in _HOP]
    return "\r\n".join([first, *kept, "Connection: close", "", ""]).encode("latin-1")
