from pathlib import Path

import pytest

from guanyao.flows import training_folder
from guanyao.registry import need


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


LATEST = "checkpoints/latest.json"


def test_what_training_writes_is_known() -> None:
    checkpoint, journal = need("guanyao.models.checkpoint"), need("guanyao.models.journal")
    assert (checkpoint.FOLDER, checkpoint.LATEST) == (
        training_folder.CHECKPOINTS,
        training_folder.LATEST,
    )
    written = {journal.LOG, journal.SAMPLES, journal.EVENTS, journal.PROFILE, journal.TRACE}
    assert written | {checkpoint.FOLDER} == set(training_folder.WRITTEN)


def test_a_training_with_a_checkpoint_goes_on(tmp_path: Path) -> None:
    write(tmp_path, LATEST, "log.jsonl")
    for step in (training_folder.begin, training_folder.stop):
        step(tmp_path)
        assert names(tmp_path) == ["checkpoints", LATEST, "log.jsonl"]
    training_folder.finish(tmp_path)
    assert names(tmp_path) == ["log.jsonl"]


def test_a_training_without_one_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "training"
    write(folder, "checkpoints/000001/weights", "events/e", "samples/epoch-00001.png", "log.jsonl")
    training_folder.begin(folder)
    assert not folder.exists()
    training_folder.stop(folder)
    training_folder.finish(folder)
    assert not folder.exists()


def test_what_somebody_else_put_there_stays(tmp_path: Path) -> None:
    write(tmp_path, "log.jsonl", "notes.txt")
    training_folder.clear(tmp_path)
    assert names(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (1, 1), (30, 30), (31, 30), (500, 30)])
def test_grids_are_thinned_evenly(tmp_path: Path, n: int, shown: int) -> None:
    write(tmp_path, *(f"samples/epoch-{i:05d}.png" for i in range(1, n + 1)), "samples/other.txt")
    grids = training_folder.grids(tmp_path)
    assert len(grids) == shown
    epochs = [epoch for epoch, _ in grids]
    assert epochs == sorted(set(epochs))
    if n:
        assert (epochs[0], epochs[-1]) == (1, n)
        assert grids[-1][1] == f"samples/epoch-{n:05d}.png".encode()


def test_no_folder_has_no_grids() -> None:
    assert training_folder.grids(None) == []
