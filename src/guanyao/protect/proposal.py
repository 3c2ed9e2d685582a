"""A first masking policy for a table, from the personal data that was found in it.

It is a proposal: it takes out what names persons, coarsens what helps to, and keeps the rest. Who
knows what the data is for may keep less, and should.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from guanyao.data.detect import REPEATED_KEY
from guanyao.data.schema import Column
from guanyao.data.sensitivity import words
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.protect.columns import ColumnFinding
from guanyao.protect.kinds import KINDS
from guanyao.protect.policy import Policy, build_step
from guanyao.protect.regions import Level, level_of

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

PLACE_NAMES: dict[Level, re.Pattern[str]] = {
    "city": re.compile(r"(城|地|省)市|(^|所在|居住|户籍)市|\bcity\b", re.IGNORECASE),
    "province": re.compile(r"省份|(^|所在|居住|户籍)省|\bprovince\b", re.IGNORECASE),
}
"""Names of columns that tell what place somebody lives in."""
PLACES = 200
"""Different values that a column of places is judged by."""
MOSTLY = 0.8
SOME = 0.2


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
    chosen = {column.name: _choice(column, found.get(column.name, [])) for column in table.schema}
    # Resident numbers need no such care: they become tokens, which name no place and no day.
    return _with_places(chosen, _kept_places(table.frame, chosen))


def _with_places(chosen: dict[str, Choice], levels: Sequence[Level]) -> dict[str, Choice]:
    """The choices, where fake addresses lie in the places that stand beside them."""
    out = dict(chosen)
    for name, (spec, why) in chosen.items() if levels else ():
        if spec["step"] == "fake" and spec["kind"] == "address":
            told = f"{why}; {' and '.join(levels)} stay, as beside it"
            out[name] = ({**spec, "keep": list(levels)}, told)
    return out


def _kept_places(frame: pl.DataFrame, chosen: Mapping[str, Choice]) -> tuple[Level, ...]:
    """What the columns that are kept tell of places: nothing, provinces, or cities as well."""
    kept = [name for name, (spec, _) in chosen.items() if spec["step"] == "keep"]
    told = {_told(frame[name]) for name in kept}
    if "city" in told:
        return ("province", "city")
    return ("province",) if "province" in told else ()


def _told(values: pl.Series) -> Level | None:
    """Whether a column holds provinces or cities, by its name and its values, or by these alone."""
    if not (values.dtype in (pl.String, pl.Categorical) or values.dtype == pl.Enum):
        return None
    texts = values.drop_nulls().unique().sort().head(PLACES).cast(pl.String)
    levels = [level for text in texts if (level := level_of(text))]
    spelled = words(values.name)
    for level, pattern in PLACE_NAMES.items():
        if levels and pattern.search(spelled):
            return level
    if not levels or len(levels) < MOSTLY * len(texts):
        return None
    return "city" if levels.count("city") >= SOME * len(levels) else "province"


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
    elif column.role in ("entity", "identifier") or REPEATED_KEY in column.note:
        yield {"step": "token"}, "names the row or whose it is; tokens still join tables"
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
