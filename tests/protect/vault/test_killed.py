"""Killed at any moment of any act, the vault opens, holds what it held, and shows nothing plain."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from guanyao.errors import DataError
from guanyao.protect.vault.store import Vault
from tests.protect.vault.killed import ACTS, CANARY
from tests.protect.vault.locks import OTHER_WORDS, WORDS

ROOT = Path(__file__).parents[3]
QUICK = ("put", "rotate", "forget")
MOMENTS = {"put": 15, "replace": 15, "rotate": 15, "remove": 10, "forget": 10}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs kill and fork")


def opened(folder: Path) -> Vault:
    """The vault with the passphrase that it has: the old one, or the new one, and not both."""
    works = []
    for words in (WORDS, OTHER_WORDS):
        try:
            works.append(Vault.open(folder, words))
        except DataError as error:
            assert error.code == "vault.key"
    assert len(works) == 1
    return works[0]


def content(vault: Vault, name: str, tmp_path: Path) -> bytes:
    vault.get(name, tmp_path / "plain", force=True)
    return (tmp_path / "plain").read_bytes()


@pytest.mark.parametrize(
    "act",
    [pytest.param(act, marks=() if act in QUICK else pytest.mark.slow) for act in ACTS],
)
def test_killed_at_any_moment(act: str, tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "vault", WORDS)
    before = {"a": CANARY * 10, "b": b"b" * 100, "c": b""}
    for name, text in before.items():
        vault.put(BytesIO(text), name, subject="P1" if name == "c" else None)
    (tmp_path / "copies").mkdir()
    words = [sys.executable, "-m", "tests.protect.vault.killed", act]
    done = subprocess.run(
        [*words, str(vault.folder), str(tmp_path / "copies")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) >= MOMENTS.get(act, 5)
    ends = [check(folder, before, tmp_path) for folder in (tmp_path / "copies").iterdir()]
    assert len(ends) == int(done.stdout)
    changed = {"put": "new", "remove": "b", "forget": "c"}
    if act in changed:
        # Both ends were seen: before the change, and after it.
        assert {changed[act] in names for names in ends} == {True, False}


def check(folder: Path, before: dict[str, bytes], tmp_path: Path) -> set[str]:
    """See that nothing is lost, half there or plain; the names of the items."""
    raw = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    is_exported = (folder / "plain").exists()
    assert is_exported or CANARY not in raw
    vault = opened(folder / "safe")
    items = {item.name: item for item in vault.items()}
    for name, item in items.items():
        assert vault.check(name) == item
        if item.version == 1 and name in before:
            assert content(vault, name, tmp_path) == before[name]
    assert {"a"} <= set(items)
    assert len(set(before) - set(items)) <= 1
    left = {path.name for path in (folder / "safe").rglob("*")} - {
        item.id for item in items.values()
    }
    assert left == {"index", "items", "lock"}
    assert not is_exported or (folder / "plain").read_bytes() == before["a"]
    vault.put(BytesIO(b"goes on"), "later")
    vault.rotate()
    assert vault.check("later").size == 7
    return set(items)
