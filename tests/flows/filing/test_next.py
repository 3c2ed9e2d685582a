"""The one thing to do now: found in the profile and the guards, never in a second workflow."""

import json
from typing import Any

import pytest

from guanyao.errors import DataError
from guanyao.filing import PROFILES
from guanyao.filing.profile_file import load_profile
from guanyao.flows.filing import options as filing_options
from guanyao.flows.filing.next import goals, next_step, way_to
from guanyao.flows.filing.people import add_person
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play  # noqa: F401 - fixtures

STAFF = {"cai": "clerk", "rao": "reviewer", "ren": "reviewer", "dai": "decider", "ivo": "inspector"}


def staffed(play: RoomPlay, monkeypatch: pytest.MonkeyPatch, **wrong: Any) -> RoomPlay:  # noqa: F811
    """Everybody is there, and all facts are right but these."""
    for name, role in STAFF.items():
        add_person(play.room, name, roles=[role], organisation=cast.OFFICE)
    roles = ["provider_editor", "provider_admin"]
    add_person(play.room, "ann", roles=roles, organisation=cast.PROVIDER)
    for name, kind in zip(("sig0", "sig1", "sig2"), cast.KINDS, strict=True):
        role = ["provider_signatory"]
        add_person(play.room, name, roles=role, organisation=cast.PROVIDER, kind=kind)

    def facts(desk: Any, room: Any, state: Any, event: str, said: Any) -> Any:
        return cast.without(cast.good_facts(state), **wrong)

    monkeypatch.setattr(filing_options, "gathered", facts)
    monkeypatch.setattr(filing_options, "with_package", lambda desk, room, state, facts: facts)
    return play


def step(play: RoomPlay, person: str | None = None) -> dict[str, Any]:  # noqa: F811
    found = next_step(play.room, "f-1", person)
    assert json.loads(json.dumps(found)) == found
    return found


# The way in the profile


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_leads_to_where_the_service_is_allowed(name: str) -> None:
    profile = load_profile(name)
    wanted = goals(profile)
    assert wanted == {"FILED"}
    for state, found in profile.filing.states.items():
        way = way_to(profile.filing, state, wanted)
        if found.kind == "final":
            assert way is None
        elif state not in wanted:
            assert way is not None, state
            assert state in way.sources


def test_the_way_is_the_shortest_and_waits_for_no_clock_if_it_need_not() -> None:
    filing = load_profile("notice7").filing
    names = {state: way_to(filing, state, {"FILED"}) for state in filing.states}
    assert {state: way.name for state, way in names.items() if way} == {
        "SCOPING": "decide:file",
        "DRAFT": "freeze",
        "INTERNAL_REVIEW": "sign",
        "READY": "submit",
        "SUBMITTED": "accept",
        "CORRECTION": "resubmit",
        "NOT_ACCEPTED": "remit",
        "UNDER_REVIEW": "pass",
        "SUPPLEMENT": "answer",
        "REJECTED": "remit",
        "PUBLIC_NOTICE": "close",
        "OBJECTION": "resolve:dismissed",
        "RECTIFY": "verify:pass",
        "SUSPENDED": "lift",
        "RENEWAL": "renew:pass",
        "REVOKED": "remit",
    }


# Before there is a dossier


def test_a_beginner_is_led_by_what_the_room_lacks(play: RoomPlay) -> None:  # noqa: F811
    add_person(
        play.room, "ann", roles=["provider_editor", "provider_admin"], organisation=cast.PROVIDER
    )
    found = step(play)
    assert (found["kind"], found["event"]) == ("prepare", "decide")
    assert found["why"] == [{"en": "no scope decision is recorded", "zh": "未记录适用范围判断"}]
    assert found["commands"] == [
        "guanyao filing scope",
        'guanyao filing scope file --reason "…" --by ann',
        'guanyao filing scope not_required --reason "…" --by ann',
    ]
    play.do("decide", cast.HEAD, outcome="file")
    found = step(play)
    assert (found["event"], found["commands"]) == (
        "freeze", ["guanyao filing form put answers.yaml --by ann"],
    )  # fmt: skip
    assert len(found["why"]) == 5 and found["n_more"] > 20


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"scope_route": ""}, "decide whether this service must be filed"),
        ({"materials": (cast.Material(slot="application_form", is_there=False),)}, "answer"),
    ],
)
def test_each_guard_says_what_to_prepare(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, Any],
    says: str,
) -> None:
    staffed(sqlite_play, monkeypatch, **wrong)
    if "scope_route" not in wrong:
        sqlite_play.do("decide", cast.HEAD, outcome="file")
    assert step(sqlite_play)["what"]["en"].startswith(says)


@pytest.mark.parametrize(
    ("wrong", "says", "command"),
    [
        ({"label_failures": None}, "test the labels", "evidence add label-check.json --by ann"),
        ({"evidence": None}, "measure the model", "evidence add out --by sig0"),
        (
            {"thresholds": (cast.Threshold("p/c x", False),)},
            "meet the thresholds",
            "clause decide p c 不符合 --plan TEXT --due DAY --by sig0",
        ),
    ],
)
def test_what_stands_against_signing(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, Any],
    says: str,
    command: str,
) -> None:
    staffed(sqlite_play, monkeypatch, **wrong)
    sqlite_play.do("decide", cast.HEAD, outcome="file")
    sqlite_play.do("freeze", cast.EDITOR)
    found = step(sqlite_play)
    assert found["what"]["en"].startswith(says)
    assert found["commands"][-1] == f"guanyao filing {command}"
    if "thresholds" in wrong:
        assert found["commands"][0] == 'guanyao filing return --reason "…" --by sig0'


def test_whoever_signs_for_the_first_time_makes_a_key(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch)
    sqlite_play.do("decide", cast.HEAD, outcome="file")
    sqlite_play.do("freeze", cast.EDITOR)
    found = step(sqlite_play)
    assert found["what"]["en"] == "sign (1 of 3)"
    assert [p["person"] for p in found["people"]] == ["sig0", "sig1", "sig2"]
    assert found["commands"] == [
        "guanyao filing key new sig0.pem",
        "guanyao filing key register sig0.pem.pub --person sig0",
        "guanyao filing sign --key sig0.pem --by sig0",
    ]


# At the office


def test_a_notice_is_waited_for_then_closed(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch).to_notice()
    found = step(sqlite_play)
    assert (found["kind"], found["until"], found["event"]) == ("wait", "2026-03-11", "close")
    assert found["commands"] == ["guanyao filing notice close --number NUMBER --by dai"]
    sqlite_play.until_over("notice")
    assert (step(sqlite_play)["kind"], step(sqlite_play)["event"]) == ("act", "close")


def test_an_objection_comes_before_the_end(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch).to_notice()
    sqlite_play.do("object", cast.OBJECTOR)
    found = step(sqlite_play)
    assert found["what"]["en"] == "admit or declare inadmissible"
    assert found["commands"] == [
        "guanyao filing objection admit objection-1 --by cai",
        'guanyao filing objection inadmissible objection-1 --reason "…" --by cai',
    ]


@pytest.mark.parametrize("finding", ["dismissed", "adjust", "upheld"])
def test_the_decision_does_justice_to_the_finding(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    finding: str,
) -> None:
    staffed(sqlite_play, monkeypatch).to_notice()
    sqlite_play.do("object", cast.OBJECTOR)
    sqlite_play.until_over("notice").do("close_with_objection", cast.SYSTEM)
    sqlite_play.do("admit", cast.CLERK, case="objection-1")
    sqlite_play.do("investigate", cast.CLERK, case="objection-1")
    sqlite_play.do("find", cast.DECIDER, case="objection-1", outcome=finding)
    sqlite_play.do("answer_objector", cast.DECIDER, case="objection-1")
    found = step(sqlite_play)
    assert (found["event"], found["outcome"]) == ("resolve", finding)


def test_nobody_is_told_to_act_against_the_rules(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch).to_notice().until_over("notice")
    add_person(sqlite_play.room, "dai", roles=["decider"], organisation=cast.PROVIDER, replace=True)
    found = step(sqlite_play)
    assert (found["kind"], found["roles"]) == ("people", ["decider"])
    assert found["why"][0]["en"].startswith("dai: conflict of interest")


# At rest


def test_at_rest_the_clocks_are_told_of(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch).to_filed("gy-1")
    found = step(sqlite_play)
    assert found["what"]["en"].startswith("show the number gy-1 on the service's page, until 20")
    sqlite_play.do("publish_check", cast.SYSTEM)
    found = step(sqlite_play)
    assert (found["kind"], found["commands"]) == ("nothing", [])
    sqlite_play.until_over("renewal_opens")
    sqlite_play.do("publish_check", cast.SYSTEM)
    found = step(sqlite_play)
    assert (found["event"], found["commands"]) == (
        "open_renewal", ["guanyao filing renew open --by ann"],
    )  # fmt: skip
    sqlite_play.do("open_renewal", cast.HEAD)
    assert step(sqlite_play)["event"] == "reassess"


def test_after_the_end_there_is_nothing(sqlite_play: RoomPlay) -> None:  # noqa: F811
    sqlite_play.do("withdraw", cast.HEAD)
    found = step(sqlite_play)
    assert (found["kind"], found["what"]["zh"]) == ("nothing", "本备案已终结：撤回")


# One person's view


def test_the_step_of_one_person(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch).to_notice()
    assert step(sqlite_play, "dai")["people"] == [{"person": "dai", "role": "decider"}]
    found = step(sqlite_play, "ann")
    assert found["commands"] == ['guanyao filing withdraw --reason "…" --by ann']
    assert step(sqlite_play, "nobody")["commands"] == []


def test_of_several_filings_the_command_names_one(
    sqlite_play: RoomPlay,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staffed(sqlite_play, monkeypatch)
    sqlite_play.open("f-2")
    assert step(sqlite_play)["commands"][0].endswith("--filing f-1 --by ann")
    with pytest.raises(DataError):
        next_step(sqlite_play.room, "f-9")
