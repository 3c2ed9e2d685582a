from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanyao.errors import (
    ConfigError,
    DataError,
    DeadlineError,
    EvidenceMissingError,
    TransitionError,
)
from guanyao.filing import PROFILES
from guanyao.filing.advance import advance
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Threshold
from guanyao.filing.profile_file import load_profile
from guanyao.filing.tick import recount, tick
from tests.filing.cast import (
    CLERK,
    DECIDER,
    DECIDER_2,
    EDITOR,
    HEAD,
    INSPECTOR,
    OBJECTOR,
    OFFICE,
    PROVIDER,
    REVIEWER,
    REVIEWER_2,
    SIGNERS,
    SYSTEM,
    TESTER,
    Play,
    calendar,
    good_facts,
)

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("name", PROFILES)
def test_a_filing_gets_its_number(name: str) -> None:
    play = Play(name).to_filed()
    assert (play.filing.state, play.filing.number) == ("FILED", "n-1")
    assert play.filing.service == "allowed"
    assert play.filing.dossier_version == 1
    assert play.filing.model_digest == "model"


@pytest.mark.parametrize("name", PROFILES)
def test_a_filing_reads_back_as_it_was(name: str) -> None:
    import json

    filing = Play(name).to_filed().filing
    assert FilingState.from_json(json.loads(json.dumps(filing.to_json()))) == filing


def test_another_record_is_no_filing() -> None:
    with pytest.raises(DataError) as caught:
        FilingState.from_json({"filing": "guanyao.filing/9"})
    assert caught.value.code == "filing.format"


def test_a_service_out_of_scope_needs_no_filing() -> None:
    play = Play()
    play.do("open", EDITOR)
    play.do("decide", HEAD, outcome="not_required")
    assert play.filing.state == "NOT_REQUIRED"
    assert play.attempt("freeze", EDITOR).code == "filing.state"


def test_correction_gives_a_new_dossier_and_a_new_clock() -> None:
    play = Play()
    play.do("open", EDITOR)
    play.do("decide", HEAD, outcome="file")
    play.do("freeze", EDITOR)
    play.do("return", SIGNERS[0])
    play.do("freeze", EDITOR)
    play.do("sign", *SIGNERS)
    play.do("submit", HEAD)
    first = play.filing.deadline("formal")
    play.wait(days=1).do("request_correction", CLERK)
    assert play.filing.deadline("formal") is None
    outcome = play.wait(days=1).do("resubmit", EDITOR)
    assert play.filing.dossier_version == 3
    second = play.filing.deadline("formal")
    assert first is not None and second is not None and second.start > first.start
    assert {(c.act, c.deadline.clock) for c in outcome.deadlines} == {
        ("created", "formal"),
        ("ended", "correction"),
    }


def test_a_correction_that_does_not_come_lapses() -> None:
    play = Play()
    play.do("open", EDITOR)
    play.do("decide", HEAD, outcome="file")
    play.do("freeze", EDITOR)
    play.do("sign", *SIGNERS)
    play.do("submit", HEAD)
    play.do("request_correction", CLERK)
    assert play.attempt("lapse", SYSTEM).code == "filing.clock"
    deadline = play.filing.deadline("correction")
    assert deadline is not None
    play.now = deadline.ends_at - timedelta(days=2)
    assert [p.kind for p in asked(play)] == ["reminder"]
    play.until_over("correction")
    assert [(p.event, p.role) for p in asked(play)] == [("lapse", "system")]
    assert play.attempt("resubmit", EDITOR).code == "filing.clock"
    play.do("lapse", SYSTEM)
    assert play.filing.state == "WITHDRAWN"


def asked(play: Play) -> list:
    return tick(play.filing, play.now, profile=play.profile, calendar=play.calendar)


def test_the_review_stands_still_while_the_provider_answers() -> None:
    play = Play().to_review()
    before = play.filing.deadline("review")
    play.wait(days=2).do("request_supplement", REVIEWER)
    paused = play.filing.deadline("review")
    assert paused is not None and paused.standing == "paused"
    outcome = play.wait(days=14).do("answer", EDITOR)
    after = play.filing.deadline("review")
    assert before is not None and after is not None
    assert after.due == calendar().due(play.now, 19).date
    assert ("resumed", "review") in {(c.act, c.deadline.clock) for c in outcome.deadlines}
    assert after.due > before.due


def test_an_objection_one_second_before_the_end_and_one_at_it() -> None:
    play = Play().to_notice()
    deadline = play.filing.deadline("notice")
    assert deadline is not None
    assert deadline.due.isoformat() == "2026-03-11"
    assert deadline.ends_at == datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
    play.now = deadline.ends_at - SECOND
    assert play.attempt("close", DECIDER, number="n-1").code == "filing.guard"
    assert play.attempt("object", OBJECTOR).opened == ("objection-1",)
    play.now = deadline.ends_at
    late = play.attempt("object", OBJECTOR)
    assert (late.done, late.code) == (False, "filing.clock")
    with pytest.raises(DeadlineError, match="too late: notice is over"):
        late.require()


def test_a_notice_never_closes_on_provisional_days() -> None:
    play = Play(now=datetime(2026, 12, 23, 2, 0, tzinfo=UTC)).to_notice()
    deadline = play.filing.deadline("notice")
    assert deadline is not None and deadline.status == "provisional"
    play.now = datetime(2027, 3, 1, tzinfo=UTC)
    refused = play.attempt("close", DECIDER, number="n-1")
    assert [c.name for c in refused.failed] == ["G11"]
    assert {p.kind for p in asked(play)} == {"provisional"}
    assert play.attempt("object", OBJECTOR).done, "the end is not fixed, so objections are heard"


def test_a_calendar_that_comes_out_fixes_the_end() -> None:
    from datetime import date

    from guanyao.filing.calendar_day import KnownYear

    play = Play(now=datetime(2026, 12, 23, 2, 0, tzinfo=UTC)).to_notice()
    year = KnownYear(
        year=2027,
        status="official",
        papers=("a notice made up for this test",),
        days={date(2027, 1, 1): ("holiday", "New Year")},
    )
    play.calendar = play.calendar.with_years([year])
    play.filing, changes = recount(play.filing, profile=play.profile, calendar=play.calendar)
    assert "notice" in {change.deadline.clock for change in changes}
    deadline = play.filing.deadline("notice")
    assert deadline is not None
    assert (deadline.due, deadline.status) == (date(2027, 1, 4), "official")
    play.until_over("notice").do("close", DECIDER, number="n-1")
    assert recount(play.filing, profile=play.profile, calendar=play.calendar)[1] == ()


def test_an_objection_that_fails_lets_the_filing_pass() -> None:
    play = Play().to_objection()
    assert (
        play.attempt("resolve", DECIDER, outcome="dismissed", number="n-1").code == "filing.guard"
    )
    play.answer_objection("dismissed")
    outcome = play.do("resolve", DECIDER, outcome="dismissed", number="n-1")
    assert play.filing.state == "FILED"
    assert {notice.kind for notice in outcome.notices} == {"objection_resolved"}


@pytest.mark.parametrize(("finding", "state"), [("adjust", "SUPPLEMENT"), ("upheld", "REJECTED")])
def test_an_objection_is_done_justice_to(finding: str, state: str) -> None:
    play = Play().to_objection(finding)
    too_little = play.attempt("resolve", DECIDER, outcome="dismissed", number="n-1")
    assert [check.name for check in too_little.failed] == ["G12"]
    play.do("resolve", DECIDER, outcome=finding)
    assert play.filing.state == state


def test_after_an_adjustment_the_notice_runs_anew() -> None:
    play = Play().to_objection("adjust")
    play.do("resolve", DECIDER, outcome="adjust")
    play.wait(days=3).do("answer", EDITOR)
    play.do("pass", REVIEWER, REVIEWER_2, DECIDER)
    deadline = play.filing.deadline("notice")
    assert deadline is not None and deadline.due == calendar().due(play.now, 7).date
    assert play.attempt("close", DECIDER, number="n-1").code == "filing.guard"
    play.until_over("notice").do("close", DECIDER, number="n-1")
    assert play.filing.state == "FILED"


def test_an_upheld_objection_is_not_closed_over() -> None:
    play = Play().to_notice()
    play.do("object", OBJECTOR)
    play.answer_objection("upheld")
    play.until_over("notice")
    assert [p.event for p in asked(play) if p.clock == "notice"] == ["close_with_objection"]
    assert [c.name for c in play.attempt("close", DECIDER, number="n-1").failed] == ["G12"]


def test_an_objection_can_be_inadmissible_or_taken_back() -> None:
    play = Play().to_notice()
    play.do("object", OBJECTOR)
    play.do("object", OBJECTOR)
    play.do("declare_inadmissible", CLERK, case="objection-1")
    stranger = Actor(person="else", role="public")
    assert play.attempt("withdraw_objection", stranger, case="objection-2").code == "filing.case"
    play.do("withdraw_objection", OBJECTOR, case="objection-2")
    play.until_over("notice").do("close", DECIDER, number="n-1")


def test_who_does_not_rectify_is_suspended_and_revoked() -> None:
    play = Play().to_filed()
    play.do("order_rectify", INSPECTOR, DECIDER)
    assert play.filing.open_cases("RectificationCase")[0].id == "rectification-1"
    assert play.attempt("verify", INSPECTOR, outcome="pass").code == "filing.case"
    play.do("verify", INSPECTOR, outcome="extend")
    assert play.attempt("verify", INSPECTOR, outcome="extend").code == "filing.clock"
    play.do("verify", INSPECTOR, outcome="fail")
    assert (play.filing.state, play.filing.service) == ("SUSPENDED", "paused")
    no_hearing = replace(good_facts(play.filing), hearing_offered=False)
    refused = play.attempt("revoke", DECIDER, facts=no_hearing)
    assert [check.name for check in refused.failed] == ["G16"]
    play.do("revoke", DECIDER)
    assert (play.filing.state, play.filing.is_struck, play.filing.service) == (
        "REVOKED",
        True,
        "ended",
    )


def test_who_rectifies_is_filed_again() -> None:
    play = Play().to_filed()
    play.do("order_rectify", INSPECTOR, DECIDER)
    play.do("submit_proof", EDITOR, proof="d1")
    play.do("return_proof", INSPECTOR)
    play.do("submit_proof", EDITOR, proof="d2")
    play.do("accept_proof", INSPECTOR)
    play.do("verify", INSPECTOR, outcome="pass")
    assert play.filing.state == "FILED"
    assert play.filing.open_cases("RectificationCase") == []


def test_the_author_of_a_proof_does_not_accept_it() -> None:
    play = Play().to_filed()
    play.do("suspend", DECIDER)
    play.do("submit_proof", EDITOR, proof="d1")
    own = Actor(person=EDITOR.person, role="inspector", organisation=OFFICE)
    assert play.attempt("accept_proof", own).code == "filing.role"
    play.do("accept_proof", INSPECTOR)
    play.do("lift", DECIDER)
    assert play.filing.service == "allowed"


def test_a_proof_of_before_a_failure_does_not_lift_the_suspension() -> None:
    play = Play().to_filed()
    play.do("order_rectify", INSPECTOR, DECIDER)
    play.do("submit_proof", EDITOR, proof="d1")
    play.do("accept_proof", INSPECTOR)
    play.do("verify", INSPECTOR, outcome="fail")
    assert not play.attempt("lift", DECIDER).done


def test_an_urgent_suspension_notes_the_missing_hearing() -> None:
    play = Play().to_filed()
    facts = replace(good_facts(play.filing), hearing_offered=False)
    outcome = play.attempt("suspend", DECIDER, facts=facts)
    assert outcome.done
    assert [(check.name, check.passed) for check in outcome.noted] == [("G16", False)]


def test_an_inspection_runs_to_an_order() -> None:
    play = Play().to_filed()
    play.do("plan_inspection", INSPECTOR, cause="draw")
    for event, more in (
        ("announce", {}),
        ("pull_pack", {}),
        ("measure", {"measured_digest": "d"}),
        ("conclude", {"outcome": "major"}),
    ):
        play.do(event, INSPECTOR, case="inspection-1", **more)
    play.do("order_rectify", INSPECTOR, DECIDER)
    case = play.filing.case("inspection-1")
    assert case is not None and (case.finding, case.is_open) == ("major", False)


def test_a_period_is_renewed_in_its_window() -> None:
    play = Play().to_filed()
    assert play.attempt("open_renewal", HEAD).code == "filing.clock"
    play.until_over("renewal_opens")
    assert "open_renewal" in {p.event for p in asked(play)}
    play.do("open_renewal", HEAD)
    assert not play.attempt("renew", DECIDER, outcome="pass").done, "no fresh assessment"
    play.do("reassess", EDITOR)
    old = play.filing.deadline("validity")
    play.do("renew", DECIDER, outcome="pass")
    new = play.filing.deadline("validity")
    assert old is not None and new is not None and new.due > old.due
    assert play.filing.deadline("renewal_opens") is not None


def test_a_renewal_that_comes_too_late_lapses() -> None:
    play = Play().to_filed().until_over("renewal_closes")
    assert play.attempt("open_renewal", HEAD).code == "filing.clock"
    play.do("call_renewal", SYSTEM)
    assert play.attempt("lapse", SYSTEM).code == "filing.clock"
    play.until_over("validity")
    assert [p.event for p in asked(play)] == ["lapse"]
    play.do("lapse", SYSTEM)
    assert (play.filing.state, play.filing.open_cases("RenewalCase")) == ("EXPIRED", [])


def test_a_material_change_is_reviewed_again() -> None:
    play = Play().to_filed()
    day = play.now.date().isoformat()
    play.do("declare_change", HEAD, change="model", changed_on=day)
    assert play.attempt("escalate", CLERK).code == "filing.case"
    play.do("classify", CLERK, outcome="material")
    play.do("escalate", CLERK)
    assert (play.filing.state, play.filing.number) == ("UNDER_REVIEW", "n-1")
    assert play.attempt("withdraw", HEAD).code == "filing.payload"
    play.do("pass", REVIEWER, REVIEWER_2, DECIDER)
    play.until_over("notice").do("close", DECIDER, number="n-1")


def test_a_late_declaration_is_taken_and_called_late() -> None:
    play = Play().to_filed()
    assert play.do("declare_change", HEAD, change="model", changed_on="2026-01-05").late == (
        "change_report",
    )
    future = (play.now + timedelta(days=3)).date().isoformat()
    refused = play.attempt("declare_change", HEAD, change="model", changed_on=future)
    assert refused.code == "filing.payload"


def test_where_nothing_is_refiled_the_provider_assesses() -> None:
    play = Play("cn-genai-filing").to_filed()
    play.do("declare_change", HEAD, change="model", changed_on="2026-03-01")
    play.do("classify", CLERK, outcome="material")
    assert play.attempt("escalate", CLERK).code == "filing.event"
    play.do("assess_change", EDITOR)
    assert play.filing.open_cases("ChangeCase") == []


def test_the_algorithm_filing_has_its_own_clocks() -> None:
    play = Play("cn-algorithm-filing").to_review()
    deadline = play.filing.deadline("review")
    assert deadline is not None and deadline.due == calendar().due(play.now, 30).date
    assert Play("cn-genai-filing").to_review().filing.deadline("review") is None


def test_a_filing_may_be_withdrawn_until_it_has_a_number() -> None:
    play = Play().to_notice()
    play.do("object", OBJECTOR)
    play.do("withdraw", HEAD)
    assert play.filing.state == "WITHDRAWN"
    assert play.filing.open_cases("ObjectionCase") == []
    assert Play().to_filed().attempt("withdraw", HEAD).code == "filing.state"


def test_an_appeal_is_heard_by_another() -> None:
    play = Play().to_review()
    play.do("reject", REVIEWER, REVIEWER_2, DECIDER)
    play.do("appeal", HEAD)
    assert play.attempt("appeal", HEAD).code == "filing.case"
    assert play.attempt("hear", DECIDER).code == "filing.role"
    play.do("hear", DECIDER_2)
    play.do("remit", DECIDER_2)
    assert play.filing.state == "UNDER_REVIEW"


def test_an_appeal_that_fails_ends_the_matter() -> None:
    play = Play().to_review()
    play.do("reject", REVIEWER, REVIEWER_2, DECIDER)
    play.do("appeal", HEAD)
    play.do("hear", DECIDER_2)
    play.do("confirm", DECIDER_2)
    assert play.attempt("appeal", HEAD).code == "filing.clock"
    assert play.attempt("remit", DECIDER_2).code == "filing.case"


def test_an_appeal_after_its_time_is_refused() -> None:
    play = Play().to_review()
    play.do("reject", REVIEWER, REVIEWER_2, DECIDER)
    assert play.until_over("appeal").attempt("appeal", HEAD).code == "filing.clock"


def test_a_service_that_ended_is_deregistered() -> None:
    play = Play().to_filed()
    assert play.attempt("deregister", HEAD).code == "filing.payload"
    more = {"user_notice": "d1", "disposal_record": "d2", "ended_on": "2026-03-02"}
    play.do("deregister", HEAD, **more)
    assert (play.filing.state, play.filing.is_struck) == ("DEREGISTERED", True)


def test_the_page_is_looked_at_every_day() -> None:
    play = Play().to_filed().until_over("publication")
    assert [p.event for p in asked(play)] == ["publish_check"]
    hidden = replace(good_facts(play.filing), page_shows_number=False)
    refused = play.attempt("publish_check", SYSTEM, facts=hidden)
    assert refused.entry.outcome == "refused"
    play.do("publish_check", SYSTEM)
    assert play.filing.deadline("publication") is None
    assert play.until_over("page_check").do("publish_check", SYSTEM).done


def test_the_same_person_cannot_review_and_decide() -> None:
    play = Play().to_review()
    play.do("pass", REVIEWER, REVIEWER_2)
    both = replace(REVIEWER, role="decider")
    refused = play.attempt("pass", both)
    assert {check.name for check in refused.failed} == {"G9", "quorum"}
    preparer = replace(EDITOR, role="decider", organisation=OFFICE)
    assert play.attempt("pass", preparer).code == "filing.role"
    play.do("pass", DECIDER)


def test_reviewers_come_before_the_decider_and_are_two() -> None:
    play = Play().to_review()
    assert play.attempt("pass", DECIDER).code == "filing.quorum"
    assert play.attempt("pass", REVIEWER).is_vote
    assert play.attempt("pass", REVIEWER).code == "filing.quorum"
    assert play.filing.state == "UNDER_REVIEW"
    assert play.attempt("pass", REVIEWER_2).is_vote
    assert play.attempt("pass", replace(REVIEWER, person="third")).code == "filing.quorum"


def test_who_thinks_again_takes_the_vote_back() -> None:
    play = Play().to_review()
    play.do("pass", REVIEWER, REVIEWER_2)
    play.do("reject", REVIEWER)
    assert play.attempt("pass", DECIDER).code == "filing.quorum"


def test_a_vote_does_not_outlive_the_review() -> None:
    play = Play().to_review()
    play.do("pass", REVIEWER, REVIEWER_2)
    play.do("request_supplement", REVIEWER)
    play.do("answer", EDITOR)
    assert play.attempt("pass", DECIDER).code == "filing.quorum"


def test_interests_shut_out() -> None:
    play = Play().to_review()
    for biased in (
        replace(REVIEWER, organisation=PROVIDER),
        replace(REVIEWER, interests=(PROVIDER,)),
    ):
        assert play.attempt("pass", biased).code == "filing.role"
    stranger = replace(EDITOR, person="x", organisation="another")
    assert play.attempt("withdraw", replace(stranger, role="provider_admin")).code == "filing.role"


def test_the_administrator_of_the_system_has_no_case_power() -> None:
    play = Play().to_review()
    admin = Actor(person="adm", role="admin", organisation=OFFICE)
    events = {t.event for machine in play.profile.machines for t in machine.transitions}
    assert not any(play.attempt(event, admin).done for event in sorted(events))


def test_a_refusal_names_everything_that_fails() -> None:
    play = Play().to_review()
    before = play.filing
    facts = replace(good_facts(play.filing), secrets=("a key",), material_change=True)
    refused = play.attempt("pass", replace(REVIEWER, interests=(PROVIDER,)), facts=facts)
    assert [check.name for check in refused.failed] == ["G9", "G10", "G13"]
    assert refused.filing == before
    assert all(check.why.en and check.why.zh for check in refused.checks)
    assert refused.entry.outcome == "refused"
    assert {"G10:fail", "G13:fail", "state:pass"} <= set(refused.entry.facts["checks"])
    with pytest.raises(TransitionError, match="a key"):
        refused.require()


def test_evidence_that_is_missing_has_an_error_of_its_own() -> None:
    play = Play()
    play.do("open", EDITOR)
    play.do("decide", HEAD, outcome="file")
    play.do("freeze", EDITOR)
    facts = replace(good_facts(play.filing), thresholds=(Threshold("refusal rate", False),))
    with pytest.raises(EvidenceMissingError, match="refusal rate"):
        play.attempt("sign", SIGNERS[0], facts=facts).require()


def test_a_wrong_state_still_runs_the_guards() -> None:
    play = Play().to_filed()
    refused = play.attempt("freeze", CLERK, facts=replace(good_facts(play.filing), secrets=("k",)))
    assert [check.name for check in refused.failed] == ["state", "G9", "G10"]


def test_the_clock_never_runs_back() -> None:
    play = Play().to_review()
    play.now -= timedelta(hours=1)
    assert play.attempt("test", TESTER, result="d").code == "filing.clock"
    play.now += timedelta(hours=2)
    for wrong in ("2026-12-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00", "2026-03-02", 3):
        assert play.attempt("test", TESTER, result="d", at=wrong).code == "filing.clock"
    play.do("test", TESTER, result="d", at=play.now.isoformat())


def test_a_time_without_a_zone_is_an_error() -> None:
    play = Play(now=datetime(2026, 3, 2))
    with pytest.raises(ConfigError):
        play.do("open", EDITOR)


def test_a_profile_edited_meanwhile_is_not_followed() -> None:
    play = Play().to_review()
    play.profile = replace(play.profile, version="1.0.1", digest="0" * 64)
    assert play.attempt("test", TESTER, result="d").code == "filing.profile_changed"
    with pytest.raises(TransitionError, match="use the version that the filing began with"):
        asked(play)
    with pytest.raises(TransitionError):
        recount(play.filing, profile=play.profile, calendar=play.calendar)


@pytest.mark.parametrize(
    ("event", "more", "code"),
    [
        ("fly", {}, "filing.event"),
        ("pass", {"outcome": "perhaps"}, "filing.outcome"),
        ("test", {}, "filing.payload"),
        ("admit", {"case": "objection-9"}, "filing.state"),
        ("receive", {}, "filing.state"),
        ("plan_inspection", {"cause": "draw"}, "filing.state"),
    ],
)
def test_what_cannot_be_is_refused(event: str, more: dict, code: str) -> None:
    play = Play().to_review()
    assert code in {play.attempt(event, actor, **more).code for actor in (TESTER, REVIEWER)}


def test_a_number_may_not_be_taken() -> None:
    play = Play().to_notice().until_over("notice")
    assert play.attempt("close", DECIDER).code == "filing.payload"
    assert play.attempt("close", DECIDER, number=" ").code == "filing.payload"
    taken = replace(good_facts(play.filing), number_is_unique=False)
    assert [c.name for c in play.attempt("close", DECIDER, facts=taken, number="n").failed] == [
        "G14"
    ]


def test_what_the_caller_says_of_the_filing_is_not_believed() -> None:
    play = Play().to_notice()
    play.do("object", OBJECTOR)
    told = replace(
        good_facts(play.filing),
        notice_is_over=True,
        notice_is_official=True,
        n_open_objections=0,
        role_faults=(),
    )
    refused = play.attempt("close", REVIEWER, facts=told, number="n-1")
    assert {check.name for check in refused.failed} == {"G9", "G11", "G12"}


def test_the_chain_takes_every_entry_and_no_name_of_the_public(tmp_path: object) -> None:
    play = Play().to_notice()
    outcome = play.attempt(
        "object", replace(OBJECTOR, person="Somebody's name"), reason="call 13800"
    )
    assert outcome.entry.who is None
    assert "name" not in str(outcome.entry)
    assert outcome.entry.act == "filing.object"
    long = play.attempt("withdraw", HEAD, reason="x" * 500)
    assert "reason" not in long.entry.facts and len(long.entry.facts["reason_digest"]) == 64


def test_history_links_every_act() -> None:
    play = Play()
    seen = {play.filing.history}
    play.do("open", EDITOR)
    seen.add(play.filing.history)
    refused = play.attempt("open", EDITOR)
    assert (refused.done, play.filing.n_acts) == (False, 1)
    play.do("decide", HEAD, outcome="file")
    seen.add(play.filing.history)
    assert len(seen) == 3


def test_advance_is_pure() -> None:
    play = Play().to_review()
    facts = good_facts(play.filing)
    arguments = {"facts": facts, "profile": play.profile, "now": play.now, "calendar": calendar()}
    first = advance(play.filing, "test", TESTER, {"result": "d"}, **arguments)
    assert first == advance(play.filing, "test", TESTER, {"result": "d"}, **arguments)
    assert load_profile("notice7") == play.profile


def test_before_its_clock_runs_nothing_is_said_to_be_too_late() -> None:
    play = Play()
    play.do("open", HEAD)
    refused = play.attempt("object", OBJECTOR)
    why = {check.name: check.why.en for check in refused.failed}
    assert why["clock"] == "notice does not run"
