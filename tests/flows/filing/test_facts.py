import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from guanyao.errors import DataError
from guanyao.filing.ledger import MISSES, NOT_APPLICABLE
from guanyao.flows.filing import clauses, materials
from guanyao.flows.filing.act import state_of
from guanyao.flows.filing.facts import dossier_of
from guanyao.records.filing_tables import FILE
from tests.filing import cast
from tests.flows.filing.case import (
    NOW,
    FilingCase,
    case,
    frozen,
    made,
    ready,
    small_docx,
    train,
)

__all__ = ["case", "frozen", "made", "ready"]

DEPENDENT = {"cn-pipl/art-4-73", "guanyao-commission/E2-masking", "guanyao-commission/E2-attacks"}
"""Clauses whose results rest on the run's measurements, for the service of these tests."""


def change_a_row_and_train_anew(case: FilingCase) -> None:
    """One row of the training data changes, the model is trained anew, and its record is added."""
    case.wait(hours=1)
    case.add(train(case.folder, "second", first=1, at=case.now).paths["record"])


def items_of(outcome: Any) -> set[str]:
    return {item for check in outcome.failed for item in check.items}


def damage(case: FilingCase, digest: str) -> None:
    """Change a byte of a file in the database itself."""
    with case.room.store.writing() as desk:
        where = FILE.c.digest == digest
        desk._connection.execute(update(FILE).where(where).values(content=b"other"))


# Acceptance check 4 of the design: nothing that rests on a model outlives it.


def test_acceptance_4_a_changed_row_makes_dependent_results_stale_before_freeze(
    ready: FilingCase,
) -> None:
    assert clauses.status(ready.room, ready.id)["is_whole"]
    change_a_row_and_train_anew(ready)
    found = clauses.status(ready.room, ready.id)["blocks"]
    assert {(b["kind"], f"{b['pack']}/{b['clause']}") for b in found} == {
        ("stale", name) for name in DEPENDENT
    }
    outcome = ready.freeze()
    assert not outcome.done and outcome.code == "filing.guard"
    assert {check.name for check in outcome.failed} == {"G3"}
    assert items_of(outcome) == DEPENDENT


def test_acceptance_4_sign_is_refused_naming_each_clause(frozen: FilingCase) -> None:
    assert frozen.sign(cast.SIGNERS[0]).done
    change_a_row_and_train_anew(frozen)
    signed = frozen.sign(cast.SIGNERS[1])
    assert not signed.done and signed.outcome is not None
    assert {check.name for check in signed.outcome.failed} == {"G3", "G5"}
    assert items_of(signed.outcome) >= DEPENDENT
    assert all(name in str(signed.outcome.failed) for name in DEPENDENT)


def test_acceptance_4_submit_is_refused_naming_each_clause(frozen: FilingCase) -> None:
    for signer in cast.SIGNERS:
        assert frozen.sign(signer).done
    assert frozen.filing.state == "READY"
    change_a_row_and_train_anew(frozen)
    outcome = frozen.attempt("submit", cast.HEAD)
    assert not outcome.done
    assert {"G3", "G7", "G13"} <= {check.name for check in outcome.failed}
    assert items_of(outcome) >= DEPENDENT
    refused = frozen.room.store.chain
    assert [line.outcome for line in refused.lines()][-1] == "refused"
    assert frozen.filing.state == "READY"


def test_what_did_not_change_is_submitted(frozen: FilingCase) -> None:
    for signer in cast.SIGNERS:
        frozen.sign(signer)
    frozen.do("submit", cast.HEAD)
    frozen.do("accept", cast.CLERK)
    assert frozen.filing.state == "UNDER_REVIEW"


def test_deciding_anew_on_the_new_run_makes_the_ledger_whole(ready: FilingCase) -> None:
    change_a_row_and_train_anew(ready)
    taken = clauses.take(ready.room, ready.id, cast.HEAD)
    ready.decide_all()
    assert {f"{r.pack}/{r.clause}" for r in taken} <= DEPENDENT
    assert clauses.status(ready.room, ready.id)["is_whole"]
    ready.freeze().require()


# One guard after the other


def test_nothing_is_known_of_a_filing_that_was_just_opened(case: FilingCase) -> None:
    assert case.facts("decide").scope_route == ""
    found = case.facts("freeze")
    assert [m.is_there for m in found.materials] == [False] * len(found.materials)
    assert found.clauses is not None and found.clauses.unset
    assert case.facts("submit").changed_files is None
    assert case.facts("submit").material_change is None
    assert case.facts("sign").label_failures is None
    assert case.facts("sign").signatures == ()
    assert case.facts("no_such_event").materials is None


def test_only_what_the_guards_ask_for_is_gathered(case: FilingCase) -> None:
    found = case.facts("decide")
    assert found.materials is None and found.clauses is None and found.secrets is None
    assert "cn-pipl/" in " ".join(found.packs)


def test_a_damaged_file_of_evidence_stops_only_who_asks_for_it(ready: FilingCase) -> None:
    with ready.room.store.reading() as desk:
        record = next(iter(desk.records(ready.id, "evidence").values()))
    damage(ready, str(record["file"]))
    assert ready.facts("decide").scope_route == "file"
    with pytest.raises(DataError) as caught:
        ready.facts("freeze")
    assert caught.value.code == "filing.file"


def test_g1_the_scope_is_what_was_recorded(case: FilingCase) -> None:
    materials.scope(case.room, case.id, cast.HEAD, "not_required", "used inside the hospital only")
    assert case.facts("decide").scope_route == "not_required"


def test_g2_a_slot_counts_when_it_is_whole_confirmed_and_readable(ready: FilingCase) -> None:
    good = {m.slot for m in ready.facts("freeze").materials if m.is_checked}
    assert {"application_form", "clause_matrix", "model_mechanism"} <= good

    def bad() -> dict[str, tuple[bool, bool, bool]]:
        return {
            m.slot: (m.is_there, m.is_readable, m.is_checked)
            for m in ready.facts("freeze").materials
            if not (m.is_there and m.is_readable and m.is_checked)
        }

    assert bad() == {}
    marked = ready.file("plan.docx", small_docx("联系人：【待填写：联系人】"))
    materials.attach(ready.room, ready.id, "emergency_plan", marked, actor=cast.EDITOR)
    with ready.room.store.writing() as desk:
        form = desk.record(ready.id, "material", "application_form")
        desk.put_record(ready.id, "material", "application_form", {**form, "confirmed_by": ""})
        policy = desk.record(ready.id, "material", "privacy_policy")
    damage(ready, str(policy["digest"]))
    materials.detach(ready.room, ready.id, "continuity", cast.EDITOR)
    assert bad() == {
        "emergency_plan": (True, True, False),
        "application_form": (True, True, False),
        "privacy_policy": (True, False, True),
        "continuity": (False, True, True),
    }
    assert ready.facts("freeze").secrets is None


def test_g3_names_what_is_undecided_and_what_has_no_plan(ready: FilingCase) -> None:
    clauses.take_back(ready.room, ready.id, cast.HEAD, "cn-pipl", "art-4-73")
    planned = next(r for r in ready_results(ready) if r["result"] == MISSES)
    key = f"{planned['pack']}/{planned['clause']}"
    ready.wait(days=200)
    found = ready.facts("freeze").clauses
    assert found.unset == ("cn-pipl/art-4-73",)
    assert key in found.unreasoned


def ready_results(case: FilingCase) -> list[dict[str, Any]]:
    with case.room.store.reading() as desk:
        return list(desk.records(case.id, "clause").values())


def test_g4_a_threshold_is_met_planned_for_or_named(ready: FilingCase) -> None:
    found = {t.name: t for t in ready.facts("sign").thresholds}
    met = found["guanyao-commission/E2-attacks attack.auc"]
    assert met.is_met or met.plan_until is not None
    missing = found["guanyao-commission/E1-backup vault.n_items"]
    assert not missing.is_met
    assert missing.plan_until is not None and missing.plan_until.isoformat() == "2027-03-01"
    reason = "there is no service to back up"
    key = ("guanyao-commission", "E1-backup")
    clauses.decide(ready.room, ready.id, cast.HEAD, *key, NOT_APPLICABLE, reason=reason)
    assert not any("E1-backup" in t.name for t in ready.facts("sign").thresholds)
    clauses.decide(ready.room, ready.id, cast.HEAD, *key, "met", reason="we looked at it")
    names = {t.name for t in ready.facts("sign").thresholds if not t.is_met and not t.plan_until}
    assert names == {"guanyao-commission/E1-backup vault.n_items"}


def bank(updated: str) -> str:
    record = {
        "schema": "guanyao.bank/1",
        "bank": "keyword",
        "created": f"{updated}T00:00:00+00:00",
        "bank_digest": "c" * 64,
        "updated": updated,
        "n_entries": 10,
        "kinds": {"A.1.a": 10},
    }
    return json.dumps(record)


def test_g5_age_is_counted_where_a_pack_asks_for_it(case: FilingCase) -> None:
    case.described().in_draft()
    facts = {**case.facts_stated(), "public": True, "modality": ["text"], "free_text": True}
    with case.room.store.writing() as desk:
        service = desk.record(case.id, "service", "current")
        desk.put_record(case.id, "service", "current", {**service, "facts": facts})
    case.add(case.file("bank.json", bank("2026-11-10")))
    rules = [f for f in case.facts("sign").evidence if "bank.keyword:" in f.name]
    assert rules
    assert {round(f.limit_days) for f in rules} == {7}
    assert {round(f.age_days) for f in rules} == {10}
    assert all(name.startswith("cn-gbt45654-2025/") for name in (f.name for f in rules))


def test_g5_the_models_are_those_of_dossier_and_newest_run(frozen: FilingCase) -> None:
    found = frozen.facts("sign")
    assert found.model_digest == found.measured_digest != ""
    change_a_row_and_train_anew(frozen)
    after = frozen.facts("sign")
    assert after.model_digest == found.model_digest != after.measured_digest
    assert {f.name for f in after.evidence if f.age_days > f.limit_days} >= DEPENDENT


def test_g5_a_change_is_assessed_on_the_model_after_it(tmp_path: Path) -> None:
    case = FilingCase(tmp_path / "files", tmp_path / "room", profile="cn-genai-filing")
    run = train(case.folder, "one")
    case.add(run.paths["record"])
    found = case.facts("assess_change")
    assert found.model_digest == found.measured_digest == run.report["model"]["digest"]
    case.room.close()


def test_g6_only_signatures_of_registered_keys_are_valid(frozen: FilingCase) -> None:
    assert frozen.sign(cast.SIGNERS[0]).done
    (found,) = frozen.facts("sign").signatures
    assert found.is_valid and found.over == frozen.filing.manifest_digest
    with frozen.room.store.writing() as desk:
        key = f"1/{cast.SIGNERS[0].kind}"
        record = desk.record(frozen.id, "signature", key)
        desk.put_record(frozen.id, "signature", key, {**record, "signature": "QUJD"})
    (after,) = frozen.facts("sign").signatures
    assert not after.is_valid


def test_g7_one_changed_byte_of_a_frozen_file_is_named(frozen: FilingCase) -> None:
    assert frozen.facts("submit").changed_files == ()
    with frozen.room.store.reading() as desk:
        manifest = desk.record(frozen.id, "dossier", "1")["manifest"]
    damage(frozen, manifest["files"][0]["sha256"])
    assert frozen.facts("submit").changed_files == (manifest["files"][0]["path"],)


def test_g7_a_material_that_changed_since_the_freeze_is_named(frozen: FilingCase) -> None:
    with frozen.room.store.writing() as desk:
        record = desk.record(frozen.id, "material", "continuity")
        digest = desk.put_file(small_docx("其他内容"))
        desk.put_record(frozen.id, "material", "continuity", {**record, "digest": digest})
    assert frozen.facts("submit").changed_files == ("continuity",)


def label_check(model: str, n_explicit: int) -> str:
    n = 2_000
    counts = {"n_checked": n, "n_explicit": n_explicit, "n_implicit": n}
    carrier = {"carrier": "csv", **counts, "n_contradictory": 0, "n_damaged": 0}
    record = {
        "schema": "guanyao.label-check/1",
        "created": NOW.isoformat(),
        "model_digest": model,
        "sampling": {"how": "drawn by chance from what was delivered", "seed": 1},
        "carriers": [carrier],
    }
    return json.dumps(record)


def labelled(case: FilingCase, n_explicit: int, *, other: bool = False) -> None:
    clauses.take_back(case.room, case.id, cast.HEAD, "guanyao-commission", "E4-labels")
    with case.room.store.reading() as desk:
        run = next(r for r in desk.records(case.id, "evidence").values() if r["kind"] == "run")
        model = {o["name"]: o["digest"] for o in json.loads(desk.file(run["file"]))["outputs"]}
    digest = "f" * 64 if other else model["model.gy"]
    case.add(case.file("labels.json", label_check(digest, n_explicit)))


def test_g8_labels_that_are_ruled_out_need_no_test(ready: FilingCase) -> None:
    assert not ready.facts("sign").labels_apply
    clauses.take_back(ready.room, ready.id, cast.HEAD, "guanyao-commission", "E4-labels")
    assert ready.facts("sign").labels_apply
    assert ready.facts("sign").label_failures is None


def test_g8_labels_that_were_tested_meet_the_packs_or_are_named(ready: FilingCase) -> None:
    labelled(ready, 2_000)
    assert ready.facts("sign").label_failures == ()


def test_g8_labels_that_are_missing_are_named(ready: FilingCase) -> None:
    labelled(ready, 1_500)
    (found,) = ready.facts("sign").label_failures
    assert found.startswith("guanyao-commission/E4-labels label.explicit_share")


def test_g8_a_test_of_another_model_is_none(ready: FilingCase) -> None:
    labelled(ready, 2_000, other=True)
    assert ready.facts("sign").label_failures is None


def test_g10_a_secret_in_a_material_is_found(ready: FilingCase) -> None:
    assert ready.facts("freeze").secrets == ()
    leaking = ready.file("plan.docx", small_docx("password: hG7#kP2vQ9xLm4"))
    found = materials.attach(ready.room, ready.id, "emergency_plan", leaking, actor=cast.EDITOR)
    assert found.secrets
    assert len(ready.facts("freeze").secrets) == 1
    assert "hG7#" not in str(ready.facts("freeze").secrets)


def test_g13_the_dossiers_model_is_held_against_the_newest(frozen: FilingCase) -> None:
    assert frozen.facts("submit").material_change is False
    change_a_row_and_train_anew(frozen)
    assert frozen.facts("submit").material_change is True


def test_g13_a_run_on_other_data_is_a_change_too(frozen: FilingCase) -> None:
    with frozen.room.store.writing() as desk:
        record = desk.record(frozen.id, "dossier", "1")
        manifest = {**record["manifest"], "data": "e" * 64}
        desk.put_record(frozen.id, "dossier", "1", {**record, "manifest": manifest})
    assert frozen.facts("submit").material_change is True


def test_g14_a_number_is_looked_up_among_all_filings(case: FilingCase) -> None:
    assert case.facts("close").number_is_unique is None
    assert case.facts("close", number="n-7").number_is_unique is True
    case.open("f-2")
    with case.room.store.writing() as desk:
        other = desk.filing("f-2")
        desk.put_filing({**other, "number": "n-7"})
    assert case.facts("close", number="n-7").number_is_unique is False


def test_g16_a_hearing_is_offered_for_the_act(case: FilingCase) -> None:
    assert case.facts("revoke").hearing_offered is False
    offer = {"n": 1, "at": NOW.isoformat(), "about": "revoke", "statement": {"text": ""}}
    offer |= {"until": (NOW + timedelta(days=5)).isoformat(), "by": "dai"}
    with case.room.store.writing() as desk:
        desk.put_record(case.id, "hearing", "1", offer)
    case.wait(hours=1)
    assert case.facts("revoke").hearing_offered is True
    assert case.facts("reject").hearing_offered is False


# What documents are written from


def test_a_dossier_holds_what_was_recorded(ready: FilingCase) -> None:
    materials.put_answers(
        ready.room,
        ready.id,
        ready.file("answers.yaml", "answers: guanyao.answers/1\nprovince: 某省\n"),
        cast.EDITOR,
    )
    with ready.room.store.writing() as desk:
        paper = {"kind": "objection", "body": "it is wrong", "contact": "somebody", "salt": "s"}
        desk.put_record(ready.id, "case", "objection-1", paper)
        entries = desk.put_file(b'{"id":"1","text":"x","kind":"A.1.1"}\n')
        desk.put_record(
            ready.id, "bank", "keyword", {"file": entries, "coverage": {"n_entries": 1}}
        )
    with ready.room.store.reading() as desk:
        state = state_of(desk, ready.id)
        found = dossier_of(desk, ready.room, state, desk.now)
    assert found.service.name == "virtual records"
    assert found.answers == {"province": "某省"} and "province" in found.questions
    assert [run["verb"] for run in found.runs] == ["run"]
    assert found.subject.model == found.runs[0]["outputs"][0]["digest"]
    assert "contact" not in found.cases["objection-1"] and "salt" not in found.cases["objection-1"]
    assert found.entries["keyword"][0]["text"] == "x"
    assert len(found.results) == len(found.proposals) == sum(len(p.clauses) for p in found.packs)
    assert found.scope is not None and found.scope["route"] == "file"
    assert any(act["event"] == "decide" for act in found.acts)
    assert found.before is None and found.today.isoformat() == "2026-11-20"


def test_runs_come_newest_first(ready: FilingCase) -> None:
    change_a_row_and_train_anew(ready)
    with ready.room.store.reading() as desk:
        found = dossier_of(desk, ready.room, state_of(desk, ready.id), desk.now)
    created = [datetime.fromisoformat(run["created"]) for run in found.runs]
    assert created == sorted(created, reverse=True) and len(created) == 2
    assert created[0].tzinfo is not None and created[0].astimezone(UTC) > NOW


def test_after_a_freeze_the_version_before_is_known(frozen: FilingCase) -> None:
    with frozen.room.store.reading() as desk:
        found = dossier_of(desk, frozen.room, state_of(desk, frozen.id), desk.now)
    assert found.before is not None and found.before["version"] == 1
