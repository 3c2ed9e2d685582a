"""Workspaces: made whole or not at all, found from below, closed to others, and salted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import GuanyaoError
from guanyao.records import workspace as module
from guanyao.records.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "study")


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def test_a_new_workspace_is_whole_and_closed_to_others(workspace: Workspace) -> None:
    names = {path.name for path in workspace.folder.iterdir()}
    assert names == {".gitignore", "audit.db", "config.json", "lineage.db", "salt"}
    assert workspace.folder.stat().st_mode & 0o777 == 0o700
    for name in ("audit.db", "config.json", "lineage.db", "salt"):
        assert (workspace.folder / name).stat().st_mode & 0o777 == 0o600
    assert len((workspace.folder / "salt").read_bytes()) == 32
    assert [line.act for line in workspace.audit.lines()] == ["audit.init"]
    assert workspace.vault_folder == workspace.folder / "vault"
    assert list(workspace.root.iterdir()) == [workspace.folder]


def test_it_is_found_from_below(workspace: Workspace, tmp_path: Path) -> None:
    deep = workspace.root / "a" / "b"
    deep.mkdir(parents=True)
    found = Workspace.find(deep)
    assert found is not None
    assert found.root == workspace.root
    assert Workspace.find(tmp_path) is None


def test_a_folder_becomes_a_workspace_once(workspace: Workspace) -> None:
    assert code_of(lambda: Workspace.create(workspace.root)) == "workspace.exists"
    assert code_of(lambda: Workspace.open(workspace.root.parent)) == "workspace.missing"
    assert code_of(lambda: Workspace.create(workspace.root / "x", hash="md5")) == "audit.hash"
    assert code_of(lambda: Workspace.create(workspace.root / "x", audit="ftp://x")) == "audit.place"
    assert list((workspace.root / "x").iterdir()) == []


def test_one_of_the_future_is_not_touched(workspace: Workspace) -> None:
    config = workspace.folder / "config.json"
    facts = json.loads(config.read_text())
    config.write_text(json.dumps({**facts, "version": 2, "more": 1}))
    before = {path: path.read_bytes() for path in workspace.folder.iterdir()}
    assert code_of(lambda: Workspace.open(workspace.root)) == "workspace.future"
    assert {path: path.read_bytes() for path in workspace.folder.iterdir()} == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "guanyao.workspace"}', "null"])
def test_a_damaged_config_is_told(workspace: Workspace, text: str) -> None:
    (workspace.folder / "config.json").write_text(text)
    assert code_of(lambda: Workspace.open(workspace.root)) == "workspace.damaged"


def test_a_workspace_without_its_salt_is_told(workspace: Workspace) -> None:
    (workspace.folder / "salt").write_bytes(b"short")
    assert code_of(lambda: Workspace.open(workspace.root)) == "workspace.damaged"
    (workspace.folder / "salt").unlink()
    assert code_of(lambda: Workspace.open(workspace.root)) == "workspace.damaged"


def test_a_chain_that_was_put_in_its_place_is_told(workspace: Workspace, tmp_path: Path) -> None:
    other = Workspace.create(tmp_path / "other")
    workspace.close()
    os.replace(other.folder / "audit.db", workspace.folder / "audit.db")  # noqa: PTH105
    assert code_of(lambda: Workspace.open(workspace.root).audit) == "audit.other"
    (workspace.folder / "audit.db").unlink()
    assert code_of(lambda: Workspace.open(workspace.root).audit) == "audit.unreadable"
    assert not (workspace.folder / "audit.db").exists()


def test_digests_of_subjects_are_salted(workspace: Workspace, tmp_path: Path) -> None:
    """Known answer: HMAC-SHA256 over the canonical list, by another implementation."""
    import hashlib
    import hmac

    salt = bytes(range(32))
    (workspace.folder / "salt").write_bytes(salt)
    same = Workspace.open(workspace.root)
    text = b'["subject","customers","P100001"]'
    assert (
        same.digest_of("customers", "P100001") == hmac.new(salt, text, hashlib.sha256).hexdigest()
    )
    assert same.seal("ab") != same.digest_of("ab", "")
    other = Workspace.create(tmp_path / "other")
    assert other.digest_of("customers", "P100001") != same.digest_of("customers", "P100001")


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
def test_no_two_subjects_have_one_digest(a: str, b: str, c: str, d: str) -> None:
    workspace = Workspace.__new__(Workspace)
    workspace._salt = bytes(32)
    same = workspace.digest_of(a, b) == workspace.digest_of(c, d)
    assert same == ((a, b) == (c, d))


def test_places_are_relative_to_the_root(workspace: Workspace, tmp_path: Path) -> None:
    inside = workspace.root / "out" / ".." / "a.csv"
    assert workspace.place_of(inside) == "a.csv"
    assert workspace.path_of("a.csv") == workspace.root / "a.csv"
    outside = tmp_path / "b.csv"
    assert workspace.place_of(outside) == outside.as_posix()
    assert workspace.path_of(workspace.place_of(outside)) == outside
    assert workspace.holds(inside)
    assert not workspace.holds(outside)
    (workspace.root / "link.csv").symlink_to(outside)
    assert workspace.place_of(workspace.root / "link.csv") == outside.as_posix()


def test_nothing_secret_is_shown(workspace: Workspace) -> None:
    assert repr(workspace) == "Workspace('study')"
    assert str(workspace) == "Workspace('study')"


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", full)
    assert code_of(lambda: Workspace.create(tmp_path / "study")) == "data.unwritable"
    assert list((tmp_path / "study").iterdir()) == []
    assert code_of(lambda: Workspace.open(tmp_path / "study")) == "workspace.missing"


def test_killed_while_it_is_made_it_is_whole_or_not_there(tmp_path: Path) -> None:
    code = "import sys; from guanyao.records.workspace import Workspace; print(flush=True)\n"
    code += "for n in range(99): Workspace.create(f'{sys.argv[1]}/{n}').close()"
    for moment in range(15):
        place = tmp_path / str(moment)
        words = [sys.executable, "-c", code, str(place)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                process.wait(0.003 * moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        for folder in place.iterdir() if place.exists() else ():
            if (folder / ".guanyao").exists():
                with Workspace.open(folder) as found:
                    assert found.audit.verify().ok
                    assert found.lineage.all() == []
            else:
                Workspace.create(folder).close()


def test_a_workspace_of_another_user_is_not_stumbled_into(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write above could otherwise have all acts told to his own chain."""
    owner = workspace.folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert code_of(lambda: Workspace.find(workspace.root)) == "workspace.owner"
    assert Workspace.open(workspace.root).root == workspace.root


def test_a_hostile_config_is_refused(workspace: Workspace) -> None:
    (workspace.folder / "config.json").write_text("[" * 200_000)
    assert code_of(lambda: Workspace.open(workspace.root)) == "workspace.damaged"
