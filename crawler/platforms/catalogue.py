"""Which platforms there are: the folders beside this file that have a spider."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from archive.errors import InputError

if TYPE_CHECKING:  # the names alone are wanted where nothing of the extra `crawl` is installed
    from crawler.platforms.platform import Platform, PlatformMaker


def names() -> tuple[str, ...]:
    """Give the names of the platforms, without importing any."""
    folders = Path(__file__).parent.glob("*/spider.py")
    return tuple(sorted(path.parent.name for path in folders))


def load(name: str, *, base_url: str | None = None, browser: bool = False) -> Platform:
    """Make a platform by its name; raises ``InputError`` for one that is not there."""
    if name not in names():
        known = ", ".join(names())
        raise InputError(f"There is no platform {name!r}: it is one of {known}.")
    maker = cast("PlatformMaker", import_module(f"crawler.platforms.{name}.spider").PLATFORM)
    return maker(base_url=base_url, browser=browser)
