"""What a body holds: its text whatever the encoding, its JSON whatever the wrapping."""

from __future__ import annotations

import codecs
import html
import json
import re
from typing import Any

from crawler.answers import Answer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,20})", re.I)
_GUARD = re.compile(r"\s*(?:for\s*\(;;\);|while\s*\(1\);|\)\]\}',?)\s*")
_CALL = re.compile(
    r"\s*(?:/\*.{0,80}?\*/)?\s*(?:try\s*\{)?\s*(?:window\.)?[\w$.&| ]{1,120}\(\s*(?=[\[{\"])"
)
_PRE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.S | re.I)
_SPACE = " \t\r\n\ufeff\u200b"


class BrokenJson(ValueError):
    """The body begins as JSON and does not end as such."""


def text_of(answer: Answer) -> str:
    """Decode a body: by its mark, as UTF-8 where it is, as declared, as GB18030."""
    for mark, encoding in _MARKS:
        if answer.body.startswith(mark):
            return answer.body[len(mark) :].decode(encoding, errors="replace")
    try:
        return answer.body.decode("utf-8")
    except UnicodeDecodeError:
        return _best(answer.body, _declared(answer))


def _declared(answer: Answer) -> str:
    head = answer.body[:4096].decode("latin-1")
    found = _DECLARED.search(answer.header("content-type")) or _DECLARED.search(head)
    name = found[1].lower() if found else "gb18030"
    try:
        codecs.lookup(name)
    except LookupError:
        return "gb18030"
    return "gb18030" if name in {"gb2312", "gbk", "x-gbk"} else name


def _best(body: bytes, declared: str) -> str:
    """Give the reading with the fewest misfits: a cut end is one in either encoding."""
    names = dict.fromkeys(("utf-8", declared, "gb18030"))
    readings = [body.decode(name, errors="replace") for name in names]
    return min(readings, key=lambda text: text.count("\ufffd"))


def json_of(text: str) -> Any:
    """Give the JSON of a body, of a JSONP call, or of a browser's page around it.

    Raises ``BrokenJson`` where JSON was begun, ``ValueError`` where the body is something else.
    """
    bare = text.strip(_SPACE)
    if bare.startswith("<"):
        return _from_page(bare)
    bare = _GUARD.sub("", bare, count=1) if _GUARD.match(bare) else bare
    if bare[:1] in ("{", "[", '"'):
        return _loads(bare)
    call = _CALL.match(bare)
    if call is None:
        raise ValueError("the body is no JSON")
    return _loads(bare[call.end() :])


def _from_page(page: str) -> Any:
    """Read JSON that a browser shows within <pre>; a page with more in it is a page."""
    found = _PRE.search(page[:20_000_000])
    inner = html.unescape(found[1]).strip(_SPACE) if found else ""
    if not found or inner[:1] not in ("{", "["):
        raise ValueError("the body is a page")
    if len(inner) * 2 < len(page) and len(page) - len(found[0]) > 20_000:
        raise ValueError("the body is a page")
    return _loads(inner)


def _loads(text: str) -> Any:
    """Read one value, or several that follow one another as a list of them."""
    decoder, end = json.JSONDecoder(strict=False), 0
    values: list[Any] = []
    try:
        while not values or text[end : end + 1] in ("{", "["):
            value, end = decoder.raw_decode(text, end)
            values.append(value)
            end += len(text[end:]) - len(text[end:].lstrip(_SPACE + ","))
    except (ValueError, RecursionError) as error:
        raise BrokenJson(f"the JSON is broken: {str(error)[:100]}") from error
    return values[0] if len(values) == 1 else values


def cut_of(answer: Answer, text: str) -> str:
    """Say by which sign a body is cut, or nothing."""
    told = answer.header("content-length")
    packed = answer.header("content-encoding") or answer.header("transfer-encoding")
    if told.isdecimal() and not packed and len(answer.body) < int(told):
        return f"the body is cut: {len(answer.body)} of {told} bytes"
    if re.search("<html[ >]", text[:4096], re.I) and not re.search("</html", text, re.I):
        return "the page is cut: it has no </html>"
    return ""


def json_after(text: str, name: str) -> Any:
    """Give the JSON that a script of a page gives to a name, or ``None``."""
    for found in re.finditer(rf"{re.escape(name)}\s*=\s*(?=[\[{{])", text):
        try:
            return _loads(text[found.end() :])
        except BrokenJson:
            continue
    return None
