"""The acts of `guanyao filing`, typed: what is done, what is refused, and how it is told."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from guanyao.cli.main import app
from guanyao.filing import PROFILES
from guanyao.filing.profile import Transition
from guanyao.filing.profile_file import load_profile
from guanyao.flows.filing.commands import BY_ROLE, COMMANDS, command_of
from tests.cli.filing import desk as filing_desk
from tests.cli.filing.desk import REASON, Desk

desk = pytest.fixture(filing_desk.desk)
FILLED = {
    '"…"': shlex.quote(REASON),
    "TEXT": shlex.quote(REASON),
    "NUMBER": "GY-1",
    "RESULT": "passed",
    "DAY": "2026-03-02",
    "file|not_required": "file",
    "dismissed|adjust|upheld": "dismissed",
    "immaterial|material": "material",
}
"""What a person puts in the place of words in a command of `next`."""


# The way of a filing


def test_the_way_to_a_number(desk: Desk) -> None:
    desk.begin()
    desk.to("UNDER_REVIEW")
    told = desk.told("test", "passed", "--by", "tan")
    assert (told["event"], told["before"]["name"], told["done"]) == ("test", "UNDER_REVIEW", True)
    desk.to("PUBLIC_NOTICE")
    shown = desk.say("notice")
    assert shown == "the notice runs until 2026-03-11 24:00 in China\n9 days left\n"
    assert "公示至 2026-03-11 24:00" in desk.say("notice", "--lang", "zh")
    desk.wait(days=10)
    done = desk.say("decide", "pass", "--number", "GY-2026-1", "--by", "dai")
    assert done.splitlines()[:2] == [
        "f-1: PUBLIC_NOTICE (public notice) -> FILED (filed)", "number: GY-2026-1",
    ]  # fmt: skip
    assert (desk.state()["state"], desk.state()["number"]) == ("FILED", "GY-2026-1")


def test_what_follows_from_an_act_is_told(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    assert desk.say("accept", "--by", "cai").splitlines() == [
        "f-1: SUBMITTED (submitted) -> UNDER_REVIEW (under review)",
        "deadline formal examination ended",
        "deadline review created: 2026-03-30",
        "documents: acceptance_notice",
        "notices: accepted -> provider_admin, accepted -> reviewer",
        "next: pass to public notice (1 of 3)",
        "  the filing is in UNDER_REVIEW: under review",
        "  by rao (reviewer), ren (reviewer)",
        "  guanyao filing review pass --by rao",
    ]
    assert desk.say("review", "pass", "--by", "rao", "--lang", "zh").splitlines()[0] == (
        "f-1: 已记录，尚需其他人办理"
    )
    assert [row["clock"] for row in desk.told("deadlines")["deadlines"]] == ["review"]


def test_provisional_days_are_marked(desk: Desk) -> None:
    desk.wait(days=300)
    desk.begin()
    desk.to("UNDER_REVIEW")
    desk.say("review", "pass", "--by", "rao")
    desk.say("review", "pass", "--by", "ren")
    told = desk.say("decide", "pass", "--by", "dai")
    assert "deadline public notice created: 2027-01-05 (provisional, by days" in told
    desk.wait(days=30)
    assert "does not close" in desk.say("notice")
    assert "期限所依据的日历尚未正式公布" in desk.type(
        "notice", "close", "--number", "1", "--by", "dai", "--lang", "zh"
    )[1]  # fmt: skip


def test_correction_and_supplement_by_both_sides(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    assert desk.told("correct", "--by", "cai", "--reason", REASON)["event"] == "request_correction"
    assert desk.told("correct", "--by", "ann")["event"] == "resubmit"
    desk.say("accept", "--by", "cai")
    assert desk.told("supplement", "--by", "rao", "--reason", REASON)["after"]["name"] == (
        "SUPPLEMENT"
    )
    assert desk.told("supplement", "--by", "eda")["event"] == "answer"
    asked = desk.told("review", "supplement", "--by", "ren", "--reason", REASON)
    assert asked["event"] == "request_supplement"


HEARING = ("--hearing", "offer.txt")
"""The paper of a hearing that was offered outside of the room."""


def served(desk: Desk) -> None:
    (desk.folder / HEARING[1]).write_text("You may speak until Friday.", encoding="utf-8")


def test_a_rejection_needs_a_hearing_and_an_appeal_opens_it_again(desk: Desk) -> None:
    desk.begin()
    served(desk)
    desk.to("UNDER_REVIEW")
    words = ["reject", "--reason", REASON, "--by"]
    line = desk.refused("review", *words, "rao")
    assert "G16: no hearing was offered" in line
    for command, who in (("review", "rao"), ("review", "ren"), ("decide", "dai")):
        desk.say(command, *words, who, *HEARING)
    assert desk.state()["state"] == "REJECTED"
    desk.say("appeal", "lodge", "--by", "ann", "--reason", REASON)
    assert "the same person took the decision" in desk.refused("appeal", "hear", "--by", "dai")
    desk.say("appeal", "hear", "--by", "dou")
    desk.say("appeal", "grant", "--by", "dou", "--reason", REASON)
    assert desk.state()["state"] == "UNDER_REVIEW"


def test_after_the_number(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    served(desk)
    desk.to("FILED")
    what = ["--what", "trained anew", "--changed-on", "2026-03-02"]
    assert desk.told("change", "declare", *what, "--by", "ann")["opened"] == ["change-1"]
    desk.say("change", "classify", "immaterial", "--by", "cai", "--reason", REASON)
    (tmp_path / "proof.txt").write_text("mended", encoding="utf-8")
    for who in ("ivo", "dai"):
        desk.say("rectify", "order", "--by", who, "--reason", REASON)
    desk.say("rectify", "prove", "proof.txt", "--by", "ann")
    desk.say("rectify", "accept", "--by", "ivo")
    desk.say("rectify", "verify", "pass", "--by", "ivo")
    desk.say("suspend", "--by", "dai", "--reason", REASON)
    desk.say("revoke", "--by", "dai", "--reason", REASON, *HEARING)
    row = desk.told("registry")["filings"][0]
    assert (row["number"], row["state"], row["is_struck"]) == ("GY-1", "REVOKED", True)


def test_the_files_of_an_act_are_kept(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    desk.to("FILED")
    for name in ("told.txt", "gone.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    words = ["deregister", "--ended-on", "2026-03-02", "--by", "ann", "--user-notice", "told.txt"]
    assert "disposal_record is missing" in desk.refused(*words)
    desk.say(*words, "--disposal", "gone.txt")
    payload = desk.told("show", "--last", "1")["acts"][0]["payload"]
    assert payload["attachments"] == [payload["user_notice"], payload["disposal_record"]]


def test_an_objection_from_receipt_to_answer(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    desk.to("PUBLIC_NOTICE")
    told = desk.told("object", "--text", REASON, "--contact", "name=Wu", "-o", "receipt.txt")
    assert (told["case"], told["files"]) == ("objection-1", {"token": "receipt.txt"})
    assert (tmp_path / "receipt.txt").stat().st_mode & 0o777 == 0o600
    follow = ["objection", "follow", told["receipt"], "--token-file", "receipt.txt"]
    assert desk.told(*follow)["state"] == "RECEIVED"
    desk.say("objection", "admit", "objection-1", "--by", "cai")
    desk.say("objection", "investigate", "objection-1", "--question", "whose?", "--by", "cai")
    desk.say("objection", "reply", "objection-1", "--text", "our own", "--by", "ann")
    why = ["--reason", REASON, "--by", "dai"]
    desk.say("objection", "find", "objection-1", "dismissed", *why)
    desk.say("objection", "answer", "objection-1", "--text", REASON, "--by", "dai")
    assert "objection-1: ANSWERED, dismissed" in desk.say("notice")
    assert desk.told("objection", "list")["objections"][0]["state"] == "ANSWERED"
    desk.say("objection", "forget", "objection-1", "--by", "cai")


def test_nobody_says_nothing_or_twice(desk: Desk) -> None:
    desk.begin()
    desk.to("PUBLIC_NOTICE")
    for words in ([], ["--text", "a", "--text-file", "b"]):
        assert "error[filing.case_text]" in desk.refused("object", *words, status=2)


def test_a_late_objection_is_refused_and_kept(desk: Desk) -> None:
    desk.begin()
    desk.to("PUBLIC_NOTICE")
    desk.wait(days=10)
    status, out, err = desk.type("object", "--text", REASON, "--json")
    assert status == 4
    assert err.startswith("error[filing.clock]: object is refused: clock: too late")
    assert json.loads(out)["done"] is False


def test_an_inspection_from_draw_to_order(desk: Desk) -> None:
    desk.begin()
    desk.to("FILED")
    drawn = desk.told("inspect", "draw", "--seed", "2026-06-01/8846", "--by", "ivo")
    assert drawn["filings"] == ["f-1"]
    desk.say("inspect", "plan", "--draw", drawn["id"], "--by", "ivo")
    assert desk.told("next")["commands"] == [
        "guanyao filing inspect announce inspection-1 --by ivo",
        "guanyao filing inspect announce inspection-1 --unannounced --by ivo",
    ]
    desk.say("inspect", "announce", "inspection-1", "--unannounced", "--by", "ivo")
    case = ["--case", "inspection-1", "--by", "ivo"]
    desk.say("do", "pull_pack", *case)
    desk.say("do", "measure", "--set", "measured_digest=" + "a" * 64, *case)
    desk.say("inspect", "conclude", "inspection-1", "major", "--by", "ivo", "--reason", REASON)
    shown = desk.told("inspect", "list")["inspections"][0]
    assert (shown["state"], shown["finding"]) == ("FOUND", "major")
    lines = desk.told("next")["commands"]
    assert [line.split()[2:4] for line in lines] == [
        ["inspect", "close"], ["rectify", "order"], ["suspend", "--reason"],
    ]  # fmt: skip
    desk.say("inspect", "close", "inspection-1", "--by", "ivo", "--reason", REASON)
    assert "inspection-1" in desk.say("inspect", "list")


def test_what_ends_a_filing_before_it_has_a_number(desk: Desk) -> None:
    desk.begin()
    desk.to("INTERNAL_REVIEW")
    desk.say("return", "--by", "sig0", "--reason", REASON)
    assert desk.state()["state"] == "DRAFT"
    desk.n_done = 1
    desk.to("SUBMITTED")
    for who in ("cai", "dai"):
        desk.say("refuse", "--by", who, "--reason", REASON)
    assert desk.told("next")["event"] == "appeal"
    desk.say("init", ".", "--provider", "hospital", "--by", "ann", "--id", "next-one")
    words = ["--filing", "next-one", "--by", "ann", "--reason", REASON]
    assert desk.told("withdraw", *words)["after"]["name"] == "WITHDRAWN"


def test_a_renewal(desk: Desk) -> None:
    desk.begin()
    desk.to("FILED")
    assert "'system'" in desk.refused("do", "publish_check", "--by", "system", status=2)
    assert "too early" in desk.refused("renew", "open", "--by", "ann")
    desk.wait(days=1030)
    desk.say("renew", "open", "--by", "ann")
    desk.say("renew", "assess", "--by", "ann")
    assert desk.told("next")["commands"] == ["guanyao filing renew pass --by dai"]
    desk.say("decide", "pass", "--by", "dai")
    assert desk.state()["state"] == "FILED"


# Refusals


def test_a_refusal_names_every_check_and_is_recorded(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    desk.wrong = {"materials": None}
    status, out, err = desk.type("accept", "--by", "rao")
    assert status == 4
    lines = out.splitlines()
    assert lines[0] == "accept: refused; it stays in SUBMITTED (submitted)"
    assert lines[1].startswith("  G9: the role 'reviewer' may not")
    assert lines[2] == "  G2: the materials were not looked at"
    line = int(re.fullmatch(r"recorded as line (\d+)", lines[3])[1])  # type: ignore[index]
    assert err.startswith("error[filing.role]: accept is refused: G9")
    assert "未核对材料" in desk.type("accept", "--by", "cai", "--lang", "zh")[1]
    acts = desk.told("show", "--refused")["acts"]
    assert [(act["person"], act["code"]) for act in acts] == [
        ("rao", "filing.role"), ("cai", "filing.guard"),
    ]  # fmt: skip
    assert acts[0]["line"] == line
    assert "REFUSED, by rao as reviewer" in desk.say("show", "--refused", "--last", "2")


def test_a_refusal_as_json(desk: Desk) -> None:
    desk.begin()
    status, out, err = desk.type("accept", "--by", "cai", "--json")
    told = json.loads(out)
    assert (status, told["done"], told["code"], told["next"]) == (4, False, "filing.state", None)
    assert [check["name"] for check in told["failed"]] == ["state"]
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["accept", "--by", "caj"], "unknown_name", "did you mean 'cai'"),
        (["accept"], "person.unnamed", "--by"),
        (["accept", "--by", "cai", "--role", "decider"], "person.role", "their roles: clerk"),
        (["accept", "--by", "cai", "--filing", "f-9"], "filing.unknown", "f-9"),
        (["accept", "--by", "cai", "--lang", "fr"], "filing.language", "zh"),
        (["accept", "--by", "cai", "--room", "nowhere"], "filing.no_room", "nowhere"),
        (["decide", "perhaps", "--by", "dai"], "filing.word", "pass, reject, forward"),
        (["notice", "shut"], "filing.word", "show, close"),
        (["scope", "maybe", "--by", "ann"], "filing.word", "file, not_required"),
        (["do", "accept", "--set", "x", "--by", "cai"], "config.setting", "KEY=VALUE"),
        (["test", "passed", "--attach", "none.pdf", "--by", "tan"], "filing.attachment", "none"),
    ],
)
def test_what_is_typed_wrongly(desk: Desk, words: list[str], code: str, says: str) -> None:
    desk.begin()
    line = desk.refused(*words, status=2)
    assert line.startswith(f"error[{code}]: ")
    assert says in line


def test_somebody_with_two_roles_says_which(desk: Desk) -> None:
    desk.begin()
    desk.say("people", "add", "oma", "--role", "clerk", "--role", "decider", "--of", "office")
    desk.to("PUBLIC_NOTICE")
    desk.say("object", "--text", REASON)
    line = desk.refused("objection", "admit", "objection-1", "--by", "oma", status=2)
    assert "several roles that may do admit; one of: clerk, decider" in line
    desk.say("objection", "admit", "objection-1", "--by", "oma", "--role", "clerk")


def test_the_person_and_the_room_may_come_from_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("GUANYAO_PERSON", "cai")
    monkeypatch.setenv("GUANYAO_ROOM", str(tmp_path))
    monkeypatch.chdir("/")
    assert desk.told("accept")["after"]["name"] == "UNDER_REVIEW"


def test_of_several_filings_one_is_named(desk: Desk) -> None:
    desk.begin()
    desk.say("init", ".", "--provider", "clinic", "--by", "ben", "--id", "second")
    line = desk.refused("accept", "--by", "cai", status=2)
    assert line.startswith("error[filing.which]: there are several filings")
    assert "f-1, second" in line
    told = desk.told("next", "--filing", "second")
    assert told["commands"][0].endswith("--filing second --by ben")


# What is typed reaches everything


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path)
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


def test_every_command_that_is_told_of_exists() -> None:
    group = typer.main.get_command(app).commands["filing"]  # type: ignore[attr-defined]
    known = list(leaves(group))
    for t in ways():
        for role in t.by:
            line = command_of(t, role=role, person="ann", case="objection-1")
            words = line.removeprefix("guanyao filing ")
            assert any(words.startswith(f"{name} ") or words == name for name in known), line


def ways() -> list[Transition]:
    """Every transition of every profile."""
    machines = [machine for name in PROFILES for machine in load_profile(name).machines]
    return [t for machine in machines for t in machine.transitions]


def test_words_stand_only_for_events_that_there_are() -> None:
    assert set(COMMANDS) <= {t.event for t in ways()}
    assert set(BY_ROLE) <= {(t.event, role) for t in ways() for role in t.by}


@pytest.mark.slow
def test_do_knows_every_event(desk: Desk) -> None:
    desk.begin()
    for machine in load_profile("notice7").machines:
        for event in dict.fromkeys(t.event for t in machine.transitions):
            status, _, err = desk.type("do", event, "--by", "ann", "--role", "provider_admin")
            assert status == 0 or not err.startswith("error[filing.event]"), event
    assert desk.refused("do", "dance", "--by", "ann").startswith("error[filing.event]")


# Whoever does what `next` says comes to a number


def follow(desk: Desk, *, at_most: int = 40) -> list[str]:
    """Do what `next` says until nothing is to be done; what was typed."""
    typed: list[str] = []
    for _ in range(at_most):
        step = desk.told("next")
        if step["kind"] == "nothing" or "page URL" in "".join(step["commands"]):
            return typed
        if step["kind"] == "wait":
            desk.wait(days=30)
        command = step["commands"][-1 if step["kind"] == "wait" else 0]
        for word, value in FILLED.items():
            command = command.replace(word, value)
        command = re.sub(r"sign --key \S+\.pem", "do sign", command)
        command = command.replace("FILE", "proof.txt")
        if "key new" in command:
            command = f"guanyao filing do sign --by {step['people'][0]['person']}"
        assert command.startswith("guanyao filing "), command
        typed.append(command)
        desk.say(*shlex.split(command)[2:])
    raise AssertionError(typed)


def test_next_leads_from_the_beginning_to_the_number(desk: Desk) -> None:
    desk.begin()
    desk.say("do", "decide", "--outcome", "file", "--by", "ann")
    typed = follow(desk)
    assert [line.split()[2] for line in typed] == [
        "freeze", "do", "do", "do", "submit", "accept", "review", "review", "decide", "notice",
    ]  # fmt: skip
    assert desk.state()["state"] == "FILED"


@pytest.mark.parametrize(
    "before",
    [
        [["change", "declare", "--what", "x", "--changed-on", "2026-03-02", "--by", "ann"]],
        [["suspend", "--by", "dai", "--reason", REASON]],
        [["rectify", "order", "--by", who, "--reason", REASON] for who in ("ivo", "dai")],
    ],
    ids=["change", "suspension", "rectification"],
)
def test_next_leads_back_to_rest(desk: Desk, tmp_path: Path, before: list[list[str]]) -> None:
    (tmp_path / "proof.txt").write_text("mended", encoding="utf-8")
    desk.begin()
    desk.to("FILED")
    for words in before:
        desk.say(*words)
    assert follow(desk)
    assert desk.state()["state"] == "FILED"
    assert desk.told("status")["service"]["may"] == "allowed"


@pytest.mark.slow
def test_next_leads_through_objections(desk: Desk) -> None:
    desk.begin()
    desk.to("PUBLIC_NOTICE")
    desk.say("object", "--text", REASON)
    desk.say("object", "--text", REASON)
    follow(desk)
    assert desk.state()["state"] == "FILED"


@pytest.mark.slow
def test_next_leads_out_of_a_rejection(desk: Desk) -> None:
    desk.begin()
    served(desk)
    desk.to("UNDER_REVIEW")
    for command, who in (("review", "rao"), ("review", "ren"), ("decide", "dai")):
        desk.say(command, "reject", "--reason", REASON, "--by", who, *HEARING)
    assert desk.told("next")["event"] == "appeal"
    follow(desk)
    assert desk.state()["state"] == "FILED"
