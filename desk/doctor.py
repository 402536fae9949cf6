"""What is installed here, what is missing, and how to get it."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from archive.errors import EngineError
from archive.index.feeding import lag
from archive.settings import Settings
from crawler.chromium import REMEDY, find_chromium
from desk.rooms import rooms

# import name → extra that brings it
_EXTRAS = {
    "scrapy": "crawl",
    "scrapy_playwright": "crawl",
    "warcio": "crawl",
    "rapidocr": "ocr",
    "sklearn": "gate",
    "torch": "train",
    "elasticsearch": "elasticsearch",
    "psycopg": "postgres",
    "ray": "ray",
}


FONT_REMEDY = "apt install fonts-noto-cjk fontconfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part of the set-up."""

    part: str
    found: bool
    state: str
    remedy: str = ""


def examine(home: Path | None) -> Iterator[Finding]:
    """Look at every part in turn."""
    settings = Settings(home=home) if home else Settings()
    yield Finding(part="Python", found=True, state=platform.python_version())
    yield Finding(part="SQLite", found=True, state=sqlite3.sqlite_version)
    for module, extra in _EXTRAS.items():
        yield _package(module, extra)
    yield _browser(settings)
    yield _font()
    yield _corpus(settings)
    yield _index(settings)
    yield Finding(part="home", found=settings.home.exists(), state=str(settings.home.resolve()))


def find_font() -> str | None:
    """Name a font that has Chinese characters."""
    if not shutil.which("fc-list"):
        return None
    listed = subprocess.run(
        ["fc-list", ":lang=zh", "family"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return next(iter(listed.stdout.splitlines()), None)


def _package(module: str, extra: str) -> Finding:
    found = find_spec(module) is not None
    remedy = "" if found else f"pip install 'anyu[{extra}]'"
    return Finding(part=module, found=found, state="found" if found else "missing", remedy=remedy)


def _browser(settings: Settings) -> Finding:
    path = find_chromium(settings)
    remedy = "" if path else REMEDY
    return Finding(part="Chromium", found=bool(path), state=str(path or "missing"), remedy=remedy)


def _font() -> Finding:
    font = find_font()
    remedy = "" if font else FONT_REMEDY
    return Finding(part="Chinese font", found=bool(font), state=font or "missing", remedy=remedy)


def _index(settings: Settings) -> Finding:
    """Say which index is in charge, whether it answers, and how many posts wait for it."""
    if not settings.has_ledger:
        return Finding(part="index", found=True, state="no archive yet")
    with rooms(settings.home) as opened:
        behind, name = lag(opened.ledger), opened.index.name
        wait = f"{behind.waiting} posts wait"
        try:
            opened.index.standing()
        except EngineError as error:
            return Finding(part="index", found=False, state=f"{name}: {wait}", remedy=str(error))
    remedy = "anyu index feed" if behind.waiting else ""
    return Finding(part="index", found=not behind.waiting, state=f"{name}: {wait}", remedy=remedy)


def _corpus(settings: Settings) -> Finding:
    found = bool(settings.corpus and settings.corpus.is_dir())
    remedy = "" if found else "only to train: set ANYU_CORPUS to the folder of training files"
    state = str(settings.corpus) if found else "missing"
    return Finding(part="training corpus", found=found, state=state, remedy=remedy)
