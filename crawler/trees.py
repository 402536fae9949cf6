"""JSON of any shape: walked in its order, values taken by name, never raising."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive.records import Media
from crawler.imports.fields import clean, counts

Branch = Mapping[str, Any]


def branches(value: Any) -> Iterator[Branch]:
    """Give each object of a tree, outer ones first, in the order of the document."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            stack.extend(reversed(node))


def said(branch: Branch, *names: str) -> str:
    """Give the first of the named values that is a text with something in it."""
    for name in names:
        value = branch.get(name)
        if isinstance(value, str) and value.strip():
            return clean(value)
    return ""


def ident(branch: Branch, *names: str) -> str:
    """Give the first of the named values that is an id: a text, or a number above zero."""
    for name in names:
        value = branch.get(name)
        if isinstance(value, bool):
            continue
        if isinstance(value, int) and value > 0:
            return str(value)
        if isinstance(value, str) and value.strip() not in ("", "0"):
            return clean(value.strip())
    return ""


def inner(branch: Branch, *path: str) -> Branch:
    """Give an object below, empty where it is not there."""
    value: Any = branch
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Give the entries of a list, or of an object that numbers them."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def number(branch: Branch, *names: str) -> int | None:
    """Give the first of the named counts that is one; 1.2万 is 12000."""
    for name in names:
        found = counts(branch, {"n": name}).get("n")
        if found is not None:
            return found
    return None


def media(urls: Iterator[str] | list[str], kind: str = "image") -> tuple[Media, ...]:
    """Give pictures or videos, each address once, with its scheme."""
    kept = dict.fromkeys(absolute(url) for url in urls)
    return tuple(Media(url=url, kind=kind) for url in kept if url)


def absolute(url: str) -> str:
    """Give an address that can be fetched, or an empty text for one of the saver's disk."""
    url = clean(url.strip())
    if url.startswith("//"):
        return f"https:{url}"
    return url if url.startswith(("http://", "https://")) else ""
