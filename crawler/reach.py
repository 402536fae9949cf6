"""Which addresses a fetch may reach: the web, never this network, unless the sandbox is meant."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.error import DNSLookupError

_PORTS = {"http": 80, "https": 443}
_NOWHERE = "its name has no address"
_KEPT = 1000  # names whose addresses are remembered


class Reach:
    """Decides on addresses; ``meant`` is the sandbox's base URL, the one private place allowed."""

    def __init__(self, meant: str | None = None) -> None:
        self._meant = place_of(meant) if meant else None
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def refusal(self, url: str) -> str:
        """Say why an address must not be asked, empty where it may be.

        A name without an address may be asked: the fetch itself will tell what is wrong.
        """
        refusal, _ = await self.way(url)
        return "" if refusal == _NOWHERE else refusal

    async def way(self, url: str) -> tuple[str, str]:
        """Give why an address must not be asked, or the IP address at which it may be."""
        place = place_of(url)
        if place is None:
            return "only http and https are asked", ""
        if place == self._meant:
            return "", place[0]
        addresses = await self._addresses(place[0])
        refusal = self._of_addresses(place[0], addresses) if addresses else _NOWHERE
        return (refusal, "") if refusal else ("", addresses[0])

    def is_meant(self, host: str) -> bool:
        """Say whether a name is the sandbox's."""
        return self._meant is not None and host == self._meant[0]

    def _of_addresses(self, host: str, addresses: Iterable[str]) -> str:
        private = [address for address in addresses if not is_public(address)]
        return f"{host} is at the private address {private[0]}" if private else ""

    async def _addresses(self, host: str) -> tuple[str, ...]:
        if host in self._known:
            return self._known[host]
        found = await _look_up(host)
        if found:  # a name that has no address now may have one later
            self._known[host] = found
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


async def _look_up(host: str) -> tuple[str, ...]:
    """Give a name's addresses, none where it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(str(entry[4][0]) for entry in found)


def place_of(url: str) -> tuple[str, int] | None:
    """Give host and port of an address of the web, nothing for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.hostname, port or _PORTS[parts.scheme]


class ReachMiddleware:
    """Stops a request before it is sent."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReachMiddleware:
        """Take the sandbox's address from the settings."""
        return cls(Reach(crawler.settings.get("ANYU_BASE_URL")))

    async def process_request(self, request: Request) -> None:
        """Raise ``IgnoreRequest`` for what must not be reached."""
        if refusal := await self._reach.refusal(request.url):
            raise IgnoreRequest(refusal)


class ReachResolver(CachingThreadedResolver):  # type: ignore[misc]  # Scrapy is not followed
    """Looks up again at the moment of connecting: a name may have moved since it was checked."""

    def __init__(self, reactor: ReactorBase, reach: Reach) -> None:
        super().__init__(reactor, cache_size=0, timeout=20)
        self._reach = reach

    def getHostByName(self, name: str, timeout: Any = ()) -> Any:
        """Give a name's address where it is public or the sandbox's."""
        found = super().getHostByName(name, timeout)
        return found.addCallback(self._allowed, name)

    def _allowed(self, address: str, name: str) -> str:
        if is_public(address) or self._reach.is_meant(name):
            return address
        raise DNSLookupError(f"{name} is at the private address {address}")
