from pathlib import Path

import pytest

from guanyao.errors import ConfigError, DataError
from guanyao.flows.folder import KEEP_AFTER_S, MODEL, PART, RECORD, Folder, results_in, writing
from guanyao.records import evidence
from tests.records.test_evidence import sealed


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def finish(out: Path, *files: str) -> None:
    with results_in(out) as folder:
        for name in files:
            (folder.part / name).write_text(name)
        evidence.write(sealed(outputs=folder.outputs()), folder.part / RECORD)
        folder.publish()


def stop(out: Path, key: str, error: BaseException, fit_s: float = 1.0) -> None:
    with pytest.raises(type(error)), results_in(out) as folder:
        (folder.part / MODEL).write_text("model")
        folder.remember(key, {"fit_s": fit_s})
        (folder.part / "virtual.csv").write_text("half of it")
        raise error


def test_results_appear_when_all_is_done(tmp_path: Path) -> None:
    finish(tmp_path / "a" / "out", "virtual.csv")
    assert names(tmp_path / "a" / "out") == [RECORD, "virtual.csv"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    stop(tmp_path / "out", "k", ValueError())
    stop(tmp_path / "deep" / "er" / "out", "k", ValueError())
    assert names(tmp_path) == []


def test_a_failure_leaves_an_earlier_result_alone(tmp_path: Path) -> None:
    finish(tmp_path, "virtual.csv")
    stop(tmp_path, "k", ValueError())
    assert names(tmp_path) == [RECORD, "virtual.csv"]
    assert evidence.verify(tmp_path / RECORD)


@pytest.mark.parametrize(
    ("error", "fit_s"), [(KeyboardInterrupt(), 1.0), (OSError(), KEEP_AFTER_S + 1)]
)
def test_a_fitted_model_is_kept_and_nothing_else(
    tmp_path: Path, error: BaseException, fit_s: float
) -> None:
    stop(tmp_path / "out", "key", error, fit_s)
    assert names(tmp_path / "out") == [PART, f"{PART}/{MODEL}", f"{PART}/state.json"]
    with results_in(tmp_path / "out") as folder:
        assert folder.recall("another key") is None
        state = folder.recall("key")
        assert state is not None
        assert state["fit_s"] == fit_s


def test_a_model_that_was_changed_is_not_taken(tmp_path: Path) -> None:
    stop(tmp_path, "key", KeyboardInterrupt())
    (tmp_path / PART / MODEL).write_text("another")
    with results_in(tmp_path) as folder:
        assert folder.recall("key") is None


@pytest.mark.parametrize("state", [b"", b"[]", b'{"key":'])
def test_a_note_that_was_not_finished_is_not_taken(tmp_path: Path, state: bytes) -> None:
    stop(tmp_path, "key", KeyboardInterrupt())
    (tmp_path / PART / "state.json").write_bytes(state)
    with results_in(tmp_path) as folder:
        assert folder.recall("key") is None


def test_a_second_run_takes_away_what_the_first_left(tmp_path: Path) -> None:
    finish(tmp_path, "virtual.csv")
    (tmp_path / "notes.txt").write_text("mine")
    finish(tmp_path, "virtual.parquet")
    assert names(tmp_path) == ["notes.txt", RECORD, "virtual.parquet"]


@pytest.mark.parametrize("record", [None, "{}", "no json"])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, record: str | None) -> None:
    (tmp_path / "thesis.docx").write_text("x")
    if record is not None:
        (tmp_path / RECORD).write_text(record)
    before = names(tmp_path)
    with pytest.raises(ConfigError, match="new or empty"), results_in(tmp_path):
        pass
    assert names(tmp_path) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(ConfigError, match="is a file"), results_in(tmp_path / "out"):
        pass


def test_a_place_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError) as caught, results_in(tmp_path / "file" / "out"):
        pass
    assert caught.value.code == "data.unwritable"


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="free some space"), writing(tmp_path / "x"):
        raise OSError(28, "No space left on device")


# Training


def train(folder: Path, key: str) -> Path:
    """A training that has written its first checkpoint."""
    place = results_begin(folder, key)
    (place / "checkpoints").mkdir(parents=True)
    (place / "checkpoints" / "latest.json").write_text("{}")
    return place


def results_begin(out: Path, key: str) -> Path:
    return Folder(out, out / PART).begin(key)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError()])
def test_a_training_on_its_way_is_kept_for_the_same_key(
    tmp_path: Path, error: BaseException
) -> None:
    out = tmp_path / "out"
    with pytest.raises(type(error)), results_in(out):
        train(out, "key")
        raise error
    assert names(out / PART) == [
        "state.json", "training", "training/checkpoints", "training/checkpoints/latest.json"
    ]  # fmt: skip
    with results_in(out) as folder:
        assert (folder.begin("key") / "checkpoints").is_dir()
        assert not (folder.begin("another") / "checkpoints").exists()


def test_a_fit_that_was_done_needs_no_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), results_in(tmp_path / "out") as folder:
        place = train(tmp_path / "out", "key")
        (place / "log.jsonl").write_text("{}")
        (folder.part / MODEL).write_text("model")
        folder.remember("key", {"fit_s": 1.0})
        raise KeyboardInterrupt
    part = tmp_path / "out" / PART
    assert names(part) == [MODEL, "state.json", "training", "training/log.jsonl"]


def test_folders_of_pictures_are_one_output(tmp_path: Path) -> None:
    with results_in(tmp_path / "out") as folder:
        for name in ("virtual/0/1.png", "virtual/1/2.png", "model/virtual/1.png", "model/a.csv"):
            (folder.part / name).parent.mkdir(parents=True, exist_ok=True)
            (folder.part / name).write_text(name)
        made = folder.outputs()
        evidence.write(sealed(outputs=made), folder.part / RECORD)
        folder.publish()
    assert [item["name"] for item in made] == ["model/a.csv", "model/virtual", "virtual"]
    assert made[2]["bytes"] == 2 * len("virtual/0/1.png")
    assert evidence.verify(tmp_path / "out" / RECORD)
    (tmp_path / "out" / "virtual" / "0" / "1.png").write_text("another one....")
    with pytest.raises(DataError, match="virtual was changed"):
        evidence.verify(tmp_path / "out" / RECORD)
