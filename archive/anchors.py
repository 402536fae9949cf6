"""Heads of the chain stamped by a time-stamping authority (RFC 3161), kept as files."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive import codec
from archive.chain import Body
from archive.errors import EvidenceError, InputError
from archive.heads import Head, head_of
from archive.ledger.ledger import Ledger

ANCHORED = "anchor"
Certificates = Sequence[x509.Certificate]
_SECONDS = 30
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head with its time stamp; ``token`` and ``root`` are base64 of DER."""

    head: Head
    url: str
    time: str
    token: str
    root: str

    @property
    def file(self) -> str:
        """The name of the anchor's file."""
        return f"{self.head.seq:010d}.json"


def anchor(
    ledger: Ledger, folder: Path, url: str, *, roots: Certificates, actor: str
) -> Anchor | None:
    """Stamp the chain's head and say so in the chain; ``None`` where nothing is new."""
    with ledger.reading() as connection:
        entry = ledger.chain.head(connection)
    if entry is None or entry.kind == ANCHORED:
        return None
    made = stamp(head_of(entry, ledger.keys), url, roots=roots)
    body: Body = {"head": entry.seq, "file": write(made, folder), "url": url, "time": made.time}
    with ledger.writing() as connection:
        ledger.chain.append(connection, ANCHORED, actor=actor, body=body)
    return made


def stamp(head: Head, url: str, *, roots: Certificates) -> Anchor:
    """Have a head stamped; the answer counts only when it verifies against one of the roots."""
    request = TimestampRequestBuilder().data(head.statement).build()
    answer = _ask(url, request.as_bytes())
    try:
        response = decode_timestamp_response(answer)
        granted = response.status == 0
    except ValueError as error:
        raise EvidenceError(f"{url} answered with no time stamp: {error}") from error
    if not granted:
        raise EvidenceError(f"{url} refused a time stamp: {', '.join(response.status_string)}")
    if response.tst_info.nonce != request.nonce:
        raise EvidenceError(f"{url} answered with a time stamp for another request")
    root = _root_of(response, head, roots)
    if root is None:
        raise EvidenceError(
            f"the time stamp of {url} does not verify against any trusted root: "
            "name the authority's root certificate with --root"
        )
    return Anchor(
        head=head,
        url=url,
        time=response.tst_info.gen_time.isoformat(),
        token=base64.b64encode(answer).decode(),
        root=base64.b64encode(root.public_bytes(Encoding.DER)).decode(),
    )


def check(anchor: Anchor, *, roots: Certificates = ()) -> None:
    """Verify an anchor's time stamp offline, against given roots or else the one kept with it."""
    where = f"the anchor of chain line {anchor.head.seq}"
    try:
        own = x509.load_der_x509_certificate(base64.b64decode(anchor.root, validate=True))
        response = decode_timestamp_response(base64.b64decode(anchor.token, validate=True))
        time = response.tst_info.gen_time.isoformat()
    except ValueError as error:
        raise EvidenceError(f"{where} cannot be read: {error}") from error
    if _root_of(response, anchor.head, roots or [own]) is None:
        raise EvidenceError(f"{where} does not verify: its time stamp is not over this head")
    if time != anchor.time:
        raise EvidenceError(f"{where} tells another time than its time stamp")


def write(anchor: Anchor, folder: Path) -> str:
    """Keep an anchor as a file; give the SHA-256 of that file."""
    folder.mkdir(parents=True, exist_ok=True)
    data = codec.encode(anchor).encode()
    draft = folder / f"{anchor.file}.{os.getpid()}.draft"
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(folder / anchor.file)
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> tuple[Anchor, str]:
    """Read an anchor's file; give the SHA-256 of the file too."""
    data = path.read_bytes()
    try:
        anchor = codec.decode(data.decode(), Anchor)
    except ValueError as error:
        raise EvidenceError(f"the anchor {path.name} cannot be read: {error}") from error
    return anchor, hashlib.sha256(data).hexdigest()


def read_roots(path: Path | None) -> Certificates:
    """Read trusted roots from a PEM file, or give those of this system."""
    if path is None:
        system = ssl.create_default_context().get_ca_certs(binary_form=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some old root has a serial number of zero
            return [x509.load_der_x509_certificate(der) for der in system]
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as certificates in PEM: {error}") from error


def _root_of(
    response: TimeStampResponse, head: Head, roots: Certificates
) -> x509.Certificate | None:
    """Give the root that a time stamp of this head leads to."""
    for root in roots:
        if _leads_to(root, response, head):
            return root
    return None


def _leads_to(root: x509.Certificate, response: TimeStampResponse, head: Head) -> bool:
    try:
        VerifierBuilder(roots=[root]).build().verify_message(response, head.statement)
    except (VerificationError, ValueError):
        return False
    except BaseException as error:
        # rfc3161-client 1.0.9 panics on a certificate that OpenSSL cannot read; PyO3 makes of that
        # an exception which is no Exception and has no importable name.
        if type(error).__name__ != "PanicException":
            raise
        return False
    return True


def _ask(url: str, query: bytes) -> bytes:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise InputError(f"A time-stamping authority is an http or https address, not {url!r}.")
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": "Anyu"}
    try:
        with urlopen(Request(url, query, headers), timeout=_SECONDS) as answer:  # noqa: S310
            read: bytes = answer.read(_MOST_BYTES)
            return read
    except (URLError, OSError, ValueError) as error:
        raise EvidenceError(f"{url} gave no time stamp: {error}") from error
