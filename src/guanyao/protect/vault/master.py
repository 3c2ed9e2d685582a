"""Where the master key comes from, which locks the vault's root key and nothing else.

A passphrase is stretched with Argon2id; a key is 32 random bytes from a key file or from whoever
calls; a key management service (KMS) wraps the root key itself and never shows its own.
"""

import base64
import binascii
import os
import secrets
import stat
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from guanyao.errors import ConfigError, DataError, PrivacyError
from guanyao.protect.vault.suites import DamagedError, Suite, WrongKeyError

SHORTEST = 12
"""Fewer characters than this make no passphrase."""
KEY_BYTES = 32
SALT_BYTES = 16
LONGEST_KEY = 1 << 12
"""Characters of a key file."""
KEY_MARK = "guanyao-vault-key-1"


class MasterKey(Protocol):
    """What locks and unlocks the root key of a vault."""

    kind: ClassVar[str]

    def lock(self, root: bytes, suite: Suite, bound: bytes) -> dict[str, Any]:
        """The locked root key with what is needed to unlock it again, as plain JSON."""

    def unlock(self, facts: Mapping[str, Any], suite: Suite, bound: bytes) -> bytes:
        """The root key; raises `DataError` where this is not the key that locked it."""


class Kms(Protocol):
    """A key management service: it wraps small keys and keeps its own to itself."""

    name: str
    """Which key of which service it is; stored in the vault."""

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """The key, wrapped; `bound` is to be authenticated with it."""

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """The key that `wrap` was given."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one guess at a passphrase costs.

    Args:
        memory_kib: Memory in KiB, 8 to 4 Mi for each lane.
        iterations: Passes over it, 1 to 100.
        lanes: How many parts can be computed at once, 1 to 64.

    The default is chosen as RFC 9106 section 4 asks: the memory that is affordable (46 MiB, so that
    a whole process stays below 100 MB), then passes; five of them cost a guess as much as that
    section's second recommended option (64 MiB, three passes) does.

    Reference: RFC 9106 (Argon2).
    """

    memory_kib: int = 46 << 10
    iterations: int = 5
    lanes: int = 4

    def __post_init__(self) -> None:
        """Check the ranges, since they may come from a file that somebody changed."""
        is_right = (
            1 <= self.lanes <= 64
            and 1 <= self.iterations <= 100
            and 8 * self.lanes <= self.memory_kib <= 1 << 22
        )
        if not is_right:
            raise ConfigError(
                "the cost of a passphrase is out of range",
                allowed="1 to 64 lanes, 1 to 100 iterations, 8 KiB a lane to 4 GiB",
                code="config.range",
            )


@dataclass(frozen=True)
class Passphrase:
    """A master key that a person remembers.

    Args:
        text: The passphrase; letters that can be written in two ways are brought to one (NFC).
        cost: What a guess costs, when a vault is locked; unlocking takes what the vault says.
    """

    kind: ClassVar[str] = "passphrase"
    text: str = field(repr=False)
    cost: Cost = field(default=Cost(), repr=False)

    def lock(self, root: bytes, suite: Suite, bound: bytes) -> dict[str, Any]:
        """The root key, locked with the stretched passphrase.

        Raises:
            ConfigError: The passphrase is too short.
        """
        if len(self.text) < SHORTEST:
            raise ConfigError(
                "the passphrase is short",
                allowed=f"{SHORTEST} characters or more, best several words drawn by chance",
                code="vault.weak",
            )
        salt = secrets.token_bytes(SALT_BYTES)
        box = suite.seal(self._stretched(salt, self.cost), root, bound)
        cost = {
            "memory_kib": self.cost.memory_kib,
            "iterations": self.cost.iterations,
            "lanes": self.cost.lanes,
        }
        stretching = {"kdf": "argon2id", "salt": _text(salt), **cost}
        return {"kind": self.kind, **stretching, "wrapped": _text(box)}

    def unlock(self, facts: Mapping[str, Any], suite: Suite, bound: bytes) -> bytes:
        """The root key.

        Raises:
            DataError: The passphrase is wrong, or the vault is damaged.
        """
        try:
            cost = Cost(**{name: int(facts[name]) for name in Cost.__dataclass_fields__})
            salt = _bytes(facts["salt"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise broken() from error
        if facts.get("kdf") != "argon2id" or len(salt) != SALT_BYTES:
            raise broken()
        return _opened(suite, self._stretched(salt, cost), facts, bound)

    def _stretched(self, salt: bytes, cost: Cost) -> bytes:
        stretch = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        try:
            return stretch.derive(unicodedata.normalize("NFC", self.text).encode())
        except MemoryError as error:
            raise DataError(
                f"stretching the passphrase takes {cost.memory_kib >> 10} MiB, too much here",
                do="use a machine that has them; if you chose fewer, the vault was changed",
                code="vault.memory",
            ) from error


@dataclass(frozen=True)
class RawKey:
    """A master key of 32 random bytes.

    Args:
        key: The bytes.
    """

    kind: ClassVar[str] = "key"
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check the length."""
        if len(self.key) != KEY_BYTES:
            raise _no_key(f"{len(self.key)} bytes")

    @classmethod
    def new(cls) -> "RawKey":
        """A fresh key from the system's randomness."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def from_text(cls, text: str) -> "RawKey":
        """The key as `to_text` writes it.

        Raises:
            ConfigError: The text is no key.
        """
        mark, _, rest = text.strip().partition(" ")
        try:
            return cls(_bytes(rest if mark == KEY_MARK else text.strip()))
        except ValueError as error:
            raise _no_key("what was given") from error

    def to_text(self) -> str:
        """The key as one line."""
        return f"{KEY_MARK} {_text(self.key)}"

    @classmethod
    def load(cls, path: str | Path) -> "RawKey":
        """The key in a file.

        Raises:
            DataError: There is no such file.
            PrivacyError: Others than its owner may read it.
            ConfigError: It holds no key.
        """
        path = Path(path)
        try:
            with path.open(encoding="utf-8") as file:
                text, mode = file.read(LONGEST_KEY), os.fstat(file.fileno()).st_mode
        except (OSError, UnicodeError) as error:
            raise DataError(
                f"the key file {path.name} cannot be read ({type(error).__name__})",
                do="name the file that holds the vault's key",
                code="vault.key_file",
            ) from error
        if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PrivacyError(
                f"others may read the key file {path.name}",
                allowed="its owner only",
                do="chmod 600 it; if others have read it, rotate the vault to a new key",
                code="privacy.key_file",
            )
        return cls.from_text(text)

    def save(self, path: str | Path) -> None:
        """Write the key to a new file that its owner only may read.

        Raises:
            DataError: The file is there already, or cannot be written.
        """
        path = Path(path)
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(self.to_text() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DataError(
                f"the key file {path.name} cannot be written ({error.strerror})",
                allowed="a new file; an old key is never written over",
                code="vault.key_file",
            ) from error

    def lock(self, root: bytes, suite: Suite, bound: bytes) -> dict[str, Any]:
        """The root key, locked with this key."""
        return {"kind": self.kind, "wrapped": _text(suite.seal(self.key, root, bound))}

    def unlock(self, facts: Mapping[str, Any], suite: Suite, bound: bytes) -> bytes:
        """The root key.

        Raises:
            DataError: This is another key, or the vault is damaged.
        """
        return _opened(suite, self.key, facts, bound)


@dataclass(frozen=True)
class KmsKey:
    """A master key that a key management service keeps.

    Args:
        kms: The service.
    """

    kind: ClassVar[str] = "kms"
    kms: Kms = field(repr=False)

    def lock(self, root: bytes, suite: Suite, bound: bytes) -> dict[str, Any]:
        """The root key, wrapped by the service."""
        wrapped = self.kms.wrap(root, bound)
        return {"kind": self.kind, "name": self.kms.name, "wrapped": _text(wrapped)}

    def unlock(self, facts: Mapping[str, Any], suite: Suite, bound: bytes) -> bytes:
        """The root key, unwrapped by the service.

        Raises:
            DataError: The service's key is another than the vault names, or it gave no key back.
        """
        if facts.get("name") != self.kms.name:
            raise wrong_key("the vault is locked with another key of a service")
        root = self.kms.unwrap(_wrapped(facts), bound)
        if len(root) != suite.key_bytes:
            raise wrong_key("the service gave back no key of this vault")
        return root


def unlock(master: MasterKey, facts: Mapping[str, Any], suite: Suite, bound: bytes) -> bytes:
    """The root key, from whatever kind of master key this is.

    Raises:
        ConfigError: The vault is locked with another kind of master key.
        DataError: The master key is wrong, or the vault is damaged.
    """
    if facts.get("kind") != master.kind:
        raise ConfigError(
            f"the vault is locked with a {facts.get('kind', 'thing unknown')!s:.20}",
            allowed=f"what was given is a {master.kind}",
            do="give the one it was locked with",
            code="vault.master",
        )
    return master.unlock(facts, suite, bound)


def _opened(suite: Suite, key: bytes, facts: Mapping[str, Any], bound: bytes) -> bytes:
    try:
        return suite.open(key, _wrapped(facts), bound)
    except WrongKeyError as error:
        raise wrong_key("the passphrase or key is not the vault's") from error
    except DamagedError as error:
        raise broken() from error


def _wrapped(facts: Mapping[str, Any]) -> bytes:
    try:
        return _bytes(facts["wrapped"])
    except (KeyError, TypeError, ValueError) as error:
        raise broken() from error


def wrong_key(found: str) -> DataError:
    """The error for a master key that does not fit."""
    return DataError(
        found,
        allowed="the one that the vault was last locked with; without it nothing can be read",
        do="try the one from before or after the last rotation",
        code="vault.key",
    )


def broken() -> DataError:
    """The error for a vault whose lock was changed."""
    return DataError(
        "the lock of the vault is damaged", do="restore a backup", code="vault.damaged"
    )


def _no_key(found: str) -> ConfigError:
    return ConfigError(
        f"{found} is no key of a vault",
        allowed=f"{KEY_BYTES} random bytes in base64",
        do="let `guanyao vault init --key-file FILE` make one",
        code="vault.key_text",
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: object) -> bytes:
    """Bytes from base64; raises ValueError (binascii.Error is one)."""
    if not isinstance(text, str):
        raise binascii.Error("no text")
    return base64.b64decode(text, validate=True)
