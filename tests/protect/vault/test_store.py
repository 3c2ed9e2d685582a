"""The vault's folder: what goes in comes out, and nobody changes anything unseen."""

import errno
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import polars as pl
import pytest

from guanyao.data.images import read_images
from guanyao.data.readers import read
from guanyao.data.writers import write
from guanyao.errors import ConfigError, DataError, GuanyaoError, UnknownNameError
from guanyao.protect.vault import durable
from guanyao.protect.vault import names as item_names
from guanyao.protect.vault.master import KmsKey
from guanyao.protect.vault.store import Vault
from guanyao.protect.vault.suites import SUITES
from tests.protect.vault.locks import KEY, OTHER_WORDS, WORDS, MadeUpKms

CANARY = b"Canary Example, 15400000000, canary@example.com\n"
NAME = "people named Canary.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "safe"


@pytest.fixture
def vault(folder: Path) -> Vault:
    return Vault.create(folder, WORDS)


def plain(vault: Vault, name: str, tmp_path: Path) -> bytes:
    target = tmp_path / "plain"
    vault.get(name, target, force=True)
    return target.read_bytes()


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        work()
    return caught.value.code


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_goes_in_comes_out(tmp_path: Path, suite: str, size: int) -> None:
    vault = Vault.create(tmp_path / "safe", KEY, suite)
    content = np.random.default_rng(0).bytes(size)
    item = vault.put(BytesIO(content), "a/b.bin")
    assert (item.size, item.version, item.kind) == (size, 1, "file")
    assert item.digest == SUITES[suite].digest(content).hex()
    again = Vault.open(tmp_path / "safe", KEY)
    assert again.items() == [item]
    assert plain(again, "a/b.bin", tmp_path) == content
    assert again.check("a/b.bin") == item
    assert again.suite == suite


def test_nothing_plain_lies_in_the_folder(vault: Vault, folder: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CANARY * 1000)
    vault.put(tmp_path / NAME, NAME, subject="Canary 15400000000")
    vault.rotate()
    for word in (b"Canary", b"canary", b"15400000000", WORDS.text.encode()):
        assert word not in everything(folder)
    assert oct(folder.stat().st_mode)[-3:] == "700"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode)[-3:] for path in files} == {"600"}


def test_the_time_is_the_clock_s(folder: Path) -> None:
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    vault = Vault.create(folder, KEY, clock=lambda: noon)
    assert vault.put(BytesIO(), "a").created == "2026-01-02T12:00:00+00:00"


def test_a_name_is_taken_once(vault: Vault, tmp_path: Path) -> None:
    vault.put(BytesIO(b"1"), "a")
    vault.put(BytesIO(b"1"), "folder/b")
    for name in ("a", "a/b", "folder"):
        assert code_of(lambda name=name: vault.put(BytesIO(b"2"), name)) == "vault.exists"
    assert plain(vault, "a", tmp_path) == b"1"
    assert len(list((vault.folder / "items").iterdir())) == 2


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/a", "a/../b", "a//b", "a/", "a\\b", "a\nb", "./a", "x" * 256]
)
def test_names_that_cannot_be(vault: Vault, name: str) -> None:
    assert code_of(lambda: vault.put(BytesIO(), name)) == "vault.name"
    assert vault.items() == []


def test_several_are_put_together_or_not_at_all(vault: Vault, tmp_path: Path) -> None:
    sources = {"a": BytesIO(b"1"), "b": tmp_path / "missing"}
    assert code_of(lambda: vault.put_all(sources)) == "data.missing"
    assert vault.items() == []
    assert list((vault.folder / "items").iterdir()) == []
    vault.put_all({"a": BytesIO(b"1"), "b": BytesIO(b"2")}, kind={"a": "model", "b": "report"})
    assert [(item.name, item.kind) for item in vault.items()] == [("a", "model"), ("b", "report")]


def test_replacing(vault: Vault, tmp_path: Path) -> None:
    before = vault.put(BytesIO(b"old"), "a", subject="P1", kind="model")
    after = vault.replace("a", BytesIO(b"new"))
    assert (after.version, after.kind, after.subject_digest) == (2, "model", before.subject_digest)
    assert after.id != before.id
    assert plain(vault, "a", tmp_path) == b"new"
    assert [path.name for path in (vault.folder / "items").iterdir()] == [after.id]
    assert code_of(lambda: vault.replace("b", BytesIO())) == "vault.missing"
    assert vault.put_all({"a": BytesIO(b"newer")}, replaces=True)[0].version == 3


def test_an_old_version_put_back_is_noticed(vault: Vault, folder: Path) -> None:
    old = vault.put(BytesIO(b"old"), "a", subject="P1")
    kept = (folder / "items" / old.id).read_bytes()
    new = vault.replace("a", BytesIO(b"new"))
    (folder / "items" / new.id).write_bytes(kept)
    assert code_of(lambda: vault.check("a")) == "vault.damaged"


def test_files_of_two_items_cannot_be_swapped(vault: Vault, folder: Path) -> None:
    """Not even where they share the subject's key."""
    ids = [vault.put(BytesIO(b"same"), name, subject="P1").id for name in ("a", "b")]
    one, two = (folder / "items" / id for id in ids)
    held = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(held)
    for name in ("a", "b"):
        assert code_of(lambda name=name: vault.check(name)) == "vault.damaged"


def test_a_file_of_another_vault_does_not_open(vault: Vault, tmp_path: Path) -> None:
    item = vault.put(BytesIO(b"plain"), "a")
    shutil.copytree(vault.folder, tmp_path / "twin")
    twin = Vault.open(tmp_path / "twin", WORDS)
    other = twin.replace("a", BytesIO(b"plain"))
    shutil.copy(twin.folder / "items" / other.id, vault.folder / "items" / item.id)
    assert code_of(lambda: vault.check("a")) == "vault.damaged"


def test_a_missing_file_is_damage(vault: Vault) -> None:
    item = vault.put(BytesIO(b"plain"), "a")
    (vault.folder / "items" / item.id).unlink()
    assert code_of(lambda: vault.check("a")) == "vault.damaged"


def test_every_flipped_bit_of_the_index_is_noticed(vault: Vault, folder: Path) -> None:
    vault.put(BytesIO(b"plain"), "a")
    text = (folder / "index").read_bytes()
    for place in range(0, len(text), 7):
        changed = bytearray(text)
        changed[place] ^= 1
        (folder / "index").write_bytes(bytes(changed))
        code = code_of(lambda: Vault.open(folder, WORDS))
        # What is left may say another suite, kind of key or format; it never opens.
        assert code.startswith("vault."), place
    for length in (0, 5, 13, 14, 100, len(text) - 1):
        (folder / "index").write_bytes(text[:length])
        assert code_of(lambda: Vault.open(folder, WORDS)) == "vault.damaged"


def test_a_vault_of_a_later_format_is_left_alone(vault: Vault, folder: Path) -> None:
    text = bytearray((folder / "index").read_bytes())
    text[9] = 2
    (folder / "index").write_bytes(bytes(text))
    assert code_of(lambda: Vault.open(folder, WORDS)) == "vault.version"
    assert (folder / "index").read_bytes() == bytes(text)


def test_a_wrong_passphrase(vault: Vault, folder: Path) -> None:
    assert code_of(lambda: Vault.open(folder, OTHER_WORDS)) == "vault.key"
    assert code_of(lambda: Vault.open(folder, KEY)) == "vault.master"


def test_where_there_is_no_vault(tmp_path: Path) -> None:
    assert code_of(lambda: Vault.open(tmp_path, WORDS)) == "vault.none"
    assert code_of(lambda: Vault.open(tmp_path / "none", WORDS)) == "vault.none"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_becomes_no_vault(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    for folder in (tmp_path / "full", vault.folder):
        assert code_of(lambda folder=folder: Vault.create(folder, WORDS)) == "vault.folder"


def test_get_replaces_nothing_unasked(vault: Vault, tmp_path: Path) -> None:
    vault.put(BytesIO(b"plain"), "a")
    (tmp_path / "mine").write_bytes(b"mine")
    assert code_of(lambda: vault.get("a", tmp_path / "mine")) == "vault.target"
    assert (tmp_path / "mine").read_bytes() == b"mine"
    vault.get("a", tmp_path / "mine", force=True)
    assert (tmp_path / "mine").read_bytes() == b"plain"
    assert oct((tmp_path / "mine").stat().st_mode)[-3:] == "600"


def test_a_damaged_item_leaves_no_file(vault: Vault, tmp_path: Path) -> None:
    item = vault.put(BytesIO(bytes(3 << 20)), "a")
    path = vault.folder / "items" / item.id
    path.write_bytes(path.read_bytes()[:-1])
    before = sorted(tmp_path.iterdir())
    assert code_of(lambda: vault.get("a", tmp_path / "plain")) == "vault.damaged"
    assert sorted(tmp_path.iterdir()) == before


def test_exporting(vault: Vault, tmp_path: Path) -> None:
    vault.put_all({name: BytesIO(name.encode()) for name in ("a", "run/b", "run/c/d", "runner")})
    assert [item.name for item in vault.export(tmp_path / "some", "run")] == ["run/b", "run/c/d"]
    assert (tmp_path / "some" / "run" / "c" / "d").read_bytes() == b"run/c/d"
    assert len(vault.export(tmp_path / "all")) == 4
    assert code_of(lambda: vault.export(tmp_path / "all")) == "vault.target"
    assert code_of(lambda: vault.export(tmp_path / "none", "nobody")) == "vault.missing"


def test_removing(vault: Vault, folder: Path) -> None:
    vault.put(BytesIO(b"1"), "a")
    vault.remove("a")
    assert vault.items() == []
    assert list((folder / "items").iterdir()) == []
    assert code_of(lambda: vault.remove("a")) == "vault.missing"


def test_forgetting_a_subject(vault: Vault, folder: Path) -> None:
    """What was copied before does not open after, with the passphrase and the vault at hand."""
    vault.put(BytesIO(b"other"), "other", subject="P2")
    items = [vault.put(BytesIO(CANARY), name, subject="P1") for name in ("a", "b")]
    assert items[0].key == items[1].key
    assert items[0].subject_digest == vault.subject_digest("P1") != vault.subject_digest("P2")
    kept = (folder / "items" / items[0].id).read_bytes()
    assert vault.forget("P1") == items
    assert [item.name for item in vault.items()] == ["other"]
    with vault._reading() as opened:
        assert items[0].key not in opened.index.keys
        assert vault.subject_digest("P1") not in opened.index.subjects
    (folder / "items" / items[0].id).write_bytes(kept)
    assert [item.name for item in Vault.open(folder, WORDS).items()] == ["other"]
    assert not (folder / "items" / items[0].id).exists()
    assert code_of(lambda: vault.forget("P1")) == "vault.subject"
    assert vault.put(BytesIO(), "a", subject="P1").key != items[0].key


def test_a_subject_s_key_goes_with_its_last_item(vault: Vault) -> None:
    for name in ("a", "b"):
        vault.put(BytesIO(), name, subject="P1")
    vault.remove("a")
    assert vault.check("b").name == "b"
    vault.remove("b")
    assert code_of(lambda: vault.forget("P1")) == "vault.subject"


@pytest.mark.parametrize("new", [None, OTHER_WORDS, KEY, KmsKey(MadeUpKms())], ids=str)
def test_rotating(vault: Vault, folder: Path, new: Any) -> None:
    items = [vault.put(BytesIO(CANARY), f"{number}", subject="P1") for number in range(3)]
    before = everything(folder / "items")
    other = Vault.open(folder, WORDS)
    old_index = (folder / "index").read_bytes()
    assert vault.rotate(new) == 1
    assert everything(folder / "items") == before
    assert (folder / "index").read_bytes()[:500] != old_index[:500]
    assert [vault.check(item.name) for item in items] == items
    again = Vault.open(folder, new or WORDS)
    assert [again.check(item.name) for item in items] == items
    if new is None:
        assert other.items() == items
        return
    assert code_of(lambda: Vault.open(folder, WORDS)) in ("vault.key", "vault.master")
    assert code_of(other.items) in ("vault.key", "vault.master")


def test_rotating_to_a_weak_passphrase_changes_nothing(vault: Vault, folder: Path) -> None:
    before = (folder / "index").read_bytes()
    with pytest.raises(ConfigError):
        vault.rotate(type(WORDS)("short"))
    assert (folder / "index").read_bytes() == before


def test_two_hands_on_one_vault(vault: Vault, folder: Path) -> None:
    other = Vault.open(folder, WORDS)
    vault.put(BytesIO(b"1"), "a")
    other.put(BytesIO(b"2"), "b")
    assert [item.name for item in vault.items()] == ["a", "b"]


def test_a_vault_in_use_is_waited_for(vault: Vault, folder: Path) -> None:
    other = Vault.open(folder, WORDS, wait_s=0.05)
    with vault._alone():
        assert code_of(other.items) == "vault.busy"
        assert code_of(lambda: other.put(BytesIO(), "a")) == "vault.busy"
    with vault._reading():
        assert other.items() == []
        assert code_of(lambda: other.put(BytesIO(), "a")) == "vault.busy"


def test_leftovers_are_swept_unless_somebody_works(vault: Vault, folder: Path) -> None:
    item = vault.put(BytesIO(b"plain"), "a")
    left = [
        folder / "items" / ("0" * 32),
        folder / "items" / f"{1:032x}.part",
        folder / "index.part",
    ]
    for path in left:
        path.write_bytes(b"left")
    with vault._reading():
        Vault.open(folder, WORDS)
        assert all(path.exists() for path in left)
    Vault.open(folder, WORDS)
    assert not any(path.exists() for path in left)
    assert vault.check("a") == item


@pytest.mark.parametrize(
    ("place", "act"),
    [
        ("items", "put"), ("items", "replace"),
        ("index", "put"), ("index", "replace"), ("index", "remove"), ("index", "rotate"),
    ],
)  # fmt: skip
def test_a_full_disk_loses_nothing(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str, act: str
) -> None:
    item = vault.put(BytesIO(b"plain"), "a")
    before = sorted(path.name for path in folder.rglob("*"))
    sync = durable.os.fsync

    def full(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink()
        if (name.parent.name == "items") == (place == "items"):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    acts = {
        "put": lambda: vault.put(BytesIO(CANARY), "b"),
        "replace": lambda: vault.replace("a", BytesIO(CANARY)),
        "remove": lambda: vault.remove("a"),
        "rotate": vault.rotate,
    }
    with monkeypatch.context() as patched:
        patched.setattr(durable.os, "fsync", full)
        assert code_of(acts[act]) == "data.unwritable"
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert Vault.open(folder, WORDS).check("a") == item


def test_a_source_that_fails_on_the_way(vault: Vault, folder: Path) -> None:
    class Broken(BytesIO):
        def readinto(self, buffer: Any) -> NoReturn:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.put(Broken(), "a")
    assert vault.items() == []
    assert list((folder / "items").iterdir()) == []


FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "c": [1.5, 2.5, 3.5]})


@pytest.mark.skipif(sys.platform != "linux", reason="needs memfd_create")
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.xlsx", "t.jsonl"])
def test_readers_read_items_from_memory(vault: Vault, tmp_path: Path, name: str) -> None:
    table = read(FRAME)
    write(table.frame, tmp_path / name, table.schema)
    expected = read(tmp_path / name)
    vault.put(tmp_path / name, f"some.folder/{name}")
    before = sorted(tmp_path.rglob("*"))
    with vault.open_plain(f"some.folder/{name}") as path:
        found = read(path)
    assert found.frame.equals(expected.frame)
    assert found.schema.source.digest == expected.schema.source.digest
    assert sorted(tmp_path.rglob("*")) == before
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs memfd_create")
def test_pictures_are_read_from_memory(vault: Vault, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "p.npz", images=pixels, labels=np.arange(20) % 2)
    vault.put(tmp_path / "p.npz", "p.npz")
    with vault.open_plain("p.npz") as path:
        assert read_images(path).pixels.reshape(20, 8, 8).tolist() == pixels.tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="needs memfd_create")
def test_a_damaged_item_is_never_handed_out(vault: Vault) -> None:
    item = vault.put(BytesIO(bytes(3 << 20)), "a.csv")
    path = vault.folder / "items" / item.id
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError) as caught, vault.open_plain("a.csv"):
        raise AssertionError
    assert caught.value.code == "vault.damaged"


def test_every_act_is_told(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, str, Mapping[str, Any]]] = []

    def on_act(act: str, item: str, facts: Mapping[str, Any]) -> None:
        told.append((act, item, facts))

    vault = Vault.create(folder, WORDS, on_act=on_act)
    item = vault.put(BytesIO(CANARY), "a", subject="P1")
    vault.replace("a", BytesIO(CANARY))
    vault.get("a", tmp_path / "plain")
    vault.export(tmp_path / "out")
    vault.items()
    vault.rotate()
    vault.backup(tmp_path / "backup")
    vault.put(BytesIO(), "b")
    vault.remove("b")
    vault.forget("P1")
    for refused in (
        lambda: vault.get("a", tmp_path / "none"),
        lambda: vault.put(BytesIO(), "../a"),
        lambda: vault.remove("a"),
        lambda: vault.forget("P1"),
        lambda: Vault.open(folder, OTHER_WORDS, on_act=on_act),
    ):
        code_of(refused)
    Vault.open(folder, WORDS, on_act=on_act)
    done = [(act, name) for act, name, facts in told if facts["outcome"] == "done"]
    assert done == [
        ("create", ""), ("put", "a"), ("replace", "a"), ("get", "a"), ("export", "a"),
        ("list", ""), ("rotate", ""), ("backup", ""), ("put", "b"), ("remove", "b"), ("forget", ""),
    ]  # fmt: skip
    refused_acts = [(act, f["code"]) for act, _, f in told if f["outcome"] == "refused"]
    assert refused_acts == [
        ("get", "vault.missing"), ("put", "vault.name"), ("remove", "vault.missing"),
        ("forget", "vault.subject"), ("open", "vault.key"),
    ]  # fmt: skip
    assert told[1][2]["digest"] == item.digest
    assert CANARY.decode() not in repr(told)


def test_no_name_or_subject_stands_in_an_error(vault: Vault, tmp_path: Path) -> None:
    for work in (
        lambda: vault.get(NAME, tmp_path / "plain"),
        lambda: vault.forget("Canary"),
        lambda: vault.put(BytesIO(), f"/{NAME}"),
    ):
        with pytest.raises(GuanyaoError) as caught:
            work()
        assert "Canary" not in str(caught.value)
    with pytest.raises(UnknownNameError):
        vault.item(NAME)
    assert "Canary" not in repr(vault)


def test_only_files_of_the_vault_are_swept(vault: Vault, folder: Path, tmp_path: Path) -> None:
    """Whoever may write the folder could put a link to another one in the place of `items`."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    (folder / "items").rmdir()
    (folder / "items").symlink_to(tmp_path / "mine")
    Vault.open(folder, WORDS)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_what_replaces_a_person_s_item_is_the_person_s(vault: Vault) -> None:
    vault.put(BytesIO(b"old"), "a", subject="P1")
    [after] = vault.put_all({"a": BytesIO(b"new")}, replaces=True)
    assert [item.id for item in vault.forget("P1")] == [after.id]


def test_no_name_leads_out_of_the_folder_of_an_export(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lax:
        lax.setattr(item_names, "check_name", lambda name: name)
        vault.put(BytesIO(b"plain"), "../out")
    assert code_of(lambda: vault.export(tmp_path / "to")) == "vault.name"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", [float("inf"), 10**400, "inf"])
@pytest.mark.parametrize("field", ["generation", "memory_kib", "salt"])
def test_a_hostile_header_is_one_clear_error(
    vault: Vault, folder: Path, field: str, value: object
) -> None:
    text = (folder / "index").read_bytes()
    end = 14 + int.from_bytes(text[10:14], "big")
    header = json.loads(text[14:end])
    (header if field in header else header["lock"])[field] = value
    changed = json.dumps(header).encode()
    start = text[:10] + len(changed).to_bytes(4, "big")
    (folder / "index").write_bytes(start + changed + text[end:])
    assert code_of(lambda: Vault.open(folder, WORDS)) in (
        "vault.damaged",
        "config.range",
        "vault.key",
    )


def test_an_index_as_large_as_a_disk_is_refused(vault: Vault, folder: Path) -> None:
    with (folder / "index").open("r+b") as file:
        file.truncate(1 << 40)
    assert code_of(lambda: Vault.open(folder, WORDS)) == "vault.damaged"
