"""Where an Elasticsearch is: ``elasticsearch://host:9200,host2:9200/name``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from archive.errors import InputError

SCHEMES = {"elasticsearch": "http", "elasticsearch+https": "https"}
_PORT = 9200
_NAME = "anyu"
# the server's own rule for names of an index
_NAMES = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]\s/]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One cluster's doors and the name of the index there."""

    scheme: str
    hosts: tuple[str, ...]
    name: str

    @classmethod
    def read(cls, url: str) -> Address:
        """Read an address; raises ``InputError`` on one that cannot be meant."""
        scheme, mark, rest = url.partition("://")
        if not mark or scheme not in SCHEMES:
            raise InputError(
                f"The index address {url!r} is none: write sqlite, "
                "elasticsearch://host:9200/name or elasticsearch+https://host:9200/name."
            )
        if "@" in rest:
            raise InputError("An index address holds no password: set ANYU_ELASTICSEARCH_API_KEY.")
        doors, _, name = rest.rstrip("/").partition("/")
        if not _NAMES.fullmatch(name or _NAME):
            raise InputError(
                f"The index name {name!r} cannot be used: take small letters, digits, . _ and -."
            )
        hosts = tuple(_host(door, url) for door in doors.split(","))
        return cls(scheme=scheme, hosts=hosts, name=name or _NAME)

    @property
    def urls(self) -> list[str]:
        """Give the doors as the client wants them."""
        return [f"{SCHEMES[self.scheme]}://{host}" for host in self.hosts]

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return SCHEMES[self.scheme] == "https"

    @property
    def stays_here(self) -> bool:
        """Whether every door is on this machine."""
        return all(_is_loopback(host.rpartition(":")[0]) for host in self.hosts)

    def __str__(self) -> str:
        return f"{self.scheme}://{','.join(self.hosts)}/{self.name}"


def _host(door: str, url: str) -> str:
    found = _HOST.fullmatch(door)
    if not found or int(found["port"] or _PORT) > 65535:
        raise InputError(f"The host {door!r} of the index address {url!r} cannot be read.")
    return f"{found['host']}:{found['port'] or _PORT}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
