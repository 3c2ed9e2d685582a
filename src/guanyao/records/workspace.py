"""A workspace: a folder whose `.guanyao/` remembers what was done in it and what came from what.

`.guanyao/` (only its owner may look into it) holds `config.json` (format, the audit chain's id and
hash), `salt` (32 random bytes: whoever has it can test guesses against the digests of subjects),
`audit.db` and `lineage.db`, and the vault if there is one.
"""

import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from guanyao.errors import ConfigError, DataError
from guanyao.records import evidence
from guanyao.records.audit import POSTGRESQL, AuditChain, utc_now
from guanyao.records.lineage import Lineage

FORMAT = "guanyao.workspace"
VERSION = 1

FOLDER = ".guanyao"
CONFIG, SALT, AUDIT, LINEAGE, VAULT = "config.json", "salt", "audit.db", "lineage.db", "vault"
SALT_BYTES = 32


class Workspace:
    """A folder with its memory. Close it, or use it in a `with` statement.

    Args:
        root: The folder that holds `.guanyao`.
        clock: Says what time it is, with a time zone.

    Raises:
        ConfigError: There is no workspace, or a newer version of Guanyao made it.
        DataError: Its files are damaged or may not be read.
    """

    def __init__(self, root: str | Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Read what is known of it; the databases are opened when they are first used."""
        self.root = Path(root).resolve()
        self._clock = clock
        self._config = _config(self.root)
        self._salt = _salt(self.folder)

    @classmethod
    def open(cls, folder: str | Path, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """The workspace of this folder."""
        return cls(folder, clock=clock)

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        hash: str = "sha256",
        audit: str | None = None,
        who: str | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Make a folder a workspace: all of `.guanyao`, or nothing.

        Args:
            folder: The folder; made if it is not there.
            hash: What the audit chain is hashed with: sha256 or sm3.
            audit: Where the chain is kept, `postgresql://…`; None: in `.guanyao/audit.db`.
            who: Who does it, for the chain's first line.
            clock: Says what time it is, with a time zone.

        Raises:
            ConfigError: It is one already, or there is no such hash.
            DataError: The folder cannot be written.
        """
        root = Path(folder).resolve()
        if (root / FOLDER).exists():
            raise ConfigError(
                f"{root.name} is a workspace already",
                do="use it as it is, or name another folder",
                code="workspace.exists",
            )
        part = root / f"{FOLDER}.{secrets.token_hex(4)}.part"
        try:
            part.mkdir(parents=True, mode=0o700)
            _fill(part, hash, audit, clock)
            part.rename(root / FOLDER)
        except OSError as error:
            raise DataError(
                f"{root.name} cannot become a workspace ({error.strerror or type(error).__name__})",
                do="choose a folder that may be written to",
                code="data.unwritable",
            ) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        workspace = cls(root, clock=clock)
        workspace.audit.append("audit.init", who=who, facts={"format": VERSION, "hash": hash})
        return workspace

    @classmethod
    def find(cls, start: str | Path) -> Self | None:
        """The workspace of this folder or of the nearest one above it; None if there is none.

        Raises:
            ConfigError: It is another user's, who would learn what is done below his folder.
        """
        start = Path(start).resolve()
        for folder in (start, *start.parents):
            if (folder / FOLDER / CONFIG).is_file():
                _check_owner(folder)
                return cls(folder)
        return None

    @property
    def folder(self) -> Path:
        """Where the memory lies."""
        return self.root / FOLDER

    @property
    def vault_folder(self) -> Path:
        """Where the vault lies, if there is one."""
        return self.folder / VAULT

    @cached_property
    def audit(self) -> AuditChain:
        """The audit chain.

        Raises:
            DataError: It is not there, or is not the one that the workspace began with.
        """
        place: str | Path = self._config["audit"] or self.folder / AUDIT
        chain = AuditChain.existing(place, clock=self._clock)
        if chain.chain != self._config["chain"]:
            chain.close()
            raise DataError(
                "the audit chain is not the one that this workspace began with",
                do="put back the one that was there, and check it against an anchor",
                code="audit.other",
            )
        return chain

    @cached_property
    def lineage(self) -> Lineage:
        """What came from what."""
        return Lineage(self.folder / LINEAGE, clock=self._clock)

    def digest_of(self, data_set: str, subject: str) -> str:
        """What stands for a subject wherever nobody may read who it is.

        Args:
            data_set: The data set that the id belongs to.
            subject: The id as it stands in the data.

        Returns:
            HMAC-SHA256 with the workspace's salt, in hexadecimal: the same for the same subject,
            and without the salt no guess can be tested.
        """
        return self._salted("subject", data_set, subject)

    def seal(self, digest: str) -> str:
        """What stands for a content whose plain digest would let a guess at it be tested."""
        return self._salted("content", digest)

    def _salted(self, *parts: str) -> str:
        # As JSON, so that no two lists of parts are spelled alike.
        return hmac.new(self._salt, evidence.canonical(list(parts)), hashlib.sha256).hexdigest()

    def place_of(self, path: str | Path) -> str:
        """How the lineage names a file: relative to the root if it lies below it."""
        full = Path(path).resolve()
        return full.relative_to(self.root).as_posix() if self.holds(full) else full.as_posix()

    def holds(self, path: str | Path) -> bool:
        """Whether a file lies below the root."""
        return Path(path).resolve().is_relative_to(self.root)

    def path_of(self, place: str) -> Path:
        """Where the file lies that the lineage names so."""
        return self.root / place

    def close(self) -> None:
        """Let the databases go."""
        for name in ("audit", "lineage"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """The folder's name, and nothing of what is secret."""
        return f"Workspace({self.root.name!r})"


def _fill(folder: Path, hash: str, audit: str | None, clock: Callable[[], datetime]) -> None:
    """Make all files of a workspace in a folder that nobody else looks into yet."""
    if audit is not None and not audit.startswith(POSTGRESQL):
        raise ConfigError(
            "the audit chain cannot be kept there",
            allowed="a postgresql:// address, or none: then in the workspace",
            code="audit.place",
        )
    with AuditChain.open(audit or folder / AUDIT, hash=hash, clock=clock) as chain:
        facts = {"format": FORMAT, "version": VERSION, "audit": audit}
        config = {**facts, "chain": chain.chain, "hash": chain.hash_name}
    Lineage(folder / LINEAGE, clock=clock).close()
    _write(folder / SALT, secrets.token_bytes(SALT_BYTES))
    _write(folder / CONFIG, evidence.canonical(config))
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, down to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _config(root: Path) -> dict[str, Any]:
    path = root / FOLDER / CONFIG
    if not path.is_file():
        raise ConfigError(
            f"{root.name} is no workspace",
            do="make it one with: guanyao audit init",
            code="workspace.missing",
        )
    try:
        config = json.loads(path.read_bytes())
        version = config["version"] if config["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(CONFIG) from error
    if isinstance(version, int) and version > VERSION:
        raise ConfigError(
            f"a newer version of Guanyao made this workspace (format {version})",
            allowed=f"this version reads format {VERSION}",
            do="update guanyao",
            code="workspace.future",
        )
    if version != VERSION or not {"chain", "hash", "audit"} <= set(config):
        raise _damaged(CONFIG)
    return dict(config)


def _check_owner(root: Path) -> None:
    if hasattr(os, "geteuid") and (root / FOLDER).stat().st_uid != os.geteuid():
        raise ConfigError(
            f"{root.name} above is the workspace of another user, and was not named",
            allowed="one of your own, or one that you name",
            do="name it with --workspace if you trust it, or work elsewhere",
            code="workspace.owner",
        )


def _salt(folder: Path) -> bytes:
    try:
        salt = (folder / SALT).read_bytes()
    except OSError as error:
        raise _damaged(SALT) from error
    if len(salt) != SALT_BYTES:
        raise _damaged(SALT)
    return salt


def _damaged(name: str) -> DataError:
    return DataError(
        f"the workspace's {name} is missing, damaged or may not be read",
        do=f"put back {FOLDER}/{name} from a backup",
        code="workspace.damaged",
    )
