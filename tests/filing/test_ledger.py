"""The clause ledger: three results, each with evidence or a reason, and stale by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError
from guanyao.filing.evidence import Evidence, Subject
from guanyao.filing.intake import read
from guanyao.filing.ledger import (
    ClauseResult,
    Current,
    Plan,
    blocks,
    counts,
    rests_on,
    stale,
)
from guanyao.filing.pack import Pack
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
    write,
    write_run,
)

WEEK = [{"evidence": "bank.keyword", "within": 7, "unit": "day", "source": SOURCE}]
MONTH = [{"evidence": "document.privacy_policy", "within": 1, "unit": "month", "source": SOURCE}]
PACK = pack(
    clause("attacks", evidence_kinds=["run"], checks=[check("attack.auc", "<=", 0.6)]),
    clause("bank", evidence_kinds=["bank.keyword"], fresh=WEEK),
    clause("policy", evidence_kinds=["document.privacy_policy"], fresh=MONTH),
    clause("text", applies_when="free_text", otherwise=BOTH),
)
SUBJECT = Subject(model=MODEL, data=DATA)


@pytest.fixture
def evidence(tmp_path: Path) -> dict[str, Evidence]:
    return {
        "attacks": read(write_run(tmp_path / "run.json")),
        "bank": read(write(tmp_path / "bank.json", bank())),
        "policy": read(write(tmp_path / "policy.json", document("privacy_policy"))),
    }


def result(clause: str, *used: Evidence, of: Pack = PACK, **more: Any) -> ClauseResult:
    known = {"result": "符合", "decided_by": "Li", "decided_at": NOW - timedelta(hours=1)}
    digests = rests_on(of, used, SUBJECT)
    ids = tuple(item.id for item in used)
    return ClauseResult(
        **{**known, "pack": of.id, "clause": clause, "evidence": ids, "rests_on": digests, **more}
    )


def whole(evidence: dict[str, Evidence]) -> list[ClauseResult]:
    decided = [result(name, item) for name, item in evidence.items()]
    return [*decided, result("text", result="不适用", reason="only tables come out")]


def current(evidence: dict[str, Evidence], **more: Any) -> Current:
    known = {"packs": {PACK.id: PACK}, "subject": SUBJECT, "now": NOW}
    return Current(**{**known, "evidence": list(evidence.values()), "facts": {}, **more})


def told(results: Sequence[ClauseResult], now: Current) -> dict[str, str]:
    return {item.result.clause: "; ".join(item.why) for item in stale(results, now)}


def test_a_whole_ledger_is_not_stale_and_blocks_nothing(evidence: dict[str, Evidence]) -> None:
    assert stale(whole(evidence), current(evidence)) == []
    assert blocks(whole(evidence), current(evidence)) == []
    assert counts(whole(evidence), current(evidence)) == {
        "made-up": {"符合": 3, "不符合": 0, "不适用": 1, "undecided": 0, "stale": 0}
    }


@pytest.mark.parametrize("name", ["model", "data"])
def test_another_digest_makes_what_rests_on_it_stale_and_nothing_else(
    name: str, evidence: dict[str, Evidence]
) -> None:
    now = current(evidence, subject=replace(SUBJECT, **{name: "9" * 64}))
    found = told(whole(evidence), now)
    assert list(found) == ["attacks"]
    assert found["attacks"].startswith(f"the {name} changed: ")
    blocked = blocks(whole(evidence), now)
    assert [(b.clause, b.kind) for b in blocked] == [("attacks", "stale")]


def test_a_subject_that_is_not_known_keeps_nothing(evidence: dict[str, Evidence]) -> None:
    found = told(whole(evidence), current(evidence, subject=Subject()))
    assert list(found) == ["attacks"] and "not known" in found["attacks"]


def test_another_pack_makes_all_of_it_stale(evidence: dict[str, Evidence]) -> None:
    record = pack(*[clause(id) for id in ("attacks", "bank", "policy", "text")], version="2")
    found = told(whole(evidence), current(evidence, packs={record.id: record}))
    assert set(found) == {"attacks", "bank", "policy", "text"}
    assert all("the pack made-up changed" in why for why in found.values())


def test_a_pack_that_is_gone_or_out_of_force(evidence: dict[str, Evidence]) -> None:
    assert all(
        "not active" in w for w in told(whole(evidence), current(evidence, packs={})).values()
    )
    ended = replace(PACK, effective_to=date(2026, 11, 21))
    found = told(whole(evidence), current(evidence, packs={PACK.id: ended}))
    assert all("not in force" in why for why in found.values()) and len(found) == 4


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        (datetime(2026, 11, 26, 15, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 26, 16, 0, tzinfo=UTC), []),
        (datetime(2026, 11, 26, 16, 0, 1, tzinfo=UTC), ["bank"]),
        (datetime(2026, 12, 21, 12, tzinfo=UTC), ["bank"]),
        (datetime(2026, 12, 21, 12, 0, 1, tzinfo=UTC), ["bank", "policy"]),
    ],
)
def test_evidence_grows_too_old_to_the_second(
    now: datetime, gone: list[str], evidence: dict[str, Evidence]
) -> None:
    """The bank was changed on 2026-11-20 in China, the policy attached on 2026-11-21, 12:00 UTC."""
    assert list(told(whole(evidence), current(evidence, now=now))) == gone


def test_evidence_that_changed_vanished_or_ended(evidence: dict[str, Evidence]) -> None:
    results = whole(evidence)
    policy = evidence["policy"]
    ended = replace(policy, valid_until=date(2026, 11, 21))
    other = replace(policy, digest="7" * 64)
    for changed, why in ((ended, "was valid until"), (other, "changed")):
        assert why in told(results, current({**evidence, "policy": changed}))["policy"]
    left = {name: item for name, item in evidence.items() if name != "policy"}
    assert "is missing" in told(results, current(left))["policy"]


def test_a_clock_that_was_turned_back_is_noticed(evidence: dict[str, Evidence]) -> None:
    found = told(whole(evidence), current(evidence, now=NOW - timedelta(days=9)))
    assert len(found) == 4 and all("in the future" in why for why in found.values())


def test_everything_that_blocks_is_named(evidence: dict[str, Evidence]) -> None:
    misses = result("bank", evidence["bank"], result="不符合", reason="too few")
    strange = result("gone", reason="once there was such a clause")
    results = [misses, misses, strange]
    found = {(b.clause, b.kind) for b in blocks(results, current(evidence))}
    assert found == {
        ("attacks", "undecided"),
        ("policy", "undecided"),
        ("text", "unknown"),
        ("bank", "not_met"),
        ("bank", "twice"),
        ("gone", "removed"),
    }


def test_a_dated_plan_lifts_the_block_until_it_is_due(evidence: dict[str, Evidence]) -> None:
    due = Plan(text="add entries", due=date(2026, 12, 1))
    late = Plan(text="add entries", due=date(2026, 11, 21))
    results = whole(evidence)
    for plan, codes in ((due, []), (late, ["late_plan"])):
        results[1] = result("bank", evidence["bank"], result="不符合", reason="too few", plan=plan)
        assert [b.kind for b in blocks(results, current(evidence))] == codes


def test_a_result_that_measurement_contradicts_blocks(
    evidence: dict[str, Evidence], tmp_path: Path
) -> None:
    """Also by evidence that whoever decided left out: a worse attack on the same model."""
    worse = read(write_run(tmp_path / "worse.json", attacks=[attack(0.7, 0.65, 0.75)]))
    found = blocks(whole(evidence), current({**evidence, "worse": worse}))
    assert [(b.clause, b.kind) for b in found] == [("attacks", "contradicted")]
    assert "attack.auc 0.7" in found[0].why


@pytest.mark.parametrize(
    "more",
    [
        {"result": "基本符合"},
        {"result": "符合", "reason": " "},
        {"result": "不符合"},
        {"result": "不适用"},
        {"result": "符合", "reason": "x", "plan": Plan(text="x", due=date(2027, 1, 1))},
        {"result": "不符合", "reason": "x", "plan": Plan(text=" ", due=date(2027, 1, 1))},
        {"result": "符合", "reason": "x", "decided_by": " "},
        {"result": "符合", "reason": "x", "decided_at": datetime(2026, 1, 1)},
        {"result": "符合", "reason": "x", "rests_on": {}},
        {"result": "符合", "evidence": ("run:1",)},
    ],
)
def test_a_result_needs_its_parts(more: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as error:
        result("attacks", **more)
    assert error.value.code == "ledger.result"


def test_not_applicable_with_evidence_still_needs_a_reason(evidence: dict[str, Evidence]) -> None:
    with pytest.raises(ConfigError, match="why it does not apply"):
        result("attacks", evidence["attacks"], result="不适用")


def test_evidence_about_two_models_cannot_carry_one_result(
    evidence: dict[str, Evidence], tmp_path: Path
) -> None:
    other = read(write_run(tmp_path / "other.json", model="9" * 64))
    with pytest.raises(ConfigError) as error:
        result("attacks", evidence["attacks"], other)
    assert error.value.code == "ledger.mixed"


def test_a_result_survives_json(evidence: dict[str, Evidence]) -> None:
    plan = Plan(text="add entries", due=date(2026, 12, 1))
    made = result("bank", evidence["bank"], result="不符合", reason="too few", plan=plan)
    assert ClauseResult.from_json(made.to_json()) == made
    for broken in ({}, {**made.to_json(), "decided_at": "soon"}, {**made.to_json(), "x": 1}):
        with pytest.raises(ConfigError):
            ClauseResult.from_json(broken)
