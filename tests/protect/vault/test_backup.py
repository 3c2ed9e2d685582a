"""Backups: whole, provable, and refused when anything in them was changed."""

import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from guanyao.errors import DataError, GuanyaoError
from guanyao.protect.vault import backup as module
from guanyao.protect.vault.backup import drill, restore
from guanyao.protect.vault.store import Vault
from guanyao.protect.vault.suites import SUITES
from tests.protect.vault.locks import OTHER_WORDS, WORDS

CANARY = b"Canary Example 15400000000\n"


@pytest.fixture(params=SUITES)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    vault = Vault.create(tmp_path / "safe", WORDS, request.param)
    vault.put(BytesIO(CANARY * 100_000), "large")
    vault.put(BytesIO(b""), "empty", subject="P1")
    vault.put(BytesIO(CANARY), "folder/Canary", subject="P1")
    return vault


@pytest.fixture
def archive(vault: Vault, tmp_path: Path) -> Path:
    vault.backup(tmp_path / "backup")
    return tmp_path / "backup"


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        work()
    return caught.value.code


def test_what_was_backed_up_is_restored(vault: Vault, archive: Path, tmp_path: Path) -> None:
    assert b"Canary" not in archive.read_bytes()
    items = vault.items()
    vault.forget("P1")
    vault.rotate(OTHER_WORDS)
    again = restore(archive, tmp_path / "again", WORDS)
    assert again.items() == items
    assert [again.check(item.name) for item in items] == items
    assert oct((tmp_path / "again").stat().st_mode)[-3:] == "700"
    again.put(BytesIO(b"goes on"), "later")
    assert (again.id, again.suite) == (vault.id, vault.suite)


def test_a_drill_counts_what_it_opened(vault: Vault, archive: Path) -> None:
    made = drill(archive, WORDS)
    assert (made.n_items, made.n_bytes) == (3, len(CANARY) * 100_001)
    assert made.vault == vault.id
    assert made.seconds >= 0
    assert len(made.digest) == 64


def test_the_manifest_says_what_there_is(vault: Vault, tmp_path: Path) -> None:
    made = vault.backup(tmp_path / "one")
    sealed = [path.stat().st_size for path in (vault.folder / "items").iterdir()]
    assert (made.n_items, made.n_bytes, made.sequence) == (3, sum(sealed), 3)
    assert "Canary" not in repr(made)
    assert made.digest() == drill(tmp_path / "one", WORDS).digest


def test_an_empty_vault_can_be_backed_up(tmp_path: Path) -> None:
    Vault.create(tmp_path / "safe", WORDS).backup(tmp_path / "backup")
    assert drill(tmp_path / "backup", WORDS).n_items == 0
    assert restore(tmp_path / "backup", tmp_path / "again", WORDS).items() == []


def test_a_wrong_passphrase(archive: Path, tmp_path: Path) -> None:
    assert code_of(lambda: drill(archive, OTHER_WORDS)) == "vault.key"
    assert code_of(lambda: restore(archive, tmp_path / "again", OTHER_WORDS)) == "vault.key"
    assert not (tmp_path / "again").exists()


def test_no_backup_replaces_another(vault: Vault, archive: Path) -> None:
    before = archive.read_bytes()
    assert code_of(lambda: vault.backup(archive)) == "vault.target"
    assert archive.read_bytes() == before


def test_a_damaged_vault_is_not_backed_up(vault: Vault, tmp_path: Path) -> None:
    (vault.folder / "items" / vault.item("large").id).unlink()
    assert code_of(lambda: vault.backup(tmp_path / "backup")) == "vault.backup"
    assert not (tmp_path / "backup").exists()
    assert code_of(lambda: vault.backup(tmp_path / "none" / "backup")) == "vault.backup"


def test_restoring_needs_a_new_folder(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    assert code_of(lambda: restore(archive, tmp_path / "mine", WORDS)) == "vault.folder"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]
    assert code_of(lambda: restore(archive, archive, WORDS)) == "vault.folder"


def test_every_part_of_an_archive_counts(archive: Path, tmp_path: Path) -> None:
    """A flipped bit anywhere but in the padding between files."""
    text = archive.read_bytes()
    with tarfile.open(archive) as opened:
        places = {
            place
            for member in opened
            for place in (member.offset, member.offset + 130, member.offset_data,
                          member.offset_data + member.size // 2,
                          member.offset_data + member.size - 1)
            if place < len(text) and (place < member.offset_data or member.size)
        }  # fmt: skip
    for place in places:
        changed = bytearray(text)
        changed[place] ^= 4
        archive.write_bytes(bytes(changed))
        assert code_of(lambda: drill(archive, WORDS)).startswith("vault.")
        assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)).startswith("vault.")
        assert not (tmp_path / "again").exists()


def test_every_cut_counts(archive: Path, tmp_path: Path) -> None:
    text = archive.read_bytes()
    with tarfile.open(archive) as opened:
        ends = [member.offset_data + member.size for member in opened]
    for length in sorted({0, 1, 511, 512, 700, *ends[:-1], *(end - 1 for end in ends)}):
        archive.write_bytes(text[:length])
        assert code_of(lambda: drill(archive, WORDS)).startswith("vault.")
        assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)).startswith("vault.")


Members = dict[str, bytes]


def rebuilt(archive: Path, change: Callable[[Members], Any]) -> None:
    """Write the archive anew with other files in it."""
    with tarfile.open(archive) as opened:
        files = {m.name: opened.extractfile(m).read() for m in opened}  # type: ignore[union-attr]
    change(files)
    with tarfile.open(archive, "w") as made:
        for name, content in files.items():
            facts = tarfile.TarInfo(name)
            facts.size = len(content)
            made.addfile(facts, io.BytesIO(content))


def items_of(files: Members) -> list[str]:
    return [name for name in files if name.startswith("items/")]


def swap(files: Members) -> None:
    one, two, *_ = items_of(files)
    files[one], files[two] = files[two], files[one]


def edit_manifest(members: Members, **changes: Any) -> None:
    signed = json.loads(members["manifest.json"])
    manifest = {**json.loads(signed["manifest"]), **changes}
    signed["manifest"] = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    members["manifest.json"] = json.dumps(signed).encode()


CHANGES: dict[str, Callable[[Members], Any]] = {
    "swapped": swap,
    "an item less": lambda files: files.pop(items_of(files)[0]),
    "an item more": lambda files: files.update({"items/" + "0" * 32: b"more"}),
    "a foreign file": lambda files: files.update({"../evil": b"evil"}),
    "an absolute file": lambda files: files.update({"/tmp/evil": b"evil"}),  # noqa: S108
    "no index": lambda files: files.pop("index"),
    "no manifest": lambda files: files.pop("manifest.json"),
    "an empty manifest": lambda files: files.update({"manifest.json": b"{}"}),
    "a manifest that is a list": lambda files: files.update({"manifest.json": b"[]"}),
    "another date": lambda files: edit_manifest(files, created="2020-01-01T00:00:00+00:00"),
    "other files": lambda files: edit_manifest(files, files={}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_archive_made_anew_is_refused(archive: Path, tmp_path: Path, change: str) -> None:
    rebuilt(archive, CHANGES[change])
    assert code_of(lambda: drill(archive, WORDS)).startswith("vault.")
    assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)).startswith("vault.")
    assert not (tmp_path / "again").exists()


def test_a_link_in_an_archive_is_refused(archive: Path) -> None:
    with tarfile.open(archive, "a") as made:
        facts = tarfile.TarInfo("items/" + "0" * 32)
        facts.type, facts.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(facts)
    assert code_of(lambda: drill(archive, WORDS)) == "vault.backup"


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive")
    assert code_of(lambda: drill(tmp_path / "text", WORDS)) == "vault.backup"
    assert code_of(lambda: drill(tmp_path / "none", WORDS)) == "data.missing"
    assert code_of(lambda: drill(tmp_path, WORDS)) == "data.unreadable"


def test_a_full_disk_leaves_no_half_restored_vault(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)) == "data.unwritable"
    assert not (tmp_path / "again").exists()


def test_an_archive_of_a_later_format_is_named(archive: Path) -> None:
    def later(files: Members) -> None:
        text = bytearray(files["index"])
        text[9] = 9
        files["index"] = bytes(text)

    rebuilt(archive, later)
    assert code_of(lambda: drill(archive, WORDS)) == "vault.version"


def test_drills_and_restores_are_told(archive: Path, tmp_path: Path) -> None:
    told: list[tuple[str, Mapping[str, Any]]] = []

    def on_act(act: str, item: str, facts: Mapping[str, Any]) -> None:
        told.append((act, facts))

    drill(archive, WORDS, on_act=on_act)
    restore(archive, tmp_path / "again", WORDS, on_act=on_act)
    code_of(lambda: drill(archive, OTHER_WORDS, on_act=on_act))
    archive.write_bytes(archive.read_bytes()[:5_000])
    with pytest.raises(DataError):
        drill(archive, WORDS, on_act=on_act)
    assert [(act, facts["outcome"]) for act, facts in told] == [
        ("drill", "done"), ("restore", "done"), ("drill", "refused"), ("drill", "failed"),
    ]  # fmt: skip
    assert told[0][1]["n_items"] == 3
    assert told[2][1]["code"] == "vault.key"


def test_an_archive_holds_what_its_description_says(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    assert names[0] == "index"
    assert names[-1] == module.MANIFEST
    assert all(module.MEMBER.fullmatch(name) for name in names[:-1])


def test_two_backups_to_one_place_at_once_do_not_mix(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, add = tmp_path / "backup", module._add

    def meanwhile(*args: Any) -> str:
        monkeypatch.setattr(module, "_add", add)
        Vault.open(vault.folder, WORDS).backup(target)
        return add(*args)

    monkeypatch.setattr(module, "_add", meanwhile)
    vault.backup(target)
    assert drill(target, WORDS).n_items == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "safe"]


def test_a_sparse_file_in_an_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    """A few bytes of it can stand for more than any disk holds."""
    with tarfile.open(archive) as opened:
        files = [(m.name, cast(BinaryIO, opened.extractfile(m)).read()) for m in opened]
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as made:
        for name, content in files:
            facts = tarfile.TarInfo(name)
            if name.startswith("items/"):
                content = b"1\n0\n1\n".ljust(512, b"\0") + b"x"
                words = {"major": "1", "minor": "0", "name": name, "realsize": str(1 << 60)}
                facts.pax_headers = {f"GNU.sparse.{key}": word for key, word in words.items()}
            facts.size = len(content)
            made.addfile(facts, io.BytesIO(content))
    assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)) == "vault.backup"
    assert code_of(lambda: drill(archive, WORDS)) == "vault.backup"


@pytest.mark.parametrize(
    "words",
    [
        b"99999999999999999999 a=b\n", b"20 GNU.sparse.map=x\n", b"24 GNU.sparse.size=zzzz\n",
        b"\xff\xfe",
    ],
)  # fmt: skip
def test_hostile_words_in_an_archive_are_one_clear_error(
    archive: Path, words: bytes, tmp_path: Path
) -> None:
    facts = tarfile.TarInfo("x")
    facts.type, facts.size = tarfile.XHDTYPE, len(words)
    start = facts.tobuf(tarfile.USTAR_FORMAT) + words.ljust(512, b"\0")
    hostile = tmp_path / "hostile"
    hostile.write_bytes(start + archive.read_bytes().replace(b"index", b"Index", 1))
    assert code_of(lambda: drill(hostile, WORDS)) == "vault.backup"


def test_a_vault_begun_in_the_meantime_is_not_taken_away(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = module._extract

    def late(*args: Any) -> None:
        Vault.create(tmp_path / "again", WORDS).put(BytesIO(b"new"), "mine")
        extract(*args)

    monkeypatch.setattr(module, "_extract", late)
    assert code_of(lambda: restore(archive, tmp_path / "again", WORDS)) == "vault.folder"
    assert Vault.open(tmp_path / "again", WORDS).check("mine").size == 3
