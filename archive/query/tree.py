"""What a query asks, as a tree; engines translate it, ``written`` prints it as it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """How a phrase is compared: as usual, as it stands only, or by its sound."""

    READ = ""
    EXACT = "="
    SOUND = "~"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens side by side; ``text`` is what the user typed."""

    tokens: tuple[str, ...]
    text: str
    way: Way = Way.READ


@dataclass(frozen=True, slots=True)
class Is:
    """A field that holds a value, or one that begins so; values are folded but those of labels."""

    field: str
    value: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """A number (yuan, risk) from ``low`` to ``high``; a limit that is ``None`` is open."""

    field: str
    low: float | None
    high: float | None
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True, slots=True)
class During:
    """A time from ``since`` on and before ``until``."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Every:
    """All parts must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The part must not hold."""

    part: Node


Leaf = Phrase | Is | Between | During
Node = Leaf | Every | Some | Absent


def wanted(node: Node | None) -> tuple[Phrase, ...]:
    """Give the phrases that a document may answer with, in their order: none under an absence."""
    if isinstance(node, Phrase):
        return (node,)
    if isinstance(node, Every | Some):
        return tuple(phrase for part in node.parts for phrase in wanted(part))
    return ()


def written(node: Node | None) -> str:
    """Give a query that is read as this tree."""
    if node is None:
        return ""
    if isinstance(node, Phrase):
        return f'{node.way}"{node.text}"'
    if isinstance(node, Is):
        return f'{node.field}:"{node.value}"' + "*" * node.begins
    if isinstance(node, Between):
        return " ".join(_limits(node))
    if isinstance(node, During):
        return " ".join(_times(node))
    if isinstance(node, Absent):
        return f"-{_closed(node.part)}"
    return (" " if isinstance(node, Every) else " OR ").join(map(_closed, node.parts))


def _closed(node: Node) -> str:
    text = written(node)
    whole = isinstance(node, Phrase | Is | Absent)
    return text if whole else f"({text})"


def _limits(node: Between) -> list[str]:
    low, high = repr(node.low), repr(node.high)
    if node.low is not None and node.high is not None and node.low_in and node.high_in:
        return [f"{node.field}:{low}..{high}"]
    said = []
    if node.low is not None:
        said.append(f"{node.field}:>{'=' * node.low_in}{low}")
    if node.high is not None:
        said.append(f"{node.field}:<{'=' * node.high_in}{high}")
    return said


def _times(node: During) -> list[str]:
    said = []
    if node.since:
        said.append(f"date:>={node.since:%Y-%m-%d}")
    if node.until:
        said.append(f"date:<{node.until:%Y-%m-%d}")
    return said
