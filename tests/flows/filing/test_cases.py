"""Objections: in time and too late, their papers, receipts, answers, and what is forgotten."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError, TransitionError
from guanyao.filing.filing_state import Actor
from guanyao.flows.filing import cases
from guanyao.flows.filing.act import act
from guanyao.records.filing_store import Desk
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]

WORDS = "The table holds rows of my ward that nobody asked me about."
CONTACT = {"name": "Somebody Made Up", "email": "somebody@example.com"}


def everything_kept(play: RoomPlay) -> str:
    """All records of the filing and of the room's chain, as text."""
    with play.room.store.reading() as desk:
        kinds = (cases.PAPER, cases.CONTACT, cases.RECEIPT, cases.UNHEARD)
        records = [desk.records("f-1", kind) for kind in kinds]
    return json.dumps(records, ensure_ascii=False)


def chain(play: RoomPlay) -> str:
    lines = [line.to_json() for line in play.room.store.chain.lines()]
    with play.room.store.reading() as desk:
        acts = desk.acts("f-1")
        filing = desk.filing("f-1")
    return json.dumps([lines, acts, filing], ensure_ascii=False)


def test_check_6_an_objection_one_second_before_the_end_is_heard_and_at_the_end_is_not(
    play: RoomPlay,
) -> None:
    """The notice ends at 24:00 in China of its last day."""
    play.to_notice()
    end = play.filing.deadline("notice")
    assert end is not None
    assert end.ends_at.isoformat().endswith("T00:00:00+08:00")
    play.now = end.ends_at - timedelta(seconds=1)
    heard = cases.object(play.room, "f-1", None, WORDS, contact=CONTACT)
    assert heard.outcome.done
    assert heard.case == "objection-1"
    play.now = end.ends_at
    late = cases.object(play.room, "f-1", None, WORDS + " Late.", contact=CONTACT)
    assert not late.outcome.done
    assert late.outcome.code == "filing.clock"
    assert [case.id for case in play.filing.cases] == ["objection-1"]
    with play.room.store.reading() as desk:
        assert desk.record("f-1", cases.UNHEARD, late.number)["body"] == WORDS + " Late."
        assert [act["done"] for act in desk.acts("f-1") if act["event"] == "object"] == [
            True,
            False,
        ]
    seen = cases.by_receipt(play.room, "f-1", late.number, late.token)
    assert seen == {"number": late.number, "case": "", "state": "NOT_HEARD", "code": "filing.clock"}
    assert play.room.store.verify().ok


def test_the_words_and_the_contact_stand_in_no_act_and_no_line(play: RoomPlay) -> None:
    play.to_notice()
    cases.object(play.room, "f-1", None, WORDS, contact=CONTACT)
    told = chain(play)
    for word in (WORDS, *CONTACT.values()):
        assert word in everything_kept(play)
        assert word not in told


def test_who_is_unknown_to_the_room_gets_a_code_name_and_may_still_withdraw(
    sqlite_play: RoomPlay,
) -> None:
    play = sqlite_play
    play.to_notice()
    given = cases.object(play.room, "f-1", cast.OBJECTOR, WORDS)
    case = play.filing.case(given.case)
    assert case is not None
    assert case.opened_by.startswith("objector-")
    with pytest.raises(ConfigError, match="receipt"):
        cases.withdraw(play.room, "f-1", given.number, "another secret")
    assert cases.withdraw(play.room, "f-1", given.number, given.token).done
    assert cases.by_receipt(play.room, "f-1", given.number, given.token)["state"] == "WITHDRAWN"
    refused = [line for line in play.room.store.chain.lines() if line.code == "filing.receipt"]
    assert len(refused) == 1


def test_somebody_of_the_office_who_objects_may_not_decide(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    play.to_notice()
    with play.room.store.writing() as desk:
        desk.put_record("", "person", "dou", {"person": "dou"})
    cases.object(play.room, "f-1", Actor(person="dou", role="public"), WORDS)
    refused = cases.admit(play.room, "f-1", "objection-1", cast.DECIDER_2)
    assert refused.code == "filing.role"


def objected(play: RoomPlay, **more: Any) -> cases.Receipt:
    return cases.object(play.to_notice().room, "f-1", None, WORDS, contact=CONTACT, **more)


def test_the_whole_way_from_objection_to_answer(play: RoomPlay, tmp_path: Path) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("what I saw", encoding="utf-8")
    given = objected(play, attachments=[proof])
    room = play.room
    assert cases.admit(room, "f-1", given.case, cast.CLERK).done
    questions = ["Where do the rows come from?"]
    assert cases.investigate(room, "f-1", given.case, cast.CLERK, questions).done
    said = cases.provider_answer(room, "f-1", given.case, cast.HEAD, "From the contract.", [proof])
    assert not said["late"]
    found = cases.find(room, "f-1", given.case, cast.DECIDER, "dismissed", cast.REASON)
    assert found.done
    answered = cases.answer(
        room, "f-1", given.case, cast.DECIDER, "Dear objector, ...", reason=cast.REASON
    )
    assert answered.done
    seen = cases.by_receipt(room, "f-1", given.number, given.token)
    assert (seen["state"], seen["finding"], seen["answer"]) == (
        "ANSWERED", "dismissed", "Dear objector, ..."
    )  # fmt: skip
    [objection] = cases.objections(room, "f-1")
    assert objection["paper"]["questions"] == questions
    assert objection["paper"]["provider_answer"]["text"] == "From the contract."
    assert objection["paper"]["attachments"][0]["media"].startswith("text/")
    assert play.room.store.verify().ok


def test_a_letter_without_a_reason_beside_it_stands_in_no_act_and_no_line(
    sqlite_play: RoomPlay,
) -> None:
    """It may name whoever objected."""
    play, room = sqlite_play, sqlite_play.room
    given = objected(play)
    cases.admit(room, "f-1", given.case, cast.CLERK).require()
    cases.investigate(room, "f-1", given.case, cast.CLERK).require()
    cases.find(room, "f-1", given.case, cast.DECIDER, "dismissed", cast.REASON).require()
    letter = "Dear Somebody Made Up, we looked into it."
    assert cases.answer(room, "f-1", given.case, cast.DECIDER, letter).done
    assert letter not in chain(play)


def test_the_provider_answers_late_and_that_is_said(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    given = objected(play)
    cases.admit(play.room, "f-1", given.case, cast.CLERK)
    cases.investigate(play.room, "f-1", given.case, cast.CLERK)
    play.until_over("investigation", given.case)
    said = cases.provider_answer(play.room, "f-1", given.case, cast.HEAD, "Sorry.")
    assert said["late"]


def test_only_the_provider_answers_and_only_when_asked(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    given = objected(play)
    for actor in (cast.HEAD, cast.CLERK):
        with pytest.raises(TransitionError):
            cases.provider_answer(play.room, "f-1", given.case, actor, "Not asked.")
    lines = [line for line in play.room.store.chain.lines() if line.act == "filing.case_answer"]
    assert [line.outcome for line in lines] == ["refused", "refused"]


def test_an_inadmissible_objection_is_turned_away_with_a_letter(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    given = objected(play)
    short = cases.declare_inadmissible(play.room, "f-1", given.case, cast.CLERK, "no")
    assert short.code == "filing.guard"
    done = cases.declare_inadmissible(play.room, "f-1", given.case, cast.CLERK, cast.REASON)
    assert done.done
    seen = cases.by_receipt(play.room, "f-1", given.number, given.token)
    assert (seen["state"], seen["answer"]) == ("INADMISSIBLE", cast.REASON)


def test_contact_is_forgotten_after_the_answer_and_the_chain_holds(
    play: RoomPlay, tmp_path: Path
) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("what I saw", encoding="utf-8")
    given = objected(play, attachments=[proof])
    with pytest.raises(TransitionError, match="open"):
        cases.forget_objector(play.room, "f-1", given.case, cast.CLERK)
    cases.declare_inadmissible(play.room, "f-1", given.case, cast.CLERK, cast.REASON)
    with pytest.raises(TransitionError, match="may not forget"):
        cases.forget_objector(play.room, "f-1", given.case, cast.HEAD)
    assert cases.forget_objector(play.room, "f-1", given.case, cast.CLERK) == {
        "n_contacts": 1, "n_texts": 0, "n_files": 0
    }  # fmt: skip
    assert CONTACT["email"] not in everything_kept(play)
    assert WORDS in everything_kept(play)
    gone = cases.forget_objector(play.room, "f-1", given.case, cast.CLERK, words=True)
    assert gone == {"n_contacts": 0, "n_texts": 1, "n_files": 1}
    assert WORDS not in everything_kept(play)
    assert play.room.store.verify().ok


def test_a_file_that_somebody_else_handed_in_too_is_not_forgotten(
    sqlite_play: RoomPlay, tmp_path: Path
) -> None:
    play, proof = sqlite_play, tmp_path / "proof.txt"
    proof.write_text("what I saw", encoding="utf-8")
    given = objected(play, attachments=[proof])
    with play.room.store.writing() as desk:
        digest = desk.put_file(proof.read_bytes())
        desk.put_record("f-1", "material", "other", {"digest": digest})
    cases.declare_inadmissible(play.room, "f-1", given.case, cast.CLERK, cast.REASON)
    cases.forget_objector(play.room, "f-1", given.case, cast.CLERK, words=True)
    with play.room.store.reading() as desk:
        assert desk.file(digest) == b"what I saw"


def test_what_is_wrong_with_an_objection_is_said_and_a_bad_file_recorded(
    sqlite_play: RoomPlay, tmp_path: Path
) -> None:
    play = sqlite_play.to_notice()
    macros = tmp_path / "a.docm"
    macros.write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(DataError) as refused:
        cases.object(play.room, "f-1", None, WORDS, [macros])
    assert refused.value.code == "filing.attachment"
    [line] = list(play.room.store.chain.lines(-1))
    assert (line.act, line.outcome, line.code) == ("filing.object", "refused", "filing.attachment")
    with pytest.raises(ConfigError, match="empty"):
        cases.object(play.room, "f-1", None, "  ")
    with pytest.raises(ConfigError, match="contact"):
        cases.object(play.room, "f-1", None, WORDS, contact={"shoe_size": "44"})
    assert play.filing.cases == ()


def test_the_act_and_its_papers_are_kept_together_or_not_at_all(
    play: RoomPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.to_notice()
    lines = len(list(play.room.store.chain.lines()))

    def fail(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Desk, "put_record", fail)
    with pytest.raises(KeyboardInterrupt):
        cases.object(play.room, "f-1", None, WORDS)
    monkeypatch.undo()
    assert play.filing.cases == ()
    assert len(list(play.room.store.chain.lines())) == lines
    assert cases.object(play.room, "f-1", None, WORDS).case == "objection-1"


HOSTILE = (
    *("王小明 15400138000", "\0", {"a": 1}, [1, {"x": "98010119900307003X"}], 5),
    *(10**400, float("nan"), True, "a" * 100_000),
)
SAID = ("attachments", "at", "case", "number", "outcome", "reason", "request")


@pytest.mark.parametrize("key", SAID)
def test_whatever_is_said_is_refused_and_recorded_and_stands_in_no_line(
    sqlite_play: RoomPlay, key: str
) -> None:
    room = sqlite_play.room
    before = len(list(room.store.chain.lines()))
    for value in HOSTILE:
        assert not act(room, "f-1", "submit", cast.EDITOR, {key: value}).done
    lines = [line.to_json() for line in room.store.chain.lines()]
    assert len(lines) == before + len(HOSTILE)
    told = json.dumps(lines, ensure_ascii=False)
    assert not [word for word in ("15400138000", "98010119900307003X", "王小明") if word in told]
    assert len(lines[before]["facts"]["attachments"]) == (key == "attachments")
    assert room.store.verify().ok
