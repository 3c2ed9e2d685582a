"""What masking did to a table, what it leaves open, and how some rows look before and after."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data.pending import Pending, write_whole
from guanyao.data.raw import Raw
from guanyao.data.readers import understand
from guanyao.data.schema import Schema, Source
from guanyao.protect.columns import ColumnFinding, find_columns
from guanyao.protect.kinds import KINDS
from guanyao.protect.masking import StepFact
from guanyao.protect.policy import Policy
from guanyao.protect.proposal import commented
from guanyao.protect.risk import Risk, risk

FORMAT = "guanyao.masking/1"

MADE_ANEW = frozenset({"fake", "encrypt", "shift", "token", "redact"})
"""Steps whose results hold nothing of the source, and may look like personal data all the same."""

REPLACED = frozenset({"token", "encrypt", "redact", "partial", "fake"})
"""Steps after which hardly a value should be what it was."""
UNCHANGED = 0.01

SHOWN = frozenset({"keep", "text"})
"""Steps after which cells still hold words of the source."""

PERSON = "\0person"
MAX_SHAPE = 40


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The same rows before and after. It holds real values: it is for a screen, never for a file.

    Args:
        before: The rows as they are in the source.
        after: The rows as they come out.
        steps: What is done to each column.
    """

    before: pl.DataFrame = field(repr=False)
    after: pl.DataFrame = field(repr=False)
    steps: dict[str, str] = field(repr=False)

    def rows(self, n_rows: int, *, values: bool = False) -> Iterator[list[tuple[str, str, str]]]:
        """Of each row every column with its cell before and after.

        What comes from the source is shown as its shape only.

        Args:
            n_rows: How many rows.
            values: Whether real values are shown.
        """
        before, after = self.before.head(n_rows), self.after.head(n_rows)
        for i, row in enumerate(before.iter_rows(named=True)):
            yield [
                (name, *self._pair(name, value, after[name][i], values))
                if name in after.columns
                else (name, _text(value) if values else shape(_text(value)), "(dropped)")
                for name, value in row.items()
            ]

    def _pair(self, name: str, value: object, masked: object, values: bool) -> tuple[str, str]:
        is_shown = values or self.steps.get(name) not in SHOWN
        before = _text(value) if values else shape(_text(value))
        return before, _text(masked) if is_shown else shape(_text(masked))


def _text(value: object) -> str:
    return "" if value is None else str(value)


_TAGS = sorted({kind.tag for kind in KINDS.values()} | {kind.tag_zh for kind in KINDS.values()})
_PARTS = re.compile("|".join(map(re.escape, _TAGS)) + r"|(.)", re.DOTALL)


def shape(text: str) -> str:
    """The text with each character as its kind; tags of masked text stay.

    Examples:
        >>> shape("王小明 Tel 154-0000 [PHONE]")
        '汉汉汉 Aaa 999-9999 [PHONE]'
    """
    shown = _PARTS.sub(lambda part: _sign(part[1]) if part[1] else part[0], text[:MAX_SHAPE])
    return shown + ("…" if len(text) > MAX_SHAPE else "")


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if "\u3400" <= character <= "\u9fff" or character > "\uffff":
        return "汉"
    if not character.isalpha():
        return " " if character.isspace() else character
    return "A" if character.isupper() else "a"


@dataclass(frozen=True, kw_only=True)
class MaskReport:
    """What masking did, or would do.

    Args:
        verb: "mask" or "unmask".
        policy: What was asked for, with the id of the key.
        is_proposed: Whether the policy was proposed here and not given.
        reasons: Why each column of a proposed policy is treated as it is.
        is_dry_run: Whether nothing was written.
        out: Where the rows lie; "": nowhere.
        digest: SHA-256 of the file that was written; "": none was, or it is a database's table.
        n_rows: How many rows the source has.
        n_sampled: How many of them, from all over the source, the figures below are of.
        steps: What was done to each column, and what it does not protect against.
        before: How well quasi-identifiers single people out in the source; None: there are none.
        after: The same of what comes out; None: none are left.
        remaining: Direct identifiers that are found after masking where none should be.
        warnings: What to look at.
        preview: Some rows; not part of `to_json`.
    """

    verb: str
    policy: Policy
    is_proposed: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    is_dry_run: bool = False
    out: str = ""
    digest: str = ""
    n_rows: int
    n_sampled: int = 0
    steps: tuple[StepFact, ...]
    before: Risk | None = None
    after: Risk | None = None
    remaining: tuple[ColumnFinding, ...] = ()
    warnings: tuple[str, ...] = ()
    preview: Preview | None = field(default=None, repr=False)

    @property
    def policy_text(self) -> str:
        """The policy as YAML, with the reasons of a proposal as comments."""
        return commented(self.policy, dict(self.reasons))

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON, without any value of the source."""
        return {
            "schema": FORMAT,
            "verb": self.verb,
            "data_set": self.policy.data_set,
            "policy": self.policy.to_json(),
            "policy_digest": self.policy.digest(),
            "is_proposed": self.is_proposed,
            "is_dry_run": self.is_dry_run,
            "key_id": self.policy.key_id,
            "files": {"out": self.out} if self.out else {},
            "digest": self.digest or None,
            "n_rows": self.n_rows,
            "n_sampled": self.n_sampled,
            "steps": [step.to_json() for step in self.steps],
            "risk": {name: _figures(getattr(self, name)) for name in ("before", "after")},
            "remaining": [finding.to_json() for finding in self.remaining],
            "warnings": list(self.warnings),
        }


def _figures(found: Risk | None) -> dict[str, Any] | None:
    return None if found is None else found.to_json()


def check_place(path: str | Path) -> None:
    """See that a file can be written there, before the work that it is to tell of.

    Raises:
        DataError: It cannot.
    """
    Pending(Path(path)).remove()


def save(report: MaskReport, path: str | Path) -> None:
    """Write the report as JSON.

    Raises:
        DataError: The file cannot be written.
    """
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
    write_whole(path, f"{text}\n".encode())


def save_policy(report: MaskReport, path: str | Path) -> None:
    """Write the policy that was followed, as JSON if the name ends in .json, else as YAML.

    Raises:
        DataError: The file cannot be written.
    """
    if Path(path).suffix.lower() == ".json":
        report.policy.save(path)
    else:
        write_whole(path, report.policy_text.encode())


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a look at some masked rows found.

    Args:
        before: The risk of the source's rows.
        after: The risk of the masked rows.
        remaining: Direct identifiers where none should be.
        unchanged: Columns of which more values than by chance came out as they were.
    """

    before: Risk | None
    after: Risk | None
    remaining: tuple[ColumnFinding, ...]
    unchanged: tuple[str, ...]

    def warnings(self, steps: Iterable[StepFact]) -> Iterator[str]:
        """One sentence for each thing to look at."""
        named = {step.column: step.step for step in steps}
        for found in self.remaining:
            yield (
                f"column {found.column!r} ({named.get(found.column, 'keep')}) still holds "
                f"{KINDS[found.kind].title}: {found.share:.1%} of the rows looked at"
            )
        for name in self.unchanged:
            yield f"column {name!r} ({named[name]}): some values came out as they were"
        if self.after is not None and self.after.k == 1 and self.after.alone > 0:
            yield (
                f"{self.after.alone:.1%} of the {self.after.unit} looked at still stand alone by "
                + ", ".join(map(repr, self.after.quasi))
                + "; generalise these columns further if the file leaves your hands"
            )


def check(
    before: pl.DataFrame,
    after: pl.DataFrame,
    steps: Sequence[StepFact],
    *,
    quasi: Sequence[str],
    person: str | None,
    source: Source,
) -> Checked:
    """Look for what should not be in masked rows.

    Args:
        before: Rows of the source.
        after: The same rows masked, in the same order.
        steps: What was done to each column.
        quasi: Columns of the source by which people can be singled out.
        person: The column that says whose row it is.
        source: How the source was written.
    """
    return Checked(
        before=_risk(before, before, quasi, person),
        after=_risk(after, before, quasi, person),
        remaining=tuple(_remaining(after, steps, source)),
        unchanged=tuple(_unchanged(before, after, steps)),
    )


def _risk(
    rows: pl.DataFrame, before: pl.DataFrame, quasi: Sequence[str], person: str | None
) -> Risk | None:
    """The risk of the rows, counting the persons of the source."""
    columns = [name for name in quasi if name in rows.columns and name != person]
    if not columns:
        return None
    if person is None:
        return risk(rows, columns)
    known = rows.select(columns).with_columns(before[person].alias(PERSON))
    return risk(known, columns, entity=PERSON)


def _remaining(
    after: pl.DataFrame, steps: Sequence[StepFact], source: Source
) -> Iterator[ColumnFinding]:
    done = {step.column: step for step in steps}
    read = after.select(n for n in after.columns if not _is_made_anew(done[n]))
    if not read.width:
        return
    for found in find_columns(understand(Raw(frame=read, source=source, parse="all"))):
        step = done[found.column]
        # A city is what was to be left of an address.
        is_meant = step.step == "generalise" and step.kind == found.kind
        if found.sensitivity == "direct" and not is_meant:
            yield found


def _is_made_anew(step: StepFact) -> bool:
    return step.step in MADE_ANEW or (step.step == "text" and step.options.get("style") == "fake")


def _unchanged(
    before: pl.DataFrame, after: pl.DataFrame, steps: Sequence[StepFact]
) -> Iterator[str]:
    for step in steps:
        if step.step not in REPLACED or step.column not in after.columns:
            continue
        old, new = (f[step.column].cast(pl.String) for f in (before, after))
        n_same = int(((old == new) & (old != "")).sum())
        if n_same > UNCHANGED * max(old.count(), 1):
            yield step.column


def quasi_identifiers(schema: Schema, findings: Iterable[ColumnFinding]) -> list[str]:
    """The columns that help to name a person, in order; those that name one are left out."""
    direct = {f.column for f in findings if f.sensitivity == "direct" and not f.in_text}
    quasi = {f.column for f in findings if f.sensitivity == "quasi" and not f.in_text}
    quasi |= {column.name for column in schema if column.sensitivity == "quasi"}
    return [name for name in schema.names if name in quasi - direct]
