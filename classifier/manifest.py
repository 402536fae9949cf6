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
    """What a model says of itself; ``files`` and ``data`` are SHA-256 by name.

    A cascade also has ``seeds`` (of the encoders whose weights were averaged), ``fusion`` (weights
    of the encoder's and the gate's log-odds, and a constant), ``gate_threshold`` (the gate's risk
    below which a post is dropped), ``abstain`` (risks between which a person decides),
    ``review_threshold`` (for who reviews everything), ``goods_fusion`` (the same as ``fusion`` for
    each goods' log-odds) and ``goods_threshold``.
    """

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
    base: str | None = None
    seeds: tuple[int, ...] = ()
    gate_threshold: float = 0.0
    fusion: tuple[float, float, float] | None = None
    review_threshold: float | None = None
    abstain: tuple[float, float] | None = None
    goods_fusion: tuple[float, float, float] = (1.0, 0.0, 0.0)
    goods_threshold: float = 0.5


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
