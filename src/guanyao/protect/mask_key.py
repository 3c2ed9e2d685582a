"""The key of a data set's masking: every secret of every step is derived from it.

Whoever holds the key can undo reversible steps and can test guesses against tokens; whoever
destroys it can do neither any more.

Reference: Krawczyk & Eronen 2010, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)",
RFC 5869.
"""

import base64
import hmac
import json
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guanyao.data.pending import Pending, disk_error
from guanyao.errors import ConfigError, PrivacyError

FORMAT = "guanyao.mask_key/1"
FAMILY = "guanyao.mask_key/"
KEY_BYTES = 32
ID_BYTES = 8
MAX_FILE = 10_000


@dataclass(frozen=True)
class MaskKey:
    """A master key that serves one data set.

    Args:
        data_set: The data set whose tables it masks.
        secret: 32 random bytes; never shown.

    Raises:
        ConfigError: The data set has no name, or the secret has another length.
    """

    data_set: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check the parts."""
        if not self.data_set.strip():
            raise ConfigError(
                "the mask key names no data set",
                allowed="a name, the one that stands in the policy",
                code="key.data_set",
            )
        if len(self.secret) != KEY_BYTES:
            raise _damaged(f"a key of {len(self.secret)} bytes")

    @classmethod
    def new(cls, data_set: str) -> Self:
        """A fresh key, drawn by the operating system."""
        return cls(data_set, secrets.token_bytes(KEY_BYTES))

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that tell keys apart and tell nothing of the secret."""
        mark = hmac.digest(self.secret, b"guanyao.mask_key.id|" + self.data_set.encode(), "sha256")
        return mark[:ID_BYTES].hex()

    def derive(self, purpose: str, domain: str, length: int = KEY_BYTES) -> bytes:
        """A secret of its own for one purpose (a step) in one domain (a column).

        Args:
            purpose: What it serves, e.g. "token".
            domain: Columns of one domain share the secret, so that their values join.
            length: Bytes, 1..8160.
        """
        return _derive(self.secret, self.data_set, purpose, domain, length)

    def check_data_set(self, data_set: str) -> None:
        """See that the key belongs to this data set.

        Raises:
            PrivacyError: It belongs to another one ("key.data_set").
        """
        if self.data_set != data_set:
            raise PrivacyError(
                f"the key belongs to the data set {self.data_set!r}",
                allowed=f"the policy masks {data_set!r}; one key over two would link their people",
                do="give the data set's own key, or make one; tables of one data set have one "
                "name: --data-set, or data_set in the policy",
                code="key.data_set",
            )

    def check_id(self, key_id: str) -> None:
        """See that this is the key with which data was masked.

        Raises:
            ConfigError: It is another one ("key.wrong").
        """
        if not hmac.compare_digest(self.id.encode(), key_id.encode()):
            raise ConfigError(
                f"the key has the id {self.id}",
                allowed=f"the data was masked with the key {key_id}",
                do="give that key; without it nothing can be undone",
                code="key.wrong",
            )

    def save(self, path: str | Path) -> None:
        """Write the key to a new file that only its owner may read (mode 0600).

        Raises:
            ConfigError: There is a file of that name ("key.exists").
            DataError: The place cannot be written to.
        """
        target = Path(path)
        if target.exists():
            raise _exists(target)
        pending = Pending(target, mode=0o600)
        try:
            _write_private(pending.path, json.dumps(self._record(), ensure_ascii=False, indent=2))
            _name(pending)
        except FileExistsError as error:
            raise _exists(target) from error
        except OSError as error:
            raise disk_error(target, error) from error
        finally:
            pending.remove()

    def _record(self) -> dict[str, str]:
        encoded = base64.b64encode(self.secret).decode()
        return {"format": FORMAT, "data_set": self.data_set, "id": self.id, "key": encoded}

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a key from its file.

        Raises:
            ConfigError: There is no such file ("key.missing"), it is no key or is damaged
                ("key.damaged"), or a newer version wrote it ("key.version").
            PrivacyError: Others than its owner may read it ("privacy.key_file").
        """
        record = _read(Path(path))
        found = str(record.get("format"))
        if found.startswith(FAMILY) and found != FORMAT:
            raise ConfigError(
                f"{path} has the format {found[:40]!r}",
                allowed=f"this version reads {FORMAT}",
                do="update Guanyao",
                code="key.version",
            )
        if found != FORMAT or not isinstance(record.get("data_set"), str):
            raise _damaged(f"{path}, which is no mask key,")
        try:
            secret = base64.b64decode(str(record.get("key")), validate=True)
        except ValueError as error:
            raise _damaged(f"{path}") from error
        key = cls(record["data_set"], secret)
        if key.id != record.get("id"):
            raise _damaged(f"{path}, whose id does not fit its key,")
        return key


@lru_cache(maxsize=1024)
def _derive(secret: bytes, data_set: str, purpose: str, domain: str, length: int) -> bytes:
    # A JSON list, so that no two different triples give the same bytes.
    info = json.dumps(["guanyao.mask/1", data_set, purpose, domain]).encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def _name(pending: Pending) -> None:
    """Give the file its name, which another process may have taken in the meantime."""
    try:
        # Unlike a move, a link never puts one key in the place of another.
        os.link(pending.path, pending.target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        pending.commit()


def _exists(target: Path) -> ConfigError:
    return ConfigError(
        f"{target} exists already",
        allowed="a key is never written over another file",
        do="name another place",
        code="key.exists",
    )


def _write_private(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open(encoding="utf-8") as file:
            text, mode = file.read(MAX_FILE + 1), os.fstat(file.fileno()).st_mode
        if len(text) > MAX_FILE:
            raise _damaged(f"{path}, which is too large for a key,")
        record = json.loads(text)
    except OSError as error:
        raise ConfigError(
            f"the key {path} cannot be read ({error.strerror or type(error).__name__})",
            do="give the file that the key was saved to",
            code="key.missing",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(f"{path}") from error
    if not isinstance(record, Mapping):
        raise _damaged(f"{path}, which is no mask key,")
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PrivacyError(
            f"others may read the key file {path.name}",
            allowed="its owner only",
            do="chmod 600 it; if others have read it, mask the data set anew with a new key",
            code="privacy.key_file",
        )
    return record


def _damaged(what: str) -> ConfigError:
    return ConfigError(
        f"{what} cannot be used as a key",
        allowed="a key file that Guanyao wrote, unchanged",
        do="take it from your backup; without it nothing can be undone or joined",
        code="key.damaged",
    )
