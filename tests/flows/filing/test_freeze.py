"""Freezing and signing: a dossier comes with its act, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import DataError, TransitionError
from guanyao.filing.filing_state import Actor
from guanyao.filing.manifest import Manifest
from guanyao.filing.outcome import Outcome
from guanyao.flows.filing import freeze as filing_freeze
from guanyao.flows.filing.freeze import freeze, maker
from guanyao.flows.filing.keys import make_key
from guanyao.flows.filing.package import changed_files, leaks_of, package_of, signatures_of
from tests.flows.filing.desk_play import (
    CLERK,
    EDITOR,
    HEAD,
    PASSPHRASE,
    SIGNERS,
    Play,
    begun,
    desk_play,
    document,
    docx,
    good,
    keys,
    place,
)

__all__ = ["begun", "desk_play", "good", "keys", "place"]


@pytest.fixture
def play(desk_play: Play) -> Play:
    return desk_play


def test_a_dossier_comes_with_the_act(play: Play) -> None:
    outcome = play.freeze()
    assert outcome.done, outcome.failed
    record = play.dossier(1)
    assert record is not None
    manifest = Manifest.from_json(record["manifest"])
    assert manifest.digest() == record["digest"] == outcome.filing.manifest_digest
    assert outcome.filing.dossier_version == manifest.version == 1
    assert [file.path for file in manifest.files] == [
        "0 上线备案表/0 上线备案表.docx",
        "0 上线备案表/0 上线备案表.pdf",
        "附件1 安全评估报告/附件1 安全评估报告.docx",
        "附件1 安全评估报告/附件1 安全评估报告.pdf",
        "附件2 模型服务协议和隐私保护政策/2.1 模型服务协议.docx",
        "附件4 拦截关键词列表/附件4 拦截关键词列表.xlsx",
    ]
    assert {pack.id.partition("/")[0] for pack in manifest.packs} >= {"cn-gbt45654-2025"}


def test_a_refusal_leaves_no_dossier_and_is_recorded(play: Play) -> None:
    outcome = freeze(play.room, play.filing, CLERK)
    assert not outcome.done
    assert outcome.code == "filing.role"
    assert play.dossier(1) is None
    assert play.state().dossier_version == 0
    with play.room.store.reading() as desk:
        assert [act["event"] for act in desk.acts("f-1") if not act["done"]] == ["freeze"]


def test_nothing_is_frozen_out_of_turn(play: Play) -> None:
    play.freeze().require()
    again = play.freeze()
    assert again.code == "filing.state"
    assert play.dossier(2) is None


def test_without_materials_there_is_no_dossier(play: Play) -> None:
    with play.room.store.writing() as desk:
        for slot in desk.records("f-1", "material"):
            desk.drop_record("f-1", "material", slot)
    outcome = play.freeze()
    assert not outcome.done
    assert [check.name for check in outcome.failed] == ["G2"]
    assert play.dossier(1) is None


def test_what_nobody_confirmed_stays_out(play: Play) -> None:
    secret = docx(document("隐私", document_text("草稿")))
    play.attach("privacy_policy", ("p.docx", secret), confirmed_by="")
    play.freeze().require()
    record = play.dossier(1)
    assert record is not None
    assert "privacy_policy" not in {file["slot"] for file in record["manifest"]["files"]}


def document_text(text: str) -> Any:
    from guanyao.filing.document import Text

    return Text(text)


def test_the_texts_that_help_to_fill_a_folder_stay_out(play: Play) -> None:
    play.attach("other", ("说明.txt", b"how to fill this folder"))
    play.freeze().require()
    record = play.dossier(1)
    assert record is not None
    assert "other" not in {file["slot"] for file in record["manifest"]["files"]}


def test_a_secret_refuses_the_freeze_and_names_the_file(play: Play) -> None:
    play.attach("other", ("access.txt", "测试账号 test01，密码：Abc12345".encode()))
    outcome = play.freeze()
    (failed,) = outcome.failed
    assert failed.name == "G10"
    assert failed.items == ("附件7 其他佐证材料/7.11 access.txt, line 1: password",)
    assert "Abc12345" not in str(outcome)
    assert play.dossier(1) is None


def test_a_contact_is_fine_in_the_form_and_nowhere_else(play: Play) -> None:
    with play.room.store.reading() as desk:
        assert package_of(desk, play.room, play.state()).secrets == ()
    phone = docx(document("协议", document_text("客服电话 154 0013 8000")))
    play.attach("service_agreement", ("a.docx", phone))
    (failed,) = play.freeze().failed
    assert failed.name == "G10"
    assert failed.items[0].endswith(": mobile phone number")
    assert failed.items[0].startswith("附件2 模型服务协议和隐私保护政策/2.1 模型服务协议.docx, ")


def test_values_of_the_training_data_refuse_the_freeze(play: Play) -> None:
    play.attach("other", ("rows.csv", b"id,age\nP100012,[70-80)\n"))
    outcome = play.freeze(raw=("P100012", "12"))
    (failed,) = outcome.failed
    assert failed.items == (
        "附件7 其他佐证材料/7.11 rows.csv, line 2: a value of the training data",
    )


def test_a_picture_needs_somebody_who_vouches_for_it(play: Play) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(20)
    play.attach("other", ("shot.png", picture), confirmed_by="")
    (failed,) = play.freeze().failed
    assert "nobody vouches" in failed.items[0]
    play.attach("other", ("shot.png", picture), confirmed_by="eda")
    play.freeze().require()
    record = play.dossier(1)
    assert record is not None
    unread = [file["unread"] for file in record["manifest"]["files"] if file["unread"]]
    assert unread == ["a picture"]


def test_g10_for_the_filing_body_looks_at_the_dossier_and_at_what_is_there(play: Play) -> None:
    play.signed()
    with play.room.store.reading() as desk:
        assert leaks_of(desk, play.room, play.state()) == ()
    play.attach("other", ("k.txt", b"-----BEGIN PRIVATE KEY-----\nMIIB"))
    with play.room.store.reading() as desk:
        assert leaks_of(desk, play.room, play.state()) == (
            "附件7 其他佐证材料/7.11 k.txt, line 1: private key",
        )


def test_a_contact_that_was_replaced_is_still_fine_in_the_old_dossier(play: Play) -> None:
    play.signed()
    play.put("answers", "current", {"answers": {"contact_phone": "155 0013 8000"}})
    with play.room.store.reading() as desk:
        record = desk.record("f-1", "dossier", "1")
        assert record is not None
        manifest = Manifest.from_json(record["manifest"])
        found = filing_package_leaks(desk, play, manifest)
    assert found == []


def filing_package_leaks(desk: Any, play: Play, manifest: Manifest) -> list[str]:
    from guanyao.flows.filing.package import leaks_in

    return list(leaks_in(desk, play.room, play.state(), manifest))


def test_three_signatures_make_it_ready(play: Play) -> None:
    play.freeze().require()
    for actor in SIGNERS:
        signed = play.sign(actor)
        assert signed.done, signed.outcome
    assert play.state().state == "READY"
    found = play.signatures()
    assert list(found) == [f"1/{actor.kind}" for actor in SIGNERS]
    with play.room.store.reading() as desk:
        checked = signatures_of(desk, play.state())
        assert [one.is_valid for one in checked] == [True] * 3
        assert {one.over for one in checked} == {play.state().manifest_digest}


def test_a_refused_signature_leaves_none(play: Play) -> None:
    play.freeze().require()
    assert play.sign(SIGNERS[0]).done
    again = play.sign(SIGNERS[0])
    assert not again.done
    assert again.outcome is not None
    assert again.outcome.code == "filing.quorum"
    assert len(play.signatures()) == 1


def test_the_key_must_be_the_registered_one(play: Play, tmp_path: Path) -> None:
    play.freeze().require()
    other = tmp_path / "other.pem"
    make_key(other, PASSPHRASE)
    with pytest.raises(DataError) as caught:
        filing_freeze.sign(play.room, "f-1", SIGNERS[0], other, PASSPHRASE)
    assert caught.value.code == "filing.key_other"
    with pytest.raises(DataError) as caught:
        filing_freeze.sign(play.room, "f-1", SIGNERS[0], play.keys["sig1"], PASSPHRASE)
    assert caught.value.code == "filing.key_other"
    with pytest.raises(DataError) as caught:
        filing_freeze.sign(play.room, "f-1", SIGNERS[0], play.keys["sig0"], "wrong passphrase")
    assert caught.value.code == "filing.signing_key"
    assert play.signatures() == {}


def test_there_is_nothing_to_sign_before_the_freeze(play: Play) -> None:
    with pytest.raises(TransitionError) as caught:
        play.sign(SIGNERS[0])
    assert caught.value.code == "filing.nothing_to_sign"


def test_a_signature_that_was_swapped_is_not_valid(play: Play) -> None:
    play.signed()
    record = dict(play.signatures()["1/legality_head"])
    for change in (
        {"kind": "assessment_head"},
        {"person": "sig0"},
        {"version": 2},
        {"over": "f" * 64},
        {"signature": "QQ=="},
    ):
        play.put("signature", "1/legality_head", {**record, **change})
        with play.room.store.reading() as desk:
            found = desk.records("f-1", "signature")["1/legality_head"]
            assert not filing_freeze_valid(desk, found), change


def filing_freeze_valid(desk: Any, record: Any) -> bool:
    from guanyao.flows.filing.package import is_valid

    return is_valid(desk, "f-1", record)


def corrected(play: Play) -> Play:
    """Sent back for corrections."""
    play.signed()
    play.act("submit", HEAD).require()
    play.act("request_correction", CLERK).require()
    return play


def test_before_a_resubmission_the_next_dossier_is_signed(play: Play) -> None:
    corrected(play)
    assert maker(profile_of(play), play.state()) == "resubmit"
    assert play.freeze().code == "filing.guard"
    for actor in SIGNERS:
        signed = play.sign(actor)
        assert signed.done
        assert signed.outcome is None
        assert signed.statement.version == 2
    changed = docx(document("协议", document_text("二、范围")))
    play.attach("service_agreement", ("a.docx", changed))
    stale = play.freeze()
    assert [check.name for check in stale.failed] == ["G6"]
    for actor in SIGNERS:
        assert play.sign(actor).done
    outcome = play.freeze()
    assert outcome.done, outcome.failed
    assert outcome.event == "resubmit"
    assert play.state().state == "SUBMITTED"
    assert play.state().dossier_version == 2


def profile_of(play: Play) -> Any:
    with play.room.store.reading() as desk:
        return play.room.profile(desk, play.state().profile_digest)


def test_who_may_not_sign_cannot_sign_the_next_one(play: Play) -> None:
    corrected(play)
    stranger = Actor(person="sig0", role="provider_signatory", organisation="x", kind="nothing")
    with pytest.raises(TransitionError) as caught:
        play.sign(stranger)
    assert caught.value.code == "filing.role"


def test_a_secret_in_a_corrected_dossier_refuses_it(play: Play) -> None:
    corrected(play)
    play.attach("other", ("k.txt", b"-----BEGIN PRIVATE KEY-----\nMIIB"))
    refused = play.freeze()
    assert "G10" in {check.name for check in refused.failed}
    assert any("k.txt" in item for check in refused.failed for item in check.items)
    assert play.dossier(2) is None
    (last,) = list(play.room.store.chain.lines(-1))
    assert (last.act, last.outcome) == ("filing.resubmit", "refused")


def test_a_damaged_file_cannot_be_signed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.freeze().require()
    monkeypatch.setattr(filing_freeze, "changed_files", lambda desk, manifest: ("a.docx",))
    with pytest.raises(DataError) as caught:
        play.sign(SIGNERS[0])
    assert caught.value.code == "filing.changed"


def test_g7_names_the_file_that_is_gone(play: Play) -> None:
    play.freeze().require()
    record = play.dossier(1)
    assert record is not None
    manifest = Manifest.from_json(record["manifest"])
    with play.room.store.writing() as desk:
        assert changed_files(desk, manifest) == ()
        desk.forget_file(manifest.files[0].sha256)
        assert changed_files(desk, manifest) == (manifest.files[0].path,)


def test_the_same_room_has_the_same_manifest(play: Play) -> None:
    with play.room.store.reading() as desk:
        one = package_of(desk, play.room, play.state()).manifest
        two = package_of(desk, play.room, play.state()).manifest
    assert one.digest() == two.digest()


def outcome_of(signed: Any) -> Outcome:
    assert signed.outcome is not None
    found: Outcome = signed.outcome
    return found


def test_the_act_in_the_chain_names_the_signature(play: Play) -> None:
    play.freeze().require()
    signed = play.sign(SIGNERS[0])
    assert signed.record is not None
    (last,) = list(play.room.store.chain.lines(-1))
    assert last.facts["attachments"] == [filing_freeze.signature_digest(signed.record)]
    assert last.who == "sig0"
    assert outcome_of(signed).is_vote
    assert EDITOR.person == "eda"
