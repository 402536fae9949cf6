"""Which Chromium a crawl and a test use."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.settings import Settings

_NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "chrome")
REMEDY = "apt install chromium-headless-shell, or set ANYU_CHROMIUM to a browser's path"


def find_chromium(settings: Settings) -> Path | None:
    """Give the set browser, else the system's, else the one that Playwright brought."""
    if settings.chromium:
        return settings.chromium if settings.chromium.exists() else None
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    cache = Path.home() / ".cache" / "ms-playwright"
    brought = sorted(cache.glob("chromium*/chrome-linux*/*"))
    return next((p for p in brought if p.name in {"chrome", "headless_shell"}), None)
