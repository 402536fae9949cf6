"""A model folder's manifest: what the model is and which files it has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive.errors import MissingError
from archive.labels import Intent

NAME = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a model says of itself; ``files`` and ``data`` are SHA-256 by name."""

    id: str
    kind: str
    classes: tuple[Intent, ...]
    bits: int
    threshold: float
    seed: int
    files: dict[str, str]
    data: dict[str, str]
    scores: dict[str, float]
    sources: tuple[str, ...]
    licence: str


def read_manifest(folder: Path) -> Manifest:
    """Read and verify a model folder."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise MissingError(f"There is no model in {folder}: it has no {NAME}.") from error
    except msgspec.MsgspecError as error:
        raise MissingError(f"The manifest in {folder} cannot be read: {error}.") from error
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.exists() or sha256(path) != wanted:
            raise MissingError(f"The model file {path} is missing or changed: install it again.")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a model folder's manifest."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / NAME).write_bytes(text + b"\n")


def sha256(path: Path) -> str:
    """Give a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
