"""Replay in pywb, which lives in a folder of its own: it pins packages that others need newer."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

_HOME = Path.home() / ".cache" / "anyu" / "pywb"
_PYTHON = _HOME / "bin" / "python"
_SECONDS = 120


def replayed(records: Sequence[bytes], url: str, folder: Path) -> str:
    """Give the page of an address as pywb replays it, unchanged, from WARC files."""
    _provide()
    files = []
    for number, data in enumerate(records):
        files.append(folder / f"{number}.warc.gz")
        files[-1].write_bytes(data)
    manager = "from pywb.manager.manager import main; main()"
    _pywb(folder, manager, "init", "case")
    _pywb(folder, manager, "add", "case", *map(str, files))
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    serve = "from pywb.apps.cli import wayback; wayback()"
    running = subprocess.Popen(
        [str(_PYTHON), "-c", serve, "-b", "127.0.0.1", "-p", port],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _get(f"http://127.0.0.1:{port}/case/id_/{url}", running)
    finally:
        running.terminate()
        running.wait(timeout=30)


def _get(address: str, running: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + _SECONDS
    while True:
        assert running.poll() is None, "pywb ended"
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"pywb says {error.code}: {error.read()[:300]!r}") from error
        except OSError:
            assert time.monotonic() < until, "pywb did not start"
            time.sleep(0.3)


def _pywb(folder: Path, code: str, *words: str) -> None:
    done = subprocess.run(
        [str(_PYTHON), "-c", code, *words], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def _provide() -> None:
    if not _PYTHON.exists():
        venv.create(_HOME, with_pip=True)
    if _has_pywb():
        return
    # setuptools: pywb reads its own version through pkg_resources
    install = [str(_PYTHON), "-m", "pip", "install", "-q", "pywb==2.10.0", "setuptools<81"]
    subprocess.run(install, check=False)
    if _has_pywb():
        return
    told = "pywb could not be installed: the replay in it was not tested"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    print(told, file=sys.stderr)
    pytest.skip(told)


def _has_pywb() -> bool:
    find = [str(_PYTHON), "-c", "import pywb.apps.cli"]
    return subprocess.run(find, capture_output=True, check=False).returncode == 0
