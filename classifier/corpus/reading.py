"""Reading batches: a plain-text file a writer, a block a post (``docs/corpus.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from archive.errors import InputError, RowError
from archive.labels import Goods, Intent
from classifier.corpus.offer_lines import read_offer
from classifier.corpus.rows import CODINGS, FORMS, KINDS, PLATFORMS, Batch, Degree, Row

FOLDER = Path(__file__).parent / "batches"
_HEAD = "== "
_WORDS = ("goods", "coding", "form", "hard", "twin", "title")
_OFFER = ("service", "modifier", "inputs", "returns", "time", "contact", "payment", "escrow")
_KEYS = frozenset(_WORDS + _OFFER)


@dataclass(slots=True)
class _Block:
    line: int
    head: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    text: list[str] | None = None


def read_batches(folder: Path = FOLDER) -> list[Batch]:
    """Read every batch of a folder; raises ``InputError`` at the first wrong block."""
    return [read_batch(path) for path in sorted(folder.glob("*.txt"))]


def read_batch(path: Path) -> Batch:
    """Read one batch; raises ``InputError`` with file and line."""
    header, rows, problems = examine(path)
    if problems:
        first = problems[0]
        raise InputError(f"{path.name}, line {first.line}: {first}")
    return Batch(
        id=path.stem,
        writer=next((value for key, value in header if key == "writer"), ""),
        sources=tuple(value for key, value in header if key == "source"),
        rows=tuple(rows),
    )


def examine(path: Path) -> tuple[list[tuple[str, str]], list[Row], list[RowError]]:
    """Read what can be read: header, rows, and what is wrong with the others."""
    lines = path.read_text(encoding="utf-8").split("\n")
    above = takewhile(lambda line: not line.startswith(_HEAD), lines)
    header = [_pair(line[1:]) for line in above if line.startswith("# ")]
    rows: list[Row] = []
    problems: list[RowError] = []
    for block in _blocks(lines):
        try:
            rows.append(_row(block, path.stem))
        except RowError as error:
            problems.append(error)
    return header, rows, problems


def _blocks(lines: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, 1):
        if line.startswith(_HEAD):
            if block:
                yield block
            block = _opened(number, line[len(_HEAD) :].strip())
        elif block is None:
            continue
        elif block.text is not None:
            block.text.append(line)
        elif line.startswith("text:"):
            block.text = [line[5:].lstrip()] if line[5:].strip() else []
        elif _pair(line)[0] in _KEYS:
            block.fields.append(_pair(line))
        else:
            block.text = [line]
    if block:
        yield block


def _opened(number: int, head: str) -> _Block:
    """Begin a block; a head line with bars holds all but title, offer and text."""
    head, *rest = [part.strip() for part in head.split("|")]
    fields = [_pair(part) for part in rest if part]
    return _Block(number, head, fields)


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _row(block: _Block, batch: str) -> Row:
    try:
        return _checked(block, batch)
    except ValueError as error:
        raise RowError(f"{block.head}: {error}", line=block.line) from error


def _checked(block: _Block, batch: str) -> Row:
    name, intent, platform, kind, degree = _five(block.head)
    said = {key: value for key, value in block.fields if key in _WORDS}
    text = "\n".join(block.text or ()).strip("\n")
    title = said.get("title", "")
    _among(platform, PLATFORMS, "platform")
    _among(kind, KINDS, "kind")
    coding = tuple(said.get("coding", "").split())
    for word in coding:
        _among(word, CODINGS, "coding")
    _among(said.get("form", "post"), FORMS, "form")
    if not text and not title:
        raise ValueError("it has neither text nor title")
    goods = tuple(Goods(word) for word in said.get("goods", "").split())
    rest = [(key, value) for key, value in block.fields if key not in _WORDS]
    row = Row(
        id=name,
        batch=batch,
        line=block.line,
        intent=Intent(intent),
        platform=platform,
        kind=kind,
        degree=Degree(degree),
        goods=goods,
        coding=coding,
        form=said.get("form", ""),
        hard=said.get("hard", "") == "yes",
        twin=said.get("twin") or None,
        title=title,
        text=text,
        offer=read_offer(rest, title=title, text=text) if Intent(intent) in _ACTING else None,
    )
    _agrees(row, rest)
    return row


_ACTING = (Intent.SELL, Intent.BUY, Intent.RECRUIT, Intent.TUTORIAL)


def _five(head: str) -> list[str]:
    words = head.split()
    if len(words) != 5:
        raise ValueError("the head line needs: == id intent platform kind degree")
    return words


def _among(word: str, known: frozenset[str], what: str) -> None:
    if word not in known:
        raise ValueError(f"{word!r} is no {what}: use one of {' '.join(sorted(known))}")


def _agrees(row: Row, rest: list[tuple[str, str]]) -> None:
    if row.actionable and not row.goods:
        raise ValueError("an advert needs goods")
    if not row.actionable and (row.goods or rest):
        raise ValueError("a negative has neither goods nor offer lines")
    if row.offer:
        named = {service.goods for service in row.offer.services if service.goods}
        if strange := named - set(row.goods):
            raise ValueError(f"services name goods that the row does not: {' '.join(strange)}")
