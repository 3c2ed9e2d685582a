"""Verifying: whatever is changed in a zip or a room is named."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import DataError
from guanyao.flows.filing.export import export
from guanyao.flows.filing.keys import make_key, public_path, register_key
from guanyao.flows.filing.room import open_room
from guanyao.flows.filing.verify import Verified, verify, verify_zip
from guanyao.flows.filing.verify_room import verify_room
from guanyao.flows.filing.zip import read_zip, write_zip
from guanyao.records.evidence import canonical, digest
from tests.flows.filing.desk_play import (
    CLERK,
    HEAD,
    PASSPHRASE,
    SIGNERS,
    Play,
    again,
    begun,
    desk_play,
    good,
    keys,
    place,
)
from tests.flows.filing.desk_play import start as started
from tests.records.test_anchor import OPENSSL, Authority, authority

__all__ = ["authority", "begun", "desk_play", "good", "keys", "place"]

STEPS = 7
"""How many bytes of each file are changed, one at a time."""


@pytest.fixture
def play(desk_play: Play) -> Play:
    """Signed and submitted."""
    desk_play.signed()
    desk_play.act("submit", HEAD).require()
    return desk_play


@pytest.fixture
def local(tmp_path: Path, begun: Path, keys: Path, good: None) -> Iterator[Play]:
    """The same in a file of SQLite, whose bytes can be changed."""
    found = again(begun, tmp_path, keys)
    found.signed().act("submit", HEAD).require()
    yield found
    found.room.close()


def exported(play: Play) -> bytes:
    path = play.folder / "out.zip"
    export(play.room, play.filing, path)
    return path.read_bytes()


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def places_in(content: bytes) -> list[int]:
    last = len(content) - 1
    return sorted({round(n * last / STEPS) for n in range(STEPS + 1)})


def names(found: Verified) -> set[str]:
    return {failure.name for failure in found.failures}


def test_a_zip_is_as_it_was_written(play: Play) -> None:
    found = verify_zip(exported(play))
    assert found.ok, found.failures
    assert [one["person"] for one in found.facts["signatures"]] == ["sig1", "sig0", "sig2"]
    assert "only against the room" in found.notes[0]
    inside = verify_zip(exported(play), room=play.room)
    assert inside.ok
    assert inside.notes == ()


def test_a_zip_is_verified_by_its_path(play: Play, place: str | Path) -> None:
    exported(play)
    path = play.folder / "out.zip"
    assert verify(path).ok
    assert verify(path, room=place).ok
    assert verify(place).ok
    with pytest.raises(DataError) as caught:
        verify(play.folder / "none.zip")
    assert caught.value.code == "filing.verify"


def test_acceptance_7_one_changed_byte_of_any_file_is_named(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    for name, content in parts.items():
        for at in places_in(content):
            found = verify_zip(write_zip({**parts, name: flipped(content, at)}))
            named = [f for f in found.failures if f.where == name]
            assert named, (name, at, found.failures)


def test_acceptance_7_one_changed_byte_of_the_zip_is_named(play: Play) -> None:
    content = exported(play)
    step = max(1, len(content) // 150)
    for at in [*range(0, len(content), step), *range(len(content) - 60, len(content))]:
        found = verify_zip(flipped(content, at))
        assert not found.ok, at
        assert all(failure.name and failure.why for failure in found.failures)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("manifest.json", "manifest"),
        ("audit.json", "audit"),
        ("package.json", "package"),
        ("signatures/legality_head.json", "missing"),
        ("附件1 安全评估报告/附件1 安全评估报告.pdf", "missing"),
        ("摘要清单.txt", "missing"),
    ],
)
def test_a_file_that_was_taken_out_is_named(play: Play, path: str, expected: str) -> None:
    parts = read_zip(exported(play)).parts
    del parts[path]
    found = verify_zip(write_zip(parts))
    assert expected in {f.name for f in found.failures if f.where == path}


def test_a_file_that_was_put_in_is_named(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    found = verify_zip(write_zip({**parts, "附件9/extra.txt": b"x"}))
    assert [(f.name, f.where) for f in found.failures] == [("extra", "附件9/extra.txt")]


def resealed(parts: dict[str, bytes], changed: dict[str, bytes]) -> bytes:
    """A zip by somebody who knows how the package lists its files."""
    import hashlib

    every = {**parts, **changed}
    package = json.loads(every.pop("package.json"))
    package["files"] = [
        {"path": p, "sha256": hashlib.sha256(every[p]).hexdigest(), "bytes": len(every[p])}
        for p in sorted(every)
    ]
    every["package.json"] = canonical({**package, "digest": digest(package)})
    return write_zip(every)


def test_a_forger_who_seals_the_package_anew_is_caught_by_manifest_and_signature(
    play: Play,
) -> None:
    parts = read_zip(exported(play)).parts
    path = "附件1 安全评估报告/附件1 安全评估报告.docx"
    found = verify_zip(resealed(parts, {path: b"another report"}))
    assert [(f.name, f.where) for f in found.failures] == [("changed", path)]
    manifest = json.loads(parts["manifest.json"])
    manifest["model"] = "f" * 64
    found = verify_zip(resealed(parts, {"manifest.json": canonical(manifest)}))
    assert names(found) == {"manifest", "signature", "audit"}


def test_lines_that_were_left_out_of_the_extract_are_caught_against_the_room(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    record = json.loads(parts["audit.json"])
    kept = [line for line in record["lines"] if line["act"] != "filing.submit"]
    assert len(kept) < len(record["lines"])
    changed = {**record, "lines": kept}
    changed["digest"] = digest(changed)
    forged = resealed(parts, {"audit.json": canonical(changed)})
    found = verify_zip(forged, room=play.room)
    assert any("left out" in failure.why for failure in found.failures)


def test_a_list_for_people_that_says_something_else_is_caught(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    said = parts["摘要清单.txt"].replace(b"sig1", b"sig9")
    found = verify_zip(resealed(parts, {"摘要清单.txt": said}))
    assert [(f.name, f.where) for f in found.failures] == [("changed", "摘要清单.txt")]


@pytest.mark.parametrize(
    "change",
    [{"kind": []}, {"version": "1"}, {"files": [{"path": [], "sha256": "", "bytes": 1}]}],
)
def test_a_package_of_hostile_values_is_named(play: Play, change: dict[str, Any]) -> None:
    parts = read_zip(exported(play)).parts
    record = {**json.loads(parts["package.json"]), **change}
    sealed = canonical({**record, "digest": digest(record)})
    assert "package" in names(verify_zip(write_zip({**parts, "package.json": sealed})))


def test_a_made_up_public_notice_is_caught_against_the_room(play: Play) -> None:
    files = {"format": "guanyao.package/1", "files": [], "filing": play.filing, "version": 1}
    record = {**files, "kind": "public", "manifest": "ab" * 32}
    forged = write_zip({"package.json": canonical({**record, "digest": digest(record)})})
    assert "nobody signs" in verify_zip(forged).notes[0]
    assert names(verify_zip(forged, room=play.room)) == {"manifest"}


def test_a_signature_of_another_filing_is_caught(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    path = "signatures/legality_head.json"
    record = json.loads(parts[path])
    for change in ({"filing": "f-2"}, {"version": 2}, {"kind": "assessment_head"}, {"person": "x"}):
        moved = {**record, "statement": {**record["statement"], **change}}
        found = verify_zip(resealed(parts, {path: canonical(moved)}))
        assert names(found) == {"signature"}, change


def test_a_stranger_who_signs_with_a_key_of_their_own_is_caught(play: Play) -> None:
    from guanyao.filing.signing import Statement, new_key, open_key

    parts = read_zip(exported(play)).parts
    path = "signatures/legality_head.json"
    record = json.loads(parts[path])
    signer = open_key(new_key("ed25519", PASSPHRASE), PASSPHRASE)
    said = Statement(**{k: v for k, v in record["statement"].items() if k != "format"})
    import base64

    forged = {
        **record,
        "public_key": signer.public_key,
        "signature": base64.b64encode(signer.sign(said.message)).decode(),
    }
    found = verify_zip(resealed(parts, {path: canonical(forged)}))
    assert [(f.name, f.where) for f in found.failures] == [("signature", path)]
    assert "no act in the chain" in found.failures[0].why


def test_lines_of_the_extract_that_were_rewritten_are_caught_against_the_room(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    audit = json.loads(parts["audit.json"])
    del audit["lines"][-1], audit["digest"]
    made = canonical({**audit, "digest": digest(audit)})
    content = resealed(parts, {"audit.json": made})
    assert verify_zip(content).ok  # the submission is not needed for what the zip proves
    assert names(verify_zip(content, room=play.room)) == {"audit"}
    audit["head"]["hash"] = "0" * 64
    made = canonical({**audit, "digest": digest(audit)})
    content = resealed(parts, {"audit.json": made})
    found = verify_zip(content, room=play.room)
    assert names(found) == {"audit"}


def test_the_zip_of_another_room_is_caught(play: Play, tmp_path: Path, keys: Path) -> None:
    other = started(tmp_path / "other", keys)
    other.signed()
    content = exported(other)
    other.room.close()
    assert verify_zip(content).ok
    assert "audit" in names(verify_zip(content, room=play.room))


def test_what_is_no_zip_or_a_bomb_is_named(play: Play) -> None:
    assert names(verify_zip(b"")) == {"zip"}
    assert names(verify_zip(b"PK\x03\x04" + bytes(100))) == {"zip"}
    assert names(verify_zip(write_zip({}))) == {"package", "manifest", "audit"}
    bomb = zip_of({"a": bytes(1 << 20)}, compressed=True).replace(
        (1 << 20).to_bytes(4, "little"), (1 << 31).to_bytes(4, "little")
    )
    assert names(verify_zip(bomb)) == {"bomb"}
    many = write_zip({f"{n}": b"" for n in range(4_001)})
    assert names(verify_zip(many)) == {"bomb"}


def zip_of(parts: dict[str, bytes], *, compressed: bool = False, twice: bool = False) -> bytes:
    import io
    import warnings
    import zipfile

    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in parts.items():
            archive.writestr(name, content)
            if twice:
                archive.writestr(name, b"other")
    return buffer.getvalue()


def test_a_path_that_leads_elsewhere_and_a_name_twice_are_named(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    for bad in ("../../etc/cron.d/x", "/etc/passwd", "a\\b", "C:x"):
        found = verify_zip(zip_of({**parts, bad: b"x"}))
        assert "path" in names(found)
        assert "etc" not in " ".join(map(str, found.failures))
    assert "twice" in names(verify_zip(zip_of(parts, twice=True)))
    again = verify_zip(zip_of(parts, compressed=True))
    assert names(again) == {"zip"}
    assert "another program" in again.failures[0].why


def test_a_time_stamp_is_judged_by_its_roots(play: Play) -> None:
    parts = read_zip(exported(play)).parts
    path = "signatures/legality_head.json"
    record = {**json.loads(parts[path]), "timestamp": "QUJD"}
    found = verify_zip(resealed(parts, {path: canonical(record)}))
    assert any("not judged" in note for note in found.notes)


@pytest.mark.skipif(OPENSSL is None, reason="the test's authority needs openssl")
def test_a_time_stamp_of_an_authority_is_verified(desk_play: Play, authority: Authority) -> None:
    desk_play.freeze().require()
    asked = {"authority": "https://tsa.example.com", "transport": authority.answer}
    for actor in SIGNERS:
        assert desk_play.sign(actor, **asked).done
    content = exported(desk_play)
    found = verify_zip(content, roots=[authority.root])
    assert found.ok, found.failures
    assert all(one["stamped"] for one in found.facts["signatures"])
    parts = read_zip(content).parts
    path = "signatures/legality_head.json"
    record = {**json.loads(parts[path]), "timestamp": "QUJD"}
    bad = verify_zip(resealed(parts, {path: canonical(record)}), roots=[authority.root])
    assert "timestamp" in names(bad)


# Rooms


def room_verdict(place: str | Path) -> Verified:
    with open_room(place) as room:
        return verify_room(room)


def test_a_room_is_as_its_acts_left_it(play: Play, place: str | Path) -> None:
    play.act("submit", HEAD)
    play.act("request_correction", CLERK).require()
    found = room_verdict(place)
    assert found.ok, found.failures
    assert found.facts["n_filings"] == 1
    assert found.facts["n_lines"] > 15


def database(play: Play) -> Path:
    (found,) = [p for p in (play.folder / "room").iterdir() if p.suffix == ".db"]
    return found


def edit(play: Play, table: str, where: str, old: str, new: str) -> None:
    """Change a text in the database as somebody does who owns the machine."""
    with sqlite3.connect(database(play)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            connection.execute(f'DROP TRIGGER "{name}"')
        column = "content"
        done = connection.execute(
            f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE {where}",  # noqa: S608
            (old, new),
        )
        assert done.rowcount, where
        for _, sql in kept:
            connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    ("table", "where", "old", "new", "expected"),
    [
        ("filing", "id='f-1'", '"state":"SUBMITTED"', '"state":"FILED"', "state"),
        ("filing", "id='f-1'", '"n_acts":7', '"n_acts":8', "history"),
        ("act", "n=2", '"reason":"The', '"reason":"An', "act"),
        ("act", "n=3", '"person":"eda"', '"person":"ann"', "act"),
        ("record", "kind='dossier'", '"version":1,"profile"', '"version":2,"profile"', "dossier"),
        ("record", "kind='dossier'", '"calendar":"', '"calendar":"x', "dossier"),
        ("record", "kind='signature'", '"person":"sig1"', '"person":"sig2"', "signature"),
        ("record", "kind='signature'", '"at":"2026', '"at":"2025', "signature"),
        ("deadline", "clock='formal'", "2026-03", "2027-03", "deadline"),
    ],
)
def test_acceptance_7_what_is_edited_in_the_room_is_named(
    local: Play, table: str, where: str, old: str, new: str, expected: str
) -> None:
    edit(local, table, where, old, new)
    found = room_verdict(local.folder / "room")
    assert expected in names(found), found.failures


def test_acceptance_7_one_changed_byte_of_the_database_is_named(local: Play) -> None:
    """Bytes of everything that the chain vouches for, found in the file itself."""
    record = local.dossier(1)
    assert record is not None
    local.room.close()
    path = database(local)
    content = path.read_bytes()
    texts = [
        b'"act":"filing.freeze"',
        b'"act":"filing.sign"',
        b'"act":"filing.key"',
        b'"event":"submit","outcome":""',
        b'"state":"SUBMITTED"',
        b'"format":"guanyao.manifest/1"',
        b'"algorithm":"ed25519","over"',
        b"%PDF-",
        b"word/document.xml",
    ]
    for text in texts:
        at = content.find(text)
        assert at > 0, text
        path.write_bytes(flipped(content, at + len(text) // 2))
        try:
            found = room_verdict(local.folder / "room")
        except DataError as error:
            assert error.code  # the database itself says that it is damaged
            continue
        assert not found.ok, text
    path.write_bytes(content)
    assert room_verdict(local.folder / "room").ok


def test_a_file_that_is_gone_is_named(play: Play, place: str | Path) -> None:
    record = play.dossier(1)
    assert record is not None
    file = record["manifest"]["files"][-1]
    with play.room.store.writing() as desk:
        desk.forget_file(file["sha256"])
    found = room_verdict(place)
    assert names(found) == {"file"}
    assert any(file["path"] in failure.where for failure in found.failures)


def test_a_signature_that_was_put_in_by_hand_is_named(play: Play, place: str | Path) -> None:
    record = dict(play.signatures()["1/legality_head"])
    play.put("signature", "1/legality_head", {**record, "at": "2026-03-03T00:00:00+00:00"})
    found = room_verdict(place)
    assert [(f.name, f.where) for f in found.failures] == [
        ("signature", "f-1 signature 1/legality_head")
    ]


def test_a_replaced_key_leaves_the_signatures_good(play: Play, place: str | Path) -> None:
    fresh = play.folder / "fresh.pem"
    make_key(fresh, PASSPHRASE)
    register_key(play.room, "sig0", public_path(fresh), by="ann", replace=True)
    assert room_verdict(place).ok
    assert verify_zip(exported(play)).ok


def test_an_anchor_tells_a_tail_that_was_cut_off(play: Play, place: str | Path) -> None:
    head = play.room.store.chain.head()
    assert verify(place, anchor=head).ok
    later: Any = type(head)(**{**vars(head), "seq": head.seq + 1})
    assert names(verify(place, anchor=later)) == {"audit"}


def test_sm2_signatures_are_verified_too(
    tmp_path: Path, begun: Path, keys: Path, good: None
) -> None:
    play = again(begun, tmp_path, keys)
    path = tmp_path / "sm2.pem"
    make_key(path, PASSPHRASE, algorithm="sm2")
    register_key(play.room, "sig0", public_path(path), by="ann", replace=True)
    play.keys = {**play.keys, "sig0": path}
    play.signed()
    found = verify_zip(exported(play), room=play.room)
    assert found.ok, found.failures
    assert {one["algorithm"] for one in found.facts["signatures"]} == {"sm2", "ed25519"}
    assert verify_room(play.room).ok
    play.room.close()
    assert SIGNERS[0].person == "sig0"
