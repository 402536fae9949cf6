"""Reach and limits over real servers: no private address, no bomb, no robots passed over."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from archive.ledger.ledger import Ledger
from archive.ledger.units import UnitState
from archive.settings import Settings
from crawler.reach import Reach, is_public

PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
    *("100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "nonsense"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_told_from_public_ones(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:9/", "private"),
        ("http://localhost/", "private"),
        ("http://2130706433/", "private"),
        ("http://[::1]/", "private"),
        ("http://user@10.0.0.1/", "private"),
        ("ftp://8.8.8.8/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("javascript:alert(1)", "only http"),
        ("http://8.8.8.8:99999/", "only http"),
        ("http://8.8.8.8/", ""),
    ],
)
def test_only_the_public_web_is_asked(url: str, told: str) -> None:
    refusal = asyncio.run(Reach().refusal(url))
    assert (told in refusal) if told else not refusal


def test_the_sandbox_is_one_place_and_its_neighbours_are_not() -> None:
    reach = Reach("http://127.0.0.1:9000")
    assert asyncio.run(reach.refusal("http://127.0.0.1:9000/search?q=x")) == ""
    assert "private" in asyncio.run(reach.refusal("http://127.0.0.1:9001/"))


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["User-Agent"]))  # type: ignore[attr-defined]
        if self.path == "/robots.txt":
            self._give(b"User-agent: *\nDisallow: /post/\n", {})
        elif "bomb" in self.path:
            self._give(gzip.compress(b"0" * 64 * 2**20), {"Content-Encoding": "gzip"})
        elif "away" in self.path:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/inside")
            self.end_headers()
        else:
            self._give(b"<p>nothing known</p>", {})

    def _give(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Any]:
    running: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    running.asked = []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.mark.slow
def test_bombs_redirects_and_robots_end_as_told_observations(
    bench: Any, server: Any, settings: Settings, ledger: Ledger
) -> None:
    from archive.ledger.units import Scope, Work

    url = f"http://127.0.0.1:{server.server_address[1]}"
    bench.order("bomb", "away", "page")
    bench.order("7", work=Work.POST)
    bench.order(
        "8", work=Work.POST, scope=Scope(despite_robots=True, pictures=False), legal_basis="w. 1"
    )
    bench.run(base_url=url)
    with ledger.reading() as connection:
        rows = [r for job in range(1, 6) for r in ledger.units.of_job(connection, job)]
    reasons = {row.query: (row.state, row.page_state, row.reason) for row in rows}
    assert reasons["bomb"][1] == "error"
    assert reasons["away"] == (UnitState.FAILED, "error", "redirect to http://127.0.0.1:9/inside")
    assert reasons["page"][1:] == ("changed_layout", "p.count is missing")
    assert reasons["7"] == (UnitState.FAILED, "error", "Forbidden by robots.txt")
    assert reasons["8"][1] == "changed_layout"
    paths = [path for path, _ in server.asked]
    assert "/post/7" not in paths
    assert "/post/8" in paths
    assert all(agent.startswith("Anyu/") for _, agent in server.asked)
