"""The ciphers a vault can be built from: sealing, hashing and deriving keys, by name.

A box is a small sealed text (a key, an index): salt | commitment | nonce | ciphertext and tag. Its
key is derived anew from a random salt for every box, so that no count of boxes wears a key out, and
the commitment tells a wrong key from damage.
"""

import hmac as constant_time
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guanyao.errors import ConfigError, UnknownNameError

Buffer: TypeAlias = bytes | bytearray | memoryview
Random: TypeAlias = Callable[[int], bytes]

TAG_BYTES = 16
NONCE_BYTES = 12
SALT_BYTES = 32
COMMITMENT_BYTES = 32


class WrongKeyError(Exception):
    """The key is another one than what was sealed with."""


class DamagedError(Exception):
    """The key is right, and what was sealed is not what was written."""


class Aead(Protocol):
    """Authenticated encryption with associated data, into buffers that the caller keeps."""

    def seal_into(self, nonce: bytes, plain: Buffer, bound: bytes, out: memoryview) -> None:
        """Write the ciphertext and its tag, 16 bytes longer than `plain`."""

    def open_into(self, nonce: bytes, sealed: memoryview, bound: bytes, out: memoryview) -> None:
        """Write the plain bytes; raises `DamagedError` where the tag does not fit."""


class AesGcm:
    """AES in Galois/Counter Mode.

    Reference: NIST FIPS 197; NIST SP 800-38D.
    """

    def __init__(self, key: bytes) -> None:
        """Take the key, 32 bytes."""
        self._cipher = AESGCM(key)

    def seal_into(self, nonce: bytes, plain: Buffer, bound: bytes, out: memoryview) -> None:
        """Write the ciphertext and its tag."""
        self._cipher.encrypt_into(nonce, plain, bound, out[: len(plain) + TAG_BYTES])

    def open_into(self, nonce: bytes, sealed: memoryview, bound: bytes, out: memoryview) -> None:
        """Write the plain bytes."""
        try:
            self._cipher.decrypt_into(nonce, sealed, bound, out[: len(sealed) - TAG_BYTES])
        except InvalidTag as error:
            raise DamagedError from error


class Sm4Gcm:
    """SM4 in Galois/Counter Mode; the key has 128 bits, as all SM4 keys have.

    Reference: GB/T 32907-2016 (SM4); RFC 8998 (SM4-GCM).
    """

    def __init__(self, key: bytes) -> None:
        """Take the key, 16 bytes."""
        self._key = algorithms.SM4(key)

    def seal_into(self, nonce: bytes, plain: Buffer, bound: bytes, out: memoryview) -> None:
        """Write the ciphertext and its tag."""
        sealing = Cipher(self._key, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(bound)
        end = len(plain)
        if end:
            sealing.update_into(plain, out[: end + TAG_BYTES])
        sealing.finalize()
        out[end : end + TAG_BYTES] = sealing.tag

    def open_into(self, nonce: bytes, sealed: memoryview, bound: bytes, out: memoryview) -> None:
        """Write the plain bytes."""
        end = len(sealed) - TAG_BYTES
        opening = Cipher(self._key, modes.GCM(nonce, bytes(sealed[end:]))).decryptor()
        opening.authenticate_additional_data(bound)
        if end:
            opening.update_into(sealed[:end], out[: end + TAG_BYTES])
        try:
            opening.finalize()
        except InvalidTag as error:
            raise DamagedError from error


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Ciphers that belong together.

    Args:
        name: What it is called.
        key_bytes: The length of its keys.
        cipher: Makes the authenticated cipher of a key.
        hash: Makes the hash that digests, keyed digests and derived keys rest on.
        hash_name: What digests made with it are called.
    """

    name: str
    key_bytes: int
    cipher: Callable[[bytes], Aead]
    hash: Callable[[], hashes.HashAlgorithm]
    hash_name: str

    def new_key(self) -> bytes:
        """A fresh key from the system's randomness."""
        return secrets.token_bytes(self.key_bytes)

    def derive(self, key: bytes, salt: bytes, purpose: bytes, n_bytes: int) -> bytes:
        """Bytes derived from a key for one purpose.

        Reference: RFC 5869 (HKDF).
        """
        return HKDF(self.hash(), n_bytes, salt, b"guanyao.vault/1 " + purpose).derive(key)

    def committed(self, key: bytes, salt: bytes, purpose: bytes) -> tuple[Aead, bytes]:
        """The cipher of a derived key, and a commitment that only this key has.

        Reference: Albertini, Duong, Gueron, Kölbl, Luykx, Schmieg 2022, "How to Abuse and Fix
        Authenticated Encryption Without Key Commitment".
        """
        made = self.derive(key, salt, purpose, self.key_bytes + COMMITMENT_BYTES)
        return self.cipher(made[: self.key_bytes]), made[self.key_bytes :]

    def keyed_digest(self, key: bytes, text: bytes) -> str:
        """HMAC of a text, hexadecimal.

        Reference: RFC 2104.
        """
        made = hmac.HMAC(key, self.hash())
        made.update(text)
        return made.finalize().hex()

    def digest(self, text: bytes) -> bytes:
        """The hash of a text."""
        made = hashes.Hash(self.hash())
        made.update(text)
        return made.finalize()

    def seal(
        self, key: bytes, plain: bytes, bound: bytes, *, random: Random = secrets.token_bytes
    ) -> bytes:
        """A box that holds these bytes and is bound to others that stay outside.

        Args:
            key: The key, any length from 16 bytes on.
            plain: What is sealed.
            bound: What the box belongs to; it opens with the same bytes only.
            random: Where salt and nonce come from.
        """
        salt, nonce = random(SALT_BYTES), random(NONCE_BYTES)
        cipher, commitment = self.committed(key, salt, b"box")
        out = bytearray(len(plain) + TAG_BYTES)
        cipher.seal_into(nonce, plain, bound, memoryview(out))
        return salt + commitment + nonce + bytes(out)

    def open(self, key: bytes, box: bytes, bound: bytes) -> bytes:
        """What a box holds.

        Raises:
            WrongKeyError: It was sealed with another key.
            DamagedError: It was changed, or belongs to other bytes.
        """
        start = SALT_BYTES + COMMITMENT_BYTES
        sealed = memoryview(box)[start + NONCE_BYTES :]
        if len(sealed) < TAG_BYTES:
            raise DamagedError
        cipher, commitment = self.committed(key, box[:SALT_BYTES], b"box")
        if not constant_time.compare_digest(commitment, box[SALT_BYTES:start]):
            raise WrongKeyError
        out = bytearray(len(sealed))
        cipher.open_into(box[start : start + NONCE_BYTES], sealed, bound, memoryview(out))
        return bytes(out[: len(sealed) - TAG_BYTES])


SUITES: dict[str, Suite] = {
    "aes-256-gcm": Suite(
        name="aes-256-gcm",
        key_bytes=32,
        cipher=AesGcm,
        hash=partial(hashes.SHA256),
        hash_name="sha256",
    ),
    "sm4-gcm": Suite(
        name="sm4-gcm", key_bytes=16, cipher=Sm4Gcm, hash=partial(hashes.SM3), hash_name="sm3"
    ),
}
"""The names that a vault can be made with; SM4 has keys of 128 bits, AES here of 256."""


def suite_of(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UnknownNameError: There is no such suite.
        ConfigError: The cryptographic library of this machine lacks its cipher.
    """
    if name not in SUITES:
        raise UnknownNameError(
            f"there is no suite {name!r}", allowed="known: " + ", ".join(SUITES), code="vault.suite"
        )
    suite = SUITES[name]
    try:
        suite.seal(bytes(suite.key_bytes), b"", b"")
    except UnsupportedAlgorithm as error:
        raise ConfigError(
            f"the OpenSSL that cryptography uses here has no {name}",
            do="take the suite aes-256-gcm, or a build of OpenSSL with SM4",
            code="vault.suite",
        ) from error
    return suite


def pack(*parts: bytes) -> bytes:
    """Parts as one text that no other parts give: each with its length before it.

    Examples:
        >>> pack(b"ab", b"c") == pack(b"a", b"bc")
        False
    """
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
