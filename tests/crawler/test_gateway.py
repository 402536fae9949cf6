"""A browser behind the gateway reaches the sandbox and nothing else, whatever a page tries."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, async_playwright
from servers.certificates import self_signed

from archive.settings import Settings
from crawler.chromium import find_chromium
from crawler.gateway import Gateway

T = TypeVar("T")
_LURES = """<p id="own">ours</p>
<iframe src="{inside}/frame"></iframe><img src="{inside}/picture"><script src="{inside}/script">
</script><link rel="stylesheet" href="{inside}/style"><link rel="preconnect" href="{inside}">
<script>
new WebSocket("{inside}/socket".replace("http", "ws"));
navigator.sendBeacon("{inside}/beacon", "x");
Promise.allSettled([
  fetch("{inside}/fetch"), fetch("http://localhost:{port}/name"), fetch("http://10.0.0.1/net"),
  fetch("http://169.254.169.254/meta"), fetch("http://[::1]:{port}/six"), fetch("/hop"),
  fetch("http://0x7f000001:{port}/hex"), fetch("https://127.0.0.1:{port}/tls"),
]).then(all => {{
  document.body.dataset.states = all.map(one => one.status).join(" ");
}});
</script>"""


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as on the web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        inside = self.server.inside  # type: ignore[attr-defined]
        page = self.path.strip("/")
        if page == "hop":
            self._give(302, b"", {"Location": f"{inside}/hopped"})
        elif page == "refresh":
            self._give(200, f'<meta http-equiv="refresh" content="0;url={inside}/x">'.encode())
        elif page == "lures":
            port = urlsplit(inside).port
            self._give(200, _LURES.format(inside=inside, port=port).encode())
        elif page == "pieces":
            self._pieces()
        else:
            self._give(200, f"<p>{page}</p>".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._give(200, str(len(body)).encode())

    def _give(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        told = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
        for name, value in {**told, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _pieces(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(50):
            piece = f"<i>{number}</i>".encode() * 200
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _serving(tls: ssl.SSLContext | None = None) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.asked, server.inside = [], ""
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside() -> Iterator[Any]:
    """Serve what lies in this network and must never be asked."""
    yield from _serving()


@pytest.fixture
def site(inside: Any) -> Iterator[Any]:
    for server in _serving():
        server.inside = inside.url
        yield server


def browse(gateway: Gateway, does: Callable[[Page], Awaitable[T]], **options: Any) -> T:
    async def run() -> T:
        chromium = find_chromium(Settings())
        assert chromium, "no Chromium: anyu doctor --install"
        async with gateway, async_playwright() as tools:
            browser = await tools.chromium.launch(**gateway.launch_options(chromium))
            found = await does(await browser.new_page(**options))
            await browser.close()
        return found

    return asyncio.run(run())


@pytest.mark.browser
def test_frames_scripts_sockets_names_and_redirects_of_a_page_do_not_get_inside(
    site: Any, inside: Any
) -> None:
    async def look(page: Page) -> tuple[str, str]:
        await page.goto(f"{site.url}/lures", wait_until="load")
        await page.wait_for_selector("body[data-states]", timeout=30_000)
        return await page.inner_text("#own"), await page.get_attribute("body", "data-states") or ""

    gateway = Gateway(site.url)
    shown, states = browse(gateway, look)
    assert shown == "ours"
    assert states.split() == ["rejected"] * 8
    assert inside.asked == []
    assert site.asked.count("/hop") == 1
    told = " ".join(gateway.refusals)
    for place in ("127.0.0.1 is at the private address 127.0.0.1", "10.0.0.1", "169.254.169.254"):
        assert place in told


@pytest.mark.browser
@pytest.mark.parametrize("path", ["hop", "refresh"])
def test_a_page_that_leads_inside_ends_there(site: Any, inside: Any, path: str) -> None:
    async def go(page: Page) -> str:
        try:
            await page.goto(f"{site.url}/{path}", wait_until="load")
            await page.wait_for_timeout(1500)
            return await page.inner_text("body")
        except BrowserError as error:
            return error.message

    gateway = Gateway(site.url)
    shown = browse(gateway, go)
    assert "hopped" not in shown
    assert inside.asked == []
    assert gateway.refusals


@pytest.mark.browser
def test_what_may_be_reached_comes_whole_and_its_server_is_known(site: Any) -> None:
    async def look(page: Page) -> tuple[int, str]:
        await page.goto(f"{site.url}/pieces")
        pieces = await page.locator("i").count()
        sent = await page.evaluate(
            "fetch('/', {method: 'POST', body: 'x'.repeat(300000)}).then(answer => answer.text())"
        )
        return pieces, sent

    gateway = Gateway(site.url)
    assert browse(gateway, look) == (10_000, "300000")
    assert gateway.server_of(f"{site.url}/pieces") == "127.0.0.1"
    assert gateway.refusals == []


@pytest.mark.browser
def test_tls_goes_through_untouched(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tls")
    for name, content in zip(("cert.pem", "key.pem"), self_signed(), strict=True):
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")

    async def look(page: Page) -> tuple[str, str | None]:
        answer = await page.goto(f"{server.url}/inner")
        assert answer is not None
        security = await answer.security_details()
        return await page.inner_text("p"), (security or {}).get("subjectName")

    for server in _serving(context):
        found = browse(Gateway(server.url), look, ignore_https_errors=True)
        assert found == ("inner", "loopback")


def test_a_connection_carries_one_request_and_no_second_one(site: Any, inside: Any) -> None:
    async def run() -> tuple[bytes, list[str]]:
        async with Gateway(site.url) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gateway.url).port)
            for url in (f"{site.url}/one", f"{inside.url}/two"):
                writer.write(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            return await asyncio.wait_for(reader.read(), 10), gateway.refusals

    answer, _ = asyncio.run(run())
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in answer
    assert site.asked == ["/one"]
    assert inside.asked == []


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"GET /relative HTTP/1.1\r\n\r\n",
        b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"GET file:///etc/passwd HTTP/1.1\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n",
        b"CONNECT [::1]:22 HTTP/1.1\r\n\r\n",
        b"CONNECT :99999 HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1:9/ HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_request_to_the_web_is_closed_without_an_answer(head: bytes) -> None:
    async def run() -> bytes:
        async with Gateway() as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gateway.url).port)
            writer.write(head)
            return await asyncio.wait_for(reader.read(), 10)

    assert asyncio.run(run()) == b""


def test_a_browser_that_goes_away_ends_the_far_connection(site: Any) -> None:
    async def run() -> None:
        async with Gateway(site.url) as gateway:
            port = urlsplit(gateway.url).port
            await asyncio.to_thread(_ask_and_leave, port, site.url)

    asyncio.run(asyncio.wait_for(run(), 10))


def _ask_and_leave(port: int, url: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", f"{url}/pieces")
        assert connection.getresponse().read(10)
