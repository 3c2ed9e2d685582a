"""Vault: opened with the workspace as its witness, read from and written into by other verbs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from guanyao.errors import DataError
from guanyao.flows.ledger import AnyWorkspace, kind_of, opened
from guanyao.protect.vault.acts import OnAct, unwatched
from guanyao.protect.vault.backup import Drill
from guanyao.protect.vault.backup import drill as drill_archive
from guanyao.protect.vault.backup import restore as restore_archive
from guanyao.protect.vault.index import Item
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.memory_file import memory_folder
from guanyao.protect.vault.store import WAIT_S, Vault, utc_now
from guanyao.records import evidence
from guanyao.records.lineage import ERASED, KINDS
from guanyao.records.workspace import Workspace

SCHEME = "vault:"
"""What an item's name begins with where a path could stand."""

TOLD = ("version", "size", "n_items", "n_keys", "n_bytes", "generation", "sequence", "seconds")
"""What the audit chain is told of an act: numbers, and the digests that `_facts` adds."""


@dataclass(frozen=True)
class Witness:
    """Writes every act of a vault into the audit chain, and what came from what into the lineage.

    Args:
        workspace: Where it is recorded.
        who: Who does it.
    """

    workspace: Workspace
    who: str | None = None

    def __call__(self, act: str, item: str, facts: Mapping[str, Any]) -> None:
        """Record one act."""
        if facts["outcome"] == "done":
            self._trace(act, item, facts)
        self.workspace.audit.append(
            f"vault.{act}",
            outcome=facts["outcome"],
            who=self.who,
            subject=facts.get("subject_digest"),
            object=f"vault_item:{facts['id']}" if "id" in facts else self._unnamed(item),
            facts=self._facts(facts),
            code=facts.get("code", ""),
        )

    def _unnamed(self, item: str) -> str:
        """What stands for a name of which there is no item: it may name a person."""
        return f"vault_name:{self.workspace.seal(item)}" if item else ""

    def _facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        told = {
            "n_bytes" if name == "size" else name: facts[name] for name in TOLD if name in facts
        }
        if "digest" in facts:
            told["content"] = self.workspace.seal(facts["digest"])
        return told

    def _trace(self, act: str, item: str, facts: Mapping[str, Any]) -> None:
        if act in ("put", "replace"):
            self._add(item, facts)
        if act in ("remove", "forget"):
            for name in facts.get("items", [item]):
                self._gone(name)
        if act == "backup":
            self._backup(facts)

    def _add(self, item: str, facts: Mapping[str, Any]) -> None:
        lineage, source = self.workspace.lineage, facts.get("source")
        parents, digest = [], facts["digest"]
        if source is not None:
            # The lineage knows files by their SHA-256, whatever the vault digests with.
            digest = digest if facts["hash"] == "sha256" else evidence.file_digest(source)
            place = self.workspace.place_of(source)
            known = lineage.by_place(place)
            kind = "source" if known is None else known.kind
            parents = [lineage.add(kind, place, digest, "vault.put").id]
        kind = facts["kind"] if facts["kind"] in KINDS else "vault_item"
        lineage.add(kind, SCHEME + item, digest, "vault.put", parents=parents)

    def _gone(self, item: str) -> None:
        known = self.workspace.lineage.by_place(SCHEME + item)
        if known is not None and known.status != ERASED:
            self.workspace.lineage.mark(known.id, ERASED, "destroyed in the vault")

    def _backup(self, facts: Mapping[str, Any]) -> None:
        lineage, target = self.workspace.lineage, facts["target"]
        known = (lineage.by_place(SCHEME + name) for name in facts["items"])
        parents = [found.id for found in known if found is not None]
        place, digest = self.workspace.place_of(target), evidence.file_digest(target)
        lineage.add("backup", place, digest, "vault.backup", parents=parents)


def watched(workspace: Workspace | None, who: str | None = None) -> OnAct:
    """The observer that writes into a workspace; without one, the one that notes nothing."""
    return unwatched if workspace is None else Witness(workspace, who)


def create(
    folder: str | Path,
    master: MasterKey,
    suite: str = "aes-256-gcm",
    *,
    workspace: Workspace | None = None,
    who: str | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Vault:
    """A new, empty vault whose acts are recorded.

    Args:
        folder: Its place: new, or empty.
        master: What locks it.
        suite: aes-256-gcm or sm4-gcm.
        workspace: Where its acts are recorded; None: nowhere.
        who: Who acts, for the record.
        clock: Says what time it is.

    Raises:
        ConfigError: The folder holds something; the passphrase is weak.
        DataError: The folder cannot be written.
    """
    return Vault.create(folder, master, suite, on_act=watched(workspace, who), clock=clock)


def open_vault(
    folder: str | Path,
    master: MasterKey,
    *,
    workspace: Workspace | None = None,
    who: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    wait_s: float = WAIT_S,
) -> Vault:
    """The vault in a folder, whose acts are recorded.

    Args:
        folder: Its place.
        master: What it was locked with.
        workspace: Where its acts are recorded; None: nowhere.
        who: Who acts, for the record.
        clock: Says what time it is.
        wait_s: How long to wait for another process.

    Raises:
        DataError: There is no vault, it does not open, or the passphrase or key is wrong.
    """
    witness = watched(workspace, who)
    return Vault.open(folder, master, on_act=witness, clock=clock, wait_s=wait_s)


def put(
    vault: Vault,
    source: str | Path,
    name: str | None = None,
    *,
    subject: str | None = None,
    kind: str = "file",
    replaces: bool = False,
) -> list[Item]:
    """Seal a file, or every file of a folder, into the vault: all of them, or none.

    Args:
        vault: It.
        source: A file or a folder.
        name: What it shall be called; of a folder, what stands before the `/`. None: its own name.
        subject: Whose data it is.
        kind: What it is.
        replaces: Whether items of these names are replaced.

    Raises:
        ConfigError: A name cannot be one, or is taken.
        DataError: The source cannot be read, or holds no file.
    """
    source = Path(source)
    name = name or source.resolve().name
    sources = _files(source, name) if source.is_dir() else {name: source}
    return vault.put_all(sources, subject=subject, kind=kind, replaces=replaces)


def _files(folder: Path, name: str) -> dict[str, Path]:
    """The files of a folder, by the names of their items."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise DataError(f"{folder} holds no file", code="data.empty")
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for path in paths}


def restore(
    archive: str | Path,
    folder: str | Path,
    master: MasterKey,
    *,
    workspace: Workspace | None = None,
    who: str | None = None,
) -> Vault:
    """The vault of a backup, in a new folder; see `guanyao.protect.vault.backup.restore`."""
    return restore_archive(archive, folder, master, on_act=watched(workspace, who))


def drill(
    archive: str | Path,
    master: MasterKey,
    *,
    workspace: Workspace | None = None,
    who: str | None = None,
) -> Drill:
    """Prove that a backup opens; see `guanyao.protect.vault.backup.drill`."""
    return drill_archive(archive, master, on_act=watched(workspace, who))


def drilled(done: Drill, now: datetime) -> dict[str, Any]:
    """What a drill found at this time, as evidence for a filing."""
    return {"verb": "vault drill", **vars(done), "checked": now.isoformat()}


class StoredPath(str):
    """A path to an item's plain bytes, or of a folder for items, that remembers their place.

    Attributes:
        place: "vault:NAME".
    """

    place: str

    @classmethod
    def of(cls, path: Path, name: str) -> Self:
        """The path that stands for an item or a folder of items of this name."""
        made = cls(str(path))
        made.place = SCHEME + name
        return made


def is_stored(source: object) -> bool:
    """Whether this names an item of the vault: "vault:NAME"."""
    return isinstance(source, str | Path) and str(source).startswith(SCHEME)


@contextmanager
def plain(vault: Vault, source: str | Path) -> Iterator[StoredPath]:
    """A path to the plain bytes of "vault:NAME", which lie in memory only, while the block runs.

    Other verbs take it as their source. `#Sheet` behind the name of a workbook stays behind it.

    Raises:
        UnknownNameError: There is no such item.
        DataError: The item is damaged.
    """
    name, mark, part = str(source).removeprefix(SCHEME).partition("#")
    with vault.open_plain(name) as path:
        yield StoredPath.of(Path(f"{path}{mark}{part}"), name)


@contextmanager
def results(vault: Vault, out: str | Path, workspace: AnyWorkspace = None) -> Iterator[StoredPath]:
    """A folder in memory for results, whose files become items "NAME/…" when the block ends well.

    Args:
        vault: Where they go; items of the same names are replaced.
        out: "vault:NAME".
        workspace: Where the lineage of the results is kept: what was recorded of the folder in
            memory is recorded of the items instead.

    Raises:
        ConfigError: An item stands in the place of the folder NAME.
        DataError: The block left nothing, or the disk is full.
    """
    name = str(out).removeprefix(SCHEME)
    vault.check_folder(name)
    with memory_folder() as folder:
        yield StoredPath.of(folder, name)
        sources = _files(folder, name)
        kinds = {item: kind_of(item.removeprefix(f"{name}/")) for item in sources}
        vault.put_all(sources, kind=kinds, replaces=True)
        with opened(workspace) as found:
            if found is not None:
                _move(found, folder, name)


def _move(workspace: Workspace, folder: Path, name: str) -> None:
    """Record of items what was recorded of the files that they were made from."""
    lineage = workspace.lineage
    start = workspace.place_of(folder)
    here = [item for item in lineage.all() if item.place.startswith(f"{start}/")]
    moved: dict[str, str] = {}
    with lineage.changing():
        for old in here:
            place = f"{SCHEME}{name}{old.place.removeprefix(start)}"
            parents = [moved.get(parent.id, parent.id) for parent in lineage.parents(old.id)]
            made = lineage.add(old.kind, place, old.digest, old.verb, parents=parents)
            moved[old.id] = made.id
        for old_id in moved:
            lineage.drop(old_id)
