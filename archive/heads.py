"""Heads of the chain taken out of the house, so that a cut tail shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from archive import codec
from archive.chain import Entry
from archive.errors import EvidenceError, InputError
from archive.keys import Keys, signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One line of the chain as it was told to the outside; ``source`` says where this was read."""

    seq: int
    digest: str
    at: datetime
    public_key: str = ""
    signature: str = ""
    source: str = ""

    @property
    def statement(self) -> bytes:
        """What is signed and stamped with a time."""
        return codec.encode({"anyu_chain_head": self.seq, "digest": self.digest}).encode()


def head_of(entry: Entry, keys: Keys) -> Head:
    """Give a line of the chain as a signed head."""
    head = Head(seq=entry.seq, digest=entry.digest, at=entry.at, public_key=keys.public)
    return replace(head, signature=keys.sign(head.statement))


def read_head(text: str, *, source: str, keys: Keys) -> Head:
    """Read an exported head; raises ``EvidenceError`` where it does not bear our signature."""
    try:
        head = replace(codec.decode(text, Head), source=source)
    except ValueError as error:
        raise InputError(f"{source} holds no exported head of a chain: {error}") from error
    if not signed(keys.public, head.statement, head.signature):
        raise EvidenceError(f"the head in {source} was changed, or signed with another key")
    return head


def read_heads(path: Path, *, keys: Keys) -> Head:
    """Read the head in a JSON file or in a pack."""
    import zipfile

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as pack:
                return read_head(pack.read("head.json").decode(), source=str(path), keys=keys)
        return read_head(path.read_text("utf-8"), source=str(path), keys=keys)
    except (OSError, UnicodeDecodeError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as a head or a pack: {error}") from error
