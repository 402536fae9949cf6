"""A real PostgreSQL on loopback, started and ended by the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from servers.elasticsearch import free_port
from servers.postgres_programs import Programs, find_programs
from servers.unpacked import UnavailableError

NAMED = "ANYU_TEST_POSTGRES"
_NOBODY = 65534
_START_SECONDS = 120
_INITDB = ("--username=anyu", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
# the data live as long as the tests: what a power cut would do to them is nothing to us
_SETTINGS = {"fsync": "off", "timezone": "GMT", "log_timezone": "GMT", "max_connections": "60"}


@dataclass(slots=True)
class Server:
    """One server with its data in a folder."""

    folder: Path
    programs: Programs
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql://anyu@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the data folder and start the server."""
        data = self.folder / "data"
        self._run([self.programs.initdb, f"--pgdata={data}", *_INITDB])
        words = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        doors = ["-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", f"-p{self.port}"]
        with (self.folder / "out.log").open("ab") as out:
            self.process = subprocess.Popen(
                [self.programs.postgres, "-D", data, *words, *doors],
                env=self.programs.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                user=_user(),
            )

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process and self.process.poll() is None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=5):
                return
            time.sleep(0.1)
        log = (self.folder / "out.log").read_text(encoding="utf-8", errors="replace")
        raise UnavailableError(f"the PostgreSQL of the tests did not start: {log[-2000:]}")

    def stop(self) -> None:
        """End it at once: its data go as well."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _run(self, words: list[str | Path]) -> None:
        done = subprocess.run(
            words,
            env=self.programs.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            user=_user(),
        )
        if done.returncode:
            raise UnavailableError(f"the data folder could not be made: {done.stderr[-800:]}")


@contextmanager
def found() -> Iterator[str]:
    """Give the address of the server that the tests share: a named one, or our own."""
    named = os.environ.get(NAMED)
    if named:
        yield named
        return
    programs = find_programs()
    with _folder() as folder:
        server = Server(folder=folder, programs=programs)
        server.start()
        try:
            server.wait()
            yield server.url
        finally:
            server.stop()


@contextmanager
def database(server: str, *, like: str = "template1") -> Iterator[str]:
    """Give the address of an empty database of its own, or a copy of one; dropped at the end."""
    name = f"anyu_test_{uuid.uuid4().hex[:12]}"
    before, _, _ = server.rpartition("/")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield f"{before}/{name}"
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _user() -> int | None:
    """Give the user that a server may run as; it refuses root."""
    return _NOBODY if os.geteuid() == 0 else None


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="anyu-postgres-"))
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
