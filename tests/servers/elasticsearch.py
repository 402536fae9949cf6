"""Real Elasticsearch nodes on loopback, started and ended by the tests."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from servers import java
from servers.unpacked import VERSION, UnavailableError, reachable, unpacked

CERTIFICATE = "here.crt"
_NOBODY = 65534
_START_SECONDS = 900  # ten are enough, but not where two cores are shared by many
_TOOL = "org.elasticsearch.launcher.CliToolLauncher"
_CONTAINED = {
    "discovery.type": "single-node",
    "xpack.security.enabled": "false",
    "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
}
# the quick compiler only: these nodes live for seconds, and start on half the processor time
_JVM = "-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n-Djava.io.tmpdir=${ES_TMPDIR}\n"
_VECTORS = "jdk.incubator.vector"


@dataclass(slots=True)
class Node:
    """One node; its data outlive the process, so it can be killed and started again."""

    folder: Path
    name: str = "node-0"
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    transport: int = field(default_factory=lambda: free_port())
    heap: str = "512m"
    files: Mapping[str, bytes] = field(default_factory=dict)
    password: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The host and port of its HTTP door."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; ``wait`` says when it answers."""
        home, runtime = reachable(unpacked()), _runtime()
        self._configure(home, runtime)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ES_JAVA_HOME": str(runtime),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap}",
        }
        with (self.folder / "out.log").open("ab") as out:
            self.process = subprocess.Popen(
                [home / "bin" / "elasticsearch"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                user=_NOBODY if os.geteuid() == 0 else None,
            )

    def wait(self) -> None:
        """Wait until the node answers."""
        trusted = self.folder / "config" / CERTIFICATE if CERTIFICATE in self.files else None
        door = f"{'https' if trusted else 'http'}://{self.address}"
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                break
            health = f"{door}/_cluster/health?wait_for_status=yellow"
            if _answers(health, trusted, password=self.password):
                return
            time.sleep(0.3)
        log = (self.folder / "out.log").read_text(encoding="utf-8", errors="replace")
        raise UnavailableError(f"the node {self.name} did not start: {log[-2000:]}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the node's whole process group."""
        assert self.process is not None
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """End it as an operator does."""
        if self.process is None:
            return
        self.send(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def _configure(self, home: Path, runtime: Path) -> None:
        config = self.folder / "config"
        for name in ("config", "data", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        for source in (home / "config").iterdir():
            if source.name not in {"elasticsearch.yml", "jvm.options"}:
                shutil.copy(source, config / source.name)
        vectors = f"--add-modules={_VECTORS}\n" if _VECTORS in java.modules(runtime) else ""
        (config / "jvm.options").write_text(f"{vectors}{_JVM}", encoding="utf-8")
        lines = (f"{name}: {value}\n" for name, value in self._all_settings().items())
        (config / "elasticsearch.yml").write_text("".join(lines), encoding="utf-8")
        for name, content in self.files.items():
            (config / name).write_bytes(content)
        if self.password and not (config / "elasticsearch.keystore").exists():
            self._keep_password(home, runtime, config)
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, _NOBODY, _NOBODY)

    def _keep_password(self, home: Path, runtime: Path, config: Path) -> None:
        """Put the password of the user ``elastic`` into the node's keystore."""
        options = {"cli.name": "keystore", "cli.libs": "lib/tools/keystore-cli"}
        options |= {"es.path.home": str(home), "es.path.conf": str(config)}
        java_words = [f"-D{name}={value}" for name, value in options.items()]
        words = ["add", "--stdin", "--force", "bootstrap.password"]
        paths = ["-cp", f"{home}/lib/*:{home}/lib/cli-launcher/*"]
        subprocess.run(
            [runtime / "bin" / "java", *java_words, *paths, _TOOL, *words],
            input=self.password.encode(),
            capture_output=True,
            check=True,
        )

    def _all_settings(self) -> dict[str, str]:
        return {
            "node.name": self.name,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "http.port": str(self.port),
            "transport.port": str(self.transport),
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **self.settings,
        }


@contextmanager
def single_node(
    *, files: Mapping[str, bytes] | None = None, password: str = "", **settings: str
) -> Iterator[Node]:
    """Give a running node of its own, and leave nothing behind.

    ``password`` is that of the user ``elastic``; ``CERTIFICATE`` among ``files`` brings TLS.
    """
    alone = {
        "discovery.type": "single-node",
        **{n.replace("__", "."): v for n, v in settings.items()},
    }
    with _folder() as folder:
        node = Node(folder=folder, settings=alone, files=files or {}, password=password)
        node.start()
        try:
            node.wait()
            yield node
        finally:
            node.stop()


@contextmanager
def cluster(size: int = 3) -> Iterator[list[Node]]:
    """Give a running cluster of nodes."""
    names = [f"node-{number}" for number in range(size)]
    doors = [free_port() for _ in names]
    together = {
        "cluster.name": f"anyu-{os.getpid()}-{doors[0]}",
        "discovery.seed_hosts": str([f"127.0.0.1:{door}" for door in doors]).replace("'", '"'),
        "cluster.initial_master_nodes": str(names).replace("'", '"'),
    }
    with ExitStack() as stack:
        nodes = []
        for name, door in zip(names, doors, strict=True):
            folder = stack.enter_context(_folder())
            node = Node(folder=folder, name=name, settings=together, transport=door)
            stack.callback(node.stop)
            node.start()
            nodes.append(node)
        for node in nodes:
            node.wait()
        yield nodes


@contextmanager
def found() -> Iterator[str]:
    """Give the address of the server that the tests share: a named, a Docker's, or our own."""
    named = os.environ.get("ANYU_TEST_ELASTICSEARCH")
    if named:
        yield named
    elif _docker_answers():
        with _contained() as address:
            yield address
    else:
        with single_node() as node:
            yield f"http://{node.address}"


def _docker_answers() -> bool:
    done = (
        subprocess.run(["docker", "info"], capture_output=True, check=False)
        if (shutil.which("docker"))
        else None
    )
    return done is not None and done.returncode == 0


@contextmanager
def _contained() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    image = f"docker.elastic.co/elasticsearch/elasticsearch:{VERSION}"
    container = DockerContainer(image).with_exposed_ports(9200)
    for name, value in _CONTAINED.items():
        container = container.with_env(name, value)
    with container as running:
        address = f"http://{running.get_container_host_ip()}:{running.get_exposed_port(9200)}"
        end = time.monotonic() + _START_SECONDS
        while not _answers(address):
            if time.monotonic() > end:
                raise UnavailableError(f"Docker's server at {address} does not answer")
            time.sleep(0.5)
        yield address


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _runtime() -> Path:
    found = java.find_java()
    if found is None:
        raise UnavailableError(f"no Java that runs the server: {java.REMEDY}")
    return reachable(found)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="anyu-node-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str, trusted: Path | None = None, *, password: str = "") -> bool:
    """Whether a node answers; one with a password knows it only some seconds after its start."""
    asked = urllib.request.Request(url)  # noqa: S310
    if password:
        user = base64.b64encode(f"elastic:{password}".encode()).decode()
        asked.add_header("Authorization", f"Basic {user}")
    try:
        context = ssl.create_default_context(cafile=trusted) if trusted else None
        with urllib.request.urlopen(asked, timeout=10, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
