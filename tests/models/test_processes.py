import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.models.toy import assert_equal

SCRIPT = """
import json
import os
import sys
import torch
import torch.distributed as dist
from safetensors.torch import save_file
from guanyao.models import processes
from guanyao.models.training import Training, Watch, train
from pathlib import Path
from tests.models.toy import stages, weights
torch.set_num_threads(1)
parts = stages()
settings = Training(epochs=4, batch_size=32, learning_rate=0.01, precision="fp32")
out = Path(sys.argv[1])
history = train(parts, settings, seed=7, watch=Watch(folder=out / "training"))
save_file(weights(parts), out / f"rank{os.environ['RANK']}.safetensors")
losses = [epoch["losses"]["line"] for epoch in history.epochs]
(out / f"losses{os.environ['RANK']}.json").write_text(json.dumps(losses))
"""


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}", "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launcher, str(script), str(tmp_path)], env=env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (load_file(tmp_path / f"rank{i}.safetensors") for i in (0, 1))
    assert_equal(first, second)
    assert all(bool(torch.isfinite(weight).all()) for weight in first.values())
    losses = json.loads((tmp_path / "losses0.json").read_text())
    assert losses[-1] < losses[0]
    assert len((tmp_path / "training" / "log.jsonl").read_text().splitlines()) == 4
