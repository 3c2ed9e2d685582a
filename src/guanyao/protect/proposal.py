"""A first masking policy for a table, from the personal data that was found in it.

It is a proposal: it takes out what names persons, coarsens what helps to, and keeps the rest. Who
knows what the data is for may keep less, and should.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from guanyao.data.schema import Column
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.protect.columns import ColumnFinding
from guanyao.protect.kinds import KINDS
from guanyao.protect.policy import Policy, build_step

Spec = dict[str, Any]
Choice = tuple[Spec, str]
"""What shall be done, and why."""

FAKED = frozenset(
    ("person_name", "mobile_phone", "landline", "phone", "email", "address", "organisation")
)
"""Kinds that are written anew, so that the column stays readable."""
COARSENED = {
    "birth_date": ("year", "the year"),
    "coordinates": ("grid", "the place to about 10 km"),
    "postcode": ("prefix", "the region"),
}
"""Kinds that help to name a person and still tell something when they are coarser."""
REDACTED = frozenset(("secret_url",))
KEPT: Choice = ({"step": "keep"}, "")


def propose(table: Table, findings: Iterable[ColumnFinding], *, data_set: str) -> Policy:
    """A policy that names every column of the table.

    Args:
        table: The rows, under the schema that they will be masked with.
        findings: The personal data in them, of `find_columns`.
        data_set: The name that keys are derived for.
    """
    columns = {name: spec for name, (spec, _) in _choices(table, findings).items()}
    return Policy(data_set=data_set, columns=columns, person=table.schema.entity)


def reasons(table: Table, findings: Iterable[ColumnFinding]) -> dict[str, str]:
    """Why `propose` proposes what it does: column -> one line; "" for what is simply kept."""
    return {name: why for name, (_, why) in _choices(table, findings).items()}


def commented(policy: Policy, why: dict[str, str]) -> str:
    """The policy as YAML, with the reasons as comments.

    Args:
        policy: The policy.
        why: Column -> one line that says why, as of `reasons`.
    """
    head, mark, body = policy.to_yaml().partition("columns:\n")
    lines = body.splitlines()
    said = [why.get(name, "") for name in policy.columns]
    noted = [
        f"{line}  # {' '.join(reason.split())}" if reason else line
        for line, reason in zip(lines, [*said, *[""] * len(lines)], strict=False)
    ]
    return "\n".join([head + mark.rstrip("\n"), *noted]) + "\n"


def _choices(table: Table, findings: Iterable[ColumnFinding]) -> dict[str, Choice]:
    found: dict[str, list[ColumnFinding]] = {}
    for finding in findings:
        found.setdefault(finding.column, []).append(finding)
    return {column.name: _choice(column, found.get(column.name, [])) for column in table.schema}


def _choice(column: Column, findings: Sequence[ColumnFinding]) -> Choice:
    """The first of the candidates whose step can work on the column's type."""
    for spec, why in _candidates(column, findings):
        try:
            build_step(column.name, spec).check(column)
        except ConfigError as error:
            if error.code != "policy.type":
                raise
            continue
        return spec, why
    return {"step": "drop"}, "no step that protects it works on values of its type"


def _candidates(column: Column, findings: Sequence[ColumnFinding]) -> Iterator[Choice]:
    whole = next((finding for finding in findings if not finding.in_text), None)
    if whole is not None:
        yield from _for_kind(whole)
    elif findings:
        kinds = ", ".join(KINDS[finding.kind].title for finding in findings)
        yield {"step": "text"}, f"text that holds personal data: {kinds}"
    elif column.role == "text":
        yield {"step": "text"}, "free text: nothing was found in the part that was read"
    elif column.role in ("entity", "identifier"):
        yield {"step": "token"}, "names the row in the source; tokens still join tables"
    elif column.sensitivity == "direct":
        yield {"step": "token"}, "its name says that it names a person"
    elif column.sensitivity == "quasi":
        yield {"step": "keep"}, "helps to name a person: look at the re-identification figures"
    else:
        yield KEPT


def _for_kind(finding: ColumnFinding) -> Iterator[Choice]:
    """What becomes of whole cells of this kind; the last works on any type."""
    kind = KINDS[finding.kind]
    why = f"{kind.title} ({'sensitive, ' if kind.is_sensitive else ''}{finding.share:.0%})"
    if finding.kind in COARSENED:
        to, left = COARSENED[finding.kind]
        yield {"step": "generalise", "to": to, "kind": kind.name}, f"{why}: {left} stays"
    elif finding.kind in FAKED:
        yield {"step": "fake", "kind": kind.name}, f"{why}: made-up ones in their place"
    elif finding.kind in REDACTED:
        yield {"step": "redact", "kind": kind.name}, why
    yield {"step": "token", "kind": kind.name}, f"{why}: tokens still join tables"
    yield {"step": "drop"}, why
