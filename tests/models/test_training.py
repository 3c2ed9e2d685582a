import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from guanyao.errors import ConfigError, DataError
from guanyao.models import checkpoint, stage_run
from guanyao.models.stage_run import rate_factor
from guanyao.models.training import Stage, Training, Watch, train
from guanyao.types import Silent
from tests.models.toy import Line, assert_equal, points, stages, weights

SETTINGS = Training(epochs=12, batch_size=32, learning_rate=0.01, precision="fp32")


class Stopped(Exception):
    """Stands for Ctrl-C at a chosen moment."""


class StopsAfter(Silent):
    def __init__(self, n_steps: int) -> None:
        self.left = n_steps

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left == 0:
            raise Stopped


@pytest.fixture(autouse=True)
def milestones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_run, "MILESTONE_STEPS", 1)


def test_training_lowers_the_loss() -> None:
    history = train(stages(), SETTINGS, seed=0)
    first, last = (history.epochs[i]["losses"]["line"] for i in (0, -1))
    assert last < first / 4
    assert [record["epoch"] for record in history.epochs] == list(range(1, 13))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    runs = []
    for seed in (1, 1, 2):
        parts = stages()
        train(parts, SETTINGS, seed=seed)
        runs.append(weights(parts))
    assert_equal(runs[0], runs[1])
    assert not torch.equal(runs[0]["0.net.0.weight"], runs[2]["0.net.0.weight"])


def test_random_numbers_outside_go_on_as_if_nothing_had_been() -> None:
    parts = stages()
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    train(parts, SETTINGS, seed=4)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("n_steps", [1, 9, 10, 47, 110, 150, 215])
def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, n_steps: int) -> None:
    whole = stages(n_stages=2)
    train(whole, SETTINGS, seed=5)
    stopped = stages(n_stages=2)
    watch = Watch(folder=tmp_path, fingerprint="a")
    with pytest.raises(Stopped):
        train(stopped, SETTINGS, seed=5, watch=watch, progress=StopsAfter(n_steps))
    resumed = stages(n_stages=2)
    history = train(resumed, SETTINGS, seed=5, watch=watch)
    assert_equal(weights(whole), weights(resumed))
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(log) == len(history.epochs) == 24


def test_a_training_that_is_done_is_not_repeated(tmp_path: Path) -> None:
    watch = Watch(folder=tmp_path, fingerprint="a")
    done = stages()
    train(done, SETTINGS, seed=5, watch=watch)
    again = stages()
    train(again, SETTINGS, seed=5, watch=watch, progress=StopsAfter(1))
    assert_equal(weights(done), weights(again))


SCRIPT = """
import sys, torch
from pathlib import Path
from guanyao.models import stage_run
stage_run.MILESTONE_STEPS = 1
from guanyao.models.training import Watch, train
from safetensors.torch import save_file
from tests.models.test_training import SETTINGS
from tests.models.toy import stages, weights
torch.set_num_threads(1)
parts = stages(3000, n_stages=2)
print("go", flush=True)
train(parts, SETTINGS, seed=7, watch=Watch(folder=Path(sys.argv[1]), fingerprint="k"))
save_file(weights(parts), sys.argv[2])
"""


def _train_elsewhere(folder: Path, out: Path, *, kill_after_s: float | None = None) -> int:
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    command = [sys.executable, "-c", SCRIPT, str(folder), str(out)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            process.send_signal(signal.SIGKILL)
        return process.wait()


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    whole = tmp_path / "whole.safetensors"
    assert _train_elsewhere(tmp_path / "a", whole) == 0
    killed = tmp_path / "killed.safetensors"
    for kill_after_s in (0.4, 1.0):
        assert _train_elsewhere(tmp_path / "b", killed, kill_after_s=kill_after_s) == -9
    assert _train_elsewhere(tmp_path / "b", killed) == 0
    assert_equal(load_file(whole), load_file(killed))


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path, fingerprint="a"))
    with pytest.raises(DataError) as caught:
        train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path, fingerprint="b"))
    assert caught.value.code == "training.other_checkpoint"


@pytest.mark.parametrize("name", ["weights.safetensors", "state.pt", "../latest.json"])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[::-1]])
def test_a_damaged_checkpoint_is_refused(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path, fingerprint="a"))
    newest = max(p for p in (tmp_path / "checkpoints").iterdir() if p.is_dir())
    path = newest / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path, fingerprint="a"))
    assert caught.value.code == "training.checkpoint"


def test_a_checkpoint_that_fits_no_more_is_an_error_in_one_line(tmp_path: Path) -> None:
    train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path))
    other = Line()
    other.net = torch.nn.Linear(1, 1)  # type: ignore[assignment]
    with pytest.raises(DataError) as caught:
        train(
            [Stage(name="part0", trainee=other, data=points)],
            SETTINGS,
            seed=5,
            watch=Watch(folder=tmp_path),
        )
    assert caught.value.code == "training.checkpoint"
    assert "\n" not in str(caught.value)


def test_a_full_disk_keeps_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stages()
    train(whole, SETTINGS, seed=5)
    watch = Watch(folder=tmp_path, fingerprint="a")
    n_calls = 0
    save = torch.save

    def full(*args: object, **more: object) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls > 3:
            raise OSError(28, "No space left on device")
        save(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError) as caught:
        train(stages(), SETTINGS, seed=5, watch=watch)
    assert caught.value.code == "training.checkpoint"
    monkeypatch.setattr(torch, "save", save)
    assert len([p for p in (tmp_path / "checkpoints").iterdir() if p.is_dir()]) == 2
    resumed = stages()
    train(resumed, SETTINGS, seed=5, watch=watch)
    assert_equal(weights(whole), weights(resumed))


def test_a_loss_that_is_no_number_is_answered_by_going_back() -> None:
    part = Stage(name="x", trainee=Line(wrong_from=30, wrong_until=31), data=points)
    history = train([part], SETTINGS, seed=0)
    assert len(history.warnings) == 1
    assert "not a finite number" in history.warnings[0]
    assert [record["epoch"] for record in history.epochs] == list(range(1, 13))
    first, last = (history.epochs[i]["losses"]["line"] for i in (0, -1))
    assert last < first


def test_training_that_stays_wrong_stops_with_the_last_good_weights() -> None:
    part = Stage(name="x", trainee=Line(wrong_from=30), data=points)
    history = train([part], SETTINGS, seed=0)
    assert len(history.warnings) == 4
    assert history.warnings[-1].endswith("training stops there")
    assert history.epochs[-1]["epoch"] == 3
    assert all(w.isfinite().all() for w in weights([part]).values())


def test_training_that_is_wrong_from_the_start_is_an_error() -> None:
    part = Stage(name="x", trainee=Line(wrong_from=0), data=points)
    with pytest.raises(ConfigError) as caught:
        train([part], SETTINGS, seed=0)
    assert caught.value.code == "training.diverged"


def test_mode_collapse_is_named_and_answered() -> None:
    values = iter([0.9, 0.9, 0.1, 0.9, 0.9] + [0.9] * 20)
    watch = Watch(diversity=lambda: next(values))
    history = train(stages(), SETTINGS, seed=0, watch=watch)
    assert len(history.warnings) == 1
    assert "mode collapse" in history.warnings[0]
    assert "epoch 3" in history.warnings[0]
    assert [record["epoch"] for record in history.epochs] == list(range(1, 13))


def test_patience_ends_a_stage_with_its_best_weights() -> None:
    settings = Training(
        epochs=200, batch_size=32, learning_rate=0.02, schedule="constant", precision="fp32",
        validation=0.2, patience=5, ema_decay=0.0,
    )  # fmt: skip
    history = train(stages(), settings, seed=0)
    losses = [record["validation"] for record in history.epochs]
    assert len(losses) < 200
    assert len(losses) - 1 - losses.index(min(losses)) == 5


def test_a_budget_of_time_ends_training(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr(stage_run, "_clocks", lambda: (float(next(clock)), 0.0))
    settings = Training(max_minutes=1.0, batch_size=32, precision="fp32")
    history = train(stages(n_stages=2), settings, seed=0)
    ends = {record["stage"]: record["seconds"] for record in history.epochs}
    assert 19 <= ends["part0"] <= 25
    assert 58 <= ends["part1"] <= 66


def test_training_goes_by_one_clock() -> None:
    with pytest.raises(ConfigError) as caught:
        Training(max_minutes=1, max_cpu_minutes=1)
    assert caught.value.code == "config.setting"


def test_patience_needs_validation() -> None:
    with pytest.raises(ConfigError):
        Training(patience=3)


@pytest.mark.parametrize(
    ("fraction", "schedule", "warm_up", "factor"),
    [(0.0, "cosine", 0.0, 1.0), (1.0, "cosine", 0.0, 0.0), (0.5, "cosine", 0.0, 0.5),
     (0.75, "linear", 0.5, 0.5), (0.25, "constant", 0.5, 0.5), (0.9, "constant", 0.0, 1.0)],
)  # fmt: skip
def test_rate_factor(fraction: float, schedule: str, warm_up: float, factor: float) -> None:
    assert rate_factor(fraction, schedule, warm_up) == pytest.approx(factor)


def test_checkpoints_hold_no_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.system, ("touch /tmp/never",))

    checkpoint.write(tmp_path, "a", {"x": 1}, {"w": torch.ones(2)})
    newest = max(p for p in (tmp_path / "checkpoints").iterdir() if p.is_dir())
    torch.save({"x": Evil()}, newest / "state.pt")
    latest = tmp_path / "checkpoints" / "latest.json"
    record = json.loads(latest.read_text())
    record["digests"]["state.pt"] = checkpoint._digest(newest / "state.pt")
    latest.write_text(json.dumps(record))
    with pytest.raises(DataError):
        checkpoint.read(tmp_path, "a")


def test_a_profile_is_written_when_asked_for(tmp_path: Path) -> None:
    train(stages(), SETTINGS, seed=5, watch=Watch(folder=tmp_path, profile=True))
    assert "Self CPU" in (tmp_path / "profile.txt").read_text()
    assert list((tmp_path / "events").iterdir())
