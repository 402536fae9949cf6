"""The data-field attribute of Tieba's elements: JSON, or what a script wrote in its place."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from parsel import Selector

_PAIR = re.compile(r"[\"']?(\w+)[\"']?\s*:\s*[\"']?([^\"',{}]*)")


def data_field(node: Selector | None) -> dict[str, Any]:
    """Read an element's data-field, empty where it has none; never raises."""
    text = node.attrib.get("data-field", "").strip() if node is not None else ""
    if not text:
        return {}
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return value if isinstance(value, dict) else {}
    return dict(_PAIR.findall(text))
