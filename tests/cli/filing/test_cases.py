"""`guanyao filing incident`, `complaint`, `rights`, `hearing`, `service-log`, as they are typed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guanyao.cli.main import main
from guanyao.filing.intake import read
from guanyao.flows.filing.act import new_filing
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.room import create_room, open_room
from tests.filing import cast

WORDS = "They said a name."


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "room"
    with create_room(place) as found:
        options = {"profile": "notice7", "organisation": cast.PROVIDER, "actor": cast.EDITOR}
        new_filing(found, **options, id="f-1").require()
        for who in (cast.EDITOR, cast.HEAD, cast.DECIDER):
            add_person(found, who.person, roles=[who.role], organisation=who.organisation)
    monkeypatch.setenv("GUANYAO_ROOM", str(place))
    monkeypatch.setenv("GUANYAO_PERSON", "eda")
    return place


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["filing", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_an_incident_from_open_to_close(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--severity", "large", "--cause", "outage", "--filing", "f-1"]
    case = told(capsys, "incident", "open", *words)
    assert (case["id"], case["filing"], case["next_clock"]) == ("incident-1", "f-1", "report")
    assert main(["filing", "incident", "step", "incident-1", "close"]) == 4
    error = capsys.readouterr().err
    assert error.startswith("error[filing.desk_step]: incident-1: close comes after contain")
    assert main(["filing", "incident", "step", "incident-1", "contain"]) == 0
    report = ["incident", "step", "incident-1", "report", "--set", "reported_to=province"]
    capsys.readouterr()
    told(capsys, *report, "--by", "ann")
    assert main(["filing", "incident", "list"]) == 0
    shown = capsys.readouterr().out
    assert "incident-1   OPEN" in shown
    assert "retrain, close" in shown
    assert told(capsys, "incident", "step", "incident-1", "close")["state"] == "CLOSED"
    [row] = told(capsys, "incident", "list", "--open")["cases"]
    assert row["possible"] == ["summarise"]


def test_words_are_kept_apart_and_forgotten(capsys: pytest.CaptureFixture[str], room: Path) -> None:
    contact = ["--contact", "email=somebody@example.com"]
    told(capsys, "complaint", "open", "--channel", "web", "--note", WORDS, *contact)
    told(capsys, "complaint", "step", "complaint-1", "answer", "--note", "Sorry.")
    assert told(capsys, "complaint", "forget", "complaint-1")["forgotten"]
    with open_room(room) as found, found.store.reading() as desk:
        assert desk.record("", "complaint_note", "complaint-1") is None
        assert WORDS not in json.dumps(desk.records("", "complaint"))


def test_a_request_and_the_evidence_of_a_period(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told(capsys, "rights", "open", "--kind", "access")
    out, today = tmp_path / "log.json", datetime.now(UTC).date().isoformat()
    words = ["--since", "2026-01-01", "--until", today, "-o", str(out), "--set", "n_users=3"]
    assert main(["filing", "service-log", *words]) == 0
    assert "n_rights_requests: 1" in capsys.readouterr().out
    assert read(out).measures["service.n_users"].value == 3
    for wrong, code in (("n_user=3", "unknown_name"), ("n_users=x", "filing.figure")):
        assert main(["filing", "service-log", *words[:-1], wrong]) == 2
        assert f"error[{code}]" in capsys.readouterr().err


def test_hearing_is_offered_and_answered(capsys: pytest.CaptureFixture[str]) -> None:
    text = "We plan to revoke the filing since another model is in use."
    offer = ["hearing", "offer", "--about", "revoke", "--text", text, "--by", "dai"]
    assert told(capsys, *offer)["n"] == 1
    assert main(["filing", "hearing", "speak", "1", "--waive", "--by", "ann"]) == 0
    assert main(["filing", "hearing", "list"]) == 0
    assert capsys.readouterr().out.count("offer 1 (revoke)") == 2
    assert main(["filing", *offer[:-1], "ann"]) == 4
    assert "filing.role" in capsys.readouterr().err


def test_a_moment_has_a_zone(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["filing", "rights", "open", "--kind", "copy", "--began", "2026-03-01T10:00:00"]
    assert main(words) == 2
    assert "is no moment" in capsys.readouterr().err
