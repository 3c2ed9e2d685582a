"""How fast and how small: big tables, ten million rows, start-up, and the demo on a fresh machine.

    python benchmarks/scale.py
    python benchmarks/scale.py --only fit,sample

Each figure is taken from outside, on the command a user would type, in a process of its own with
all cores. This file imports nothing heavy: a process's peak memory begins with the size of the one
that started it.

| part | what |
|---|---|
| fit | `guanyao fit` on 1,000,000 rows x 30 columns made from real ones (`big_tables.py`) |
| sample | `guanyao sample -n 10000000` to Parquet from a model of adult's 15 columns |
| start | `import guanyao` and `guanyao --help`, median of 5 |
| demo | `make demo` in a fresh copy of this checkout, installs included |
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import page

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
GUANYAO = [sys.executable, "-c", "from guanyao.cli.main import main; main()"]
HEAD = "| figure | value | bar | |\n|---|---|---|---|"

Command = list[str | Path]


@dataclass(frozen=True)
class Cost:
    """What one command took: wall and CPU seconds, and its largest resident size in MiB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Figure:
    """One figure beside its bar; lower is better."""

    name: str
    value: float
    unit: str
    bar: float

    def __str__(self) -> str:
        """A row of the Markdown table."""
        word = "passed" if self.value <= self.bar else "**missed**"
        value, bar = f"{self.value:,.2f} {self.unit}", f"{self.bar:,g} {self.unit}"
        return f"| {self.name} | {value} | {bar} | {word} |"


def run(command: Command, cwd: Path | None = None) -> Cost:
    """Run a command to its end and say what it took.

    Raises:
        CalledProcessError: The command failed.
    """
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, use = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    wall = time.perf_counter() - began
    return Cost(wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024)


def fit(data: Path, folder: Path, n_rows: int) -> list[Figure]:
    """Fit the default generator on the big table."""
    table, maker = folder / "big.parquet", ROOT / "benchmarks" / "big_tables.py"
    run([sys.executable, maker, table, "--rows", str(n_rows), "--data", data])
    command: Command = [
        *GUANYAO,
        "fit",
        table,
        "-o",
        folder / "big.gy",
        "--model",
        "trees",
        "--quiet",
    ]
    cost = run(command)
    return [
        Figure(f"fit {n_rows:,} x 30: wall", cost.wall_s, "s", 60),
        Figure(f"fit {n_rows:,} x 30: peak memory", cost.peak_mb, "MB", 4096),
    ]


def sample(data: Path, folder: Path, n_rows: int) -> list[Figure]:
    """Sample ten times the big table's rows from a model of adult."""
    source, model = data / "tables" / "adult.csv.gz", folder / "adult.gy"
    run([*GUANYAO, "fit", source, "-o", model, "--model", "trees", "--quiet"])
    n_sampled = 10 * n_rows
    out = folder / "virtual.parquet"
    cost = run([*GUANYAO, "sample", model, "-n", str(n_sampled), "-o", out, "--quiet"])
    return [
        Figure(f"sample {n_sampled:,} x 15 to Parquet: wall", cost.wall_s, "s", 60),
        Figure(f"sample {n_sampled:,} x 15 to Parquet: peak memory", cost.peak_mb, "MB", 1024),
    ]


def start(data: Path, folder: Path, n_rows: int) -> list[Figure]:
    """Import the package, and show the help."""
    import_it: Command = [sys.executable, "-c", "import guanyao"]
    return [
        Figure("import guanyao: CPU", _median_cpu(import_it), "s", 0.3),
        Figure("guanyao --help: CPU", _median_cpu([*GUANYAO, "--help"]), "s", 0.5),
    ]


def _median_cpu(command: Command) -> float:
    return statistics.median(run(command).cpu_s for _ in range(5))


def demo(data: Path, folder: Path, n_rows: int) -> list[Figure]:
    """Make the demo in a copy without environment or build leftovers."""
    copy = folder / "fresh"
    leftovers = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "out", "demo")
    shutil.copytree(ROOT, copy, ignore=leftovers)
    return [Figure("make demo, fresh: wall", run(["make", "demo"], cwd=copy).wall_s, "s", 180)]


PARTS: dict[str, Callable[[Path, Path, int], list[Figure]]] = {
    "start": start,
    "fit": fit,
    "sample": sample,
    "demo": demo,
}


def main() -> None:
    """Run the parts that were asked for, print Markdown, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated parts")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the big table")
    parser.add_argument("--data", type=Path, default=SHARED, help="the catalogue's folder")
    parser.add_argument("--out", type=Path, default=Path("out") / "benchmarks")
    parser.add_argument("--page", type=Path, help="a page whose figures are replaced as well")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for part in args.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            found = PARTS[part](args.data, Path(folder), args.rows)
        text = "\n".join([HEAD, *map(str, found)])
        print(text, flush=True)
        if args.page:
            page.replace_part(args.page, part, text)
        figures += found
    record = [asdict(figure) for figure in figures]
    (args.out / "scale.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
