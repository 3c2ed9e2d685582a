"""Each guard refuses in a real room: what it looks at is broken there, and nobody tells it so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError
from guanyao.filing.filing_state import Actor
from guanyao.filing.guards import GUARDS
from guanyao.filing.ledger import MEETS
from guanyao.filing.outcome import Outcome
from guanyao.flows.filing import cases, clauses, materials
from guanyao.flows.filing.act import act
from guanyao.flows.filing.draft import draft
from guanyao.flows.filing.files import keep_for
from guanyao.flows.filing.page import publish_check
from tests.filing import cast
from tests.flows.filing.case import FilingCase, frozen, made, ready, small_docx, train

__all__ = ["frozen", "made", "ready"]

REVIEW = (cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER)


def to_review(found: FilingCase) -> None:
    for signer in cast.SIGNERS:
        assert found.sign(signer).done
    found.do("submit", cast.HEAD)
    found.do("accept", cast.CLERK)


def to_notice(found: FilingCase) -> None:
    to_review(found)
    for actor in REVIEW:
        found.do("pass", actor)


def notice_over(found: FilingCase) -> None:
    deadline = found.filing.deadline("notice")
    assert deadline is not None
    found.now = deadline.ends_at


def to_filed(found: FilingCase) -> None:
    to_notice(found)
    notice_over(found)
    found.do("close", cast.DECIDER, number="GY-1")


def to_suspended(found: FilingCase) -> None:
    to_filed(found)
    found.do("suspend", cast.DECIDER)


def another_run(found: FilingCase) -> None:
    found.wait(hours=1)
    found.add(train(found.folder, "other", first=1, at=found.now).paths["record"])


def no_scope(found: FilingCase) -> Outcome:
    return found.attempt("decide", cast.HEAD, outcome="file")


def other_scope(found: FilingCase) -> Outcome:
    materials.scope(found.room, found.id, cast.HEAD, "file", cast.REASON)
    return found.attempt("decide", cast.HEAD, outcome="not_required")


def missing_material(found: FilingCase) -> Outcome:
    materials.detach(found.room, found.id, "continuity", actor=cast.EDITOR)
    return found.freeze()


def open_draft(found: FilingCase) -> Outcome:
    materials.detach(found.room, found.id, "continuity", actor=cast.EDITOR)
    draft(found.room, found.id, cast.EDITOR, ["continuity"])
    return found.freeze()


def undecided_clause(found: FilingCase) -> Outcome:
    clauses.take_back(found.room, found.id, cast.HEAD, "guanyao-commission", "E4-labels")
    return found.freeze()


def plan_is_over(found: FilingCase) -> Outcome:
    found.wait(days=150)
    outcome = found.sign(cast.SIGNERS[0]).outcome
    assert outcome is not None
    return outcome


def measured_on_another(found: FilingCase) -> Outcome:
    another_run(found)
    outcome = found.sign(cast.SIGNERS[0]).outcome
    assert outcome is not None
    return outcome


def forged_signature(found: FilingCase) -> Outcome:
    """One of three signatures is over another manifest when the last is given."""
    for signer in cast.SIGNERS[:2]:
        assert found.sign(signer).done
    with found.room.store.writing() as desk:
        [key, *_] = desk.records(found.id, "signature")
        record = desk.record(found.id, "signature", key) or {}
        desk.put_record(found.id, "signature", key, {**record, "over": "f" * 64})
    outcome = found.sign(cast.SIGNERS[2]).outcome
    assert outcome is not None
    return outcome


def changed_material(found: FilingCase) -> Outcome:
    for signer in cast.SIGNERS:
        assert found.sign(signer).done
    with found.room.store.writing() as desk:
        record = desk.record(found.id, "material", "continuity") or {}
        digest = desk.put_file(small_docx("其他内容"))
        desk.put_record(found.id, "material", "continuity", {**record, "digest": digest})
    return found.attempt("submit", cast.HEAD)


def untested_labels(found: FilingCase) -> Outcome:
    for proposal in clauses.proposals(found.room, found.id):
        if "label_check" in proposal.clause.evidence_kinds:
            key = (proposal.pack, proposal.clause.id)
            clauses.decide(found.room, found.id, cast.HEAD, *key, MEETS, reason=cast.REASON)
    found.frozen()
    outcome = found.sign(cast.SIGNERS[0]).outcome
    assert outcome is not None
    return outcome


def same_person(found: FilingCase) -> Outcome:
    to_review(found)
    for actor in REVIEW[:2]:
        found.do("pass", actor)
    return found.attempt("pass", replace(cast.DECIDER, person=cast.REVIEWER.person))


def of_the_provider(found: FilingCase) -> Outcome:
    to_review(found)
    return found.attempt("pass", replace(cast.REVIEWER, organisation=cast.PROVIDER))


def secret_inside(found: FilingCase) -> Outcome:
    plan = found.file("plan.docx", small_docx("password: hG7#kP2vQ9xLm4"))
    materials.attach(found.room, found.id, "emergency_plan", plan, actor=cast.EDITOR)
    return found.freeze()


def too_early(found: FilingCase) -> Outcome:
    to_notice(found)
    return found.attempt("close", cast.DECIDER, number="GY-1")


def open_objection(found: FilingCase) -> Outcome:
    to_notice(found)
    assert cases.object(found.room, found.id, None, "the notice names no label").outcome.done
    notice_over(found)
    return found.attempt("close", cast.DECIDER, number="GY-1")


def changed_in_review(found: FilingCase) -> Outcome:
    to_review(found)
    another_run(found)
    return found.attempt("pass", cast.REVIEWER)


def number_is_taken(found: FilingCase) -> Outcome:
    to_notice(found)
    notice_over(found)
    found.open("f-2")
    with found.room.store.writing() as desk:
        desk.put_filing({**(desk.filing("f-2") or {}), "number": "GY-1"})
    return found.attempt("close", cast.DECIDER, number="GY-1")


def no_proof(found: FilingCase) -> Outcome:
    to_suspended(found)
    return found.attempt("lift", cast.DECIDER)


def proof_not_accepted(found: FilingCase) -> Outcome:
    to_suspended(found)
    found.do("submit_proof", cast.HEAD, case="rectification-1", proof="ab" * 32)
    return found.attempt("lift", cast.DECIDER)


def not_heard(found: FilingCase) -> Outcome:
    to_suspended(found)
    return found.attempt("revoke", cast.DECIDER)


def page_without_number(found: FilingCase) -> Outcome:
    to_filed(found)
    page = found.file("page.html", "<p>GY-10 and <span style='display:none'>GY-1</span></p>")
    return publish_check(found.room, found.id, page)


def page_not_fetched(found: FilingCase) -> Outcome:
    to_filed(found)
    return act(found.room, found.id, "publish_check", Actor.clocks())


def short_reason(found: FilingCase) -> Outcome:
    return found.attempt("return", cast.SIGNERS[0], reason="no" + " " * 40)


BROKEN: tuple[tuple[str, str, Callable[[FilingCase], Outcome]], ...] = (
    ("G1", "case", no_scope),
    ("G1", "case", other_scope),
    ("G2", "ready", missing_material),
    ("G2", "ready", open_draft),
    ("G3", "ready", undecided_clause),
    ("G4", "frozen", plan_is_over),
    ("G5", "frozen", measured_on_another),
    ("G6", "frozen", forged_signature),
    ("G7", "frozen", changed_material),
    ("G8", "ready", untested_labels),
    ("G9", "frozen", same_person),
    ("G9", "frozen", of_the_provider),
    ("G10", "ready", secret_inside),
    ("G11", "frozen", too_early),
    ("G12", "frozen", open_objection),
    ("G13", "frozen", changed_in_review),
    ("G14", "frozen", number_is_taken),
    ("G15", "frozen", no_proof),
    ("G15", "frozen", proof_not_accepted),
    ("G16", "frozen", not_heard),
    ("G17", "frozen", page_without_number),
    ("G17", "frozen", page_not_fetched),
    ("G18", "frozen", short_reason),
)


@pytest.mark.parametrize(("guard", "at", "breaks"), BROKEN, ids=lambda x: getattr(x, "__name__", x))
def test_it_refuses_and_the_refusal_is_kept(
    tmp_path: Path,
    made: dict[str, FilingCase],
    guard: str,
    at: str,
    breaks: Callable[[FilingCase], Outcome],
) -> None:
    is_new = at == "case"
    found = FilingCase(tmp_path, tmp_path / "room") if is_new else made[at].copied(tmp_path)
    found.described() if is_new else None
    outcome = breaks(found)
    assert not outcome.done
    assert guard in {check.name for check in outcome.failed}
    assert found.filing.state == outcome.before == outcome.after
    with found.room.store.reading() as desk:
        kept = desk.acts(found.id)[-1]
    assert (kept["event"], kept["done"]) == (outcome.event, False)
    assert {"name": guard, "passed": False}.items() <= next(
        one for one in kept["checks"] if one["name"] == guard
    ).items()
    last = list(found.room.store.chain.lines())[-1]
    assert (last.outcome, last.code) == ("refused", outcome.code)
    assert f"{guard}:fail" in last.facts["checks"]


def test_every_guard_is_broken_here() -> None:
    assert {guard for guard, _, _ in BROKEN} == set(GUARDS)


def test_a_dossier_comes_from_freezing_only(ready: FilingCase) -> None:
    """The act alone would leave a version without files."""
    outcome = act(ready.room, ready.id, "freeze", cast.EDITOR)
    assert [check.name for check in outcome.failed] == ["payload"]
    assert "made by freezing" in outcome.failed[0].why.en
    ready.frozen().do("return", cast.SIGNERS[0])
    assert not act(ready.room, ready.id, "freeze", cast.EDITOR).done
    assert ready.freeze().filing.dossier_version == 2


def test_nobody_signs_without_a_signature(frozen: FilingCase) -> None:
    outcome = act(frozen.room, frozen.id, "sign", cast.SIGNERS[0])
    assert [check.why.en for check in outcome.failed] == [
        "who signs has given no signature over it"
    ]
    for signer in cast.SIGNERS:
        assert frozen.sign(signer).done, signer.person
    assert frozen.filing.state == "READY"


def failures(found: FilingCase) -> list[tuple[str, Any]]:
    lines = found.room.store.chain.lines()
    return [(line.code, line.facts["event"]) for line in lines if line.act == "filing.failed"]


def test_an_act_under_a_broken_pack_is_recorded(frozen: FilingCase, tmp_path: Path) -> None:
    to_review(frozen)
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "own.yaml").write_text("pack: guanyao.pack/1\nclauses: [", encoding="utf-8")
    frozen.room = replace(frozen.room, packs=folder)
    with pytest.raises(ConfigError) as error:
        frozen.attempt("pass", cast.REVIEWER)
    assert error.value.code.startswith("pack")
    assert failures(frozen) == [(error.value.code, "pass")]
    (folder / "own.yaml").unlink()
    assert frozen.attempt("pass", cast.REVIEWER).done
    assert frozen.room.store.verify().ok


def test_a_file_that_is_refused_is_recorded_with_its_act(frozen: FilingCase) -> None:
    bad = frozen.file("notes.docx", b"no document")
    for path in (bad, frozen.folder / "nothing.pdf"):
        with pytest.raises(DataError) as error:
            keep_for(frozen.room, frozen.id, "test", cast.TESTER, [path])
        assert error.value.code == "filing.attachment"
    assert failures(frozen) == [("filing.attachment", "test")] * 2


def test_a_signature_with_a_strange_key_is_recorded(frozen: FilingCase) -> None:
    mine, others = (cast.SIGNERS[n].person for n in (0, 1))
    frozen.keys[mine] = frozen.keys[others]
    with pytest.raises(DataError) as error:
        frozen.sign(cast.SIGNERS[0])
    assert failures(frozen) == [(error.value.code, "sign")] == [("filing.key_other", "sign")]
    assert not frozen.filing.votes


@dataclass(frozen=True)
class Wrong:
    """An act that cannot be, and the check that says so."""

    event: str
    actor: Actor
    check: str
    said: tuple[tuple[str, Any], ...] = ()


WRONG = (
    Wrong("close", cast.DECIDER, "state"),
    Wrong("fly", cast.HEAD, "event"),
    Wrong("return", cast.CLERK, "G9"),
    Wrong("return", replace(cast.SIGNERS[0], organisation="another"), "G9"),
    Wrong("admit", cast.CLERK, "case", (("case", "objection-9"),)),
    Wrong("decide", cast.HEAD, "outcome", (("outcome", "perhaps"),)),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.event}-{wrong.check}")
def test_what_cannot_be_done_is_refused_by_name_and_kept(frozen: FilingCase, wrong: Wrong) -> None:
    before = frozen.filing
    outcome = frozen.attempt(wrong.event, wrong.actor, **dict(wrong.said))
    assert wrong.check in {check.name for check in outcome.failed}
    assert outcome.code.startswith("filing.")
    with frozen.room.store.reading() as desk:
        assert desk.acts(frozen.id)[-1]["code"] == outcome.code
    assert frozen.filing == before
