"""Proposals: what evidence says to a clause, and the command for what is missing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError
from guanyao.filing.evidence import Evidence, Subject
from guanyao.filing.intake import read
from guanyao.filing.proposal import Proposal, Stand, propose, propose_all
from guanyao.filing.sections import counts, sections
from guanyao.filing.service import Service
from tests.filing.made_evidence import (
    BOTH,
    DATA,
    MODEL,
    NOW,
    SOURCE,
    attack,
    bank,
    check,
    clause,
    document,
    pack,
    sample,
    write,
    write_run,
)

AUC = clause(evidence_kinds=["run"], checks=[check("attack.auc", "<=", 0.6)])


def proposed(made: dict[str, Any], *evidence: Evidence, **facts: Any) -> Proposal:
    found = pack(made)
    stand = Stand(
        service=Service(name="s", facts=facts),
        evidence=evidence,
        subject=Subject(model=MODEL, data=DATA),
        now=NOW,
    )
    return propose(found, found.clauses[0], stand)


@pytest.mark.parametrize(
    ("ends", "status", "result"),
    [
        ((0.52, 0.49, 0.55), "met", "符合"),
        ((0.55, 0.49, 0.61), "not_shown", None),
        ((0.70, 0.65, 0.75), "not_met", "不符合"),
    ],
)
def test_a_threshold_needs_the_bad_end(
    ends: tuple[float, float, float], status: str, result: str | None, tmp_path: Path
) -> None:
    run = read(write_run(tmp_path / "run.json", attacks=[attack(*ends)]))
    found = proposed(AUC, run)
    assert (found.status, found.result) == (status, result)
    assert found.evidence == (run.id,)
    assert "attack.auc" in found.reason


def test_the_strongest_of_several_runs_counts(tmp_path: Path) -> None:
    weak = read(write_run(tmp_path / "a.json"))
    strong = read(write_run(tmp_path / "b.json", attacks=[attack(0.7, 0.65, 0.75)]))
    assert proposed(AUC, weak, strong).status == "not_met"


def test_the_newest_of_several_banks_counts(tmp_path: Path) -> None:
    made = clause(
        evidence_kinds=["bank.keyword"], checks=[check("bank.keyword.n_entries", ">=", 10)]
    )
    old = read(write(tmp_path / "a.json", bank(n_entries=8, updated="2026-11-01")))
    new = read(write(tmp_path / "b.json", bank(n_entries=12)))
    assert proposed(made, new, old).status == "met"


def test_what_is_missing_comes_with_its_command() -> None:
    found = proposed(AUC)
    assert found.status == "missing" and found.result is None
    assert found.todos[0].command.startswith("guanyao run SOURCE")
    paper = proposed(clause(evidence_kinds=["document.privacy_policy"]))
    assert "--topic privacy_policy" in paper.todos[0].command


def test_a_budget_that_is_missing_says_how_it_is_spent(tmp_path: Path) -> None:
    made = clause(evidence_kinds=["run"], checks=[check("dp.epsilon", "<=", 10)])
    found = proposed(made, read(write_run(tmp_path / "run.json")))
    assert found.status == "missing"
    assert "--epsilon E" in found.todos[0].command


def test_too_few_rows_for_an_attack_are_not_taken_for_safety(tmp_path: Path) -> None:
    run = read(write_run(tmp_path / "run.json", attacks=[attack(0.5, 0.4, 0.6, usable=False)]))
    found = proposed(AUC, run)
    assert found.status == "missing"
    assert "no attack was usable" in found.todos[0].what


def test_evidence_about_another_model_does_not_count(tmp_path: Path) -> None:
    found = proposed(AUC, read(write_run(tmp_path / "run.json", model="9" * 64)))
    assert found.status == "missing"
    assert "another model" in found.todos[0].what and found.todos[0].command


def test_old_evidence_says_how_old_it_is(tmp_path: Path) -> None:
    fresh = [{"evidence": "bank.keyword", "within": 7, "unit": "day", "source": SOURCE}]
    made = clause(evidence_kinds=["bank.keyword"], fresh=fresh)
    old = read(write(tmp_path / "b.json", bank(updated="2026-11-01")))
    found = proposed(made, old)
    assert found.status == "missing"
    assert "21 days old; at most 7 days" in found.todos[0].what


def test_a_sample_that_passes_by_luck_is_not_shown(tmp_path: Path) -> None:
    made = clause(
        evidence_kinds=["sample.generated_manual"],
        checks=[check("sample.generated_manual.share", ">=", 0.9)],
    )
    for n_hits, status in ((950, "met"), (905, "not_shown"), (870, "not_met")):
        found = proposed(made, read(write(tmp_path / "s.json", sample(n_hits, 1000))))
        assert found.status == status
    lucky = proposed(made, read(write(tmp_path / "s.json", sample(905, 1000))))
    assert "the value itself meets it" in lucky.reason


def test_evidence_that_names_no_model_is_for_a_person(tmp_path: Path) -> None:
    made = clause(
        evidence_kinds=["sample.generated_manual"],
        checks=[check("sample.generated_manual.share", ">=", 0.9)],
    )
    record = sample(990, 1000)
    record.pop("model_digest")
    found = proposed(made, read(write(tmp_path / "s.json", record)))
    assert (found.status, found.result) == ("to_decide", None)
    assert "names no model" in found.notes[0]


def test_papers_are_never_decided_by_themselves(tmp_path: Path) -> None:
    paper = read(write(tmp_path / "d.json", document("privacy_policy")))
    found = proposed(clause(evidence_kinds=["document.privacy_policy"]), paper)
    assert (found.status, found.result, found.evidence) == ("to_decide", None, (paper.id,))


def test_applicability_is_three_valued() -> None:
    made = clause(applies_when="public and free_text", otherwise=BOTH)
    assert proposed(made, public=True, free_text=True).status == "to_decide"
    not_so = proposed(made, free_text=False)
    assert (not_so.status, not_so.result) == ("not_applicable", "不适用")
    assert "free_text is false" in not_so.reason and not_so.reason_zh == "甲"
    unknown = proposed(made, public=True)
    assert unknown.status == "unknown"
    assert [t.what.split("'")[1] for t in unknown.todos] == ["free_text"]


def test_a_service_that_says_what_nobody_asks_is_refused() -> None:
    stand = Stand(
        service=Service(name="s", facts={"publik": True}),
        evidence=[],
        subject=Subject(),
        now=NOW + timedelta(days=1),
    )
    with pytest.raises(ConfigError, match="did you mean 'public'"):
        propose_all([pack()], stand)


@pytest.mark.parametrize(
    ("name", "value"),
    [("public", "yes"), ("modality", ["smell"]), ("modality", "text"), ("mlps_level", True)],
)
def test_a_fact_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    stand = Stand(
        service=Service(name="s", facts={name: value}), evidence=[], subject=Subject(), now=NOW
    )
    with pytest.raises(ConfigError) as error:
        propose_all([pack()], stand)
    assert error.value.code == "service.fact"


@pytest.mark.parametrize(
    "record",
    [
        [],
        {},
        {"service": "guanyao.service/2", "name": "x"},
        {"service": "guanyao.service/1"},
        {"service": "guanyao.service/1", "name": " "},
        {"service": "guanyao.service/1", "name": "x", "fact": {}},
        {"service": "guanyao.service/1", "name": "x", "facts": []},
        {"service": "guanyao.service/1", "name": "x", "model_digest": "abc"},
    ],
)
def test_a_broken_description_is_refused(record: object) -> None:
    with pytest.raises(ConfigError) as error:
        Service.from_json(record)
    assert error.value.code == "service.field"


def test_the_thirty_six_sections_of_a_dossier() -> None:
    assert len(sections()) == 36
    assert counts() == {"A": 20, "D": 9, "Q": 7}
    assert all(section.title["zh"] and section.source for section in sections())
