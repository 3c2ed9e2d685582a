"""A room, typed: begin it, people and keys, what the dossier is made of, and where it stands."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanyao.filing.form import Form
from guanyao.filing.service import FACTS
from tests.cli.filing import desk as filing_desk
from tests.cli.filing.desk import REASON, Desk
from tests.filing.made_evidence import NOW, write_run

desk = pytest.fixture(filing_desk.desk)
real_desk = pytest.fixture(filing_desk.real_desk)
SECRET = "correct horse battery"  # noqa: S105
KNOWN = {"public": True, "modality": ["table"], "base_model": "none", "mlps_level": 0}
KNOWN |= {"learns_from_data": True}


def fill_service(path: Path) -> None:
    """What somebody writes into the template."""
    record = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts = dict.fromkeys(record["facts"], False) | KNOWN
    record |= {"name": "made-up stays", "facts": facts}
    path.write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")


def fill_answers(path: Path) -> None:
    """Every answer as its example."""
    text = path.read_text(encoding="utf-8")
    for question in Form.shipped().questions:
        text = text.replace(f'{question.id}: ""', f"{question.id}: {json.dumps(question.example)}")
    path.write_text(text, encoding="utf-8")


# Begin


def test_init_makes_everything_that_a_beginner_needs(desk: Desk, tmp_path: Path) -> None:
    out = desk.say("init", "room", "--provider", "hospital", "--by", "ann")
    assert out.splitlines()[:4] == [
        "room (new): room",
        "filing f-1 by the profile notice7: SCOPING",
        "to fill in: room/service.yaml",
        "to fill in: room/answers.yaml",
    ]
    assert out.splitlines()[4] == "type what follows in that folder: cd room"
    assert sorted(p.name for p in (tmp_path / "room").iterdir() if p.suffix == ".yaml") == [
        "answers.yaml", "service.yaml",
    ]  # fmt: skip
    text = (tmp_path / "room" / "service.yaml").read_text(encoding="utf-8")
    assert set(FACTS) <= set(yaml.safe_load(text)["facts"])
    assert all(fact.ask["zh"] in text and fact.ask["en"] in text for fact in FACTS.values())
    people = desk.told("people", "list", "--room", "room")["people"]
    assert people[0]["roles"] == ["provider_editor", "provider_admin"]


def test_init_again_adds_a_filing_and_leaves_what_was_filled_in(desk: Desk, tmp_path: Path) -> None:
    desk.say("init", ".", "--provider", "hospital", "--by", "ann")
    (tmp_path / "service.yaml").write_text("mine", encoding="utf-8")
    told = desk.told("init", ".", "--provider", "hospital", "--by", "ann", "--id", "other")
    assert (told["new_room"], told["filing"], told["files"]) == (False, "other", {})
    assert (tmp_path / "service.yaml").read_text(encoding="utf-8") == "mine"
    assert [row["id"] for row in desk.told("list")["filings"]] == ["f-1", "other"]
    line = desk.refused("init", ".", "--provider", "h", "--by", "ann", "--id", "other", status=2)
    assert line.startswith("error[filing.taken]")


def test_init_with_a_service_another_profile_and_another_hash(desk: Desk, tmp_path: Path) -> None:
    record = {"service": "guanyao.service/1", "name": "stays", "facts": {"public": True}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(record), encoding="utf-8")
    words = ["--service", "mine.yaml", "--profile", "cn-genai-filing", "--hash", "sm3"]
    told = desk.told("init", ".", "--provider", "hospital", "--by", "ann", *words)
    assert (told["profile"], list(told["files"])) == ("cn-genai-filing", ["answers.yaml"])
    assert desk.told("status")["service"]["name"] == "stays"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--provider", "医院", "--by", "ann"], "person.id"),
        (["--provider", "hospital", "--by", "system"], "person.id"),
        (["--provider", "hospital", "--by", "ann", "--profile", "none"], "unknown_name"),
        (["--provider", "hospital", "--by", "ann", "--hash", "md5"], "audit.hash"),
        (["--provider", "hospital", "--by", "ann", "--id", "1"], "filing.id"),
        (["--provider", "hospital", "--by", "ann", "--service", "none.yaml"], "service.unreadable"),
        (["--by", "ann"], "usage"),
    ],
)
def test_what_cannot_begin(desk: Desk, words: list[str], code: str) -> None:
    assert desk.refused("init", ".", *words, status=2).startswith(f"error[{code}]: ")


def test_outside_of_a_room_nothing_can_be_done(desk: Desk) -> None:
    line = desk.refused("status", status=2)
    assert line.startswith("error[filing.no_room]: there is no filing room here or above")
    assert "guanyao filing init" in line


def test_a_room_is_found_from_below(desk: Desk, tmp_path: Path, monkeypatch: Any) -> None:
    desk.begin()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert desk.state()["id"] == "f-1"


# People and keys


def test_people_are_added_and_listed(desk: Desk) -> None:
    desk.begin()
    words = ["people", "add", "lin", "--role", "reviewer", "--of", "office", "--interest", "clinic"]
    assert desk.say(*words) == "lin of office: reviewer\n"
    assert "error[person.exists]" in desk.refused(*words, status=2)
    assert desk.told(*words, "--replace", "--by", "ann")["interests"] == ["clinic"]
    shown = desk.say("people", "list")
    assert re.search(r"lin +office +reviewer +clinic", shown)


def test_a_key_is_made_registered_and_signs_with_its_passphrase(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.begin()
    assert "error[filing.passphrase]" in desk.refused("key", "new", "k.pem", status=2)
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    made = desk.told("key", "new", "k.pem", "--passphrase-file", "secret")
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert SECRET not in (tmp_path / "k.pem").read_text() + json.dumps(made)
    monkeypatch.setenv("GUANYAO_PASSPHRASE", SECRET)
    desk.say("key", "new", "other.pem")
    told = desk.told("key", "register", "k.pem.pub", "--person", "sig0", "--by", "ann")
    assert told["public_key"]["fingerprint"] == made["fingerprint"]
    assert "error[filing.key_taken]" in desk.refused(
        "key", "register", "k.pem.pub", "--person", "sig1", status=2
    )
    assert "error[unknown_name]" in desk.refused(
        "key", "register", "other.pem.pub", "--person", "nobody", "--by", "ann", status=2
    )


# Where it stands


def test_status_says_who_can_do_what(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    found = desk.told("status")
    assert (found["state"]["name"], found["state"]["zh"]) == ("SUBMITTED", "已提交")
    assert found["since"] == desk.now.isoformat()
    assert found["clocks"][0] | {"days_left": 7} == found["clocks"][0]
    options = {option["event"]: option for option in found["options"]}
    assert options["accept"]["people"] == [{"person": "cai", "role": "clerk"}]
    assert options["withdraw"]["people"] == [{"person": "ann", "role": "provider_admin"}]
    assert options["refuse"]["waits_for"] == "clerk"
    out = desk.say("status", "--lang", "zh")
    assert "状态: SUBMITTED (已提交), 自 2026-03-02 10:00" in out
    assert "可办理: accept (受理) -> UNDER_REVIEW: cai (clerk)" in out


def test_status_says_what_stands_against_an_act(desk: Desk) -> None:
    desk.begin()
    desk.to("INTERNAL_REVIEW")
    desk.wrong = {"label_failures": None}
    options = {option["event"]: option for option in desk.told("status")["options"]}
    assert [check["name"] for check in options["sign"]["against"]] == ["G8"]
    assert options["sign"]["people"] == []
    assert "not yet: sign: G8 the labels were not tested" in desk.say("status")


def test_next_is_told_for_one_person(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    assert desk.told("next")["people"] == [{"person": "cai", "role": "clerk"}]
    step = desk.told("next", "--by", "ann")
    assert (step["kind"], step["what"]["en"]) == ("wait", "wait for cai: accept")
    assert step["commands"] == ['guanyao filing withdraw --reason "…" --by ann']
    assert desk.say("next", "--by", "cai", "--lang", "zh").splitlines() == [
        "下一步: 受理", "  备案：已提交", "  由 cai (clerk)", "  guanyao filing accept --by cai",
    ]  # fmt: skip


def test_next_says_whom_to_look_for(desk: Desk) -> None:
    desk.say("init", ".", "--provider", "hospital", "--by", "ann")
    desk.say("do", "decide", "--outcome", "file", "--by", "ann")
    desk.say("freeze", "--by", "ann")
    step = desk.told("next")
    assert (step["kind"], step["roles"]) == ("people", ["provider_signatory"])
    assert step["commands"] == [
        "guanyao filing people add ID --role provider_signatory --kind KIND --of hospital"
    ]


def test_show_tells_every_act(desk: Desk) -> None:
    desk.begin()
    desk.to("UNDER_REVIEW")
    desk.say("review", "supplement", "--by", "rao", "--reason", REASON)
    out = desk.say("show", "--last", "1", "--checks")
    assert "request_supplement: UNDER_REVIEW -> SUPPLEMENT, by rao as reviewer, line" in out
    assert f"reason: {REASON}" in out
    assert "G18 holds" in out
    assert len(desk.told("show")["acts"]) == desk.state()["n_acts"]


def test_the_outbox_is_worked_off(desk: Desk) -> None:
    desk.begin()
    desk.to("UNDER_REVIEW")
    found = desk.told("outbox")["notices"]
    assert [(n["kind"], n["to"]) for n in found][-1] == ("accepted", "reviewer")
    words = [word for n in found for word in ("--sent", str(n["id"]))]
    assert desk.say("outbox", *words) == "nothing is to be sent\n"
    assert len(desk.told("outbox", "--all")["notices"]) == len(found)


def test_the_clocks_do_their_part(desk: Desk) -> None:
    desk.begin()
    desk.to("SUBMITTED")
    desk.say("correct", "--by", "cai", "--reason", REASON)
    assert desk.say("tick") == "no clock asks for anything\n"
    desk.wait(days=15)
    assert desk.say("tick").startswith("f-1: correction: reminder") is False
    assert desk.state()["state"] == "WITHDRAWN"
    assert desk.say("deadlines") == "no clock runs\n"
    assert desk.told("next")["kind"] == "nothing"


def test_the_calendar_of_the_room(desk: Desk, tmp_path: Path) -> None:
    desk.wait(days=300)
    desk.begin()
    desk.to("PUBLIC_NOTICE")
    days = [{"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": True} for n in (1, 2, 3)]
    days += [{"name": "春节", "date": f"2027-02-{n:02}", "isOffDay": True} for n in range(5, 12)]
    days += [{"name": "国庆节", "date": f"2027-10-0{n}", "isOffDay": True} for n in range(1, 6)]
    year = {"year": 2027, "papers": ["https://example.com/2027"], "days": days}
    (tmp_path / "2027.json").write_text(json.dumps(year), encoding="utf-8")
    told = desk.told("calendar", "use", "2027.json", "--by", "dai")
    assert [(r["clock"], r["status"]) for r in told["recounted"]] == [("notice", "official")]
    desk.wait(days=20)
    assert desk.say("notice").splitlines()[1] == "it is over"


# What a dossier is made of


def test_the_service_and_the_form(real_desk: Desk, tmp_path: Path) -> None:
    desk = real_desk
    desk.begin()
    line = desk.refused("service", "put", "service.yaml", "--by", "ann", status=2)
    assert line.startswith("error[service.field]: the service description: its name is empty")
    assert desk.told("next")["commands"] == ["guanyao filing service put service.yaml --by ann"]
    fill_service(tmp_path / "service.yaml")
    assert desk.told("service", "put", "service.yaml", "--by", "ann")["unknown"] == []
    out = desk.say("scope")
    assert "public: true" in out and "speaks for file" in out
    assert desk.told("next")["commands"][0] == "guanyao filing scope"
    assert "error[filing.scope]" in desk.refused("scope", "file", "--by", "ann", status=2)
    told = desk.told("scope", "file", "--by", "ann", "--reason", REASON)
    assert (told["after"]["name"], desk.told("scope")["decision"]["route"]) == ("DRAFT", "file")
    assert desk.told("next")["commands"] == ["guanyao filing form put answers.yaml --by ann"]
    assert desk.told("form", "put", "answers.yaml", "--by", "ann")["answered"] == []
    fill_answers(tmp_path / "answers.yaml")
    assert desk.told("form", "put", "answers.yaml", "--by", "ann")["open"] == []
    assert "error[filing.file_exists]" in desk.refused(
        "form", "template", "-o", "answers.yaml", status=2
    )
    assert "统一社会信用代码" in desk.say("form", "template", "--lang", "zh")
    desk.say("service", "template", "-o", "again.yaml")
    assert desk.told("next")["commands"][-1] == "guanyao filing evidence add out --by ann"


def test_evidence_clauses_and_documents(real_desk: Desk, tmp_path: Path) -> None:
    desk = real_desk
    desk.now = NOW
    desk.begin()
    fill_service(tmp_path / "service.yaml")
    fill_answers(tmp_path / "answers.yaml")
    desk.say("service", "put", "service.yaml", "--by", "ann")
    desk.say("scope", "file", "--by", "ann", "--reason", REASON)
    desk.say("form", "put", "answers.yaml", "--by", "ann")
    write_run(tmp_path / "run.json")
    (tmp_path / "law.txt").write_text("we may", encoding="utf-8")
    found = desk.told("evidence", "add", "run.json", "--by", "ann")["evidence"]
    assert [item["kind"] for item in found] == ["run"]
    desk.say("attach", "source_rights", "law.txt", "--by", "ann", "--title", "licence")
    assert "licence" not in desk.say("evidence", "list")
    assert len(desk.told("evidence", "list")["evidence"]) == 3
    assert desk.told("next")["commands"][-1] == "guanyao filing clause take --by ann"
    assert desk.told("clause", "take", "--by", "ann")["decided"]
    left = desk.told("clause", "list", "--only", "missing")["clauses"]
    first = left[0]
    words = [first["pack"], first["clause"], "不符合", "--reason", "still to come"]
    planned = [*words, "--plan", "bring it", "--due", "2027-01-31", "--by", "ann"]
    assert desk.told("clause", "decide", *planned)["decided"][0]["result"] == "不符合"
    assert "decided: 不符合 by ann" in desk.say("clause", "show", *words[:2])
    desk.say("clause", "undo", *words[:2], "--by", "ann")
    assert desk.told("clause", "worksheet", "-o", "c.csv")["n_lines"] > 100
    assert desk.told("clause", "read", "c.csv", "--by", "ann")["decided"] == []
    assert "error[unknown_name]" in desk.refused("clause", "show", words[0], "none", status=2)
    assert desk.say("gaps", "--only", "missing").startswith("service: made-up stays")
    assert "error[filing.gaps]" in desk.refused("gaps", "--evidence", "run.json", status=2)
    assert "缺少证据" in desk.say("clause", "list", "--only", "missing", "--lang", "zh")
    proofs_are_brought_up_to_date_before_a_decision(desk, tmp_path)
    desk.say("evidence", "drop", found[0]["id"], "--by", "ann")
    assert "error[filing.role]" in desk.refused("evidence", "add", "run.json", "--by", "cai")


def proofs_are_brought_up_to_date_before_a_decision(desk: Desk, tmp_path: Path) -> None:
    drafted = desk.told("next")
    assert drafted["what"]["en"].startswith("draft ")
    desk.say(*shlex.split(drafted["commands"][-1])[2:], "--quiet")
    confirm = desk.told("next")
    assert confirm["commands"][0] == "guanyao filing save -o drafts"
    assert any(why["zh"].startswith("服务协议 ") for why in confirm["why"])
    desk.say(*shlex.split(confirm["commands"][-1])[2:])
    assert desk.told("next")["what"]["en"].startswith("bring evidence")
    (tmp_path / "more.yaml").write_text(
        'answers: guanyao.answers/1\ncomplaint_limit: "another limit"\n', encoding="utf-8"
    )
    desk.say("form", "put", "more.yaml", "--by", "ann")
    again = desk.told("next")
    assert again["what"]["en"].startswith("draft anew ")
    desk.say(*shlex.split(again["commands"][-1])[2:], "--quiet")
    assert desk.told("next")["what"]["en"].startswith("read and confirm ")


def test_a_form_for_evidence_that_is_measured_elsewhere(real_desk: Desk, tmp_path: Path) -> None:
    desk = real_desk
    desk.begin()
    desk.say("evidence", "form", "label_check", "-o", "labels.json")
    form = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    assert form["schema"] == "guanyao.label-check/1"
    put = ("evidence", "add", "labels.json", "--by", "ann")
    assert "error[filing.schema]" in desk.refused(*put, status=2)
    assert "error[unknown_name]" in desk.refused("evidence", "form", "luck", status=2)


def test_documents_are_drafted_read_and_confirmed(real_desk: Desk, tmp_path: Path) -> None:
    desk = real_desk
    desk.begin()
    fill_service(tmp_path / "service.yaml")
    fill_answers(tmp_path / "answers.yaml")
    desk.say("service", "put", "service.yaml", "--by", "ann")
    desk.say("scope", "file", "--by", "ann", "--reason", REASON)
    desk.say("form", "put", "answers.yaml", "--by", "ann")
    told = desk.told("draft", "privacy_policy", "--by", "ann", "--quiet")
    assert [(slot["slot"], slot["what"]) for slot in told["slots"]] == [
        ("privacy_policy", "drafted"),
    ]
    files = desk.told("save", "privacy_policy", "-o", "drafts")["files"]
    assert [Path(name).suffix for name in files] == [".docx", ".pdf"]
    assert all((tmp_path / name).stat().st_size for name in files)
    assert desk.told("save", "-o", "all")["files"] == [f"all/{Path(f).name}" for f in files]
    assert "待确认" in desk.say("materials", "--lang", "zh")
    assert desk.told("confirm", "--by", "ann")["slots"] == ["privacy_policy"]
    assert desk.say("confirm", "--by", "ann") == "confirmed: nothing waits for it\n"
    slots = {slot["slot"]: slot for slot in desk.told("materials")["materials"]}
    assert slots["privacy_policy"]["confirmed_by"] == "ann"
    assert slots["emergency_plan"]["is_there"] is False
    assert "error[filing.slot_empty]" in desk.refused(
        "save", "emergency_plan", "-o", "drafts", status=2
    )
    desk.say("detach", "privacy_policy", "--by", "ann")
    line = desk.refused("freeze", "--by", "ann")
    assert "G2" in line and "G3" in line
    assert desk.told("show", "--refused")["acts"][0]["event"] == "freeze"


# Out of the room


def test_verify_and_anchor(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    assert desk.told("anchor", "-o", "head.json")["seq"] > 0
    desk.to("DRAFT")
    assert desk.told("verify", "--anchor", "head.json")["ok"] is True
    assert desk.say("verify").splitlines()[-1].endswith(": as it was written")
    line = desk.refused("export", "-o", "d.zip")
    assert line.startswith("error[filing.no_dossier]")
    (tmp_path / "fake.zip").write_bytes(b"PK")
    status, out, _ = desk.type("verify", "fake.zip")
    assert (status, "BROKEN" in out) == (1, True)


def test_the_register(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    desk.to("FILED")
    assert "GY-1" in desk.say("registry", "-o", "list.html")
    assert "GY-1" in (tmp_path / "list.html").read_text(encoding="utf-8")
    assert desk.told("registry", "--figures")["figures"]["n_filings"] == 1


def test_the_page(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    desk.to("FILED")
    (tmp_path / "page.html").write_text("<p>备案编号 GY-1</p>", encoding="utf-8")
    desk.wrong = {"page_shows_number": None}
    assert desk.told("next")["commands"] == ["guanyao filing page URL"]
    desk.wrong = {}
    assert desk.told("page", "page.html")["event"] == "publish_check"
    assert desk.told("deadlines")["deadlines"][0]["clock"] == "page_check"


def test_the_channel(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.begin()
    (tmp_path / "access.txt").write_text("https://service.example.com", encoding="utf-8")
    monkeypatch.setenv("GUANYAO_PASSPHRASE", SECRET)
    desk.say("channel", "write", "access.txt", "-o", "access.gyc", "--by", "ann")
    assert b"example" not in (tmp_path / "access.gyc").read_bytes()
    desk.say("channel", "read", "access.gyc", "-o", "plain.txt")
    assert (tmp_path / "plain.txt").read_text(encoding="utf-8") == "https://service.example.com"
    assert (tmp_path / "plain.txt").stat().st_mode & 0o777 == 0o600
