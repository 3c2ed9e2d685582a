"""Does what an erasure has planned, in an order that can be broken off and taken up anywhere.

First what was made from the persons' rows, then a search for their values in all that stays, then
the tables themselves, which are written whole beside their places and moved there at the end; then
another search.
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guanyao.data import database
from guanyao.errors import DataError, PrivacyError
from guanyao.flows import erase_vault
from guanyao.flows.erase_find import Found
from guanyao.flows.erase_journal import LOCK, NAME, Journal
from guanyao.flows.erase_model import is_due, retrain
from guanyao.flows.erase_plan import BACKUP, MARK, REMOVE, REWRITE, SCAN, VAULT, Todo
from guanyao.flows.erase_proof import entry
from guanyao.flows.erase_rewrite import delete_rows, move, sweep, write_without
from guanyao.protect.byte_scan import Scan, Values, files_in
from guanyao.protect.vault.durable import sync_folder
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.store import Vault
from guanyao.records import evidence
from guanyao.records.lineage import ERASED, LIVE, RETIRED, RETRAIN_DUE, Artefact
from guanyao.records.workspace import Workspace
from guanyao.types import Progress

WHY = "learned from somebody who was erased"
SHOWN = 5


@dataclass(kw_only=True)
class Work:
    """An erasure at work.

    Args:
        workspace: Where.
        vault: Its vault, open; None: it has none.
        master: What opens the vault and its backups.
        journal: What was done so far.
        ids: The persons.
        values: What tells of them.
        found: The tables with their rows.
        todos: What was made from these.
        status: What becomes of models.
        progress: Told how far it is.
        is_whole: Whether the tables go as a whole.
        spared: Files that are not searched: the lists that the ids were read from.
    """

    workspace: Workspace
    vault: Vault | None
    master: MasterKey | None
    journal: Journal
    ids: frozenset[str] = field(repr=False)
    values: Values
    found: Sequence[Found] = field(repr=False)
    todos: Sequence[Todo] = field(repr=False)
    status: str
    progress: Progress
    is_whole: bool = False
    spared: frozenset[Path] = frozenset()
    scan_before: Scan = field(default_factory=Scan)
    scan_after: Scan = field(default_factory=Scan)
    stays: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def do(self, *, retrains: bool) -> None:
        """Do it all.

        Raises:
            PrivacyError: Something of the persons is left ("erase.remains").
            DataError: A file cannot be read or written; the same command goes on from there.
        """
        self.journal.save()
        self._check_remains()
        if any(map(self.workspace.holds, self.spared)):
            self.stays.append("the list of the subjects that was handed over: remove it")
        self._derived()
        self._clean_vault()
        self._clean_backups()
        self._tables()
        if self.is_whole:
            self._clean(self.todos[-1])
        self._register()
        self._adopt()
        self._blot()
        self.progress.stage("search everything")
        self.scan_after.add(self._search(self._every_file()))
        self.scan_after.n_patterns = self.values.n_patterns
        self._check(self.scan_after, "after")
        if retrains:
            self._retrain()

    def _note(self, **facts: Any) -> None:  # noqa: ANN401
        self.journal.note(entry(self.workspace, self.values, **facts))

    def _derived(self) -> None:
        todos = self.todos[:-1] if self.is_whole else self.todos
        self.progress.stage("clean what was made from the rows", len(todos))
        for todo in todos:
            if todo.act in (REMOVE, MARK, SCAN) and not self._is_elsewhere(todo):
                self._clean(todo)
            elif todo.place.startswith(VAULT):
                self._clean_item(todo)
            elif todo.act not in (REWRITE, BACKUP):
                self._leave(todo)
            self.progress.advance()

    def _is_elsewhere(self, todo: Todo) -> bool:
        return todo.place.startswith((VAULT, "memory:")) or database.is_url(todo.place)

    def _clean(self, todo: Todo) -> None:
        """Remove a file or folder, or mark it if nothing in it tells of the persons."""
        path = self.workspace.path_of(todo.place)
        if not path.exists():
            self._gone(todo)
            return
        digest = evidence.tree_digest(path)
        is_model = todo.act == MARK
        goes = todo.act == REMOVE or bool(self.values.scan(path, todo.place).hits)
        done = "removed" if goes else self.status if is_model else "stale"
        # Noted, then done, then marked: whoever goes on from here finds it again.
        self._note(
            artefact=todo.id, kind=todo.kind, place=todo.place, done=done,
            before=digest, after=None if goes else digest,
        )  # fmt: skip
        if goes:
            _remove(path)
        status = ERASED if goes else self.status if is_model else RETRAIN_DUE
        self._mark(todo.artefact, status)

    def _gone(self, todo: Todo) -> None:
        """Mark what is no longer there: this erasure removed it, or somebody did before."""
        if not self.journal.has(todo.id):
            self._note(artefact=todo.id, kind=todo.kind, place=todo.place, done="was not there")
        self._mark(todo.artefact, RETIRED if todo.act == MARK else ERASED)

    def _clean_item(self, todo: Todo) -> None:
        """Mark an item of the vault, or remove it; what it holds is looked at later."""
        name = todo.place.removeprefix(VAULT)
        is_there = self.vault is not None and erase_vault.has(self.vault, name)
        if todo.act == REWRITE or (todo.act == SCAN and todo.kind == "vault_item"):
            return
        if todo.act == REMOVE and is_there and self.vault is not None:
            self.vault.remove(name)
        done = "removed" if todo.act == REMOVE else self.status if todo.act == MARK else "stale"
        status = ERASED if todo.act == REMOVE else self.status if todo.act == MARK else RETRAIN_DUE
        self._mark(todo.artefact, status)
        place = f"vault_item:{todo.id}"
        self._note(artefact=todo.id, kind="vault_item", place=place, done=done)

    def _leave(self, todo: Todo) -> None:
        """What lies where nothing can be done from here."""
        if todo.place.startswith("memory:"):
            return
        self.stays.append("a table in a database that was made from the rows: look at it yourself")
        self._mark(todo.artefact, RETRAIN_DUE)
        self._note(artefact=todo.id, kind=todo.kind, place=todo.place, done="left")

    def _mark(self, item: Artefact | None, status: str) -> None:
        is_worse = item is not None and item.status == RETIRED and status == RETRAIN_DUE
        if item is not None and item.status != ERASED and not is_worse:
            self.workspace.lineage.mark(item.id, status, WHY)

    def _clean_vault(self) -> None:
        if self.vault is None:
            return
        self.progress.stage("look into the vault")
        done = erase_vault.clean(self.vault, self.ids, self.values, self._later, is_copy=False)
        for item, act in done.items:
            self._note(
                artefact="", kind="vault_item", place=f"vault_item:{item.id}", done=act,
                before=item.digest,
            )  # fmt: skip
        self.scan_before.add(done.scan)

    @property
    def _later(self) -> set[str]:
        """The items that are written anew at the end."""
        places = [table.source for table in self._found_tables() if table.source.vault]
        return {source.address for source in places}

    def _found_tables(self) -> Iterator[Found]:
        """Masked copies first, then the tables with the persons' rows: the order of writing."""
        every = [*(todo.found for todo in self.todos), *(() if self.is_whole else self.found)]
        yield from (table for table in every if table is not None and len(table.rows))

    def _clean_backups(self) -> None:
        for item in self.workspace.lineage.all(kind="backup"):
            newest = self.workspace.lineage.by_place(item.place)
            if newest is None or newest.id != item.id or item.status == ERASED:
                continue
            path = self.workspace.path_of(item.place)
            if not path.is_file() or self.master is None:
                self.stays.append("a backup of the vault that is not reachable from here")
                continue
            self._clean_backup(item, path, self.master)

    def _clean_backup(self, item: Artefact, path: Path, master: MasterKey) -> None:
        self.progress.stage("look into a backup")
        columns: dict[str, str | None] = {
            table.source.address: table.source.column for table in self.found
        }
        names = {table.source.column for table in self.found if table.source.column}
        columns[""] = next(iter(names)) if len(names) == 1 else None
        sweep(path)
        before = evidence.file_digest(path)
        try:
            done = erase_vault.clean_backup(
                self.workspace, path, master, self.ids, self.values, columns
            )
        except DataError as error:
            self.stays.append(f"a backup of the vault that could not be opened ({error.code})")
            self._note(artefact=item.id, kind="backup", place=item.place, done="left")
            return
        if not done and before == item.digest:
            return
        after = evidence.file_digest(path)
        made = self.workspace.lineage.add(
            "backup", item.place, after, "erase", parents=self._parents(item)
        )
        self._mark(item, ERASED)
        self._note(
            artefact=made.id, kind="backup", place=item.place, done="written anew",
            before=before, after=after, n_rows=len(done),
        )  # fmt: skip

    def _parents(self, item: Artefact) -> list[str]:
        return [parent.id for parent in self.workspace.lineage.parents(item.id)]

    def _tables(self) -> None:
        """Write the tables anew, search all the rest, then move them into place."""
        files = [t for t in self._found_tables() if t.source.path and not t.source.is_url]
        parts: dict[Path, Path] = {}
        try:
            self.progress.stage("write the tables anew", len(files))
            for table in files:
                parts[_path(table)] = self._prepare(table)
                self.progress.advance()
            self.progress.stage("search all but the tables")
            self.scan_before.add(self._search(self._files_but(parts)))
            self.scan_before.n_patterns = self.values.n_patterns
            self._check(self.scan_before, "")
        except BaseException:
            for part in parts.values():
                part.unlink(missing_ok=True)
            raise
        self.journal.save()
        self.progress.stage("put them in place")
        self._commit(parts)

    def _prepare(self, table: Found) -> Path:
        """The new file beside its place, noted in the journal."""
        path = _path(table)
        sweep(path)
        part = write_without(path, table.rows)
        place = table.source.place
        before = evidence.file_digest(path)
        known = self.workspace.lineage.by_place(place)
        kind = "source" if known is None else known.kind
        facts = None if known is None else known.facts
        item = self.workspace.lineage.add(kind, place, before, "erase", facts=facts)
        after = evidence.file_digest(part)
        self.journal.files[item.id] = after
        self._note(
            artefact=item.id, kind=kind, place=place, done=REWRITE,
            before=before, after=after, n_rows=len(table.rows),
        )  # fmt: skip
        return part

    def _commit(self, parts: dict[Path, Path]) -> None:
        for table in self._found_tables():
            source = table.source
            if source.vault is not None:
                item = erase_vault.replace_rows(source.vault, source.address, table.rows)
                self._note(
                    artefact="", kind="vault_item", place=f"vault_item:{item.id}", done=REWRITE,
                    after=item.digest, n_rows=len(table.rows),
                )  # fmt: skip
            elif source.is_url:
                n_rows = delete_rows(source.address, source.column or "", self.ids)
                self._note(
                    artefact="", kind="source", place=source.place, done=REWRITE, n_rows=n_rows
                )
            else:
                path = _path(table)
                move(parts[path], path)

    def _register(self) -> None:
        """Tell the lineage of the files that were moved into place."""
        lineage = self.workspace.lineage
        old = [lineage.get(id) for id in self.journal.files]
        for item in sorted(old, key=lambda item: item.kind != "source"):
            path = self.workspace.path_of(item.place)
            digest = self.journal.files[item.id]
            if not path.is_file() or evidence.file_digest(path) != digest:
                continue
            now = (lineage.by_place(parent.place) for parent in lineage.parents(item.id))
            with lineage.changing():
                made = lineage.add(
                    item.kind, item.place, digest, "erase",
                    parents=[parent.id for parent in now if parent is not None], facts=item.facts,
                )  # fmt: skip
                lineage.mark(made.id, LIVE, "rows removed")
                self._mark(item, ERASED)

    def _adopt(self) -> None:
        """Tell the lineage what the items of the vault that were written anew are made from."""
        lineage = self.workspace.lineage
        for table in self._found_tables():
            now = lineage.by_place(table.source.place)
            if table.source.vault is None or now is None:
                continue
            every = [p for item in lineage.history(now.place) for p in lineage.parents(item.id)]
            newest = {p.place: lineage.by_place(p.place) for p in every}
            parents = [p.id for p in newest.values() if p is not None]
            lineage.add(now.kind, now.place, now.digest, "erase", parents=parents)

    def _blot(self) -> None:
        """Take names of files that tell of the persons out of the lineage, once they are gone."""
        for item in self.workspace.lineage.all(status=ERASED):
            text = [item.place.encode("utf-8", "surrogateescape"), evidence.canonical(item.facts)]
            if self.values.found_in(b"\n" + part + b"\n" for part in text):
                self.workspace.lineage.blot(item.id)

    def _retrain(self) -> None:
        lineage = self.workspace.lineage
        for noted in [e for e in self.journal.entries if e["kind"] == "model" and e["artefact"]]:
            model = lineage.get(noted["artefact"])
            if not is_due(model):
                continue
            made = retrain(self.workspace, model, self.progress)
            if made is None:
                self.notes.append("a model could not be trained anew, and is retrain-due")
                continue
            self._mark(model, ERASED)
            fresh = self.values.scan(self.workspace.path_of(made.place), made.place)
            self.scan_after.add(fresh)
            self._check(fresh, "after")
            self._note(**{**noted, "done": "trained anew", "after": made.digest})

    def _search(self, files: Iterable[Path]) -> Scan:
        """Look through files for the persons' values."""
        made = Scan()
        for path in files:
            made.add(self.values.scan(path, self.workspace.place_of(path)))
        return made

    def _every_file(self) -> Iterator[Path]:
        """All files of the workspace but those under lock, then what lies outside of it."""
        journal = {self.workspace.folder / name for name in (NAME, LOCK)}
        for path in files_in(self.workspace.root):
            is_locked = path.is_relative_to(self.workspace.vault_folder)
            if path not in journal and not is_locked and path.resolve() not in self.spared:
                yield path
        for path in sorted(set(self._outside())):
            yield from files_in(path)

    def _outside(self) -> Iterator[Path]:
        for item in self.workspace.lineage.all():
            place = item.place
            if place.startswith((VAULT, "memory:", "erased:")):
                continue
            if place.startswith("sqlite:///"):
                place = place.removeprefix("sqlite:///").partition("#")[0]
            path = self.workspace.path_of(place)
            if path.exists() and not self.workspace.holds(path):
                yield path

    def _files_but(self, parts: dict[Path, Path]) -> Iterator[Path]:
        """All files but the tables that are replaced or cleaned at the end; their new ones too."""
        later = [table.source.path for table in self._found_tables()]
        if self.is_whole:
            later.append(self.workspace.path_of(self.todos[-1].place))
        resolved = {path.resolve() for path in later if path is not None}
        outside = [part for part in parts.values() if not self.workspace.holds(part)]
        for path in [*self._every_file(), *outside]:
            full = path.resolve()
            if full not in resolved and not resolved.intersection(full.parents):
                yield path

    def _check(self, scan: Scan, when: str) -> None:
        """See that nothing was found.

        Raises:
            PrivacyError: Something was ("erase.remains").
        """
        if not scan.hits:
            return
        named = [place for place in scan.places if not self.values.stands_in(place)]
        if when == "after":
            self.journal.remains = {place: self._content(place) for place in named}
            self.journal.save()
        raise _remains(named, len(scan.places) - len(named))

    def _check_remains(self) -> None:
        """See that what was left when the tables were clean already is gone or was changed."""
        same = [p for p, digest in self.journal.remains.items() if self._content(p) == digest]
        if same:
            raise _remains(same, 0)

    def _content(self, place: str) -> str:
        path = self.workspace.path_of(place)
        return self.workspace.seal(evidence.tree_digest(path)) if path.exists() else ""


def _path(table: Found) -> Path:
    assert table.source.path is not None
    return table.source.path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    sync_folder(path.parent)


def _remains(places: Collection[str], n_unnamed: int) -> PrivacyError:
    """The error for what is left.

    Args:
        places: Where.
        n_unnamed: How many further places have names that tell of the persons.
    """
    told = sorted(places)[:SHOWN] + (["…"] if len(places) > SHOWN else [])
    told += [f"{n_unnamed} whose names hold an id or a value"] if n_unnamed else []
    return PrivacyError(
        f"something of the subject is left in {len(places) + n_unnamed} places: {', '.join(told)}",
        allowed="nothing, once the erasure is done",
        do="remove or mend them, then give the same command again",
        code="erase.remains",
    )
