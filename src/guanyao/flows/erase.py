"""Erase: one person, a list, a whole data set, or whoever is kept too long, taken out everywhere.

What was made from a person's rows is cleaned first, then everything is searched for their values,
and only then the sources are written anew: they tell what to search for, and whatever kills the
process, the same command finishes the work.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from guanyao.data import database
from guanyao.data.images import is_images
from guanyao.errors import ConfigError, GuanyaoError, PrivacyError, UnknownNameError
from guanyao.flows import erase_proof
from guanyao.flows.erase_find import (
    Found,
    Source,
    as_day,
    before,
    find,
    sources_of,
    telling,
    told_apart,
    whole,
    with_one_column,
)
from guanyao.flows.erase_journal import alone, journal_of
from guanyao.flows.erase_plan import MARK, REWRITE, Todo, plan, plan_of_data_set
from guanyao.flows.erase_proof import Checked, Facts
from guanyao.flows.erase_rewrite import is_table
from guanyao.flows.erase_vault import owners, tables, vault_of
from guanyao.flows.erase_work import Work
from guanyao.flows.ledger import Act, AnyWorkspace, code_of, opened
from guanyao.flows.settings import QUIET
from guanyao.protect.byte_scan import Values
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.store import Vault
from guanyao.records.audit import utc_now
from guanyao.records.audit_line import Entry
from guanyao.records.lineage import ERASED, RETIRED, RETRAIN_DUE
from guanyao.records.workspace import Workspace
from guanyao.types import Progress

PERSON, DATA_SET = "person", "data_set"
"""What salted digests are made for."""

RETRAIN = "retrain"
MODELS = {"retire": RETIRED, RETRAIN_DUE: RETRAIN_DUE, RETRAIN: RETRAIN_DUE}
"""What may become of models that learned from the person, and the status that says so."""

REFUSED = ("erase.unknown_subject", "erase.already")
"""Errors that are recorded as refusals."""


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What an erasure did, or would do.

    Args:
        id: Of the proof; "" where nothing was done.
        n_subjects: How many persons.
        n_rows: How many rows of sources.
        todos: What was done, or would be: kind, place, act, number of rows.
        proof: The record; None in a dry run.
        path: Where it lies.
        resumed: Whether an erasure was finished that had been stopped.
        notes: What else should be known.
    """

    id: str
    n_subjects: int
    n_rows: int
    todos: tuple[tuple[str, str, str, int], ...] = field(repr=False)
    proof: dict[str, Any] | None = field(default=None, repr=False)
    path: Path | None = None
    resumed: bool = False
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        names = ("kind", "place", "done", "n_rows")
        return {
            "id": self.id,
            "n_subjects": self.n_subjects,
            "n_rows": self.n_rows,
            "artefacts": [dict(zip(names, todo, strict=True)) for todo in self.todos],
            "proof": self.proof,
            "resumed": self.resumed,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What was asked for."""

    subjects: frozenset[str] = field(repr=False)
    sources: tuple[str | Path, ...] = ()
    column: str | None = None
    lists: frozenset[Path] = field(default=frozenset(), repr=False)
    data_set: str | Path | None = None
    before: date | None = None
    date_column: str | None = None
    models: str = RETRAIN_DUE
    keep: tuple[str, ...] = ()
    master: MasterKey | None = field(default=None, repr=False)
    vault: Path | None = None
    who: str | None = None

    def facts(self) -> dict[str, Any]:
        """What a proof says of it."""
        what = "data set" if self.data_set else "retention" if self.before else "subjects"
        day = None if self.before is None else self.before.isoformat()
        return {"what": what, "before": day, "models": self.models}


def erase(  # noqa: PLR0913
    subjects: str | Collection[str] = (),
    *,
    workspace: AnyWorkspace,
    sources: Sequence[str | Path] = (),
    column: str | None = None,
    lists: Sequence[str | Path] = (),
    data_set: str | Path | None = None,
    before: str | date | None = None,
    date_column: str | None = None,
    models: str = RETRAIN_DUE,
    keep: Sequence[str] = (),
    master: MasterKey | None = None,
    vault: str | Path | None = None,
    dry_run: bool = False,
    out: str | Path | None = None,
    who: str | None = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
) -> Erasure:
    """Take persons out of a workspace: sources, masked copies, models, reports, vault, backups.

    Args:
        subjects: Their ids, as they stand in the data.
        workspace: The workspace, or its folder.
        sources: Tables to look in; none: all that the workspace knows. Give the URL of a database
            that needs a password.
        column: The column that names the person; None: as the workspace knows it.
        lists: Files that the ids were read from; they are not searched, and the proof says so.
        data_set: A source that goes as a whole, with all that was made from it.
        before: A day: whoever has no row since then is erased.
        date_column: The column with the days that `before` looks at.
        models: What becomes of models that learned from them: "retrain-due", "retire" (they can be
            used no more) or "retrain" (those whose training is on record are trained anew).
        keep: What stays by law, and why, for the proof.
        master: What opens the vault, if there is one.
        vault: The vault's folder; None: the workspace's own.
        dry_run: Whether to do nothing, and only say what would be done.
        out: Where a copy of the proof goes.
        who: Who erases, for the record.
        progress: Where to say how far it is.
        clock: Says what time it is.

    Raises:
        ConfigError: There is no workspace, or it is not clear who is to be erased where.
        DataError: A source or the vault cannot be used, or another erasure is under way.
        UnknownNameError: The person is nowhere.
        PrivacyError: The person was erased before, or something of them is left.
    """
    names = [subjects] if isinstance(subjects, str) else subjects
    asked = _Asked(
        subjects=frozenset(name.strip() for name in names if name.strip()),
        sources=tuple(sources),
        column=column,
        lists=frozenset(Path(path).resolve() for path in lists),
        data_set=data_set,
        before=None if before is None else as_day(before),
        date_column=date_column,
        models=models,
        keep=tuple(keep),
        master=master,
        vault=None if vault is None else Path(vault),
        who=who,
    )
    _check(asked)
    with opened(workspace) as found:
        if found is None:
            raise ConfigError(
                "there is no workspace, so nobody knows what was made from what",
                do="make one with: guanyao audit init",
                code="erase.workspace",
            )
        _check_words(found, asked)
        if dry_run:
            return _Erasing(found, asked, progress, clock).plan().preview()
        with _told(found, asked), alone(found):
            target = None if out is None else Path(out)
            return _Erasing(found, asked, progress, clock).plan().do(target)


def verify(proof: str | Path, *, workspace: AnyWorkspace = None) -> Checked:
    """Whether a proof is as it was written and, in its workspace, still holds.

    Args:
        proof: The file.
        workspace: Where it was made; None: only the seal is checked.

    Raises:
        DataError: It is no proof, or was changed.
    """
    with opened(workspace) as found:
        return erase_proof.verify(proof, found)


def _check(asked: _Asked) -> None:
    n_ways = sum(map(bool, (asked.subjects, asked.data_set, asked.before)))
    if n_ways != 1:
        raise ConfigError(
            "nobody is named to be erased" if not n_ways else "two ways are named to choose whom",
            allowed="subjects, a data set, or a day: one of them",
            code="erase.whom",
        )
    if asked.data_set and database.is_url(str(asked.data_set)):
        raise ConfigError(
            "a table of a database does not go as a whole",
            do="drop it there, then erase its rows' traces by --subjects",
            code="erase.source",
        )
    if asked.models not in MODELS:
        raise ConfigError(
            f"there is no way {asked.models!r} to treat models",
            allowed=", ".join(MODELS),
            code="erase.models",
        )
    if (asked.before is None) != (asked.date_column is None):
        raise ConfigError(
            "a day needs a column of days, and the other way round",
            do="give both --before and --date-column",
            code="erase.before",
        )


def _check_words(workspace: Workspace, asked: _Asked) -> None:
    for reason in asked.keep:
        Act(workspace, "erase").note(reason=reason)


@contextmanager
def _told(workspace: Workspace, asked: _Asked) -> Iterator[None]:
    """Records an attempt that came to nothing; what is done is recorded with its proof."""
    try:
        yield
    except BaseException as error:
        code = code_of(error)
        is_refused = code in REFUSED or (
            isinstance(error, PrivacyError) and code != "erase.remains"
        )
        workspace.audit.append(
            "erase",
            outcome="refused" if is_refused else "failed",
            who=asked.who,
            subject=_one(_digests(workspace, asked.subjects)),
            facts={"n_subjects": len(asked.subjects)},
            code=code,
        )
        raise


def _digests(workspace: Workspace, ids: Collection[str]) -> list[str]:
    return sorted(workspace.digest_of(PERSON, id) for id in ids)


def _one(digests: Sequence[str]) -> str | None:
    return digests[0] if len(digests) == 1 else None


class _Erasing:
    """An erasure from looking for the persons to the proof.

    Args:
        workspace: Where.
        asked: What was asked for.
        progress: Told how far it is.
        clock: Says what time it is.
    """

    def __init__(
        self,
        workspace: Workspace,
        asked: _Asked,
        progress: Progress,
        clock: Callable[[], datetime],
    ) -> None:
        self.workspace, self.asked, self.progress, self.clock = workspace, asked, progress, clock
        self.vault: Vault | None = vault_of(workspace, asked.vault, asked.master, asked.who)
        self.found: list[Found] = []
        self.sources: list[Source] = []
        self.todos: list[Todo] = []
        self.values = Values(())
        self.n_left_out = 0

    def plan(self) -> "_Erasing":
        """Look for the persons, and for all that was made from their rows."""
        self.progress.stage("look for the rows")
        sources = self._sources()
        self.ids = self._ids(sources)
        self.journal = journal_of(
            self.workspace,
            self._subject_digests(),
            self.clock(),
            may_be_fewer=self.asked.before is not None,
        )
        self.subjects = self.journal.subjects
        self.owners = set() if self.vault is None else owners(self.vault, self.ids)
        self.found = self._found(sources)
        if not (self.found or self.owners or self._has_data_set):
            self._check_known()
        self.progress.stage("look for what was made from them")
        if self.asked.data_set:
            self.todos = plan_of_data_set(self.workspace, self._place)
        else:
            self.todos = plan(self.workspace, self.vault, self.found, self.journal.files)
        self._set_values()
        return self

    @property
    def _place(self) -> str:
        """The place of the data set."""
        assert self.asked.data_set is not None
        return self.workspace.place_of(self.asked.data_set)

    @property
    def _has_data_set(self) -> bool:
        return self.asked.data_set is not None and Path(self.asked.data_set).exists()

    def _sources(self) -> list[Source]:
        if self.asked.data_set:
            path = Path(self.asked.data_set)
            is_rows = is_table(path) and not is_images(path)
            return sources_of(self.workspace, [path], self.asked.column) if is_rows else []
        found = sources_of(self.workspace, self.asked.sources, self.asked.column)
        if self.vault is not None:
            # What the lineage says to be made from others is looked at as such.
            found += tables(self.vault, self.asked.column, but=self._made_items())
        return with_one_column(found)

    def _made_items(self) -> set[str]:
        made = ("masked", "virtual", "report", "record", "model", "training")
        items = self.workspace.lineage.all()
        return {item.place.removeprefix("vault:") for item in items if item.kind in made}

    def _ids(self, sources: Sequence[Source]) -> frozenset[str]:
        if self.asked.before is None:
            return self.asked.subjects
        assert self.asked.date_column is not None
        old: set[str] = set()
        for source in sources:
            if self.asked.sources or source.column is not None:
                old |= before(source, self.asked.before, self.asked.date_column)
        return frozenset(old)

    def _subject_digests(self) -> list[str]:
        if self.asked.data_set:
            return [self.workspace.digest_of(DATA_SET, self._place)]
        return _digests(self.workspace, self.ids)

    def _found(self, sources: Sequence[Source]) -> list[Found]:
        if self.asked.data_set:
            self.sources = list(sources)
            return [whole(source) for source in sources]
        every = [found for source in sources if (found := find(source, self.ids)) is not None]
        self.sources = [found.source for found in every]
        has_persons = any(source.column for source in self.sources)
        if self.ids and not has_persons and not self.owners and self.journal.is_new:
            raise _no_column(self.asked, sources)
        return [found for found in every if len(found.rows)]

    def _check_known(self) -> None:
        """See that there is something to be done.

        Raises:
            UnknownNameError: The persons are nowhere.
            PrivacyError: They were erased before.
        """
        if not self.journal.is_new or (self.asked.before is not None and not self.ids):
            return
        known = self.workspace.lineage.erasures
        proofs = sorted({known[digest] for digest in self.subjects if digest in known})
        if proofs:
            names = [self.workspace.lineage.get(id).place.rpartition("/")[2] for id in proofs]
            raise PrivacyError(
                "the subject was erased before, and no row of theirs is there",
                allowed=f"the proof is {', '.join(names[:3])} in .guanyao/proofs",
                do="nothing: there is nothing to be done",
                code="erase.already",
            )
        raise UnknownNameError(
            "the subject is in no source and in no item of the vault",
            do="see that the id is written as in the data, and name sources that the workspace "
            "does not know with --source",
            code="erase.unknown_subject",
        )

    def _set_values(self) -> None:
        masked = [todo.found for todo in self.todos if todo.found is not None]
        every = [*self.found, *masked]
        some = Values(telling(every, self.ids))
        read = [*self.sources, *(table.source for table in masked)]
        self.progress.stage("tell their values from those of others")
        self.values = told_apart(some, read, every)
        self.n_left_out = some.n_short + len(some) - len(self.values)

    def preview(self) -> Erasure:
        """What would be done."""
        return Erasure(
            id="",
            n_subjects=len(self.subjects),
            n_rows=sum(len(table.rows) for table in self.found),
            todos=self._told_todos(),
        )

    @property
    def n_rows(self) -> int:
        """Rows of sources that went, also before a stop."""
        counts = {"source": 0, "vault_item": 0}
        for entry in self.journal.entries:
            if entry["kind"] in counts:
                counts[entry["kind"]] += entry["n_rows"]
        return counts["source"] or counts["vault_item"]

    def _told_todos(self) -> tuple[tuple[str, str, str, int], ...]:
        act = "removed" if self.asked.data_set else REWRITE
        kinds = ("vault_item" if table.source.vault else "source" for table in self.found)
        first = [
            (kind, table.source.name, act, len(table.rows))
            for kind, table in zip(kinds, self.found, strict=True)
        ]
        status = MODELS[self.asked.models]
        rest = [
            (todo.kind, todo.place, status if todo.act == MARK else todo.act, todo.n_rows)
            for todo in self.todos
        ]
        return (*rest, *first)

    def do(self, out: Path | None) -> Erasure:
        """Do it all, and prove it."""
        if not self.subjects:
            return Erasure(id="", n_subjects=0, n_rows=0, todos=(), notes=("nobody is that old",))
        work = Work(
            workspace=self.workspace,
            vault=self.vault,
            master=self.asked.master,
            journal=self.journal,
            ids=self.ids,
            values=self.values,
            found=self.found,
            todos=self.todos,
            status=ERASED if self.asked.data_set else MODELS[self.asked.models],
            progress=self.progress,
            spared=self.asked.lists,
            is_whole=bool(self.asked.data_set),
        )
        work.do(retrains=self.asked.models == RETRAIN)
        record, path = self._prove(work, out)
        return Erasure(
            id=record["id"],
            n_subjects=len(self.subjects),
            n_rows=self.n_rows,
            todos=tuple(
                (e["kind"], e["place"], e["done"], e["n_rows"]) for e in record["artefacts"]
            ),
            proof=record,
            path=path,
            resumed=not self.journal.is_new,
            notes=tuple(work.notes),
        )

    def _prove(self, work: Work, out: Path | None) -> tuple[dict[str, Any], Path]:
        """Record the act, write the proof, and take the journal away."""
        from guanyao.records.audit import Head

        self.workspace.audit.append_many(self._lines(work))
        facts = Facts(
            asked=self.asked.facts(),
            who=self.asked.who,
            created=self.clock().isoformat(timespec="seconds"),
            stays=[*(f"by law: {reason}" for reason in self.asked.keep), *work.stays],
            scans={"before_sources": work.scan_before, "after": work.scan_after},
            n_values=len(self.values),
            n_left_out=self.n_left_out,
            resumed=not self.journal.is_new,
        )
        record = erase_proof.build(
            self.journal.id,
            self.journal.begun,
            self.subjects,
            self.journal.entries,
            facts,
            before=Head(**self.journal.head),
            after=self.workspace.audit.head(),
        )
        path = erase_proof.save(self.workspace, record, out)
        self._settle(record, path)
        return record, path

    def _lines(self, work: Work) -> list[Entry]:
        """The lines of the audit chain: one for each person, the first with the figures."""
        acts = [entry["done"] for entry in self.journal.entries]
        facts: dict[str, Any] = {
            "n_subjects": len(self.subjects),
            "n_rows": self.n_rows,
            "n_artefacts": len(acts),
            "n_files": work.scan_after.n_files,
            "n_hits": len(work.scan_after.hits),
            "models": self.asked.models,
            "proof": self.journal.id,
        }
        return [
            Entry(
                act="erase",
                who=self.asked.who,
                subject=digest,
                object=f"proof:{self.journal.id}",
                facts=facts if number == 0 else {"proof": self.journal.id},
            )
            for number, digest in enumerate(self.subjects)
        ]

    def _settle(self, record: dict[str, Any], path: Path) -> None:
        from guanyao.records.evidence import file_digest

        lineage = self.workspace.lineage
        digest = file_digest(path)
        with lineage.changing():
            made = lineage.add("proof", self.workspace.place_of(path), digest, "erase")
            for subject in self.subjects:
                lineage.add_erasure(subject, made.id)
        self.workspace.audit.append(
            "erase.proof",
            object=f"proof:{record['id']}",
            facts={"digest": digest},
            who=self.asked.who,
        )
        self.journal.end()


def _no_column(asked: _Asked, sources: Sequence[Source]) -> GuanyaoError:
    if not sources:
        return ConfigError(
            "the workspace knows no source to look in",
            do="name it with --source",
            code="erase.source",
        )
    return ConfigError(
        "which column names persons is not known"
        if asked.column is None
        else f"no source has a column {asked.column!r}",
        do="name it with --column",
        code="erase.column",
    )
