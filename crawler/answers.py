"""One answer of a platform as it came: address, status, headers, body, time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.warc import Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a page object reads; ``fetched_at`` is what relative times are counted from."""

    url: str = ""
    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    fetched_at: datetime

    def header(self, name: str) -> str:
        """Give the first header of a name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def location(self) -> str:
        """A redirect's target in full, or an empty text."""
        target = self.header("location").strip()
        try:
            return urljoin(self.url, target) if target else ""
        except ValueError:
            return target

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the address, the first of each name."""
        try:
            pairs = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        except ValueError:
            return {}
        return dict(reversed(pairs))

    @property
    def path(self) -> str:
        """The path of the address."""
        try:
            return urlsplit(self.url).path
        except ValueError:
            return ""


def told_time(headers: Headers) -> datetime | None:
    """Give the time of the Date header, where the server told one with its zone."""
    told = next((value for key, value in headers if key.lower() == "date"), None)
    try:
        found = parsedate_to_datetime(told) if told else None
    except (ValueError, TypeError):
        return None
    return found if found and found.tzinfo else None
