"""Words of HTML as published: line breaks, emoji by their names, links by their words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html
from parsel import Selector

from crawler.imports.fields import clean

_BLOCKS = frozenset({"p", "div", "li", "blockquote", "pre", "tr", "h1", "h2", "h3", "ul", "ol"})
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg"})
_LINES = re.compile(r"[ \t\xa0]*\n[ \t\xa0]*")
_MANY = re.compile(r"\n{3,}")
_RUN = re.compile(r"[ \t\r\n\f]+")
_TAIL = " \t\r\n\xa0\u200b\u3000\ufeff"
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")


def words(source: str) -> str:
    """Give the words of a piece of HTML, or of a plain text, entities resolved."""
    source = clean(source)
    if not _TAG.search(source):
        return html.unescape(source).strip(_TAIL)
    try:
        root = lxml_html.fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return html.unescape(_TAG.sub("", source)).strip(_TAIL)
    return node_words(root)


def page_of(text: str) -> Selector:
    """Give a page to be asked for its elements; never raises."""
    try:
        return Selector(text=clean(text) or "<html></html>", type="html")
    except (ValueError, etree.LxmlError):
        return Selector(text="<html></html>", type="html")


def node_words(node: object, *, without: str = "") -> str:
    """Give the words below an element; ``without`` is a class whose elements are left out."""
    root = node.root if isinstance(node, Selector) else node
    if isinstance(root, str):
        return root.strip(_TAIL)
    if not isinstance(root, etree._Element):
        return ""
    text = "".join(_pieces(root, without))
    text = _MANY.sub("\n\n", _LINES.sub("\n", text))
    return clean(text).strip(_TAIL)


def _pieces(root: etree._Element, without: str) -> Iterator[str]:
    """Walk without recursion: pages may nest as deep as they like."""
    stack: list[tuple[str, etree._Element]] = [("open", root)]
    while stack:
        what, element = stack.pop()
        if what == "tail":
            yield _collapsed(element.getparent(), element.tail)
            continue
        if what == "close":
            yield "\n"
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _SILENT or (without and without in (element.get("class") or "")):
            continue
        if tag == "br":
            yield "\n"
        elif tag == "img":
            yield element.get("alt") or ""
        block = tag in _BLOCKS and element is not root
        if block:
            yield "\n"
            stack.append(("close", element))
        yield _collapsed(element, element.text)
        for child in reversed(element):
            stack.append(("tail", child))
            stack.append(("open", child))


def _collapsed(holder: etree._Element | None, text: str | None) -> str:
    """Fold white space as a browser does; a text in <pre> keeps its lines."""
    if not text:
        return ""
    return text if holder is not None and holder.tag == "pre" else _RUN.sub(" ", text)
