"""Packages of Debian that a server needs and the machine lacks; only root can install them."""

from __future__ import annotations

import os
import shutil
import subprocess


def install(package: str) -> bool:
    """Install a package; say whether it is there now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    return all(
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode
        == 0
        for command in (["apt-get", "update"], get)
    )
