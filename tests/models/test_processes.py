import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.models.toy import assert_equal

SCRIPT = """
import json
import os
import sys
import torch
from safetensors.torch import save_file
from guanyao.models.training import Stage, Training, Watch, train
from guanyao.types import Silent
from pathlib import Path
from tests.models.toy import Line, points, weights

torch.set_num_threads(1)
rank, out, n_epochs, wrong, stop = os.environ["RANK"], Path(sys.argv[1]), *map(int, sys.argv[2:])
drawn = []


class Noisy(Line):
    def updates(self, batch, fraction):
        drawn.append(float(torch.rand(1)))
        yield from super().updates(batch, fraction)


class Stopping(Silent):
    n = 0

    def advance(self, n=1):
        self.n += n
        if 0 < stop <= self.n:
            raise KeyboardInterrupt


line = Noisy(wrong_from=wrong, wrong_until=wrong + 1) if rank == "1" and wrong else Noisy()
parts = [Stage(name="part", trainee=line, data=lambda: points(300))]
settings = Training(epochs=n_epochs, batch_size=32, learning_rate=0.01, precision="fp32")
watch = Watch(folder=out / "training")
history = train(parts, settings, seed=7, watch=watch, progress=Stopping())
save_file(weights(parts), out / f"rank{rank}.safetensors")
found = {
    "losses": [epoch["losses"]["line"] for epoch in history.epochs],
    "drawn": drawn,
    "warnings": history.warnings,
}
(out / f"found{rank}.json").write_text(json.dumps(found))
"""


def launched(out: Path, *, n_epochs: int = 4, wrong: int = 0, stop: int = 0) -> str:
    """Train with two processes; what they wrote to the standard error, "" where all was well."""
    out.mkdir(exist_ok=True)
    script = out / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}", "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launcher, str(script), str(out), str(n_epochs), str(wrong), str(stop)],
        env=env, capture_output=True, check=False, text=True, timeout=120,
    )  # fmt: skip
    causes = [line for line in done.stderr.splitlines() if "what()" in line or "Error" in line]
    return "" if done.returncode == 0 else "\n".join([*causes[:10], done.stderr[-2000:]])


def both(out: Path) -> list[dict[str, torch.Tensor]]:
    return [load_file(out / f"rank{i}.safetensors") for i in (0, 1)]


def found(out: Path, rank: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads((out / f"found{rank}.json").read_text())
    return found


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    assert launched(tmp_path) == ""
    first, second = both(tmp_path)
    assert_equal(first, second)
    assert all(bool(torch.isfinite(weight).all()) for weight in first.values())
    losses = found(tmp_path, 0)["losses"]
    assert losses[-1] < losses[0]
    assert len((tmp_path / "training" / "log.jsonl").read_text().splitlines()) == 4
    assert not set(found(tmp_path, 0)["drawn"]) & set(found(tmp_path, 1)["drawn"])


def test_trouble_of_one_process_is_answered_by_both(tmp_path: Path) -> None:
    assert launched(tmp_path, wrong=5) == ""
    assert_equal(*both(tmp_path))
    assert [len(found(tmp_path, rank)["warnings"]) for rank in (0, 1)] == [1, 1]


@pytest.mark.slow
def test_two_processes_go_on_to_the_same_weights(tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert launched(whole, n_epochs=16) == ""
    assert launched(stopped, n_epochs=16, stop=120) != ""
    assert not (stopped / "rank0.safetensors").exists()
    assert launched(stopped, n_epochs=16) == ""
    for one, other in zip(both(whole), both(stopped), strict=True):
        assert_equal(one, other)
