"""Files that are there whole or not at all."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from guanyao.data import pending
from guanyao.errors import DataError
from guanyao.protect.vault.durable import appearing, writing


def full(*ignored: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    with writing(tmp_path / "a") as file:
        file.write(b"new")
        assert names(tmp_path) == ["a.part"]
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(DataError, match="No space") as caught, writing(tmp_path / "a") as file:
        file.write(b"new")
    assert caught.value.code == "data.unwritable"
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), writing(tmp_path / "a") as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_lay_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old key")
    with (tmp_path / "a").open("rb") as before:
        with writing(tmp_path / "a", scrubs=True) as file:
            file.write(b"new")
        assert before.read() == bytes(7)


def test_another_name_for_what_lay_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old key")
    (tmp_path / "copy").hardlink_to(tmp_path / "a")
    with writing(tmp_path / "a", scrubs=True) as file:
        file.write(b"new")
    assert (tmp_path / "copy").read_bytes() == b"old key"


@pytest.mark.parametrize("is_nameless", [True, False])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_plain_file_appears_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_nameless: bool, before: bytes | None
) -> None:
    if not is_nameless:
        monkeypatch.setattr(pending, "nameless", lambda folder: None)
    if before is not None:
        (tmp_path / "a").write_bytes(before)
    with appearing(tmp_path / "a") as file:
        file.write(b"new")
        file.flush()
        kept = [path.read_bytes() for path in tmp_path.iterdir() if not path.is_symlink()]
        assert (b"new" in kept) == (not is_nameless)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_failure_leaves_no_plain_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_nameless: bool
) -> None:
    if not is_nameless:
        monkeypatch.setattr(pending, "nameless", lambda folder: None)
    with pytest.raises(DataError), appearing(tmp_path / "a") as file:
        file.write(b"new")
        full()
    assert names(tmp_path) == []
