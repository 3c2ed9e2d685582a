import errno
from pathlib import Path

import pytest

from guanyao.data.pending import write_whole
from guanyao.errors import DataError


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", b"first")
    write_whole(str(tmp_path / "a.txt"), b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"second")]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a.txt", b"first")

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError) as caught:
        write_whole(tmp_path / "a.txt", b"second")
    assert caught.value.code == "data.unwritable"
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"first")]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent" / "a.txt"):
        with pytest.raises(DataError):
            write_whole(place, b"")
