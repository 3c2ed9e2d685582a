from datetime import date
from typing import Any

import polars as pl
import pytest
import yaml

from guanyao.errors import ConfigError, DataError, TransitionError, UnknownNameError
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE, ClauseResult
from guanyao.flows.filing import clauses
from tests.filing import cast
from tests.flows.filing.case import REASON, FilingCase, case, frozen, made, ready, train

__all__ = ["case", "frozen", "made", "ready"]

AUC = ("guanyao-commission", "E2-attacks")
BACKUP = ("guanyao-commission", "E1-backup")
LABELS = ("guanyao-commission", "E4-labels")


@pytest.fixture
def measured(case: FilingCase) -> FilingCase:
    """A described service with one run."""
    case.described().in_draft()
    case.add(train(case.folder, "first").paths["record"])
    return case


def results(case: FilingCase) -> dict[tuple[str, str], ClauseResult]:
    with case.room.store.reading() as desk:
        found = map(ClauseResult.from_json, desk.records(case.id, "clause").values())
        return {result.key: result for result in found}


def decide(case: FilingCase, key: tuple[str, str], result: str, **more: Any) -> ClauseResult:
    return clauses.decide(case.room, case.id, cast.HEAD, *key, result, **more)


def run_id(case: FilingCase) -> str:
    with case.room.store.reading() as desk:
        return next(id for id in desk.records(case.id, "evidence") if id.startswith("run:"))


# Proposals, and taking them over


def test_what_is_proposed_is_taken_over_with_all_it_rests_on(measured: FilingCase) -> None:
    found = {(p.pack, p.clause.id): p for p in clauses.proposals(measured.room, measured.id)}
    taken = clauses.take(measured.room, measured.id, cast.HEAD)
    ready_made = {key for key, p in found.items() if p.status in ("met", "not_applicable")}
    assert {result.key for result in taken} == ready_made
    assert results(measured) == {result.key: result for result in taken}
    for result in taken:
        assert result.decided_by == "ann" and result.decided_at == measured.now
        assert set(result.rests_on) >= {"pack", *(f"evidence:{id}" for id in result.evidence)}
    no_public = next(r for r in taken if r.result == NOT_APPLICABLE)
    assert no_public.reason == found[no_public.key].reason_zh


def test_only_one_status_can_be_taken_over_and_others_never(measured: FilingCase) -> None:
    taken = clauses.take(measured.room, measured.id, cast.HEAD, ["not_applicable"])
    assert {result.result for result in taken} == {NOT_APPLICABLE}
    for status in ("to_decide", "missing", "not_met", "fine"):
        with pytest.raises(ConfigError) as caught:
            clauses.take(measured.room, measured.id, cast.HEAD, [status])
        assert caught.value.code == "filing.status"


def test_a_sound_decision_stays_and_a_stale_one_is_taken_over(measured: FilingCase) -> None:
    own = decide(measured, LABELS, "not_applicable", reason=REASON)
    clauses.take(measured.room, measured.id, cast.HEAD)
    assert results(measured)[LABELS] == own
    assert clauses.take(measured.room, measured.id, cast.HEAD) == []


def test_taking_over_leaves_one_line_with_digests_only(measured: FilingCase) -> None:
    taken = clauses.take(measured.room, measured.id, cast.HEAD)
    line = list(measured.room.store.chain.lines())[-1]
    assert (line.act, line.facts["n_clauses"]) == ("filing.clause.take", len(taken))
    assert set(line.facts) == {"n_clauses", "n_met", "n_not_met", "decisions"}


# Deciding


def test_a_decision_rests_on_what_is_proposed_or_named(measured: FilingCase) -> None:
    found = decide(measured, AUC, MEETS, reason=REASON)
    assert found.evidence == (run_id(measured),)
    assert set(found.rests_on) == {"pack", "model", "data", f"evidence:{run_id(measured)}"}
    short = run_id(measured).partition(":")[2][:8]
    named = decide(measured, BACKUP, MEETS, evidence=[short], reason=REASON)
    assert named.evidence == (run_id(measured),)
    bare = decide(measured, BACKUP, "not_applicable", reason="there is nothing to back up")
    assert bare.evidence == () and set(bare.rests_on) == {"pack"}
    with measured.room.store.reading() as desk:
        versions = desk.versions(measured.id, "clause", "/".join(BACKUP))
    assert [version["result"] for version in versions] == [MEETS, NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("key", "result", "more", "code"),
    [
        (BACKUP, "met", {}, "ledger.result"),
        (BACKUP, "不适用", {}, "ledger.result"),
        (BACKUP, "不符合", {"reason": REASON, "plan": "do it"}, "ledger.plan"),
        (BACKUP, "不符合", {"reason": REASON, "due": "2027-01-01"}, "ledger.plan"),
        (BACKUP, "不符合", {"reason": REASON, "plan": "x", "due": "2026-11-19"}, "ledger.plan"),
        (BACKUP, "不符合", {"reason": REASON, "plan": "x", "due": "soon"}, "ledger.plan"),
        (BACKUP, "符合", {"reason": REASON, "plan": "x", "due": "2027-01-01"}, "ledger.result"),
        (BACKUP, "perhaps", {"reason": REASON}, "unknown_name"),
        (BACKUP, "符合", {"evidence": ["run:nothing"]}, "unknown_name"),
        (("cn-pipl", "art-999"), "符合", {"reason": REASON}, "unknown_name"),
        (("no-pack", "art-1"), "符合", {"reason": REASON}, "unknown_name"),
    ],
)
def test_a_decision_that_lacks_something_is_refused_and_recorded(
    measured: FilingCase, key: tuple[str, str], result: str, more: dict[str, Any], code: str
) -> None:
    with pytest.raises((ConfigError, UnknownNameError)) as caught:
        decide(measured, key, result, **more)
    assert caught.value.code == code
    assert results(measured) == {}
    assert list(measured.room.store.chain.lines())[-1].code == code


def test_nothing_is_decided_that_would_be_stale_at_once(measured: FilingCase) -> None:
    old = run_id(measured)
    measured.wait(hours=1)
    measured.add(train(measured.folder, "second", first=1, at=measured.now).paths["record"])
    with pytest.raises(ConfigError) as caught:
        decide(measured, AUC, MEETS, evidence=[old], reason=REASON)
    assert caught.value.code == "ledger.mixed"
    with measured.room.store.reading() as desk:
        runs = [id for id in desk.records(measured.id, "evidence") if id.startswith("run:")]
    assert decide(measured, AUC, MEETS, reason=REASON).evidence == (runs[1],)


def test_evidence_that_grew_too_old_is_not_decided_on(measured: FilingCase) -> None:
    measured.now = measured.now.replace(year=2026, month=11, day=1)
    with pytest.raises(ConfigError) as caught:
        decide(measured, AUC, MEETS, evidence=[run_id(measured)], reason=REASON)
    assert caught.value.code == "ledger.stale" and "future" in str(caught.value)


def test_only_the_provider_decides_and_not_on_a_frozen_dossier(frozen: FilingCase) -> None:
    room, id = frozen.room, frozen.id
    for attempt in (
        lambda: decide(frozen, BACKUP, NOT_APPLICABLE, reason=REASON),
        lambda: clauses.take(room, id, cast.HEAD),
        lambda: clauses.take_back(room, id, cast.HEAD, *BACKUP),
        lambda: clauses.read_decisions(room, id, cast.HEAD, frozen.folder / "x.csv"),
    ):
        with pytest.raises(TransitionError) as caught:
            attempt()
        assert caught.value.code == "filing.frozen"
    with pytest.raises(TransitionError) as other:
        clauses.take(room, id, cast.CLERK)
    assert other.value.code == "filing.role"


def test_a_decision_can_be_taken_back(measured: FilingCase) -> None:
    decide(measured, BACKUP, NOT_APPLICABLE, reason=REASON)
    clauses.take_back(measured.room, measured.id, cast.HEAD, *BACKUP)
    assert results(measured) == {}
    with pytest.raises(UnknownNameError):
        clauses.take_back(measured.room, measured.id, cast.HEAD, *BACKUP)


# Worksheets


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv", "sheet.yaml"])
def test_a_worksheet_comes_back_as_it_went(ready: FilingCase, name: str) -> None:
    path = ready.folder / name
    n = clauses.write_worksheet(ready.room, ready.id, path)
    assert n == len(results(ready))
    before = results(ready)
    assert clauses.read_decisions(ready.room, ready.id, cast.EDITOR, path) == []
    assert results(ready) == before
    with ready.room.store.writing() as desk:
        for key in before:
            desk.drop_record(ready.id, "clause", "/".join(key))
    clauses.read_decisions(ready.room, ready.id, cast.EDITOR, path)
    after = results(ready)
    assert set(after) == set(before)
    for key, result in after.items():
        old = before[key]
        assert (result.result, result.reason, result.plan) == (old.result, old.reason, old.plan)
        assert result.decided_by == "eda"


def test_a_sheet_that_a_person_filled_in_is_taken(measured: FilingCase) -> None:
    path = measured.folder / "sheet.csv"
    clauses.write_worksheet(measured.room, measured.id, path)
    frame = pl.read_csv(path, infer_schema_length=0)
    is_backup = (pl.col("规则包") == BACKUP[0]) & (pl.col("条款") == BACKUP[1])
    said = {"结论": "不符合", "理由": "=没有", "整改计划": "建立备份", "完成期限": "2027-02-01"}
    filled = [pl.when(is_backup).then(pl.lit(v)).otherwise(c).alias(c) for c, v in said.items()]
    frame.with_columns(filled).write_csv(path)
    (found,) = clauses.read_decisions(measured.room, measured.id, cast.HEAD, path)
    assert found.key == BACKUP and found.result == MISSES and found.reason == "=没有"
    assert found.plan is not None and found.plan.due == date(2027, 2, 1)


def test_wrong_lines_are_all_named_and_none_is_taken(measured: FilingCase) -> None:
    heads = "pack,clause,result,reason,plan,due"
    lines = [
        f"{BACKUP[0]},{BACKUP[1]},不适用,nothing to back up,,",
        "cn-pipl,art-999,符合,it is so,,",
        f"{AUC[0]},{AUC[1]},不适用,,,",
        f"{LABELS[0]},{LABELS[1]},perhaps,it is so,,",
        f"{LABELS[0]},{LABELS[1]},不符合,it is so,do it,someday",
        "",
    ]
    path = measured.file("sheet.csv", "\n".join([heads, *lines]))
    with pytest.raises(DataError) as caught:
        clauses.read_decisions(measured.room, measured.id, cast.HEAD, path)
    assert caught.value.code == "ledger.worksheet"
    told = str(caught.value)
    assert all(f"line {n}:" in told for n in (3, 4, 5, 6)) and "line 2:" not in told
    assert "stands twice" in told
    assert results(measured) == {}
    assert list(measured.room.store.chain.lines())[-1].code == "ledger.worksheet"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", "pack,clause\na,b\n", "ledger.worksheet"),
        ("a.csv", "pack,clause,result\n,b,符合\n", "ledger.worksheet"),
        ("a.yaml", "clauses: []\n", "ledger.worksheet"),
        (
            "a.yaml",
            "decisions: guanyao.decisions/1\nclauses: [{pack: a, x: 1}]\n",
            "ledger.worksheet",
        ),
        ("a.yaml", "a: &x 1\nb: *x\n", "ledger.worksheet"),
        ("a.xlsx", "no workbook", "sheet.unreadable"),
        ("a.doc", "pack,clause,result\n", "sheet.unreadable"),
    ],
)
def test_a_file_that_is_no_worksheet_is_refused(
    measured: FilingCase, name: str, content: str, code: str
) -> None:
    with pytest.raises((DataError, ConfigError)) as caught:
        path = measured.file(name, content)
        clauses.read_decisions(measured.room, measured.id, cast.HEAD, path)
    assert caught.value.code == code


def test_a_worksheet_has_one_of_three_endings(measured: FilingCase) -> None:
    with pytest.raises(DataError) as caught:
        clauses.write_worksheet(measured.room, measured.id, measured.folder / "a.doc")
    assert caught.value.code == "sheet.suffix"


def test_a_stale_result_must_be_filled_in_anew(ready: FilingCase) -> None:
    ready.wait(hours=1)
    ready.add(train(ready.folder, "second", first=1, at=ready.now).paths["record"])
    path = ready.folder / "sheet.yaml"
    clauses.write_worksheet(ready.room, ready.id, path)
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["clauses"]
    stale = [row for row in rows if row["status"] == "stale"]
    assert {(row["pack"], row["clause"]) for row in stale} >= {AUC}
    assert all(row["result"] == row["evidence"] == "" for row in stale)
    assert all(clauses.STALE in row["why"] for row in stale)
    assert clauses.read_decisions(ready.room, ready.id, cast.HEAD, path) == []


# Where it stands


def test_the_status_names_each_block(measured: FilingCase) -> None:
    found = clauses.status(measured.room, measured.id)
    assert not found["is_whole"] and len(found["blocks"]) == found["n_clauses"]
    assert sum(found["proposed"].values()) == found["n_clauses"]
    clauses.take(measured.room, measured.id, cast.HEAD)
    decide(measured, BACKUP, MISSES, reason=REASON)
    after = clauses.status(measured.room, measured.id)
    kinds = {(b["pack"], b["clause"]): b["kind"] for b in after["blocks"]}
    assert kinds[BACKUP] == "not_met" and kinds[LABELS] == "undecided"
    assert after["counts"]["guanyao-commission"][MISSES] == 1
