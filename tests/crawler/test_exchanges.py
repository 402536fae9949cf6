"""Exchanges over real TLS on loopback: who the server said it is, by plain fetch and by browser."""

import asyncio
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from archive.settings import Settings
from crawler.chromium import find_chromium
from crawler.exchanges import from_browser
from crawler.warc import Exchange, reopen, warc

_PLAIN = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess
from crawler.exchanges import from_scrapy

class Plain(scrapy.Spider):
    name = "plain"
    custom_settings = {"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False}
    async def start(self):
        yield scrapy.Request(sys.argv[1], headers={"Authorization": "Bearer topsecret"})
    def parse(self, response):
        kept = from_scrapy(response)
        print(json.dumps([kept.tls, kept.server, kept.status, kept.body.decode()]))

process = CrawlerProcess()
process.crawl(Plain)
process.start()
"""


def test_a_plain_fetch_tells_the_subject_of_the_certificate(secure: str, tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(_PLAIN)
    done = subprocess.run(
        [sys.executable, str(script), secure], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["CN=shop.test,O=Test", "127.0.0.1", 200, "开房"]


@pytest.mark.browser
def test_a_browser_s_fetch_tells_it_too_and_is_kept_without_cookies(secure: str) -> None:
    kept = asyncio.run(_browse(secure))
    assert (kept.tls, kept.server, kept.body.decode()) == ("shop.test", "127.0.0.1", "开房")
    assert kept.by_browser
    again = reopen(warc(kept))
    assert (again.tls, again.server, again.tools) == (kept.tls, kept.server, kept.tools)
    assert "chromium" in again.tools
    assert {"set-cookie"} <= set(again.removed)
    assert b"topsecret" not in warc(kept)


async def _browse(url: str) -> Exchange:
    chromium = find_chromium(Settings())
    assert chromium, "no Chromium: anyu doctor --install"
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=str(chromium))
        page = await browser.new_page(ignore_https_errors=True)
        answer = await page.goto(url)
        assert answer is not None
        kept = await from_browser(answer, browser=browser.version)
        await browser.close()
    return kept


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("secure")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    named = ["-subj", "/O=Test/CN=shop.test", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*make, *named], cwd=folder, capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = "开房".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Set-Cookie", "session=topsecret")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
