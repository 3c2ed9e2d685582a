"""The lock between processes."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from guanyao.errors import DataError
from guanyao.protect.vault.turns import turn

spawned = multiprocessing.get_context("spawn")


def hold(path: Path, is_alone: bool, ready: Callable[[], None]) -> None:
    with turn(path, is_alone=is_alone, wait_s=0):
        ready()
        signal.pause()


@pytest.mark.parametrize(
    ("first", "second", "is_free"),
    [(True, True, False), (True, False, False), (False, True, False), (False, False, True)],
)
def test_who_may_hold_it_together(tmp_path: Path, first: bool, second: bool, is_free: bool) -> None:
    path = tmp_path / "lock"
    with turn(path, is_alone=first, wait_s=0):
        if is_free:
            with turn(path, is_alone=second, wait_s=0):
                return
        with pytest.raises(DataError) as caught, turn(path, is_alone=second, wait_s=0.05):
            raise AssertionError
    assert caught.value.code == "vault.busy"
    with turn(path, is_alone=True, wait_s=0):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    ready = spawned.Event()
    process = spawned.Process(target=hold, args=(path, True, ready.set))
    process.start()
    assert ready.wait(60)
    with pytest.raises(DataError), turn(path, is_alone=True, wait_s=0):
        raise AssertionError
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with turn(path, is_alone=True, wait_s=0):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught, turn(tmp_path / "a" / "b", is_alone=True, wait_s=0):
        raise AssertionError
    assert caught.value.code == "data.unwritable"
