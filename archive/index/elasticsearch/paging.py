"""Page marks: the last hit's place in the order, and the moment that all pages show."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import msgspec

from archive.errors import InputError

UNKNOWN_MARK = "The page mark {!r} is not one of ours: start at the first page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a page ended; ``view`` is the server's point in time, which may have passed."""

    moment: int
    key: str
    view: str

    @classmethod
    def read(cls, after: str) -> Mark:
        """Read a page mark; raises ``InputError`` on one of another engine or of nobody."""
        try:
            plain = base64.urlsafe_b64decode(after.encode("ascii"))
            return msgspec.json.decode(plain, type=cls)
        except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
            raise InputError(UNKNOWN_MARK.format(after)) from error

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii")
