"""The desks of a provider: steps, clocks to the second, counts, risk; nothing personal in lines."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError, TransitionError, UnknownNameError
from guanyao.filing.calendar_day import ZONE
from guanyao.filing.desk import DESKS, parse_desks, shipped_desks
from guanyao.filing.incident import ProviderCase, opened, possible, stepped
from guanyao.filing.intake import read_bytes
from guanyao.flows.filing import incidents as desks
from tests.filing import cast
from tests.flows.filing.play import START, RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]

DIGEST = "ab" * 32
LARGE = {"severity": "large", "cause": "illegal_content"}
CALLER = {"name": "Somebody Made Up", "phone": "made up"}


def shipped_text() -> str:
    from importlib.resources import files

    return files("guanyao.filing").joinpath("desks.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("operator", "hours"), [("ordinary", 4), ("state_body", 2), ("critical", 1)]
)
def test_an_incident_is_reported_within_hours_and_the_last_second_counts(
    sqlite_play: RoomPlay, operator: str, hours: int
) -> None:
    play, values = sqlite_play, {**LARGE, "operator": operator}
    case = desks.open_case(play.room, "incident", cast.HEAD, values, filing="f-1")
    [clock] = case.deadlines
    assert clock.ends_at == START + timedelta(hours=hours)
    play.now = clock.ends_at - timedelta(seconds=1)
    assert desks.tick_desks(play.room) == []
    play.now = clock.ends_at
    [late] = desks.tick_desks(play.room)
    assert (late.case, late.is_new) == ("incident-1", True)
    [again] = desks.tick_desks(play.room)
    assert not again.is_new
    with play.room.store.reading() as desk:
        told = [notice for notice in desk.outbox() if notice["kind"] == "incident_late"]
    assert len(told) == 1


def test_the_whole_way_of_an_incident_with_illegal_content(play: RoomPlay) -> None:
    room = play.room
    began = START - timedelta(hours=1)
    case = desks.open_case(
        room, "incident", cast.EDITOR, LARGE, filing="f-1", began=began, note="what happened"
    )
    assert case.deadlines[0].ends_at == began + timedelta(hours=4)
    with pytest.raises(TransitionError, match="close comes after contain"):
        desks.step(room, case.id, "close", cast.HEAD)
    desks.step(room, case.id, "contain", cast.EDITOR)
    with pytest.raises(TransitionError, match="reported_to is missing"):
        desks.step(room, case.id, "report", cast.HEAD)
    desks.step(room, case.id, "report", cast.HEAD, facts={"reported_to": "province"})
    with pytest.raises(TransitionError, match="done already"):
        desks.step(room, case.id, "contain", cast.EDITOR)
    with pytest.raises(TransitionError, match="comes after retrain"):
        desks.step(room, case.id, "close", cast.HEAD)
    desks.step(room, case.id, "retrain", cast.EDITOR, facts={"model_digest": DIGEST})
    play.wait(days=1)
    closed = desks.step(room, case.id, "close", cast.HEAD)
    assert closed.state == "CLOSED"
    [_, summary] = closed.deadlines
    assert (summary.ends_at.astimezone(ZONE).date() - play.now.date()).days == 31
    assert [one.id for one in desks.cases(room, open_only=True)] == ["incident-1"]
    desks.step(room, case.id, "summarise", cast.HEAD, facts={"report_digest": DIGEST})
    assert desks.cases(room, open_only=True) == []
    lines = [line for line in room.store.chain.lines() if line.act.startswith("incident.")]
    assert [line.outcome for line in lines].count("refused") == 4
    assert room.store.verify().ok


def test_words_and_contacts_stand_in_no_line_and_can_be_forgotten(play: RoomPlay) -> None:
    room, note = play.room, "They said the picture shows them."
    values = {"channel": "phone", "about": "privacy"}
    case = desks.open_case(room, "complaint", cast.EDITOR, values, note=note, contact=CALLER)
    told = json.dumps([line.to_json() for line in room.store.chain.lines()])
    assert not [word for word in (note, *CALLER.values()) if word in told]
    assert desks.notes(room, case.id)["contact"] == CALLER
    with pytest.raises(TransitionError, match="open"):
        desks.forget_notes(room, case.id, cast.EDITOR)
    desks.step(room, case.id, "answer", cast.EDITOR, note="We are sorry.")
    assert [said["step"] for said in desks.notes(room, case.id)["notes"]] == ["open", "answer"]
    assert desks.forget_notes(room, case.id, cast.EDITOR)
    assert desks.notes(room, case.id) == {"notes": [], "contact": {}}
    assert not desks.forget_notes(room, case.id, cast.EDITOR)
    assert room.store.verify().ok


def test_a_deletion_is_answered_with_the_proof_of_the_erasure(sqlite_play: RoomPlay) -> None:
    room = sqlite_play.room
    case = desks.open_case(room, "rights", cast.EDITOR, {"kind": "delete"})
    assert case.deadlines[0].ends_at.astimezone(ZONE).isoformat() == "2026-03-24T00:00:00+08:00"
    desks.step(room, case.id, "identify", cast.EDITOR)
    with pytest.raises(TransitionError, match="proof is missing"):
        desks.step(room, case.id, "answer", cast.EDITOR)
    with pytest.raises(TransitionError, match="no SHA-256"):
        desks.step(room, case.id, "answer", cast.EDITOR, facts={"proof": "done"})
    done = desks.step(room, case.id, "answer", cast.EDITOR, facts={"proof": DIGEST})
    assert done.steps[-1].facts == {"proof": DIGEST}
    other = desks.open_case(room, "rights", cast.EDITOR, {"kind": "access"})
    with pytest.raises(TransitionError, match="reason"):
        desks.step(room, other.id, "refuse", cast.EDITOR)
    assert desks.step(room, other.id, "refuse", cast.EDITOR, note="why").state == "REFUSED"


def test_a_clock_that_runs_into_an_unknown_year_is_provisional(sqlite_play: RoomPlay) -> None:
    sqlite_play.wait(days=295)
    case = desks.open_case(sqlite_play.room, "rights", cast.EDITOR, {"kind": "copy"})
    assert case.deadlines[0].status == "provisional"


@pytest.mark.parametrize(
    ("desk", "values", "code"),
    [
        ("incident", {"severity": "huge", "cause": "outage"}, "filing.desk_field"),
        ("incident", {"severity": "large"}, "filing.desk_field"),
        ("complaint", {"channel": "phone", "who": "x"}, "filing.desk_field"),
    ],
)
def test_what_a_desk_does_not_ask_is_refused(
    sqlite_play: RoomPlay, desk: str, values: dict[str, str], code: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        desks.open_case(sqlite_play.room, desk, cast.HEAD, values)
    assert refused.value.code == code


def test_other_things_that_are_refused(sqlite_play: RoomPlay) -> None:
    room = sqlite_play.room
    with pytest.raises(UnknownNameError, match="did you mean 'incident'"):
        desks.open_case(room, "incidents", cast.HEAD, {})
    with pytest.raises(ConfigError) as refused:
        desks.open_case(room, "rights", cast.CLERK, {"kind": "copy"})
    assert refused.value.code == "filing.desk_role"
    with pytest.raises(ConfigError) as refused:
        later = START + timedelta(minutes=1)
        desks.open_case(room, "rights", cast.HEAD, {"kind": "copy"}, began=later)
    assert refused.value.code == "filing.desk_time"
    with pytest.raises(UnknownNameError, match="no case"):
        desks.step(room, "rights-7", "answer", cast.HEAD)
    with pytest.raises(DataError):
        ProviderCase.from_json({"case": "another"})
    assert desks.cases(room) == []


def test_the_counts_of_a_period_are_evidence_that_is_taken_in(play: RoomPlay) -> None:
    room = play.room
    for channel in ("phone", "web", "web"):
        desks.open_case(room, "complaint", cast.EDITOR, {"channel": channel}, filing="f-1")
    play.wait(hours=10)
    desks.step(room, "complaint-1", "answer", cast.EDITOR)
    play.wait(hours=20)
    desks.step(room, "complaint-2", "answer", cast.EDITOR)
    desks.open_case(room, "incident", cast.EDITOR, LARGE, filing="f-1")
    play.wait(days=40)
    desks.open_case(room, "complaint", cast.EDITOR, {"channel": "sms"}, filing="f-1")
    log = desks.service_log(room, date(2026, 3, 1), date(2026, 3, 31), more={"n_users": 12})
    assert log["figures"] == {
        "n_complaints": 3,
        "n_complaints_late": 1,
        "complaint_median_h": 20.0,
        "complaint_limit_h": 360,
        "n_rights_requests": 0,
        "n_rights_late": 0,
        "n_incidents": 1,
        "n_incidents_late": 1,
        "n_users": 12,
    }
    evidence = read_bytes(json.dumps(log).encode(), name="log.json")
    assert evidence.kind == "service_log"
    assert evidence.measures["service.complaints_late_share"].value == pytest.approx(1 / 3)
    with pytest.raises(ConfigError, match="period"):
        desks.service_log(room, date(2026, 3, 1), date(2027, 1, 1))


def test_a_room_may_have_desks_of_its_own(sqlite_play: RoomPlay, tmp_path: Path) -> None:
    room, own = sqlite_play.room, tmp_path / "desks.yaml"
    text = shipped_text().replace("published: []", "published: [phone, web]")
    own.write_text(text.replace("length: 15, unit: d,", "length: 48, unit: h,"), encoding="utf-8")
    with pytest.raises(ConfigError, match="does not work"):
        desks.set_desks(room, own, cast.CLERK)
    assert desks.set_desks(room, own, cast.HEAD).digest != shipped_desks().digest
    case = desks.open_case(room, "complaint", cast.EDITOR, {"channel": "web"})
    assert case.deadlines[0].ends_at == START + timedelta(hours=48)
    figures = desks.service_log(room, date(2026, 3, 1), date(2026, 3, 2))["figures"]
    assert (figures["n_complaint_channels"], figures["complaint_limit_h"]) == (2, 48)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("desks: guanyao.desks/1", "desks: guanyao.desks/9", "the format is"),
        ("ends: [report], when", "ends: [repart], when", "no step 'repart'"),
        ("when: {cause: [data_leak]}", "when: {cause: [leak]}", "no value 'leak'"),
        ("to: CLOSED", "to: CLOSE", "no state 'CLOSE'"),
        ("unit: h,", "unit: weeks,", "there is 'weeks'"),
        ("- {from: 0, weight: 1}", "- {from: 9, weight: 1}", "begin at 0"),
        ("published: []", "published: [pigeon]", "no channel 'pigeon'"),
        ("mark: S,", "", "mark is missing"),
    ],
)
def test_a_file_of_desks_with_a_fault_is_refused_with_its_place(
    before: str, after: str, found: str
) -> None:
    text = shipped_text()
    assert before in text
    with pytest.raises(ConfigError) as refused:
        parse_desks(text.replace(before, after))
    assert refused.value.code == "filing.desks"
    assert found in str(refused.value)


def test_every_clock_that_ships_names_its_source_and_that_nobody_checked_it() -> None:
    for name in DESKS:
        for clock in shipped_desks().desks[name].clocks.values():
            assert clock.source
            assert clock.checked is None


@given(st.data())
def test_random_steps_never_leave_a_final_state_or_lose_a_clock(data: st.DataObject) -> None:
    desk = shipped_desks().desks[data.draw(st.sampled_from(DESKS))]
    values = {
        key: data.draw(st.sampled_from(sorted(field.values))) for key, field in desk.fields.items()
    }
    calendar, now = cast.calendar(), START
    options: dict[str, Any] = {"by": "eda", "calendar": calendar}
    case = opened(desk, f"{desk.name}-1", values, began=now, now=now, **options)
    while possible(desk, case):
        step = data.draw(st.sampled_from(possible(desk, case)))
        now += timedelta(hours=data.draw(st.integers(0, 200)))
        needs = {
            key: DIGEST if key.endswith(("digest", "proof")) else "office"
            for key in desk.steps[step].needs
        }
        before = case
        case = stepped(desk, case, step, now=now, facts=needs, has_reason=True, **options)
        assert len(case.deadlines) >= len(before.deadlines)
        assert ProviderCase.from_json(json.loads(json.dumps(case.to_json()))) == case
    assert desk.is_final(case.state)


def test_what_is_known_against_a_service_makes_its_risk(sqlite_play: RoomPlay) -> None:
    play = sqlite_play.to_filed()
    room = play.room
    assert desks.risk(room, "f-1").weight == 1
    desks.open_case(room, "incident", cast.HEAD, LARGE, filing="f-1")
    desks.open_case(room, "incident", cast.HEAD, LARGE)
    play.wait(hours=5)
    found = desks.risk(room, "f-1")
    assert found.counts == {"incident.large": 1, "incident.late": 1}
    assert (found.points, found.weight) == (8, 2)
    play.wait(days=800)
    later = desks.risk(room, "f-1")
    assert "incident.large" not in later.counts
    assert later.counts["duty.late"] >= 1
    assert desks.as_json(later)["filing"] == "f-1"


def test_cases_are_listed_with_the_clock_that_is_next(sqlite_play: RoomPlay) -> None:
    room = sqlite_play.room
    desks.open_case(room, "incident", cast.HEAD, LARGE)
    [row] = desks.to_rows(desks.cases(room, "incident"), START)
    assert (row["next_clock"], row["late"]) == ("report", [])
    assert row["next_ends"] == "2026-03-02T14:00:00+08:00"
