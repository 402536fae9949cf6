"""The programs of a PostgreSQL server: installed ones, else Debian's, unpacked in the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from servers.unpacked import UnavailableError, only_one, reachable

from archive.settings import Settings

REMEDY = "install it (apt-get install postgresql), or name a server in ANYU_TEST_POSTGRES"
_INSTALLED = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs are; ``libraries`` are what Debian's need and the machine lacks."""

    folder: Path
    libraries: tuple[Path, ...] = ()

    @property
    def initdb(self) -> Path:
        """What makes a data folder."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def environment(self) -> dict[str, str]:
        """What the programs need to run; nothing of the session's own."""
        found = {"PATH": f"{self.folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        if self.libraries:
            found["LD_LIBRARY_PATH"] = ":".join(map(str, self.libraries))
        return found


def find_programs() -> Programs:
    """Give installed programs, else Debian's packages unpacked in the cache."""
    return installed() or unpacked(Settings().cache / "postgresql")


def installed(root: Path = _INSTALLED) -> Programs | None:
    """Give the newest server that is installed, ``None`` where there is none."""
    return next((Programs(folder=f) for f in _folders(root) if _whole(f)), None)


def unpacked(home: Path) -> Programs:
    """Give the server of Debian's packages, fetched where it is not there yet."""
    with only_one(home.with_suffix(".lock")):
        if not home.exists():
            fetch(home, server_package())
    root = reachable(home)
    found = next((f for f in _by_version(root / "usr/lib/postgresql") if _whole(f)), None)
    if found is None:
        raise UnavailableError(f"{home} holds no PostgreSQL: remove it, or {REMEDY}")
    libraries = {path.parent for path in (root / "usr/lib").rglob("*.so.*")}
    return Programs(folder=found, libraries=tuple(sorted(libraries)))


def fetch(home: Path, package: str, *options: str) -> None:
    """Fetch a package with all that the machine lacks for it, and unpack them under ``home``."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        archives, root = Path(folder) / "archives", Path(folder) / "root"
        (archives / "partial").mkdir(parents=True)
        root.mkdir(mode=0o755)
        where = ("-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=true")
        what = ("install", "--yes", "--download-only", "--no-install-recommends", package)
        _told(["apt-get", *where, "-o", "APT::Sandbox::User=root", *options, *what])
        for archive in archives.glob("*.deb"):
            _told(["dpkg-deb", "--extract", str(archive), str(root)])
        root.rename(home)


def server_package() -> str:
    """Give the name of Debian's server, with its version: ``postgresql-17``."""
    if shutil.which("apt-get") is None:
        raise UnavailableError(f"no Debian to fetch PostgreSQL from: {REMEDY}")
    if os.geteuid() == 0:
        _told(["apt-get", "update"])
    said = _told(["apt-cache", "depends", "postgresql"])
    found = re.search(r"Depends: (postgresql-\d+)", said)
    if found is None:
        raise UnavailableError(f"Debian's lists know no PostgreSQL (apt-get update?): {REMEDY}")
    return found[1]


def _folders(root: Path) -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from _by_version(root)


def _by_version(root: Path) -> list[Path]:
    numbered = [path for path in root.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(numbered, key=lambda path: int(path.parent.name), reverse=True)


def _whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("initdb", "postgres"))


def _told(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnavailableError(f"{' '.join(words[:1])} failed: {done.stderr[-400:]}; {REMEDY}")
    return done.stdout
