"""What killed processes left beside a target is removed, and nothing else."""

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data.leftovers import left_of, swept
from guanyao.data.pending import Pending


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_only_what_was_to_become_the_target_is_removed(tmp_path: Path, others: list[str]) -> None:
    target = tmp_path / others[0]
    parts = [Pending(tmp_path / name).path for name in others]
    assert left_of(target) == parts[:1]
    with swept(target):
        assert [path.exists() for path in parts] == [False, *[True] * (len(parts) - 1)]
    for path in parts[1:]:
        path.unlink()


def test_long_names_and_look_alikes(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 230 + ".csv")
    part = Pending(target).path
    alikes = [".00000000.part.a.csv", ".0000000g.part.b.csv", "00000000.part.b.csv", "b.csv"]
    for name in alikes:
        (tmp_path / name).touch()
    assert left_of(target) == [part]
    with swept(tmp_path / "b.csv"):
        assert set(alikes) <= set(names(tmp_path))


def test_nothing_is_removed_while_another_writes(tmp_path: Path) -> None:
    target = tmp_path / "t.csv"
    with swept(target):
        part = Pending(target).path
        with swept(target):  # a second lock, as another process would hold one
            assert part.exists()
    with swept(target):
        assert not part.exists()


def test_the_lock_goes_with_the_block(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), swept(tmp_path / "t.csv"):
        raise KeyboardInterrupt
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)


def test_a_folder_that_is_not_there_is_for_the_writer_to_tell(tmp_path: Path) -> None:
    with swept(tmp_path / "no" / "t.csv"):
        assert names(tmp_path) == []


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    part = Pending(tmp_path / "t.csv").path
    with swept(tmp_path / "t.csv"):
        assert part.exists()
