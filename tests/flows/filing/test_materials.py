import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError, TransitionError, UnknownNameError
from guanyao.filing.profile_file import load_profile
from guanyao.flows.filing import materials
from guanyao.flows.filing.act import state_of
from guanyao.flows.filing.stand import may_change
from guanyao.records.audit_line import Line
from tests.filing import cast
from tests.filing.made_evidence import write_run
from tests.flows.filing.case import (
    FilingCase,
    case,
    frozen,
    made,
    ready,
    small_docx,
    small_xlsx,
    train,
)

__all__ = ["case", "frozen", "made", "ready"]

STRANGER = cast.Actor(person="eve", role="provider_editor", organisation="another")


def last_line(case: FilingCase) -> Line:
    return list(case.room.store.chain.lines())[-1]


def record(case: FilingCase, kind: str, key: str) -> dict[str, Any]:
    with case.room.store.reading() as desk:
        return desk.record(case.id, kind, key) or {}


def records(case: FilingCase, kind: str) -> dict[str, dict[str, Any]]:
    with case.room.store.reading() as desk:
        return desk.records(case.id, kind)


def attach(case: FilingCase, what: str, path: Path, **more: Any) -> materials.Attached:
    return materials.attach(case.room, case.id, what, path, actor=cast.EDITOR, **more)


# Attaching


def test_a_file_fills_a_slot_and_leaves_a_line(case: FilingCase) -> None:
    found = attach(case, "continuity", case.file("note.docx", small_docx()))
    kept = record(case, "material", "continuity")
    assert (found.slot, found.evidence, found.digest) == ("continuity", "", kept["digest"])
    assert kept["source"] == "attached" and kept["confirmed_by"] == "eda"
    assert kept["media"].endswith("wordprocessingml.document")
    assert (kept["faults"], kept["unfilled"], kept["more"]) == ([], [], [])
    line = last_line(case)
    assert (line.act, line.object, line.who) == ("filing.attach", "filing:f-1", "eda")
    assert line.facts["file"] == found.digest and line.facts["slot"] == "continuity"
    assert case.room.store.verify().ok


def test_a_topic_is_evidence_and_no_slot(case: FilingCase) -> None:
    path = case.file("cert.pdf", b"%PDF-1.7\nstartxref\n9\n%%EOF\n")
    found = attach(case, "mlps_certificate", path, title="certificate", valid_until="2027-05-31")
    assert found.slot == "" and found.evidence.startswith("document.mlps_certificate:")
    assert records(case, "material") == {}
    with case.room.store.reading() as desk:
        assert desk.file(found.digest) == path.read_bytes()
    assert record(case, "evidence", found.evidence)["kind"] == "document.mlps_certificate"


def test_what_is_slot_and_topic_is_both_and_the_newest_counts(case: FilingCase) -> None:
    first = attach(case, "privacy_policy", case.file("a.docx", small_docx("一")))
    second = attach(case, "privacy_policy", case.file("b.docx", small_docx("二")))
    assert first.evidence != second.evidence
    assert list(records(case, "evidence")) == [second.evidence]
    assert record(case, "material", "privacy_policy")["name"] == "b.docx"


def test_a_sealed_pdf_stays_beside_the_word_file(case: FilingCase) -> None:
    attach(case, "continuity", case.file("a.docx", small_docx()))
    attach(case, "continuity", case.file("a.pdf", b"%PDF-1.7\nstartxref\n9\n%%EOF\n"))
    kept = record(case, "material", "continuity")
    assert kept["name"] == "a.pdf" and [part["name"] for part in kept["more"]] == ["a.docx"]
    attach(case, "continuity", case.file("b.docx", small_docx("新")))
    kept = record(case, "material", "continuity")
    assert [kept["name"], *(part["name"] for part in kept["more"])] == ["b.docx", "a.pdf"]


def test_the_slot_other_takes_many_files_and_gives_them_back(case: FilingCase) -> None:
    for name in ("a.txt", "b.csv", "c.json"):
        attach(case, "other", case.file(name, "1"))
    kept = record(case, "material", "other")
    assert [kept["name"], *(part["name"] for part in kept["more"])] == ["c.json", "b.csv", "a.txt"]
    materials.detach(case.room, case.id, "other", cast.EDITOR, "c.json")
    kept = record(case, "material", "other")
    assert [kept["name"], *(part["name"] for part in kept["more"])] == ["b.csv", "a.txt"]
    materials.detach(case.room, case.id, "other", cast.EDITOR)
    assert records(case, "material") == {}
    with pytest.raises(DataError, match="no such file"):
        materials.detach(case.room, case.id, "other", cast.EDITOR)


def test_places_that_are_open_and_secrets_are_told(case: FilingCase) -> None:
    text = "联系人：【待填写：联系人】 password: hG7#kP2vQ9xLm4"
    found = attach(case, "emergency_plan", case.file("plan.docx", small_docx(text)))
    assert found.unfilled == ("联系人",)
    assert len(found.secrets) == 1 and "hG7#" not in found.secrets[0]
    kept = record(case, "material", "emergency_plan")
    assert kept["unfilled"] == ["联系人"] and len(kept["secrets"]) == 1


def macros() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(small_docx())) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("word/vbaProject.bin", b"macros")
        new.writestr("word/x.txt", b"0" * 10)
    return made.getvalue()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("a.txt", b"0" * (4 << 20))
    return made.getvalue()


@pytest.mark.parametrize(
    ("slot", "name", "content", "kind"),
    [
        ("continuity", "a.docx", macros(), "macros"),
        ("other", "a.zip", bomb(), "bomb"),
        ("other", "a.txt", b"", "empty"),
        ("continuity", "a.xlsx", small_xlsx(), "type"),
        ("continuity", "a.docx", small_docx()[:300], "type"),
        ("encryption", "a.pdf", b"%PDF-1.7 /JavaScript", "script"),
    ],
)
def test_a_file_that_is_refused_is_recorded_and_nothing_is_lost(
    case: FilingCase, slot: str, name: str, content: bytes, kind: str
) -> None:
    before = case.filing
    with pytest.raises(DataError) as caught:
        attach(case, slot, case.file(name, content))
    assert caught.value.code == "filing.attachment" and kind in str(caught.value)
    line = last_line(case)
    assert (line.outcome, line.code) == ("failed", "filing.attachment")
    assert kind in line.facts["faults"] and len(line.facts["file"]) == 64
    assert case.filing == before and records(case, "material") == {}


def test_an_attachment_that_is_missing_or_has_no_place_is_recorded(case: FilingCase) -> None:
    with pytest.raises(DataError) as caught:
        attach(case, "continuity", case.folder / "absent.docx")
    assert caught.value.code == "filing.unreadable"
    assert last_line(case).code == "filing.unreadable"
    with pytest.raises(UnknownNameError, match="privacy_policy"):
        attach(case, "privacy_polcy", case.file("a.docx", small_docx()))
    with pytest.raises(ConfigError, match="YYYY-MM-DD"):
        attach(case, "encryption", case.file("a.txt", "1"), valid_until="soon")
    assert records(case, "evidence") == {}


# Who may, and when


def test_only_the_provider_changes_the_dossier(case: FilingCase) -> None:
    for actor in (STRANGER, cast.CLERK):
        with pytest.raises(TransitionError) as caught:
            materials.attach(case.room, case.id, "other", case.file("a.txt", "1"), actor=actor)
        assert caught.value.code == "filing.role"
        assert (last_line(case).outcome, last_line(case).code) == ("refused", "filing.role")
    n_lines = last_line(case).seq
    with pytest.raises(DataError) as unknown:
        materials.add_evidence(case.room, "f-9", [case.folder], cast.EDITOR)
    assert unknown.value.code == "filing.unknown" and last_line(case).seq == n_lines


def test_a_frozen_dossier_takes_nothing_but_evidence(frozen: FilingCase) -> None:
    path = frozen.file("a.docx", small_docx("其他"))
    answers = frozen.file("answers.yaml", "answers: guanyao.answers/1\nprovince: 某省\n")
    service = frozen.folder / "service.yaml"
    frozen.file("service.yaml", "service: guanyao.service/1\nname: other\n")
    room, id = frozen.room, frozen.id
    attempts = [
        lambda: attach(frozen, "continuity", path),
        lambda: materials.detach(room, id, "continuity", cast.EDITOR),
        lambda: materials.confirm(room, id, ["continuity"], cast.EDITOR),
        lambda: materials.put_answers(room, id, answers, cast.EDITOR),
        lambda: materials.put_service(room, id, service, cast.EDITOR),
        lambda: materials.scope(room, id, cast.HEAD, "file", "a reason that is long enough"),
        lambda: materials.drop_evidence(room, id, "run", cast.EDITOR),
    ]
    for attempt in attempts:
        with pytest.raises(TransitionError) as caught:
            attempt()
        assert caught.value.code == "filing.frozen" and "INTERNAL_REVIEW" in str(caught.value)
        assert last_line(frozen).outcome == "refused"
    frozen.add(train(frozen.folder, "late", at=frozen.now).paths["record"])
    assert last_line(frozen).act == "filing.evidence"


@pytest.mark.parametrize(
    ("event", "who", "state", "open"),
    [
        ("return", cast.SIGNERS[0], "DRAFT", True),
        ("withdraw", cast.HEAD, "WITHDRAWN", False),
    ],
)
def test_what_may_change_follows_the_state(
    frozen: FilingCase, event: str, who: Any, state: str, open: bool
) -> None:
    frozen.do(event, who)
    assert frozen.filing.state == state
    with frozen.room.store.reading() as desk:
        found = state_of(desk, frozen.id)
        assert found is not None
        assert may_change(frozen.room.profile(desk, found.profile_digest), found) is open


@pytest.mark.parametrize("name", ["notice7", "cn-genai-filing", "cn-algorithm-filing"])
def test_the_states_in_which_a_dossier_may_change(name: str) -> None:
    play = cast.Play(name)
    profile = load_profile(name)
    play.to_review()
    found = {
        state
        for state in profile.filing.states
        if may_change(profile, cast.without(play.filing, state=state))
    }
    assert found == {"DRAFT", "CORRECTION", "SUPPLEMENT", "FILED"} & set(profile.filing.states)


def test_a_renewal_opens_the_dossier_again() -> None:
    play = cast.Play().to_filed()
    play.until_over("renewal_opens").do("open_renewal", cast.EDITOR)
    assert play.filing.state == "RENEWAL" and may_change(play.profile, play.filing)
    play.do("reassess", cast.EDITOR)
    assert may_change(play.profile, play.filing)


# Answers, service, scope


def test_answers_are_kept_until_a_file_names_them_again(case: FilingCase) -> None:
    first = case.file("a.yaml", "answers: guanyao.answers/1\nprovince: 某省\naddress: 某路\n")
    assert materials.put_answers(case.room, case.id, first, cast.EDITOR) == {
        "province": "某省",
        "address": "某路",
    }
    second = case.file("b.yaml", "answers: guanyao.answers/1\nprovince: ''\n")
    assert materials.put_answers(case.room, case.id, second, cast.EDITOR) == {"address": "某路"}
    line = last_line(case)
    assert line.facts == {"n_answers": 1, "questions": ["province"]}
    assert "某路" not in str([one.to_json() for one in case.room.store.chain.lines()])


def test_an_answer_that_is_none_changes_nothing(case: FilingCase) -> None:
    bad = case.file("a.yaml", "answers: guanyao.answers/1\nuscc: '123'\n")
    with pytest.raises(ConfigError) as caught:
        materials.put_answers(case.room, case.id, bad, cast.EDITOR)
    assert caught.value.code == "form.answer"
    assert record(case, "answers", "current") == {}
    assert last_line(case).code == "form.answer"


def test_a_service_states_only_facts_that_are_asked_for(case: FilingCase) -> None:
    case.described()
    assert record(case, "service", "current")["facts"]["mlps_level"] == 2
    bad = case.file("s.yaml", "service: guanyao.service/1\nname: a\nfacts: {pubic: true}\n")
    with pytest.raises(ConfigError, match="public"):
        materials.put_service(case.room, case.id, bad, cast.EDITOR)
    assert record(case, "service", "current")["name"] == "virtual records"


def test_the_decision_on_scope_is_recorded_and_is_evidence(case: FilingCase) -> None:
    reason = "it is used inside the hospital only"
    found = materials.scope(case.room, case.id, cast.HEAD, "not_required", reason)
    assert found["decided_by"] == "ann" and found["reason"] == reason
    assert [e["kind"] for e in records(case, "evidence").values()] == ["document.scope_decision"]
    materials.scope(case.room, case.id, cast.HEAD, "file", reason)
    assert len(records(case, "evidence")) == 1
    for route, why in (("nowhere", reason), ("file", "short")):
        with pytest.raises(ConfigError) as caught:
            materials.scope(case.room, case.id, cast.HEAD, route, why)
        assert caught.value.code == "filing.scope"
    assert record(case, "scope", "current")["route"] == "file"


# Evidence


def test_evidence_is_read_from_files_and_folders_and_kept_as_it_is(case: FilingCase) -> None:
    run = train(case.folder, "one")
    (case.folder / "one" / "notes.json").write_text("{}", encoding="utf-8")
    found, skipped = materials.add_evidence(case.room, case.id, [run.out], cast.EDITOR)
    assert {item.kind for item in found} == {"run"} and skipped == ["notes.json"]
    kept = records(case, "evidence")
    assert set(kept) == {item.id for item in found}
    with case.room.store.reading() as desk:
        files = {desk.file(str(one["file"])) for one in kept.values()}
    assert run.paths["record"].read_bytes() in files
    before = kept
    case.wait(hours=1)
    materials.add_evidence(case.room, case.id, [run.paths["record"]], cast.HEAD)
    assert records(case, "evidence") == before


def test_one_bad_file_and_none_is_taken(case: FilingCase) -> None:
    good = write_run(case.folder / "run.json")
    bad = case.file("bad.json", good.read_bytes().replace(b"0.52", b"0.51"))
    with pytest.raises(DataError) as caught:
        materials.add_evidence(case.room, case.id, [good, bad], cast.EDITOR)
    assert caught.value.code == "filing.seal"
    assert records(case, "evidence") == {}
    assert last_line(case).code == "filing.seal"
    empty = case.folder / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError) as nothing:
        materials.add_evidence(case.room, case.id, [empty], cast.EDITOR)
    assert nothing.value.code == "filing.no_evidence"


def test_evidence_that_is_taken_back_is_gone_and_was_there(case: FilingCase) -> None:
    found, _ = materials.add_evidence(
        case.room, case.id, [write_run(case.folder / "run.json")], cast.EDITOR
    )
    materials.drop_evidence(case.room, case.id, found[0].id, cast.EDITOR)
    assert records(case, "evidence") == {}
    with case.room.store.reading() as desk:
        assert len(desk.versions(case.id, "evidence", found[0].id)) == 1
    with pytest.raises(UnknownNameError):
        materials.drop_evidence(case.room, case.id, found[0].id, cast.EDITOR)


def test_the_card_is_that_of_the_filings_model(case: FilingCase) -> None:
    first, second = train(case.folder, "one"), train(case.folder, "two", first=1)
    case.add(first.paths["record"])
    card = materials.put_card(case.room, case.id, first.paths["model"], cast.EDITOR)
    assert card["schema"] == "guanyao.model-card/1"
    assert record(case, "card", "current")["digest"] == card["digest"]
    with pytest.raises(DataError) as caught:
        materials.put_card(case.room, case.id, second.paths["model"], cast.EDITOR)
    assert caught.value.code == "filing.card_other"


# Confirming drafts


def drafted(case: FilingCase, slot: str, **more: Any) -> None:
    with case.room.store.writing() as desk:
        digest = desk.put_file(small_docx(slot))
        made = {"slot": slot, "name": f"{slot}.docx", "digest": digest, "media": "docx"}
        made |= {"source": "attached", "unfilled": [], "faults": [], "secrets": [], "more": []}
        desk.put_record(case.id, "material", slot, {**made, "confirmed_by": "", **more})


def test_confirming_vouches_for_a_document(case: FilingCase) -> None:
    drafted(case, "privacy_policy")
    drafted(case, "emergency_plan", unfilled=["联系人"])
    assert materials.confirm(case.room, case.id, (), cast.HEAD) == ["privacy_policy"]
    assert record(case, "material", "privacy_policy")["confirmed_by"] == "ann"
    assert [e["kind"] for e in records(case, "evidence").values()] == ["document.privacy_policy"]
    assert last_line(case).facts == {"slots": ["privacy_policy"]}
    assert materials.confirm(case.room, case.id, (), cast.HEAD) == []


def test_what_is_open_or_absent_is_not_confirmed(case: FilingCase) -> None:
    drafted(case, "emergency_plan", unfilled=["联系人"])
    for slot, found in (("emergency_plan", "联系人"), ("continuity", "nothing")):
        with pytest.raises(DataError, match=found) as caught:
            materials.confirm(case.room, case.id, [slot], cast.HEAD)
        assert caught.value.code == "filing.unconfirmed"
    with pytest.raises(UnknownNameError):
        materials.confirm(case.room, case.id, ["no_slot"], cast.HEAD)


def test_a_draft_that_the_facts_have_left_behind_is_not_confirmed(case: FilingCase) -> None:
    case.described()
    drafted(case, "privacy_policy", source="draft", made_from="0" * 64)
    with pytest.raises(DataError, match="facts changed"):
        materials.confirm(case.room, case.id, ["privacy_policy"], cast.HEAD)
