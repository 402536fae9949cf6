"""Bringing what a demo and the tests need and pip cannot: a browser and a Chinese font."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from archive.errors import MissingError
from archive.settings import Settings
from crawler.chromium import REMEDY, find_chromium
from desk.doctor import FONT_REMEDY, find_font

_APT = {"DEBIAN_FRONTEND": "noninteractive"}
# the first that Debian has: the headless shell is half the size of the whole browser
_BROWSERS = ("chromium-headless-shell", "chromium")
_FONTS = ("fonts-noto-cjk", "fontconfig")


def provide(settings: Settings) -> list[str]:
    """Install what is missing; give sentences on what was done.

    Raises ``MissingError`` with the way to get it where nothing worked.
    """
    done: list[str] = []
    if find_chromium(settings) is None:
        done.append(_provide_browser(settings))
    if find_font() is None:
        if not _apt(*_FONTS) or find_font() is None:
            raise MissingError(f"No Chinese font is installed and none could be: {FONT_REMEDY}.")
        done.append("installed the font fonts-noto-cjk")
    return done


def _provide_browser(settings: Settings) -> str:
    for package in _BROWSERS:
        if _apt(package) and find_chromium(settings):
            return f"installed the browser {package}"
    own = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"]
    subprocess.run(own, check=False)  # noqa: S603
    if find_chromium(settings):
        return "installed Playwright's own Chromium"
    raise MissingError(f"No Chromium was found and none could be installed: {REMEDY}.")


def _apt(*packages: str) -> bool:
    """Install Debian packages; only root can."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = os.environ | _APT
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    for command in (["apt-get", "update"], install):
        if subprocess.run(command, env=environment, check=False).returncode != 0:  # noqa: S603
            return False
    return True
