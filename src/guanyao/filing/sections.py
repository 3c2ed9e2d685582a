"""The sections of a dossier: which fill by themselves, which are drafted, and which are asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args

from guanyao.errors import InternalError
from guanyao.filing.evidence_kinds import is_known
from guanyao.filing.plain_yaml import parse

Filled: TypeAlias = Literal["A", "D", "Q"]
"""Automatic · drafted, a person confirms · asked."""
FORMAT = "guanyao.sections/1"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a dossier.

    Args:
        material: The document that it stands in, by language.
        title: By language.
        filled: A, D or Q.
        person: What a person adds to an automatic section, or confirms, by language; may be empty.
        evidence: Kinds of evidence that it is filled from.
        source: What it comes from where that is no evidence: a form, an account, the registry.
    """

    material: Mapping[str, str]
    title: Mapping[str, str]
    filled: Filled
    person: Mapping[str, str]
    evidence: tuple[str, ...]
    source: str


def sections() -> list[Section]:
    """All sections, in the order of a dossier.

    Raises:
        InternalError: The table that Guanyao ships is broken.
    """
    name = "sections.yaml"
    text = files("guanyao.filing").joinpath(name).read_text(encoding="utf-8")
    record = parse(text, name=name, what="table of sections", code="filing.sections")
    if record["sections"] != FORMAT:
        raise InternalError(f"{name} is not {FORMAT}")
    materials = record["materials"]
    return [_section(row, materials) for row in record["rows"]]


def _section(row: Mapping[str, Any], materials: Mapping[str, Any]) -> Section:
    evidence = tuple(row.get("evidence", ()))
    wrong = [kind for kind in evidence if not is_known(kind, {})]
    if row["filled"] not in get_args(Filled) or wrong:
        raise InternalError(f"sections.yaml: {row['title']['en']}: {wrong or row['filled']}")
    return Section(
        material=materials[row["material"]],
        title=row["title"],
        filled=row["filled"],
        person=row.get("person", {}),
        evidence=evidence,
        source=row["source"],
    )


def counts() -> dict[str, int]:
    """How many sections fill by themselves (A), are drafted (D) and are asked (Q)."""
    found = Counter(section.filled for section in sections())
    return {letter: found[letter] for letter in get_args(Filled)}
