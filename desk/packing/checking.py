"""Checking a pack that comes back: every digest, and that the manifest is ours."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path

from archive.errors import EvidenceError, InputError
from archive.keys import signed


def check_pack(path: Path, *, public: str) -> None:
    """Recompute a pack; raises ``EvidenceError`` naming the first file that does not fit."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, path, public)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError) as error:
        raise EvidenceError(f"the pack {path} is damaged: {error}") from error


def _check(archive: zipfile.ZipFile, path: Path, public: str) -> None:
    manifest = archive.read("manifest.json")
    if not signed(public, manifest, archive.read("manifest.sig").decode()):
        raise EvidenceError(f"the manifest of {path} was changed, or signed with another key")
    told = json.loads(manifest)
    listed = {file["path"]: file["sha256"] for file in told["files"] if "path" in file}
    listed |= told["others"]
    for name, digest in listed.items():
        if hashlib.sha256(archive.read(name)).hexdigest() != digest:
            raise EvidenceError(f"{name} in the pack {path} was changed")
    beside = {"manifest.json", "manifest.sig", "SHA256SUMS"}
    for name in archive.namelist():
        if name not in listed and name not in beside:
            raise EvidenceError(f"{name} in the pack {path} is not in its manifest")
    sums = _sums(archive, [*listed, "manifest.json", "manifest.sig"])
    if sorted(archive.read("SHA256SUMS").decode().splitlines()) != sums:
        raise EvidenceError(f"SHA256SUMS in the pack {path} was changed")


def _sums(archive: zipfile.ZipFile, names: list[str]) -> list[str]:
    return sorted(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}" for name in names)
