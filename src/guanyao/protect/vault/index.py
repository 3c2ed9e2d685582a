"""The vault's one file of facts: how it is locked, what lies in it, and every data key, sealed.

    8 bytes   GUANYAOX
    2 bytes   version of the format, big-endian
    4 bytes   length of the header
    header    JSON: the vault's id, suite, and the root key as the master key locked it
    box       the index, sealed under a key of its own that the root key gives

Names, sizes, subjects and digests stand in the box only. Data keys stand in it wrapped once more,
under another key that the root key gives. Since everything that a rotation changes is in this file,
a rotation is one rename: it was done, or it was not.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from guanyao.errors import DataError
from guanyao.protect.vault import master as masters
from guanyao.protect.vault.envelope import newer
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.suites import DamagedError, Suite, WrongKeyError, pack, suite_of

MAGIC = b"GUANYAOX"
VERSION = 1
START_BYTES = len(MAGIC) + 6
LARGEST = 1 << 28
"""Bytes; half a million items have an index of this size."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that lies in the vault.

    Args:
        name: What it is called: words with / between them, as a path.
        id: The name of its file.
        key: Which data key it is sealed with.
        version: 1, and one more each time it was replaced.
        size: Plain bytes.
        stored: Bytes of its file.
        created: When it was put there, ISO 8601, UTC.
        digest: Hash of the plain bytes, hexadecimal; SHA-256, or SM3 in a vault of the SM4 suite.
        kind: What it is: file, model, virtual, report, …
        subject_digest: Whose data it is, as HMAC under a key of the vault; None: nobody's.
    """

    name: str
    id: str
    key: str
    version: int
    size: int
    stored: int
    created: str
    digest: str
    kind: str = "file"
    subject_digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class Index:
    """What the box holds.

    Args:
        sequence: How many times the vault was changed.
        subject_key: What digests of subjects are made with.
        items: Items by name.
        keys: Data keys by their names, wrapped.
        subjects: The data key of each subject, by the subject's digest.
    """

    sequence: int
    subject_key: bytes = field(repr=False)
    items: Mapping[str, Item] = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)
    subjects: Mapping[str, str] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The index in JSON's own types."""
        return {
            "sequence": self.sequence,
            "subject_key": _text(self.subject_key),
            "items": [vars(item) for item in self.items.values()],
            "keys": {name: _text(box) for name, box in self.keys.items()},
            "subjects": dict(self.subjects),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Index":
        """The index that `to_json` gave."""
        items = [Item(**item) for item in facts["items"]]
        return cls(
            sequence=facts["sequence"],
            subject_key=base64.b64decode(facts["subject_key"]),
            items={item.name: item for item in items},
            keys={name: base64.b64decode(box) for name, box in facts["keys"].items()},
            subjects=facts["subjects"],
        )


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A vault's facts, unlocked.

    Args:
        id: The vault's id.
        suite: Its ciphers.
        created: When it was made.
        generation: How many root keys it has had.
        lock: The root key as the master key locked it.
        root: The root key.
        index: What lies in the vault.
    """

    id: str
    suite: Suite
    created: str
    generation: int
    lock: Mapping[str, Any] = field(repr=False)
    root: bytes = field(repr=False)
    index: Index = field(repr=False)

    def wrapped(self, name: str, key: bytes) -> bytes:
        """A data key, sealed under the root key."""
        return self.suite.seal(self._key_of(b"wrap"), key, self._bound_of(name))

    def data_key(self, name: str) -> bytes:
        """The data key of that name.

        Raises:
            DataError: It was destroyed, or does not open.
        """
        box = self.index.keys.get(name)
        if box is None:
            raise _damaged("a data key is missing")
        try:
            return self.suite.open(self._key_of(b"wrap"), box, self._bound_of(name))
        except (WrongKeyError, DamagedError) as error:
            raise _damaged("a data key does not open") from error

    def subject_digest(self, subject: str) -> str:
        """The subject as the vault knows it."""
        return self.suite.keyed_digest(self.index.subject_key, subject.encode())

    def seal_of(self, text: bytes) -> str:
        """A keyed digest of a text that only a holder of the master key can make."""
        return self.suite.keyed_digest(self._key_of(b"manifest"), text)

    def holding(
        self,
        items: Mapping[str, Item],
        *,
        keys: Mapping[str, bytes] | None = None,
        subjects: Mapping[str, str] | None = None,
    ) -> "Opened":
        """The same vault with these items; keys and subjects that none of them needs are gone.

        Args:
            items: Items by name.
            keys: Wrapped data keys, with those of new items; None: those there are.
            subjects: The subjects' keys, with those of new items; None: those there are.
        """
        used = {item.key for item in items.values()}
        keys = self.index.keys if keys is None else keys
        subjects = self.index.subjects if subjects is None else subjects
        index = replace(
            self.index,
            sequence=self.index.sequence + 1,
            items=items,
            keys={name: box for name, box in keys.items() if name in used},
            subjects={who: name for who, name in subjects.items() if name in used},
        )
        return replace(self, index=index)

    def relocked(self, master: MasterKey) -> "Opened":
        """The same vault under a fresh root key, each data key wrapped anew."""
        root = self.suite.new_key()
        generation = self.generation + 1
        lock = master.lock(root, self.suite, _bound(self.id, self.suite, generation))
        fresh = replace(self, root=root, generation=generation, lock=lock)
        keys = {name: fresh.wrapped(name, self.data_key(name)) for name in self.index.keys}
        return fresh.holding(self.index.items, keys=keys)

    def to_bytes(self) -> bytes:
        """The file of facts."""
        header = {
            "id": self.id,
            "suite": self.suite.name,
            "created": self.created,
            "generation": self.generation,
            "lock": self.lock,
        }
        text = json.dumps(header, indent=1).encode()
        start = MAGIC + VERSION.to_bytes(2, "big") + len(text).to_bytes(4, "big") + text
        plain = json.dumps(self.index.to_json(), ensure_ascii=False, separators=(",", ":"))
        return start + self.suite.seal(self._key_of(b"index"), plain.encode(), start)

    def _key_of(self, purpose: bytes) -> bytes:
        return self.suite.derive(self.root, b"", purpose, self.suite.key_bytes)

    def _bound_of(self, name: str) -> bytes:
        return pack(b"data key", self.id.encode(), name.encode())


def new(master: MasterKey, suite: Suite, created: str) -> Opened:
    """An empty vault."""
    vault_id, root = secrets.token_hex(16), suite.new_key()
    return Opened(
        id=vault_id,
        suite=suite,
        created=created,
        generation=1,
        lock=master.lock(root, suite, _bound(vault_id, suite, 1)),
        root=root,
        index=Index(sequence=0, subject_key=suite.new_key(), items={}, keys={}, subjects={}),
    )


def unlocked(text: bytes, master: MasterKey, known: Opened | None = None) -> Opened:
    """The facts in a vault's file.

    Args:
        text: The file's bytes.
        master: What unlocks it.
        known: The same vault as it was unlocked before: spares the master key where the lock is
            still that one.

    Raises:
        DataError: The file is none, is damaged, or is of a later format; the key is wrong.
        ConfigError: The vault has another kind of master key.
    """
    header, start = _header(text)
    try:
        vault_id, created = str(header["id"]), str(header["created"])
        generation, lock = int(header["generation"]), dict(header["lock"])
        suite = suite_of(str(header["suite"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged("its header cannot be read") from error
    if known is not None and known.id == vault_id and known.lock == lock:
        root = known.root
    else:
        root = masters.unlock(master, lock, suite, _bound(vault_id, suite, generation))
    return Opened(
        id=vault_id,
        suite=suite,
        created=created,
        generation=generation,
        lock=lock,
        root=root,
        index=_index(suite, root, text[len(start) :], start),
    )


def _index(suite: Suite, root: bytes, box: bytes, start: bytes) -> Index:
    key = suite.derive(root, b"", b"index", suite.key_bytes)
    try:
        return Index.from_json(json.loads(suite.open(key, box, start)))
    except (WrongKeyError, DamagedError) as error:
        raise _damaged("its index does not open") from error


def _header(text: bytes) -> tuple[dict[str, Any], bytes]:
    """The header, and all bytes up to the box."""
    if len(text) < START_BYTES or not text.startswith(MAGIC):
        _no_vault()
    version = int.from_bytes(text[len(MAGIC) : len(MAGIC) + 2], "big")
    if version > VERSION:
        raise newer(version, VERSION)
    end = START_BYTES + int.from_bytes(text[START_BYTES - 4 : START_BYTES], "big")
    try:
        header = json.loads(text[START_BYTES:end])
    except (ValueError, RecursionError) as error:
        raise _damaged("its header cannot be read") from error
    if not isinstance(header, dict):
        raise _damaged("its header cannot be read")
    return header, text[:end]


def _no_vault() -> NoReturn:
    raise _damaged("its file of keys does not begin as one")


def _bound(vault_id: str, suite: Suite, generation: int) -> bytes:
    return pack(b"root key", vault_id.encode(), suite.name.encode(), str(generation).encode())


def _damaged(why: str) -> DataError:
    return DataError(f"the vault is damaged: {why}", do="restore a backup", code="vault.damaged")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def read_text(path: Path) -> bytes:
    """The bytes of a vault's file of facts.

    Raises:
        DataError: There is no vault, or it may not be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise DataError(
            "there is no vault" if missing else "the vault cannot be read",
            do="make one with `guanyao vault init`" if missing else "see who may read its folder",
            code="vault.none" if missing else "data.unreadable",
        ) from error
    if len(text) > LARGEST:
        raise _damaged("its file of keys is too large")
    return text
