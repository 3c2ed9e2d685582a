"""Backups: everything as it is sealed, in one archive; restoring one; and the drill that proves it.

An archive is a tar file: `index`, `items/<id>`, then `manifest.json`, which lists the SHA-256 of
every file before it and is signed with a key that only the master key gives. No plain byte is in
it. It opens with the master key that the vault had when the archive was made.
"""

import hashlib
import hmac
import io
import json
import os
import re
import secrets
import shutil
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from guanyao.data.leftovers import swept
from guanyao.data.pending import disk_error
from guanyao.errors import ConfigError, DataError
from guanyao.protect.vault import durable, index
from guanyao.protect.vault.acts import OnAct, noted, unwatched
from guanyao.protect.vault.adding import Clock
from guanyao.protect.vault.index import Opened
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.store import INDEX, ITEMS, LOCK, Vault, unseal, utc_now
from guanyao.protect.vault.turns import turn

MANIFEST = "manifest.json"
FORMAT = "guanyao.vault-backup/1"
MEMBER = re.compile(rf"{INDEX}|{ITEMS}/[0-9a-f]{{32}}")
LONGEST_MANIFEST = 1 << 28
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive holds; names no item.

    Args:
        vault: The id of the vault.
        sequence: How many times the vault had been changed.
        created: When the archive was made.
        n_items: How many items.
        n_bytes: Their sealed bytes.
        files: SHA-256 of each file by its name in the archive.
    """

    vault: str
    sequence: int
    created: str
    n_items: int
    n_bytes: int
    files: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """What may be told of it: all but the list of files, and its digest."""
        told = {name: value for name, value in asdict(self).items() if name != "files"}
        return {**told, "digest": self.digest()}

    def digest(self) -> str:
        """SHA-256 over the whole manifest: over every byte of the archive, that is."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The manifest as canonical JSON."""
        facts = {"format": FORMAT, **asdict(self)}
        return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What a drill found: every item of the archive was decrypted, and is what was put there.

    Args:
        vault: The id of the vault.
        created: When the archive was made.
        n_items: How many items were opened.
        n_bytes: Their plain bytes.
        seconds: How long it took.
        digest: The digest of the archive's manifest.
    """

    vault: str
    created: str
    n_items: int
    n_bytes: int
    seconds: float
    digest: str


def write(opened: Opened, folder: Path, target: Path, now: datetime) -> Manifest:
    """Write the archive of a vault, which appears when it is whole.

    Args:
        opened: The vault; its lock must be held.
        folder: Its folder.
        target: The archive.
        now: The time to write in it.

    Raises:
        ConfigError: The archive would lie in the vault, or is there already.
        DataError: It cannot be written, or an item's file is missing.
    """
    if target.exists():
        raise ConfigError(
            f"{target} is there already",
            do="name a new file; a backup never replaces another",
            code="vault.target",
        )
    paths = [folder / ITEMS / item.id for item in opened.index.items.values()]
    if missing := sum(not path.is_file() for path in paths):
        raise _bad(f"{missing} files of the vault are missing")
    if not target.parent.is_dir():
        raise DataError(
            f"there is no folder {target.parent}", do="create it first", code="data.missing"
        )
    # Two backups to one place at once must not write into one half file.
    part = target.with_name(f".{secrets.token_hex(4)}.part.{target.name[-200:]}")
    with (
        swept(target),
        durable.writing(target, part=part) as file,
        tarfile.open(fileobj=file, mode="w|") as archive,
    ):
        files = {INDEX: _add(archive, INDEX, io.BytesIO((folder / INDEX).read_bytes()))}
        for path in paths:
            with path.open("rb") as sealed:
                files[f"{ITEMS}/{path.name}"] = _add(archive, f"{ITEMS}/{path.name}", sealed)
        made = Manifest(
            vault=opened.id,
            sequence=opened.index.sequence,
            created=now.isoformat(timespec="seconds"),
            n_items=len(paths),
            n_bytes=sum(path.stat().st_size for path in paths),
            files=files,
        )
        text = made.to_bytes()
        signed = {"manifest": text.decode(), "seal": opened.seal_of(text)}
        _add(archive, MANIFEST, io.BytesIO(json.dumps(signed).encode()))
    return made


def _add(archive: tarfile.TarFile, name: str, file: BinaryIO) -> str:
    """Add a file to the archive; its SHA-256."""
    facts = tarfile.TarInfo(name)
    facts.size, facts.mode = file.seek(0, os.SEEK_END), 0o600
    file.seek(0)
    digested = _Digested(file)
    archive.addfile(facts, cast(BinaryIO, digested))
    return digested.made.hexdigest()


class _Digested:
    """A file that is digested while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.made = file, hashlib.sha256()

    def read(self, n_bytes: int = -1) -> bytes:
        """The next bytes."""
        part = self._file.read(n_bytes)
        self.made.update(part)
        return part


@dataclass(frozen=True, kw_only=True)
class _Archive:
    """An archive that is open, and what unlocks it.

    Args:
        file: The archive.
        members: Its files.
        opened: The vault in it.
        manifest: What it says of itself, once the seal on it was found right.
    """

    file: tarfile.TarFile
    members: Mapping[str, tarfile.TarInfo]
    opened: Opened
    manifest: Manifest

    def reading(self, name: str) -> BinaryIO:
        """One of its files."""
        found = self.file.extractfile(self.members[name])
        if found is None:
            raise _bad("it holds something that is no file")
        return cast(BinaryIO, found)

    def check(self, name: str, out: BinaryIO | None = None) -> None:
        """See that a file is the one the manifest names, writing it out on the way.

        Raises:
            DataError: It is another.
        """
        made, file = hashlib.sha256(), self.reading(name)
        while part := file.read(PIECE_BYTES):
            made.update(part)
            if out is not None:
                out.write(part)
        if made.hexdigest() != self.manifest.files[name]:
            raise _bad("a file in it was changed")


@contextmanager
def _reading(path: Path, master: MasterKey) -> Iterator[_Archive]:
    """The archive, once its index opens, its manifest is genuine and no file is missing."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_opened(path))
            members = _members(file)
            opened = index.unlocked(_read(file, members[INDEX]), master)
            manifest = _manifest(_read(file, members[MANIFEST]), opened)
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise _bad("it is cut off, or is no backup of a vault") from error
        except OSError as error:
            raise DataError(
                f"{path} cannot be read ({error.strerror or type(error).__name__})",
                do="name the archive that `guanyao vault backup` wrote",
                code="data.missing" if isinstance(error, FileNotFoundError) else "data.unreadable",
            ) from error
        items = {f"{ITEMS}/{item.id}" for item in opened.index.items.values()}
        if set(members) - {MANIFEST} != set(manifest.files) or items != set(members) - {
            MANIFEST,
            INDEX,
        }:
            raise _bad("a file is missing in it, or one too many is there")
        yield _Archive(file=file, members=members, opened=opened, manifest=manifest)


def _opened(path: Path) -> tarfile.TarFile:
    """The archive, its list of files read through: hostile numbers are not all a `TarError`."""
    try:
        file = tarfile.open(path, "r:")  # noqa: SIM115 - the caller closes it
        try:
            file.getmembers()
        except BaseException:
            file.close()
            raise
    except (ValueError, OverflowError) as error:
        raise _bad("it is no archive that a backup is") from error
    return file


def _members(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for member in archive:
        is_ours = member.name == MANIFEST or MEMBER.fullmatch(member.name)
        # A sparse file of a few bytes can stand for more than any disk holds.
        is_plain = member.isreg() and not member.issparse()
        if not is_ours or not is_plain or member.name in found:
            raise _bad("it holds something that no backup holds")
        found[member.name] = member
    return found


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None or member.size > LONGEST_MANIFEST:
        raise _bad("it holds something that no backup holds")
    text = file.read()
    if len(text) < member.size:
        raise _bad("it is cut off")
    return text


def _manifest(text: bytes, opened: Opened) -> Manifest:
    try:
        signed = json.loads(text)
        inner = str(signed["manifest"]).encode()
        seal = str(signed["seal"]).encode()
        is_genuine = hmac.compare_digest(opened.seal_of(inner).encode(), seal)
        facts = json.loads(inner)
        del facts["format"]
        manifest = Manifest(**facts)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _bad("its manifest cannot be read") from error
    if not is_genuine or manifest.vault != opened.id:
        raise _bad("its manifest was changed")
    return manifest


def restore(
    archive: str | Path,
    folder: str | Path,
    master: MasterKey,
    *,
    on_act: OnAct = unwatched,
    clock: Clock = utc_now,
) -> Vault:
    """The vault of an archive, in a new folder, once every file in it was found unchanged.

    Args:
        archive: What `Vault.backup` wrote.
        folder: Its place: new, or empty.
        master: What the vault was locked with when the archive was made.
        on_act: Told of this act, and of every later one of the vault.
        clock: Says what time it is.

    Raises:
        DataError: The archive is damaged, the key is wrong, or the disk is full; no folder is left.
        ConfigError: The folder holds something.
    """
    folder = Path(folder)
    with noted(on_act, "restore") as facts:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise _not_empty(folder)
        with _reading(Path(archive), master) as found:
            _extract(found, folder)
            facts |= found.manifest.to_json()
    return Vault.open(folder, master, on_act=on_act, clock=clock)


def _extract(found: _Archive, folder: Path) -> None:
    """Write the files; the index comes last, so that a vault is there when all of it is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise disk_error(folder, error) from error
    with turn(folder / LOCK, is_alone=True, wait_s=0):
        # A vault that another process began there in the meantime must not be taken away.
        if {path.name for path in folder.iterdir()} != {LOCK}:
            raise _not_empty(folder)
        _fill(found, folder)


def _fill(found: _Archive, folder: Path) -> None:
    try:
        (folder / ITEMS).mkdir(mode=0o700)
        for name in sorted(found.manifest.files, key=lambda name: name == INDEX):
            with durable.writing(folder / name) as file:
                found.check(name, file)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=not folder.exists())
        if isinstance(error, OSError):
            raise disk_error(folder, error) from error
        raise


def _not_empty(folder: Path) -> ConfigError:
    return ConfigError(f"{folder} is not empty", do="name a new folder", code="vault.folder")


def drill(archive: str | Path, master: MasterKey, *, on_act: OnAct = unwatched) -> Drill:
    """Prove that an archive opens: decrypt every item in memory and compare all digests.

    Args:
        archive: What `Vault.backup` wrote.
        master: What the vault was locked with when the archive was made.
        on_act: Told of the drill.

    Raises:
        DataError: The archive is damaged, or the key is wrong.
    """
    start = time.monotonic()
    with noted(on_act, "drill") as facts, _reading(Path(archive), master) as found:
        n_bytes = 0
        for name in found.manifest.files:
            found.check(name)
        for item in found.opened.index.items.values():
            name = f"{ITEMS}/{item.id}"
            sink = _Counter()
            unseal(found.opened, item, found.reading(name), found.members[name].size, sink)
            n_bytes += sink.n_bytes
        done = Drill(
            vault=found.opened.id,
            created=found.manifest.created,
            n_items=found.manifest.n_items,
            n_bytes=n_bytes,
            seconds=round(time.monotonic() - start, 3),
            digest=found.manifest.digest(),
        )
        facts |= asdict(done)
    return done


class _Counter:
    """Counts bytes and drops them."""

    n_bytes = 0

    def write(self, part: memoryview, /) -> object:
        """Count this part."""
        self.n_bytes += len(part)
        return len(part)


def _bad(why: str) -> DataError:
    return DataError(
        f"the backup is damaged: {why}",
        do="take another backup; this one proves nothing",
        code="vault.backup",
    )
