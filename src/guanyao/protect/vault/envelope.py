"""The format of a sealed file: a header, then chunks that are each encrypted and authenticated.

    8 bytes   GUANYAOV
    2 bytes   version of the format, big-endian
    4 bytes   length of the header
    header    JSON: suite, item, data key by name, chunk size, salt, nonce prefix, key commitment
    chunks    ciphertext and 16 bytes of tag each; all of the chunk size but the last

A nonce is the file's prefix (7 bytes), the chunk's number (4) and whether it is the last (1). Each
file has a key of its own, derived from the data key and the file's random salt, so no nonce comes
twice under a key. Associated data binds every chunk to the header, the vault, the item's name and
version and the chunk's number: what is cut off, appended, swapped or moved does not open.

Reference: Hoang, Reyhanitabar, Rogaway, Vizár 2015, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance" (STREAM).
"""

import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from cryptography.hazmat.primitives import hashes

from guanyao.errors import DataError
from guanyao.protect.vault.suites import (
    COMMITMENT_BYTES,
    SALT_BYTES,
    SUITES,
    TAG_BYTES,
    Aead,
    DamagedError,
    Random,
    Suite,
    pack,
)

MAGIC = b"GUANYAOV"
VERSION = 1
PREFIX_BYTES = 7
CHUNK_BYTES = 1 << 20
LARGEST_CHUNK = 1 << 24
LONGEST_HEADER = 1 << 16
MOST_CHUNKS = 1 << 32


class Sink(Protocol):
    """What takes plain or sealed bytes in order."""

    def write(self, part: memoryview, /) -> object:
        """Take this part."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a sealed file belongs to.

    Args:
        vault: The vault's id.
        item: The item's id in it, which is the file's name.
        name: The item's name, which stands nowhere in the file.
        version: How many times the item was replaced, and one.
        key: The name of the data key.
    """

    vault: str
    item: str
    name: str
    version: int
    key: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """What went through.

    Args:
        size: Plain bytes.
        stored: Bytes of the sealed file.
        digest: Hash of the plain bytes, hexadecimal; of the suite's kind.
    """

    size: int
    stored: int
    digest: str


def damaged(why: str) -> DataError:
    """The error for a sealed file that is not what was written."""
    return DataError(
        f"a file of the vault does not open: {why}",
        allowed="only what the vault itself has written, unchanged, in its own place",
        do="do not rely on it; restore a backup",
        code="vault.damaged",
    )


def newer(version: int, known: int) -> DataError:
    """The error for what a later Guanyao has written."""
    return DataError(
        f"the vault is of format {version}",
        allowed=f"this Guanyao knows formats up to {known}",
        do="upgrade Guanyao; nothing was changed",
        code="vault.version",
    )


class _Chunks:
    """Nonces and associated data of the chunks of one file, in order."""

    def __init__(self, suite: Suite, prefix: bytes, place: Place, header: bytes) -> None:
        about = (place.vault, place.item, place.name, str(place.version), place.key, suite.name)
        self._bound = suite.digest(pack(*(text.encode() for text in about), header))
        self._prefix, self.number = prefix, 0

    def following(self, *, is_last: bool) -> tuple[bytes, bytes]:
        """The nonce and the associated data of the next chunk."""
        if self.number >= MOST_CHUNKS:
            raise DataError("the file is too large for the vault", code="vault.size")
        number = self.number.to_bytes(4, "big")
        self.number += 1
        return self._prefix + number + bytes([is_last]), self._bound + number


def seal(
    source: BinaryIO,
    target: Sink,
    *,
    key: bytes,
    suite: Suite,
    place: Place,
    chunk_bytes: int = CHUNK_BYTES,
    random: Random = secrets.token_bytes,
) -> Content:
    """Read plain bytes to their end and write them sealed; memory holds three chunks.

    Args:
        source: Plain bytes; only `readinto` is used.
        target: Where the sealed file goes.
        key: The data key.
        suite: The ciphers.
        place: What the file is bound to.
        chunk_bytes: Plain bytes of a chunk.
        random: Where salt and nonce prefix come from.
    """
    salt, prefix = random(SALT_BYTES), random(PREFIX_BYTES)
    cipher, commitment = suite.committed(key, salt, b"file")
    header = _header(suite, place, chunk_bytes, salt, prefix, commitment)
    target.write(memoryview(header))
    chunks, digest = _Chunks(suite, prefix, place, header), hashes.Hash(suite.hash())
    out = memoryview(bytearray(chunk_bytes + TAG_BYTES))
    size, stored = 0, len(header)
    for part, is_last in _parts(source, chunk_bytes):
        digest.update(part)
        cipher.seal_into(*_at(chunks, part, is_last), out)
        target.write(out[: len(part) + TAG_BYTES])
        size, stored = size + len(part), stored + len(part) + TAG_BYTES
    return Content(size=size, stored=stored, digest=digest.finalize().hex())


def _at(chunks: _Chunks, part: memoryview, is_last: bool) -> tuple[bytes, memoryview, bytes]:
    nonce, bound = chunks.following(is_last=is_last)
    return nonce, part, bound


def _parts(source: BinaryIO, chunk_bytes: int) -> Iterator[tuple[memoryview, bool]]:
    """The parts of a stream, and whether each is the last; two buffers take turns."""
    present, ahead = (memoryview(bytearray(chunk_bytes)) for _ in range(2))
    n_present = fill(source, present)
    while True:
        n_ahead = fill(source, ahead) if n_present == chunk_bytes else 0
        yield present[:n_present], n_ahead == 0
        if n_ahead == 0:
            return
        present, ahead, n_present = ahead, present, n_ahead


def fill(source: BinaryIO, buffer: memoryview) -> int:
    """Read until the buffer is full or the stream ends; how many bytes were read."""
    n_read = 0
    while n_read < len(buffer):
        n_more = source.readinto(buffer[n_read:])  # type: ignore[attr-defined]
        if not n_more:
            break
        n_read += n_more
    return n_read


def _header(
    suite: Suite, place: Place, chunk_bytes: int, salt: bytes, prefix: bytes, commitment: bytes
) -> bytes:
    facts = {
        "suite": suite.name,
        "item": place.item,
        "key": place.key,
        "chunk_bytes": chunk_bytes,
        "salt": salt.hex(),
        "prefix": prefix.hex(),
        "commitment": commitment.hex(),
    }
    text = json.dumps(facts, separators=(",", ":")).encode()
    return MAGIC + VERSION.to_bytes(2, "big") + len(text).to_bytes(4, "big") + text


@dataclass(frozen=True, kw_only=True)
class Header:
    """The header of a sealed file, as it stands there: nothing of it is trusted yet.

    Args:
        text: All its bytes, the magic ones first.
        suite: The name of its ciphers.
        item: The item's id.
        key: The name of its data key.
        chunk_bytes: Plain bytes of a chunk.
        salt: What the file's key is derived with.
        prefix: What its nonces begin with.
        commitment: What only the right key gives.
    """

    text: bytes
    suite: str
    item: str
    key: str
    chunk_bytes: int
    salt: bytes
    prefix: bytes
    commitment: bytes


def read_header(source: BinaryIO) -> Header:
    """The header of a sealed file.

    Raises:
        DataError: It is none, is damaged, or is of a later format.
    """
    start = source.read(len(MAGIC) + 6)
    length = int.from_bytes(start[-4:], "big")
    if len(start) < len(MAGIC) + 6 or not start.startswith(MAGIC):
        raise damaged("it does not begin as one")
    version = int.from_bytes(start[len(MAGIC) : len(MAGIC) + 2], "big")
    if version > VERSION:
        raise newer(version, VERSION)
    text = source.read(length) if length <= LONGEST_HEADER else b""
    if len(text) < length or version != VERSION:
        raise damaged("its header is cut off")
    return _parsed(start + text, _facts(text))


def _facts(text: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged("its header cannot be read") from error
    if not isinstance(facts, dict):
        raise damaged("its header cannot be read")
    return facts


def _parsed(text: bytes, facts: dict[str, Any]) -> Header:
    try:
        sizes = {"salt": SALT_BYTES, "prefix": PREFIX_BYTES, "commitment": COMMITMENT_BYTES}
        secret = {name: bytes.fromhex(facts[name]) for name in sizes}
        suite, item, key = (str(facts[name]) for name in ("suite", "item", "key"))
        chunk_bytes = int(facts["chunk_bytes"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged("its header lacks a field") from error
    if any(len(secret[name]) != n for name, n in sizes.items()):
        raise damaged("its header has a field of the wrong length")
    if not 0 < chunk_bytes <= LARGEST_CHUNK or suite not in SUITES:
        raise damaged("its header has a value that is not allowed")
    return Header(text=text, suite=suite, item=item, key=key, chunk_bytes=chunk_bytes, **secret)


def unseal(
    source: BinaryIO, n_bytes: int, target: Sink, *, key: bytes, suite: Suite, place: Place
) -> Content:
    """Read a sealed file and write what it holds, each chunk after it was found unchanged.

    What was written is whole only when this returns: a file that is cut off is noticed at its end.

    Args:
        source: The sealed file, at its beginning.
        n_bytes: Its length.
        target: Where the plain bytes go.
        key: The data key.
        suite: The ciphers that the vault says it was sealed with.
        place: What it must be bound to.

    Raises:
        DataError: It is damaged, or is another file than the one that was put here.
    """
    header = read_header(source)
    if (header.suite, header.item, header.key) != (suite.name, place.item, place.key):
        raise damaged("it is another file than the one that was put there")
    cipher, commitment = suite.committed(key, header.salt, b"file")
    if not hmac.compare_digest(commitment, header.commitment):
        raise damaged("its data key is another one")
    chunks, digest = _Chunks(suite, header.prefix, place, header.text), hashes.Hash(suite.hash())
    size = 0
    for part in _opened(source, n_bytes - len(header.text), cipher, chunks, header.chunk_bytes):
        digest.update(part)
        target.write(part)
        size += len(part)
    return Content(size=size, stored=n_bytes, digest=digest.finalize().hex())


def _opened(
    source: BinaryIO, n_left: int, cipher: Aead, chunks: _Chunks, chunk_bytes: int
) -> Iterator[memoryview]:
    """The plain parts of a sealed file; the buffer is used again for the next."""
    sealed = memoryview(bytearray(chunk_bytes + TAG_BYTES))
    plain = memoryview(bytearray(chunk_bytes + TAG_BYTES))
    while True:
        n_part = min(n_left, len(sealed))
        n_left -= n_part
        if n_part < TAG_BYTES or fill(source, sealed[:n_part]) < n_part:
            raise damaged("it is cut off")
        nonce, bound = chunks.following(is_last=n_left == 0)
        try:
            cipher.open_into(nonce, sealed[:n_part], bound, plain)
        except DamagedError as error:
            raise damaged("it was changed, cut off, or put in another's place") from error
        yield plain[: n_part - TAG_BYTES]
        if n_left == 0:
            return
