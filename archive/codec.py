"""Records to JSON and back."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(record: object) -> str:
    """Give a record as compact JSON with sorted keys of mappings."""
    return _ENCODER.encode(record).decode()


def decode(text: str, kind: type[T]) -> T:
    """Read a record of type ``kind``; raises ``msgspec.ValidationError`` on a misfit."""
    return msgspec.json.decode(text, type=kind)


def plain(record: object) -> Any:
    """Give a record as JSON-ready dicts and lists."""
    return msgspec.to_builtins(record)


def build(fields: Any, kind: type[T]) -> T:
    """Give a record of type ``kind`` from plain dicts and lists, the reverse of ``plain``."""
    return msgspec.convert(fields, type=kind)


def encode_bytes(record: object) -> bytes:
    """Give what ``encode`` gives, as UTF-8."""
    return _ENCODER.encode(record)
