"""An operator's own session as a file gives it: cookies read, sent, and handed to a browser."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from archive import codec
from archive.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie; an empty ``domain`` goes to every host of the platform."""

    name: str
    value: str
    domain: str = ""
    path: str = "/"
    secure: bool = False

    def goes_to(self, host: str, path: str, *, secure: bool) -> bool:
        """Say whether the cookie belongs to a request."""
        domain = self.domain.lstrip(".")
        here = not domain or host == domain or host.endswith(f".{domain}")
        under = path == self.path or path.startswith(self.path.rstrip("/") + "/")
        return here and under and (secure or not self.secure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A log-in; ``name`` is how the operator calls it."""

    name: str
    cookies: tuple[Cookie, ...]
    origins: tuple[dict[str, Any], ...] = ()

    def cookie(self, url: str) -> str:
        """Give the Cookie header of a request, empty where none belongs to it."""
        parts = urlsplit(url)
        secure, path = parts.scheme == "https", parts.path or "/"
        sent = [c for c in self.cookies if c.goes_to(parts.hostname or "", path, secure=secure)]
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent)

    def storage_state(self) -> dict[str, Any]:
        """Give the session as Playwright takes it; cookies without a domain stay behind."""
        cookies = [
            {
                "name": cookie.name,
                "value": cookie.value,
                "domain": cookie.domain,
                "path": cookie.path,
                "secure": cookie.secure,
                "httpOnly": False,
                "expires": -1,
                "sameSite": "Lax",
            }
            for cookie in self.cookies
            if cookie.domain
        ]
        return {"cookies": cookies, "origins": list(self.origins)}

    def pack(self) -> bytes:
        """Give the session as it is sealed."""
        return codec.encode(self).encode()


def unpack(content: bytes) -> Session:
    """Undo ``pack``."""
    return codec.decode(content.decode(), Session)


def read_session(name: str, text: str) -> Session:
    """Read a browser's storage state, a cookie export, a cookies.txt, or a Cookie header."""
    bare = text.strip()
    if bare[:1] in ("{", "["):
        cookies, origins = _from_json(bare)
    elif "\t" in bare:
        cookies, origins = _from_netscape(bare), ()
    else:
        cookies, origins = _from_header(bare), ()
    if not cookies:
        raise InputError(
            "The file holds no cookies: give a Playwright storage state, a JSON cookie export, "
            "a cookies.txt or the value of a Cookie header."
        )
    return Session(name=name, cookies=cookies, origins=origins)


def _from_json(text: str) -> tuple[tuple[Cookie, ...], tuple[dict[str, Any], ...]]:
    try:
        value = json.loads(text)
        rows = value["cookies"] if isinstance(value, dict) else value
        origins = value.get("origins", []) if isinstance(value, dict) else []
        return tuple(map(_cookie, rows)), tuple(origins)
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise InputError(f"The session's JSON cannot be read: {error}.") from error


def _cookie(row: dict[str, Any]) -> Cookie:
    return Cookie(
        name=str(row["name"]),
        value=str(row["value"]),
        domain=str(row.get("domain") or ""),
        path=str(row.get("path") or "/"),
        secure=bool(row.get("secure")),
    )


def _from_netscape(text: str) -> tuple[Cookie, ...]:
    lines: Iterable[str] = (line.removeprefix("#HttpOnly_") for line in text.splitlines())
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(
        Cookie(name=row[5], value=row[6], domain=row[0], path=row[2], secure=row[3] == "TRUE")
        for row in rows
        if len(row) == 7
    )


def _from_header(text: str) -> tuple[Cookie, ...]:
    pairs = (part.strip().partition("=") for part in text.removeprefix("Cookie:").split(";"))
    return tuple(Cookie(name=name, value=value) for name, sign, value in pairs if sign and name)
