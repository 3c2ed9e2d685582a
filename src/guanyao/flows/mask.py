"""Mask: a table is written again with each column treated as its policy says; and the way back.

Rows stream through in batches, so that a file of any size fits in memory. The masked file is
written beside its place and moved there when it is whole and was looked through for personal data.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data import database
from guanyao.data.batches import Batches, open_batches
from guanyao.data.detect import REPEATED_KEY
from guanyao.data.dtypes import kind
from guanyao.data.leftovers import swept
from guanyao.data.readers import format_of, split_part
from guanyao.data.schema import Column, Schema
from guanyao.data.spread_rows import SpreadRows
from guanyao.data.writers import Writer, open_writer
from guanyao.errors import ConfigError, DataError, PrivacyError
from guanyao.flows.ledger import Act, AnyWorkspace, is_path, recorded
from guanyao.flows.mask_report import Checked, MaskReport, Preview, check, quasi_identifiers
from guanyao.flows.settings import QUIET, AnyTable
from guanyao.flows.vault import StoredPath
from guanyao.protect.columns import find_columns
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.masking import Masker
from guanyao.protect.policy import Policy
from guanyao.protect.proposal import propose, reasons
from guanyao.records.evidence import file_digest
from guanyao.types import Progress

CHECKED_ROWS = 20_000
"""Rows of the result that are looked through for personal data."""

PLAIN = frozenset({"keep", "drop", "token", "encrypt", "shift", "noise"})
"""Steps that bring no delimiter, quote or line feed into a cell."""

KEY_WORD = "guanyao.mask_key"
"""The word of Parquet's metadata that holds the id of the key."""

MASK_KEY = "mask_key"
"""The word of the lineage's facts that does."""


def mask(  # noqa: PLR0913
    source: AnyTable,
    out: str | Path | None = None,
    *,
    policy: Policy | str | Path | None = None,
    key: MaskKey | str | Path | None = None,
    new_key: str | Path | None = None,
    data_set: str | None = None,
    table: str | None = None,
    person: str | None = None,
    quasi: Sequence[str] | None = None,
    dry_run: bool = False,
    strict: bool = False,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
) -> MaskReport:
    """Write a table with its personal data masked.

    Args:
        source: A table: a path or URL, a Table, a polars or pandas frame.
        out: The file, whose suffix says how rows are written, or a database URL with `#table`;
            may be left out in a dry run.
        policy: What to do with each column, or the file that says it; None: as `inspect` proposes.
        key: The data set's key, or its file; tables masked with the same key join.
        new_key: A file for a new key, made before anything is written.
        data_set: The data set's name; None: the policy's, or the name of the source.
        table: Which of the policy's tables it is; None: the one with the source's name.
        person: Where no policy is given: the column that says whose row a row is.
        quasi: Columns by which people can be singled out; None: those that are found.
        dry_run: Whether to write nothing and only show what would come out.
        strict: Whether to refuse a result in which direct identifiers are still found.
        workspace: Where the act is recorded; None: nowhere.
        progress: Where to say how far it is.

    Raises:
        ConfigError: Policy, key and source do not fit each other ("policy.…", "key.…").
        DataError: The source cannot be read, or the result not be written.
        PrivacyError: The key is another data set's, a step would not protect a value, or, with
            `strict`, personal data is left.
    """
    _check_places(source, out, dry_run)
    with recorded(None if dry_run else workspace, "mask") as act:
        asked = _Asked(
            policy=policy,
            key=key,
            new_key=new_key,
            data_set=data_set,
            table=table,
            person=person,
            quasi=quasi,
        )
        plan = _plan(source, out, asked, dry_run, progress)
        if dry_run:
            before = plan.batches.some()
            return plan.report(before, plan.masker.apply(before), is_dry_run=True)
        assert out is not None
        key_id = "" if plan.key is None else plan.key.id
        with _kept(plan.key, new_key), _noted(act, source, out, plan.batches, "masked", key_id):
            report = _mask_to(out, plan, strict, progress)
        act.note(n_rows=report.n_rows, policy=plan.policy.digest(), n_left=len(report.remaining))
        digest = file_digest(out) if is_path(out) else ""
        return replace(report, out=str(out), digest=digest)


def unmask(
    source: AnyTable,
    out: str | Path,
    *,
    policy: Policy | str | Path,
    key: MaskKey | str | Path | None,
    table: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
) -> MaskReport:
    """Write a masked table with the columns restored whose steps can be undone.

    Args:
        source: A table that `mask` wrote.
        out: Where the rows go, as for `mask`.
        policy: The policy it was masked with.
        key: The key it was masked with.
        table: Which of the policy's tables it is.
        workspace: Where the act is recorded; None: nowhere.
        progress: Where to say how far it is.

    Raises:
        ConfigError: Policy, key and table do not fit each other, or nothing can be undone.
        DataError: The table cannot be read, or the result not be written.
        PrivacyError: The key is another data set's.
    """
    _check_places(source, out, False)
    with recorded(workspace, "unmask") as act:
        progress.stage("look through")
        batches = open_batches(source, as_text=_stays_text(source, out))
        asked = _of_table(_loaded(policy), table, source)
        held = _loaded_key(key)
        if held is None:
            raise ConfigError(
                "to undo a masking needs its key, and none is given",
                do="give the key that the table was masked with (--key FILE)",
                code="key.missing",
            )
        recorded_id = _key_in_lineage(act, batches)
        warnings = [*_check_key(source, asked, held, recorded_id), *_not_undone(asked)]
        masker = Masker.of_masked(_reversible(asked), _as_masked(asked, batches), held)
        with _noted(act, source, out, batches, "source"), _swept(out):
            _write(out, batches, masker.undo, masker.schema, progress, is_private=True)
        act.note(n_rows=batches.n_rows, policy=asked.digest())
        undone = tuple(fact for fact in masker.facts() if fact.reversible)
        return MaskReport(
            verb="unmask",
            policy=asked.with_key(held.id),
            out=str(out),
            n_rows=batches.n_rows,
            steps=undone,
            warnings=tuple(warnings),
        )


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """How to mask, as it was asked for."""

    policy: Policy | str | Path | None
    key: MaskKey | str | Path | None
    new_key: str | Path | None
    data_set: str | None
    table: str | None
    person: str | None
    quasi: Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A source that was looked through, and what shall be done to it."""

    batches: Batches
    policy: Policy
    is_proposed: bool
    reasons: Mapping[str, str]
    key: MaskKey | None
    masker: Masker
    quasi: list[str]

    def check(self, before: pl.DataFrame, after: pl.DataFrame) -> Checked:
        return check(
            before,
            after,
            self.masker.facts(),
            quasi=self.quasi,
            person=self.policy.person,
            source=self.batches.schema.source,
        )

    def report(
        self,
        before: pl.DataFrame,
        after: pl.DataFrame,
        *,
        is_dry_run: bool,
        checked: Checked | None = None,
    ) -> MaskReport:
        found = checked or self.check(before, after)
        steps = tuple(self.masker.facts(before))
        left = [repr(finding.column) for finding in found.remaining]
        general = self.policy.warnings(self.batches.schema)
        said = [text for text in general if not any(name in text for name in left)]
        return MaskReport(
            verb="mask",
            policy=self.policy.with_key(self._key_id(is_dry_run)),
            is_proposed=self.is_proposed,
            reasons=self.reasons,
            is_dry_run=is_dry_run,
            n_rows=self.batches.n_rows,
            n_sampled=before.height,
            steps=steps,
            before=found.before,
            after=found.after,
            remaining=found.remaining,
            warnings=(*said, *self._kept_keys(), *found.warnings(steps)),
            preview=Preview(
                before=before, after=after, steps={step.column: step.step for step in steps}
            ),
        )

    def _kept_keys(self) -> Iterator[str]:
        """Columns that may name whom the rows belong to, and come out as they are."""
        for column in self.batches.schema:
            is_kept = self.policy.step(column.name).name == "keep"
            if is_kept and REPEATED_KEY in column.note and column.name != self.policy.person:
                yield (
                    f"column {column.name!r} looks like a key that comes again and is kept: if it "
                    f"names a person, say so (--person {column.name}, or person: in the policy)"
                )

    def _key_id(self, is_dry_run: bool) -> str:
        """The key of a dry run may be one that is thrown away."""
        return self.policy.key_id if is_dry_run or self.key is None else self.key.id


def _plan(
    source: AnyTable, out: str | Path | None, asked: _Asked, dry_run: bool, progress: Progress
) -> _Plan:
    given = None if asked.policy is None else _named(_loaded(asked.policy), asked)
    progress.stage("look through")
    batches = open_batches(source, as_text=_stays_text(source, out))
    findings = find_columns(batches.sample, progress=progress)
    if given is None:
        whose = replace(batches.sample, schema=batches.schema.with_roles(entity=asked.person))
        policy = propose(whose, findings, data_set=asked.data_set or _name(source))
        why = reasons(whose, findings)
    else:
        why = {}
        policy = _of_table(given, asked.table, source)
    if dry_run:
        policy = policy if asked.key is not None else policy.with_key("")
    key = _key(policy, asked, dry_run)
    quasi = quasi_identifiers(batches.schema, findings) if asked.quasi is None else asked.quasi
    for name in quasi:
        _ = batches.schema[name]
    return _Plan(
        batches=batches,
        policy=policy,
        is_proposed=given is None,
        reasons=why,
        key=key,
        masker=Masker(policy, batches.schema, key),
        quasi=list(quasi),
    )


def _loaded(policy: Policy | str | Path) -> Policy:
    return policy if isinstance(policy, Policy) else Policy.load(policy)


def _loaded_key(key: MaskKey | str | Path | None) -> MaskKey | None:
    return key if key is None or isinstance(key, MaskKey) else MaskKey.load(key)


def _named(policy: Policy, asked: _Asked) -> Policy:
    """The policy, when nothing else was named that it says itself."""
    if asked.data_set is not None and asked.data_set != policy.data_set:
        raise ConfigError(
            f"the policy is for the data set {policy.data_set!r}, and {asked.data_set!r} was named",
            do="name none, or the policy's",
            code="config.option",
        )
    if asked.person is not None and asked.person != policy.person:
        raise ConfigError(
            f"the policy has the person {policy.person!r}, and {asked.person!r} was named",
            do="name none, or write it into the policy",
            code="config.option",
        )
    return policy


def _of_table(policy: Policy, table: str | None, source: AnyTable) -> Policy:
    """The policy of the table that the source is, where it has several."""
    if table is not None:
        return policy.of_table(table)
    return policy.of_table(_name(source)) if _name(source) in policy.tables else policy


def _key(policy: Policy, asked: _Asked, dry_run: bool) -> MaskKey | None:
    if asked.key is not None and asked.new_key is not None:
        raise ConfigError(
            "a key and a place for a new key were both given",
            allowed="one of them",
            code="config.option",
        )
    if asked.key is not None:
        return _loaded_key(asked.key)
    if asked.new_key is not None or dry_run:
        # A dry run shows what comes out under some key; the key itself is thrown away.
        return MaskKey.new(policy.data_set)
    if policy.needs_key:
        raise _no_key()
    return None


def _no_key() -> ConfigError:
    return ConfigError(
        "the policy needs a key, and none is given",
        allowed="the key of the data set (--key FILE), or a new one (--new-key FILE) if none of "
        "its tables was masked yet",
        do="keep the key apart from the data: who holds both can undo the masking",
        code="key.missing",
    )


def _check_key(source: AnyTable, policy: Policy, key: MaskKey, recorded_id: str) -> Iterator[str]:
    """See that it is the key that the table was masked with, as far as that is known."""
    key.check_data_set(policy.data_set)
    # A policy of one masking and a table of another must not give garbage, so all that is known.
    named = list(filter(None, (policy.key_id, _key_in_file(source), recorded_id)))
    for key_id in named:
        key.check_id(key_id)
    if named:
        return iter(())
    return iter(
        [
            "neither policy, file nor workspace says which key was used, so that a wrong one would "
            "not have been noticed: look at what came out"
        ]
    )


def _key_in_file(source: AnyTable) -> str:
    """The id of the key that a Parquet file names; "" if it names none."""
    if not isinstance(source, str | Path) or Path(source).suffix.lower() != ".parquet":
        return ""
    return pl.read_parquet_metadata(Path(source)).get(KEY_WORD, "")


def _key_in_lineage(act: Act, batches: Batches) -> str:
    """The id of the key that the workspace remembers of a file; "" if it remembers none."""
    digest = batches.schema.source.digest
    if act.workspace is None or not digest:
        return ""
    known = act.workspace.lineage.by_digest(digest)
    return next((str(item.facts[MASK_KEY]) for item in known if MASK_KEY in item.facts), "")


def _reversible(policy: Policy) -> Policy:
    """The policy with all that cannot be undone left as it came out.

    Raises:
        ConfigError: Nothing can be undone.
    """
    steps = {name: policy.step(name) for name in policy.columns}
    lost = _lost_dates(policy)
    undone = {name for name, step in steps.items() if step.reversible} - set(lost)
    if not undone:
        raise ConfigError(
            "no column was masked in a way that can be undone",
            allowed="encrypt and shift can be undone; the policy has "
            + ", ".join(sorted({step.name for step in steps.values()})),
            code="mask.irreversible",
        )
    columns = {
        name: spec if name in undone or steps[name].name == "drop" else {"step": "keep"}
        for name, spec in policy.columns.items()
    }
    return replace(policy, columns=columns, tables={})


def _lost_dates(policy: Policy) -> list[str]:
    """Columns moved by a person who does not come out of the masking as himself."""
    if policy.person is None:
        return []
    person = policy.step(policy.person)
    if person.name == "keep" or person.reversible:
        return []
    return [name for name in policy.columns if policy.step(name).needs_person]


def _not_undone(policy: Policy) -> Iterator[str]:
    if lost := _lost_dates(policy):
        yield (
            f"{', '.join(map(repr, lost))} stay moved: by how much depends on {policy.person!r}, "
            "which cannot be restored"
        )


def _as_masked(policy: Policy, batches: Batches) -> Schema:
    """The schema of a masked table; what encrypted text looks like by chance does not count.

    Words for missing values do: they are too short to be what anything is encrypted to.
    """
    texts = [
        replace(column, type="string", dtype="String", format=None)
        for column in batches.schema
        if policy.columns.get(column.name, {}).get("step") == "encrypt"
        and batches.stored.schema[column.name] == pl.String
    ]
    return batches.schema.with_columns(texts)


@contextmanager
def _kept(key: MaskKey | None, place: str | Path | None) -> Iterator[None]:
    """A new key lies in its file before anything is masked with it; not if masking fails."""
    if key is None or place is None:
        yield
        return
    key.save(place)
    try:
        yield
    except BaseException:
        Path(place).unlink(missing_ok=True)
        raise


@contextmanager
def _noted(
    act: Act, source: AnyTable, out: str | Path, batches: Batches, made: str, key_id: str = ""
) -> Iterator[None]:
    """The lineage knows of the result before it lies in its place."""
    read: AnyTable = source
    # An item of the vault remembers its own place.
    if isinstance(source, str) and _is_file(source) and not isinstance(source, StoredPath):
        read = split_part(source)[0]
    digest = batches.schema.source.digest or None
    act.input("source" if made == "masked" else "masked", read, digest=digest)
    if _is_file(out):
        act.expect(made, Path(out))
    yield
    act.output(made, out, facts={MASK_KEY: key_id} if key_id else None)


def _mask_to(out: str | Path, plan: _Plan, strict: bool, progress: Progress) -> MaskReport:
    seen = _Seen(plan.masker)
    found: list[Checked] = []

    def look() -> None:
        progress.stage("check")
        found.append(plan.check(seen.before.frame(), seen.after.frame()))
        if strict and (found[0].remaining or found[0].unchanged):
            raise _left(found[0])

    metadata = {KEY_WORD: plan.key.id} if plan.key is not None else {}
    with _swept(out):
        _write(
            out, plan.batches, seen.apply, _quoting(plan.masker), progress, look, metadata=metadata
        )
    before, after = seen.before.frame(), seen.after.frame()
    return plan.report(before, after, is_dry_run=False, checked=found[0])


def _quoting(masker: Masker) -> Schema:
    """What comes out; a file without quotes gets them where masking may bring in delimiters."""
    schema = masker.schema_
    brings = any(fact.step not in PLAIN for fact in masker.facts())
    if schema.source.quote is not None or not brings:
        return schema
    return replace(schema, source=replace(schema.source, quote='"'))


def _left(found: Checked) -> PrivacyError:
    left = [repr(finding.column) for finding in found.remaining]
    names = sorted({*left, *map(repr, found.unchanged)})
    return PrivacyError(
        f"personal data is still found after masking, in {', '.join(names)}",
        allowed="with --strict, no direct identifier may be left",
        do="give these columns another step; guanyao mask --dry-run shows what is found",
        code="mask.left",
    )


class _Seen:
    """Masks batches and keeps some rows from all over, before and after."""

    def __init__(self, masker: Masker) -> None:
        self.before, self.after = SpreadRows(CHECKED_ROWS), SpreadRows(CHECKED_ROWS)
        self._masker, self._n = masker, 0

    def apply(self, batch: pl.DataFrame) -> pl.DataFrame:
        masked = self._masker.apply(batch)
        if self.before.wants(self._n):
            self.before.add(batch)
            self.after.add(masked)
        self._n += 1
        return masked


def _write(
    out: str | Path,
    batches: Batches,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    schema: Schema,
    progress: Progress,
    look: Callable[[], None] = lambda: None,
    **how: Any,  # noqa: ANN401
) -> None:
    """Write the changed rows; `look` may still refuse them before they get to their place."""
    rows = iter(batches)
    progress.stage("write", batches.n_rows)
    first = change(next(rows))
    with open_writer(out, _as_written(schema, first), **how) as writer:
        _add(writer, first, progress)
        for batch in rows:
            _add(writer, _alike(change(batch), first), progress)
        look()


def _add(writer: Writer, rows: pl.DataFrame, progress: Progress) -> None:
    writer.write(rows)
    progress.advance(rows.height)


def _alike(rows: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """The rows in the dtypes of the first batch, as a batch without values may have others."""
    return rows if rows.schema == first.schema else rows.cast(first.schema)


def _as_written(schema: Schema, rows: pl.DataFrame) -> Schema:
    """The schema of rows whose typed cells may still be the text that they were."""
    return replace(schema, columns=tuple(_held(column, rows[column.name]) for column in schema))


def _held(column: Column, values: pl.Series) -> Column:
    if values.dtype == pl.String and column.dtype != "String":
        as_text: dict[str, Any] = {"decimals": None, "fixed_decimals": False, "format": None}
        return replace(column, type="string", dtype="String", missing="", order=None, **as_text)
    if values.dtype == pl.String:
        return replace(column, missing="")
    return replace(column, type=kind(values.dtype) or column.type, dtype=str(values.dtype))


def _stays_text(source: AnyTable, out: str | Path | None) -> bool:
    """Whether cells can be written as the text that they are: the same format, or CSV."""
    return out is None or _format(out) in ("csv_file", _format(source))


def _format(place: object) -> str:
    if isinstance(place, str) and database.is_url(place):
        return "database"
    if not isinstance(place, str | Path):
        return "frame"
    name: str = format_of(split_part(place)[0]).__name__
    return name.rpartition(".")[2]


def _is_file(place: object) -> bool:
    return isinstance(place, Path) or (isinstance(place, str) and not database.is_url(place))


def _swept(out: str | Path) -> AbstractContextManager[None]:
    return swept(Path(out)) if _is_file(out) else nullcontext()


def _name(source: AnyTable) -> str:
    """What the source is called: the file without its suffixes, or the table."""
    if isinstance(source, str) and database.is_url(source):
        address, _, table = source.partition("#")
        return table or Path(address).stem or "table"
    if not isinstance(source, str | Path):
        return "table"
    path, part = split_part(source)
    return part or path.name.partition(".")[0] or "table"


def _check_places(source: AnyTable, out: str | Path | None, dry_run: bool) -> None:
    """See that there is a target, that its format is known, and that it is not the source.

    Raises:
        ConfigError: There is no target, or it is the source.
        DataError: No format has the target's suffix.
    """
    if out is None:
        if dry_run:
            return
        raise ConfigError(
            "no file is named for the result", do="name one with -o", code="config.out"
        )
    _ = _format(out)
    if _is_same(source, out):
        raise ConfigError(
            f"{out} is the source",
            allowed="the result goes to a place of its own, so that nothing is lost",
            do="name another file with -o",
            code="config.out",
        )
    if _is_file(out) and not Path(out).parent.is_dir():
        raise DataError(
            f"there is no folder {Path(out).parent}", do="create it first", code="data.missing"
        )


def _is_same(source: AnyTable, out: str | Path) -> bool:
    if not isinstance(source, str | Path) or _is_file(source) != _is_file(out):
        return False
    if not _is_file(source):
        return source == out
    path, target = split_part(source)[0], Path(out)
    return path.resolve() == target.resolve() or (
        path.exists() and target.exists() and path.samefile(target)
    )
