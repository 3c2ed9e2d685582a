"""Takes a person out of the vault and of its backups."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from guanyao.data import readers
from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.flows.erase_find import Found, Source, find
from guanyao.flows.erase_rewrite import Rows, move, part_of, write_without
from guanyao.flows.vault import open_vault
from guanyao.protect.byte_scan import Scan, Values
from guanyao.protect.vault.backup import restore
from guanyao.protect.vault.index import Item
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.memory_file import memory_folder
from guanyao.protect.vault.store import INDEX, Vault
from guanyao.records.workspace import Workspace

TEMPORARY = "erasing-vault"
MADE = ("masked", "model", "virtual", "report", "record", "training")
"""Kinds of items that can be made again, and are removed if they hold a value."""


@dataclass
class Cleaned:
    """What was done to a vault.

    Args:
        items: Item, and what was done to it.
        scan: What looking through the items that stay found.
    """

    items: list[tuple[Item, str]] = field(default_factory=list)
    scan: Scan = field(default_factory=Scan)


def vault_of(
    workspace: Workspace, folder: Path | None, master: MasterKey | None, who: str | None
) -> Vault | None:
    """The vault, open; None if there is none.

    Args:
        workspace: Where its acts are recorded.
        folder: Its folder; None: the workspace's own.
        master: What opens it.
        who: Who acts.

    Raises:
        ConfigError: It has one, and nothing to open it with was given.
        DataError: It does not open.
    """
    if folder is None and not (workspace.vault_folder / INDEX).is_file():
        return None
    if master is None:
        raise ConfigError(
            "the workspace has a vault, and nothing opens it",
            allowed="an erasure looks into every item",
            do="give its passphrase or key as for guanyao vault",
            code="erase.vault",
        )
    return open_vault(folder or workspace.vault_folder, master, workspace=workspace, who=who)


def tables(vault: Vault, column: str | None, *, but: Collection[str] = ()) -> list[Source]:
    """The items that are tables and were made from nothing else.

    Args:
        vault: It.
        column: The column that names persons.
        but: Names of items that are none.
    """
    return [
        Source(
            place=f"vault:{item.name}",
            address=item.name,
            column=column,
            name=f"vault:{item.name}",
            vault=vault,
        )
        for item in vault.items()
        if item.kind not in MADE and item.subject_digest is None
        if item.name not in but and _is_table(item.name)
    ]


def _is_table(name: str) -> bool:
    try:
        readers.format_of(Path(PurePosixPath(name).name))
    except DataError:
        return False
    return True


def owners(vault: Vault, ids: Collection[str]) -> set[str]:
    """Which of the persons have items of their own."""
    held = {item.subject_digest for item in vault.items()} - {None}
    return {id for id in ids if held and vault.subject_digest(id) in held}


def clean(
    vault: Vault, ids: Collection[str], values: Values, but: Collection[str], *, is_copy: bool
) -> Cleaned:
    """Destroy what is the persons' own, and made things that hold a value of theirs.

    Args:
        vault: It.
        ids: The persons.
        values: What would tell of them.
        but: Names of items that are left as they are for now.
        is_copy: Whether it is that of a backup, whose items may all be removed.
    """
    done = Cleaned()
    for who in sorted(owners(vault, ids)):
        done.items += [(item, "key destroyed") for item in vault.forget(who)]
    for item in vault.items():
        if item.name in but:
            continue
        found = look(vault, item.name, values)
        if found.hits and (is_copy or item.kind in MADE):
            done.items.append((vault.remove(item.name), "removed"))
            found.hits = []
        done.scan.add(found)
    return done


def look(vault: Vault, name: str, values: Values) -> Scan:
    """Look through the plain bytes of an item, in memory."""
    with vault.open_plain(name) as path:
        return values.scan_file(path, f"vault:{name}")


def replace_rows(vault: Vault, name: str, rows: Rows) -> Item:
    """Put a table without these rows in an item's place; its plain text stands in memory only."""
    with memory_folder() as folder, vault.open_plain(name) as path:
        target = folder / PurePosixPath(name).name
        plain = folder / f"plain{''.join(PurePosixPath(name).suffixes[-2:])}"
        plain.symlink_to(path)
        write_without(plain, rows, target)
        with target.open("rb") as file:
            return vault.replace(name, file)


def clean_backup(
    workspace: Workspace,
    archive: Path,
    master: MasterKey,
    ids: Collection[str],
    values: Values,
    columns: dict[str, str | None],
) -> list[tuple[Item, str]]:
    """Write a backup anew without the persons; what was done to which item.

    Args:
        workspace: Where the vault is restored to, sealed, for the time being.
        archive: The backup.
        master: What opens it.
        ids: The persons.
        values: What would tell of them.
        columns: The column that names persons, by the name of the item; "": of all others.

    Raises:
        DataError: It does not open, or cannot be written.
    """
    with _restored(workspace, archive, master) as vault:
        done: list[tuple[Item, str]] = []
        for table in tables(vault, columns.get("")):
            found = _find(table, columns.get(table.address, columns.get("")), ids)
            if found is not None and len(found.rows):
                item = replace_rows(vault, table.address, found.rows)
                done.append((item, "rows removed"))
        done += clean(vault, ids, values, (), is_copy=True).items
        if done:
            part = part_of(archive)
            part.unlink(missing_ok=True)
            vault.backup(part)
            move(part, archive)
        return done


def _find(table: Source, column: str | None, ids: Collection[str]) -> Found | None:
    """The persons' rows; where no column names persons, the item is looked through later."""
    if column is None:
        return None
    try:
        return find(replace(table, column=column), ids)
    except DataError as error:
        if error.code != "erase.column":
            raise
        return None


@contextmanager
def _restored(workspace: Workspace, archive: Path, master: MasterKey) -> Iterator[Vault]:
    folder = workspace.folder / TEMPORARY
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield restore(archive, folder, master)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def has(vault: Vault, name: str) -> bool:
    """Whether there is an item of this name."""
    try:
        vault.item(name)
    except UnknownNameError:
        return False
    return True


def facts(item: Item, act: str) -> dict[str, Any]:
    """What a proof says of an item: nothing that names it."""
    return {"item": item.id, "kind": item.kind, "done": act}
