"""Sees to it that no generator learns who somebody is.

Columns that name persons are never learned: they are written anew. Free text that holds personal
data is refused, with the command that masks it, unless a policy masks it on the way in or the
caller says that it may be learned.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data import rules
from guanyao.data.check_digits import is_valid
from guanyao.data.identifiers import UNASSIGNED
from guanyao.data.schema import Column, Role, Schema
from guanyao.data.table import Table
from guanyao.errors import ConfigError, PrivacyError
from guanyao.flows.settings import QUIET, Learning
from guanyao.protect.columns import ColumnFinding, find_columns
from guanyao.protect.kinds import KINDS
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.masking import Masker
from guanyao.protect.policy import Policy
from guanyao.types import Progress

WORDED = ("person_name", "organisation", "address")
"""Kinds that are written anew as text; the others have a form, and are written as identifiers."""

NOBODYS = {
    "mobile_phone": rf"^(?:\+?86)?(?:{'|'.join(UNASSIGNED)})\d{{8}}$",
    "bank_card": r"^62999",
    "resident_id": r"^\d{4}98",
}
"""Numbers that somebody may have, and the forms of those that nobody has and `fake` makes."""
JUDGED = 1_000


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A table, and the personal data that was found in it.

    Args:
        table: The rows, under a schema that knows what was found.
        findings: The personal data.
    """

    table: Table
    findings: tuple[ColumnFinding, ...]


def examine(table: Table, is_given: bool = False, *, progress: Progress = QUIET) -> Examined:
    """Look for personal data, and see that columns that name persons are not learned.

    Args:
        table: The rows.
        is_given: Whether the schema was handed over; then it is left as it is.
        progress: Where to say how far it is.
    """
    findings = tuple(find_columns(table, progress=progress))
    if is_given:
        return Examined(table=table, findings=findings)
    return Examined(table=_writable(table, refined(table.schema, findings)), findings=findings)


def _writable(table: Table, schema: Schema) -> Table:
    """The table under the schema, where what is written anew has a type that can be written.

    Ordered levels become text, so that the type does not list the persons; numbers that are kept as
    decimals become whole numbers.
    """
    anew = [c for c in schema if c.sensitivity == "direct" and c.role in ("text", "identifier")]
    texts = [replace(c, dtype="String", order=None) for c in anew if c.order is not None]
    whole = [
        replace(c, dtype="Int64", type="integer", decimals=0, fixed_decimals=False)
        for c in anew
        if isinstance(table.frame.schema[c.name], pl.Decimal)
    ]
    casts = [pl.col(c.name).cast(pl.String) for c in texts]
    casts += [pl.col(c.name).cast(pl.Int64) for c in whole]
    return Table(table.frame.with_columns(casts), schema.with_columns([*texts, *whole]))


def refined(schema: Schema, findings: Iterable[ColumnFinding]) -> Schema:
    """The schema with the sensitivity that was found, in which no direct identifier is learned."""
    whole = {finding.column: finding for finding in findings if not finding.in_text}
    columns = [_upgraded(column, whole[column.name]) for column in schema if column.name in whole]
    anew = {column.name for column in columns if not column.is_modelled}
    kept = tuple(rule for rule in schema.rules if not anew & set(rules.parse(rule).columns))
    return replace(schema.with_columns(columns), rules=kept)


def _upgraded(column: Column, finding: ColumnFinding) -> Column:
    if finding.sensitivity == "quasi":
        return column if column.sensitivity == "direct" else replace(column, sensitivity="quasi")
    if column.role in ("entity", "identifier"):
        return replace(column, sensitivity="direct")
    is_words = column.type == "string" and finding.kind in WORDED
    role: Role = "text" if is_words else "identifier"
    # What was said of a feature ("looks like a repeated key") no longer holds.
    note = KINDS[finding.kind].title if column.is_modelled else column.note
    return replace(column, sensitivity="direct", role=role, note=note)


def masked(table: Table, learning: Learning) -> Table:
    """The table as the policy masks it; as it is without one.

    Raises:
        ConfigError: Policy, key and table do not fit each other.
        PrivacyError: The key belongs to another data set, or a step would not protect a value.
    """
    policy = policy_of(learning)
    if policy is None:
        return table
    key = key_of(learning)
    masker = Masker(policy, table.schema, key)
    return Table(masker.apply(table.frame), masker.schema_)


def policy_of(learning: Learning) -> Policy | None:
    """The policy that was set, read where a file was named.

    Raises:
        ConfigError: It cannot be read, or a key was set without it.
    """
    if learning.policy is None:
        if learning.key is not None:
            raise ConfigError(
                "--key means nothing without --policy", do="give both", code="config.option"
            )
        return None
    policy = learning.policy
    return Policy.load(policy) if isinstance(policy, str | Path) else policy


def key_of(learning: Learning) -> MaskKey | None:
    """The key that was set, read where a file was named."""
    key = learning.key
    return MaskKey.load(key) if isinstance(key, str | Path) else key


def digests(learning: Learning) -> dict[str, str]:
    """What names the masking that a fitted generator depends on; {} without one."""
    policy, key = policy_of(learning), key_of(learning)
    if policy is None:
        return {}
    return {"policy": policy.digest(), "key": "" if key is None else key.id}


def refuse(examined: Examined, learning: Learning, source: object = None) -> None:
    """See that nothing of what would be learned is a person's.

    Args:
        examined: What would be learned.
        learning: What was set.
        source: Where it comes from, for the command that masks it.

    Raises:
        PrivacyError: A column that names persons would be learned as it is
            ("privacy.direct_identifier"), or free text holds personal data
            ("privacy.personal_text").
    """
    policy = policy_of(learning)
    for finding in examined.findings:
        column = examined.table.schema[finding.column]
        is_direct = finding.sensitivity == "direct" and not finding.in_text
        if is_direct and column.is_modelled and not _is_kept(policy, column.name):
            raise _direct(finding, column)
    if policy is None and not learning.allow_personal_text and (held := held_in_text(examined)):
        raise _personal_text(held, source)


def _is_kept(policy: Policy | None, column: str) -> bool:
    """Whether the policy says in so many words that the column stays as it is."""
    return policy is not None and policy.columns.get(column, {}).get("step") == "keep"


def held_in_text(examined: Examined) -> dict[str, list[ColumnFinding]]:
    """The columns of text that are read, with the personal data that they hold."""
    held: dict[str, list[ColumnFinding]] = {}
    for finding in examined.findings:
        column = examined.table.schema[finding.column]
        is_read = column.is_modelled or column.role == "text"
        if finding.in_text and finding.sensitivity == "direct" and is_read:
            held.setdefault(finding.column, []).append(finding)
    return held


def _direct(finding: ColumnFinding, column: Column) -> PrivacyError:
    return PrivacyError(
        f"column {column.name!r} is a {column.role} and names persons: "
        f"{KINDS[finding.kind].title} in {finding.share:.1%} of its values",
        allowed="what names a person is never learned",
        do="give it the role identifier or text in the schema, or leave it out; if it names "
        "nobody, say so with a --policy that keeps it",
        code="privacy.direct_identifier",
    )


def _personal_text(held: Mapping[str, Sequence[ColumnFinding]], source: object) -> PrivacyError:
    said = [f"{column!r} ({', '.join(map(_told, found))})" for column, found in held.items()]
    return PrivacyError(
        f"text holds personal data: {'; '.join(said)}",
        allowed="text is learned without it only",
        do=f"mask it with: guanyao mask {_as_typed(source)} -o FILE; or give --policy P.yaml, or "
        "--allow-personal-text if it may be learned",
        code="privacy.personal_text",
    )


def _as_typed(source: object) -> str:
    """The path of the source as a shell reads it; an address is left out: it may hold a password.

    Examples:
        >>> _as_typed("my rows.csv"), _as_typed("postgresql://user:word@host/db#t")
        ("'my rows.csv'", 'SOURCE')
    """
    # An item of the vault lies in memory while it is read, and remembers its own place.
    place = getattr(source, "place", source)
    if isinstance(place, str | Path) and "://" not in str(place):
        return shlex.quote(str(place))
    return "SOURCE"


def _told(finding: ColumnFinding) -> str:
    rows = "row" if finding.n_found == 1 else "rows"
    return f"{KINDS[finding.kind].title} in {finding.n_found:,} {rows}"


def warnings(examined: Examined) -> Iterator[str]:
    """What the reader of a report has to know of personal data."""
    schema = examined.table.schema
    kinds = {f.column: KINDS[f.kind].title for f in examined.findings if not f.in_text}
    anew = [c for c in schema if c.sensitivity == "direct" and not c.is_modelled]
    if named := [_with_kind(c.name, kinds.get(c.name)) for c in anew if c.role != "entity"]:
        yield f"{', '.join(named)}: names persons; never learned, written anew as fresh values"
    if numbers := [repr(name) for name in _somebodys(examined)]:
        yield (
            f"{', '.join(numbers)}: made in the form of the real ones: a number among them may be "
            "somebody's; mask with `fake` first for numbers that are assigned to nobody"
        )
    for column, found in held_in_text(examined).items():
        told = ", ".join(map(_told, found))
        yield f"{column!r}: text that holds personal data was learned: {told}"


def _somebodys(examined: Examined) -> Iterator[str]:
    """The columns of numbers that are written anew in forms that somebody's number may have."""
    for finding in examined.findings:
        column = examined.table.schema[finding.column]
        if finding.in_text or finding.kind not in NOBODYS or column.is_modelled:
            continue
        values = examined.table.frame[finding.column].drop_nulls().unique(maintain_order=True)
        whole = values.cast(pl.Int64, strict=False) if values.dtype.is_float() else values
        texts = whole.head(JUDGED).cast(pl.String).str.replace_all(r"[^0-9A-Za-z+]", "")
        if not (texts.str.contains(NOBODYS[finding.kind]).all() or _has_checks(finding, texts)):
            yield finding.column


def _has_checks(finding: ColumnFinding, texts: pl.Series) -> bool:
    """Whether they are resident numbers, which are written anew with a county that there is not."""
    return finding.kind == "resident_id" and all(is_valid("mod_11_2", text) for text in texts)


def _with_kind(name: str, kind: str | None) -> str:
    return repr(name) if kind is None else f"{name!r} ({kind})"


def personal_data(schema: Schema, findings: Iterable[ColumnFinding]) -> list[dict[str, Any]]:
    """The columns that name a person or help to, for records: kinds and shares, and no value."""
    found: dict[str, list[ColumnFinding]] = {}
    for finding in findings:
        found.setdefault(finding.column, []).append(finding)
    entries = []
    for column in schema:
        known: list[ColumnFinding | None] = [*found.get(column.name, [])]
        if not known and column.sensitivity != "none":
            known = [None]
        entries += [_entry(column, finding) for finding in known]
    return entries


def _entry(column: Column, finding: ColumnFinding | None) -> dict[str, Any]:
    sensitivity = column.sensitivity if finding is None else finding.sensitivity
    entry = {"column": column.name, "sensitivity": sensitivity, "role": column.role}
    if finding is None:
        return entry
    return {**entry, "kind": finding.kind, "share": finding.share, "in_text": finding.in_text}
