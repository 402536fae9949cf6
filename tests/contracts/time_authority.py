"""A time-stamping authority on loopback, answered by `openssl ts`."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
"""


@dataclass(frozen=True)
class Authority:
    """Where it answers, and its root certificate."""

    url: str
    root: Path


@contextmanager
def running_authority(folder: Path) -> Iterator[Authority]:
    """Run one with a root and keys of its own in a folder."""
    _make(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Authority(f"http://127.0.0.1:{server.server_port}/", folder / "root.pem")
    server.shutdown()
    server.server_close()


def _make(folder: Path) -> None:
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ["-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf"]
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name = name\n[name]\n" + (folder / "tsa.cnf").read_text()
    )
    _openssl(
        folder,
        *("req", "-x509", *new, "-extensions", "root", "-days", "30"),
        *("-subj", "/CN=Test root", "-keyout", "root.key", "-out", "root.pem"),
    )
    _openssl(
        folder, "req", *new, "-subj", "/CN=Test authority", "-keyout", "tsa.key", "-out", "tsa.csr"
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"),
        *("-CAcreateserial", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "leaf"),
        *("-out", "tsa.pem"),
    )


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = b"<html>out of order</html>" if "nonsense" in self.path else _reply(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    def _reply(query: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as scratch:
            asked, told = Path(scratch) / "query.tsq", Path(scratch) / "reply.tsr"
            asked.write_bytes(query)
            _openssl(
                folder,
                *("ts", "-reply", "-config", "tsa.cnf", "-section", "one"),
                *("-queryfile", str(asked), "-out", str(told)),
            )
            return told.read_bytes()

    return Handler


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
