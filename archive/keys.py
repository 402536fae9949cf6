"""The operator's key: keyed digests, and wrapping of the keys of single observations."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from archive.errors import EvidenceError

KEY_FILE = "operator.key"


class Keys:
    """Keys derived from one secret of 32 bytes, one a purpose (HKDF-SHA256, RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise EvidenceError(f"the operator's key has {len(secret)} bytes instead of 32")
        self._secret = secret
        self._derived: dict[str, bytes] = {}  # HKDF costs more than what is done with the key

    @classmethod
    def open(cls, folder: Path) -> Keys:
        """Read the key of a folder; make one, readable to its owner only, where there is none."""
        path = folder / KEY_FILE
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes())
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
        return cls(path.read_bytes())

    def digest(self, purpose: str, data: bytes) -> str:
        """Give a keyed digest (HMAC-SHA256, hex): who lacks the key learns nothing of ``data``."""
        return hmac.digest(self._derive(purpose), data, "sha256").hex()

    def wrap(self, key: bytes) -> bytes:
        """Wrap a data key (AES key wrap, RFC 3394)."""
        return aes_key_wrap(self._derive("wrap"), key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Undo ``wrap``; raises ``EvidenceError`` where the bytes or the key are not the same."""
        try:
            return aes_key_unwrap(self._derive("wrap"), wrapped)
        except InvalidUnwrap as error:
            raise EvidenceError("a wrapped key was changed, or wrapped by another key") from error

    @property
    def public(self) -> str:
        """The public key of ``sign`` (Ed25519, hex): who has it can check, not sign."""
        return self._signer().public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Sign so that others can check it (Ed25519, hex)."""
        return self._signer().sign(data).hex()

    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._derive("sign"))

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypt bytes for one purpose (AES-256-GCM, the nonce in front)."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self._derive(purpose)).encrypt(nonce, data, purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Undo ``seal``; raises ``EvidenceError`` where the bytes or the key are not the same."""
        try:
            key = AESGCM(self._derive(purpose))
            return key.decrypt(sealed[:12], sealed[12:], purpose.encode())
        except InvalidTag as error:
            raise EvidenceError("what was sealed was changed, or with another key") from error

    def _derive(self, purpose: str) -> bytes:
        if (key := self._derived.get(purpose)) is None:
            kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"anyu/{purpose}".encode())
            key = self._derived[purpose] = kdf.derive(self._secret)
        return key


def signed(public: str, data: bytes, signature: str) -> bool:
    """Say whether a signature over ``data`` was made with the key behind ``public``."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
