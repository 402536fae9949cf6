"""What every engine indexes of a document, and where a document answers a query."""

from __future__ import annotations

from collections.abc import Sequence

from archive.index import words
from archive.index.protocol import Document, Hit
from archive.query.sounds import sounds
from archive.query.tree import Phrase
from archive.text import PRIVATE, fold, squeeze, tokens

_BETWEEN = chr(PRIVATE + 0x7F)  # no phrase reaches over it


def columns(document: Document) -> tuple[str, str, str, str]:
    """Give a document's tokens, spaces between: as folded, as squeezed, as read, as they sound."""
    text = f"{document.title}\n{document.text}"
    squeezed = squeeze(fold(text)).text
    read = f" {_BETWEEN} ".join(" ".join(tokens(found.word)) for found in document.read)
    return " ".join(tokens(text)), " ".join(tokens(squeezed)), read, " ".join(sounds(text))


def answer(document: Document, wanted: Sequence[Phrase]) -> Hit:
    """Give a document found, with the marks of the words searched."""
    fields = (("title", document.title), ("text", document.text))
    marked = [(name, *span) for name, text in fields for span in words.marks(text, wanted)]
    marked += [
        (read.field, read.start, read.end)
        for read in document.read
        if words.holds(read.word, wanted)
    ]
    return Hit(document=document, marks=tuple(marked))
