"""What is to be done where, so that nothing is left of a person: from the lineage."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guanyao.data import database
from guanyao.data.images import is_images
from guanyao.flows import training_folder
from guanyao.flows.erase_find import Found, Source, at_rows
from guanyao.flows.erase_rewrite import Rows, is_table
from guanyao.flows.erase_vault import has
from guanyao.flows.folder import PART, TRAINING
from guanyao.protect.vault.store import Vault
from guanyao.records import evidence
from guanyao.records.lineage import ERASED, Artefact, Lineage
from guanyao.records.workspace import Workspace

VAULT = "vault:"

REWRITE, REMOVE, MARK, SCAN, BACKUP = "rows removed", "removed", "marked", "scanned", "backup"
"""What is done to an artefact."""

REMOVED = {"training": REMOVE, "model": MARK, "backup": BACKUP}
"""By the kind; others are looked through, and removed if they hold a value."""


@dataclass(frozen=True, kw_only=True)
class Todo:
    """Something to be done to an artefact.

    Args:
        kind: What it is.
        place: Its name in the lineage.
        act: What is to be done.
        artefact: As the lineage knows it; None: it lies beside one that it knows.
        found: Of tables whose rows are known: which they are.
        n_rows: How many rows that is.
    """

    kind: str
    place: str
    act: str
    artefact: Artefact | None = None
    found: Found | None = field(default=None, repr=False)
    n_rows: int = 0

    @property
    def id(self) -> str:
        """The artefact's id; "" if the lineage does not know it."""
        return self.artefact.id if self.artefact else ""


def derived_from(lineage: Lineage, places: Iterable[str]) -> list[Artefact]:
    """All that was made from what lies or lay at these places, the newest at each place, in order.

    What stands at one of the places is not among them.
    """
    places = list(places)
    touched = {
        made.place
        for place in places
        for version in lineage.history(place)
        for made in lineage.descendants(version.id)
    }
    return [
        item
        for item in lineage.all()
        if item.place in touched.difference(places) and item.status != ERASED
        if _is_newest(lineage, item)
    ]


def _is_newest(lineage: Lineage, item: Artefact) -> bool:
    newest = lineage.by_place(item.place)
    return newest is not None and newest.id == item.id


def plan(
    workspace: Workspace, vault: Vault | None, found: Iterable[Found], done: Mapping[str, str]
) -> list[Todo]:
    """What is to be done to everything that was made from tables with the persons' rows.

    Args:
        workspace: Where it is recorded.
        vault: Its vault.
        found: The tables with their rows.
        done: Digests of files, by artefact, that this erasure wrote before it was stopped.
    """
    known = _Known(workspace, vault, done)
    for table in found:
        origin = _Origin(table.rows, table.n_rows, digest_of(table.source))
        known.origins[table.source.place] = origin
    todos = [_todo(known, item) for item in derived_from(workspace.lineage, [*known.origins])]
    return [*todos, *_beside(workspace, todos)]


def plan_of_data_set(workspace: Workspace, place: str) -> list[Todo]:
    """What is to be done where a source goes as a whole: all that was made from it goes, too."""
    made = [
        Todo(
            kind=item.kind,
            place=item.place,
            act=BACKUP if item.kind == "backup" else REMOVE,
            artefact=item,
        )
        for item in derived_from(workspace.lineage, [place])
    ]
    known = workspace.lineage.by_place(place)
    last = Todo(kind="source", place=place, act=REMOVE, artefact=known)
    return [*made, *_beside(workspace, made), last]


@dataclass(frozen=True)
class _Origin:
    """A table that copies were made from, as it was before the erasure began.

    Args:
        rows: The persons' rows.
        n_rows: How many rows it had.
        digest: What its content was; None: nobody knows.
    """

    rows: Rows
    n_rows: int
    digest: str | None


@dataclass(frozen=True)
class _Known:
    """What is known while the plan is made."""

    workspace: Workspace
    vault: Vault | None
    done: Mapping[str, str]
    origins: dict[str, _Origin] = field(default_factory=dict)


def _todo(known: _Known, item: Artefact) -> Todo:
    act = REMOVED.get(item.kind, SCAN)
    table = None
    if item.kind in ("masked", "source"):
        table = _aligned(known, item)
        act = REMOVE if table is None else REWRITE
    n_rows = 0 if table is None else len(table.rows)
    return Todo(
        kind=item.kind, place=item.place, act=act, artefact=item, found=table, n_rows=n_rows
    )


def _aligned(known: _Known, item: Artefact) -> Found | None:
    """The persons' rows of a masked copy: those that stand where they stand in its source.

    Masking keeps the order of rows. None where source or copy are not those that were recorded.
    """
    parents = _parents(known, item)
    copy = _copy(known, item)
    if not parents or copy is None:
        return None
    origin = known.origins[parents[0].place]
    if origin.digest not in {parent.digest for parent in parents}:
        return None
    left = origin.n_rows - len(origin.rows)
    digest = digest_of(copy)
    if digest == known.done.get(item.id) or (known.done and copy.vault is not None):
        # It was written anew before the erasure was stopped.
        cleaned = at_rows(copy, origin.rows[:0], left)
        if cleaned is not None:
            known.origins[item.place] = _Origin(origin.rows, origin.n_rows, item.digest)
            return cleaned
    if digest != item.digest:
        return None
    known.origins[item.place] = _Origin(origin.rows, origin.n_rows, digest)
    return at_rows(copy, origin.rows, origin.n_rows)


def _parents(known: _Known, item: Artefact) -> list[Artefact]:
    """What the copy was made from; where nothing says it, what one before it was made from."""
    lineage = known.workspace.lineage
    for version in (item, *lineage.history(item.place)):
        if parents := [p for p in lineage.parents(version.id) if p.place in known.origins]:
            return parents
    return []


def _copy(known: _Known, item: Artefact) -> Source | None:
    """The masked copy as a table; None if it is none, or is not there."""
    if item.place.startswith(VAULT):
        name = item.place.removeprefix(VAULT)
        if known.vault is None or not has(known.vault, name):
            return None
        return Source(
            place=item.place, address=name, column=None, name=item.place, vault=known.vault
        )
    path = known.workspace.path_of(item.place)
    if not is_table(path) or is_images(path):
        return None
    return Source(place=item.place, address=str(path), column=None, name=path.name)


def digest_of(source: Source) -> str | None:
    """The digest of a table's bytes; None for a table of a database."""
    if source.vault is not None:
        return source.vault.item(source.address).digest
    if source.is_url or source.path is None:
        return None
    return evidence.file_digest(source.path)


def _beside(workspace: Workspace, todos: Iterable[Todo]) -> Iterator[Todo]:
    """What lies beside artefacts and is no artefact: what stopped jobs left, and trainings."""
    known = {todo.place for todo in todos}
    for todo in todos:
        if todo.kind not in ("model", "training", "virtual", "report", "record"):
            continue
        for path in _leavings(workspace, todo):
            place = workspace.place_of(path)
            if path.exists() and place not in known:
                known.add(place)
                yield Todo(kind="training", place=place, act=REMOVE)


def _leavings(workspace: Workspace, todo: Todo) -> list[Path]:
    if todo.place.startswith((VAULT, "memory:")) or database.is_url(todo.place):
        return []
    path = workspace.path_of(todo.place)
    folders = [path.parent / PART]
    if todo.kind == "model":
        folders += [training_folder.beside(path), path.parent / TRAINING]
    return folders
