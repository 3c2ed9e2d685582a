from dataclasses import replace
from datetime import date

import pytest

from guanyao.filing.guards import (
    GUARDS,
    Clauses,
    Facts,
    Freshness,
    Material,
    Signature,
    Threshold,
    run_guard,
)
from guanyao.filing.profile import Words

LIMITS = {"reason_characters": 20, "signature_kinds": ("a", "b", "c")}
GOOD = Facts(
    scope_route="file",
    materials=(Material(slot="form", is_there=True),),
    clauses=Clauses(n_clauses=3),
    thresholds=(Threshold("rate", True), Threshold("size", False, date(2026, 3, 2))),
    evidence=(Freshness("keywords", 7, 7),),
    model_digest="m",
    measured_digest="m",
    manifest_digest="d",
    signatures=tuple(Signature(kind, f"who {kind}", "d") for kind in "abc"),
    changed_files=(),
    label_failures=(),
    secrets=(),
    material_change=False,
    number_is_unique=True,
    hearing_offered=True,
    page_shows_number=True,
    today=date(2026, 3, 2),
    role_faults=(),
    reason="twenty characters at least, so",
    signed_digest="d",
    notice_is_over=True,
    notice_is_official=True,
    n_open_objections=0,
    proof_author="one",
    proof_accepted_by="another",
)
BAD = [
    ("G1", {"scope_route": ""}),
    ("G2", {"materials": ()}),
    ("G2", {"materials": (Material(slot="form", is_there=False),)}),
    ("G2", {"materials": (Material(slot="form", is_there=True, is_readable=False),)}),
    ("G2", {"materials": (Material(slot="form", is_there=True, is_checked=False),)}),
    ("G3", {"clauses": Clauses(n_clauses=0)}),
    ("G3", {"clauses": Clauses(n_clauses=3, unset=("5.1",))}),
    ("G3", {"clauses": Clauses(n_clauses=3, unreasoned=("5.1",))}),
    ("G3", {"clauses": Clauses(n_clauses=3, stale=("5.1",))}),
    ("G4", {"thresholds": (Threshold("rate", False),)}),
    ("G4", {"thresholds": (Threshold("rate", False, date(2026, 3, 1)),)}),
    ("G5", {"evidence": (Freshness("keywords", 7.01, 7),)}),
    ("G5", {"evidence": (Freshness("keywords", -1, 7),)}),
    ("G5", {"measured_digest": "another"}),
    ("G5", {"model_digest": "", "measured_digest": ""}),
    ("G6", {"signatures": GOOD.signatures[:2]}),
    ("G6", {"signatures": tuple(replace(s, over="e") for s in GOOD.signatures)}),
    ("G6", {"signatures": tuple(replace(s, is_valid=False) for s in GOOD.signatures)}),
    ("G6", {"signatures": tuple(replace(s, signer="one") for s in GOOD.signatures)}),
    ("G6", {"signed_digest": "", "signatures": (Signature("a", "x", ""),)}),
    ("G7", {"changed_files": ("form.docx",)}),
    ("G7", {"manifest_digest": "e"}),
    ("G7", {"manifest_digest": "", "signed_digest": ""}),
    ("G8", {"label_failures": ("1.png",)}),
    ("G9", {"role_faults": (Words("four eyes", "双人复核"),)}),
    ("G10", {"secrets": ("readme: a key",)}),
    ("G11", {"notice_is_over": False}),
    ("G11", {"notice_is_official": False}),
    ("G12", {"n_open_objections": 1}),
    ("G12", {"n_standing_objections": 1}),
    ("G13", {"material_change": True}),
    ("G13", {"open_changes": ("change-1",)}),
    ("G14", {"number_is_unique": False}),
    ("G15", {"proof_author": ""}),
    ("G15", {"proof_accepted_by": ""}),
    ("G15", {"proof_accepted_by": "one"}),
    ("G16", {"hearing_offered": False}),
    ("G17", {"page_shows_number": False}),
    ("G18", {"reason": "short"}),
    ("G18", {"reason": "a" * 19 + "   \n  "}),
]
UNKNOWN = {
    "G2": "materials",
    "G3": "clauses",
    "G4": "thresholds",
    "G5": "evidence",
    "G7": "changed_files",
    "G8": "label_failures",
    "G9": "role_faults",
    "G10": "secrets",
    "G11": "notice_is_over",
    "G12": "n_open_objections",
    "G13": "material_change",
    "G14": "number_is_unique",
    "G17": "page_shows_number",
}


def test_there_are_eighteen() -> None:
    assert list(GUARDS) == [f"G{n}" for n in range(1, 19)]


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_holds_when_all_is_well(name: str) -> None:
    found = run_guard(name, GOOD, LIMITS)
    assert (found.name, found.passed) == (name, True)
    assert found.why.en and found.why.zh


@pytest.mark.parametrize("name", GUARDS)
def test_nothing_holds_of_which_nothing_is_known(name: str) -> None:
    assert not run_guard(name, Facts(), LIMITS).passed


@pytest.mark.parametrize(("name", "changes"), BAD)
def test_a_guard_refuses_and_says_why(name: str, changes: dict) -> None:
    facts = replace(GOOD, **changes)
    assert [n for n in GUARDS if not run_guard(n, facts, LIMITS).passed and n == name] == [name]
    why = run_guard(name, facts, LIMITS).why
    assert why.en and why.zh and why.en != why.zh


@pytest.mark.parametrize(("name", "fact"), UNKNOWN.items())
def test_what_was_not_looked_at_does_not_hold(name: str, fact: str) -> None:
    assert not run_guard(name, replace(GOOD, **{fact: None}), LIMITS).passed


def test_every_guard_is_refused_in_some_case() -> None:
    assert {name for name, _ in BAD} == set(GUARDS)


def test_a_guard_is_turned_round() -> None:
    found = run_guard("not G12", replace(GOOD, n_open_objections=2), LIMITS)
    assert (found.name, found.passed) == ("not G12", True)
    assert not run_guard("not G12", GOOD, LIMITS).passed


def test_what_is_at_fault_is_listed_in_full() -> None:
    facts = replace(GOOD, changed_files=tuple(f"{n}.docx" for n in range(20)))
    found = run_guard("G7", facts, LIMITS)
    assert len(found.items) == 20
    assert "0.docx" in found.why.en and "(+12)" in found.why.en


def test_limits_come_from_the_profile() -> None:
    assert run_guard(
        "G18", replace(GOOD, reason="short"), {**LIMITS, "reason_characters": 3}
    ).passed
