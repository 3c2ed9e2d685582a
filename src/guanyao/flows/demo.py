"""Demo: the main job on a real table that an installed package ships; needs no network.

The table is the Breast Cancer Wisconsin (Diagnostic) data that scikit-learn ships: 569 biopsies,
30 measures of cell nuclei, and the diagnosis.

Reference: Street, Wolberg & Mangasarian 1993, "Nuclear feature extraction for breast tumor
diagnosis"; UCI Machine Learning Repository, doi:10.24432/C5DW2B.
"""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from guanyao.flows.run import Run, run
from guanyao.flows.settings import QUIET
from guanyao.types import Progress

TARGET = "diagnosis"
HOLDOUT = 0.4
"""More than usual: of 569 rows a fifth would be too few for the attacks to say anything."""


def demo(
    out: str | Path = "demo",
    *,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Run:
    """The main job on the demonstration table; the results lie in `out`.

    Args:
        out: The folder of the results: new, empty, or that of an earlier run.
        progress: Where to say how far it is.
        options: As in `guanyao.run`.

    Raises:
        ConfigError: An option does not exist or is out of range.
        DataError: The folder cannot be written.
    """
    defaults: dict[str, Any] = {"target": TARGET, "holdout": HOLDOUT, "format": "csv"}
    with TemporaryDirectory(prefix="guanyao-demo-") as folder:
        source = write_table(Path(folder) / "breast_cancer.csv")
        return run(source, out=out, progress=progress, **{**defaults, **options})


def write_table(path: Path) -> Path:
    """Write the demonstration table as CSV; its path."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    labels = [str(data.target_names[code]) for code in data.target]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, TARGET])
        rows = data.data.tolist()
        writer.writerows([*row, label] for row, label in zip(rows, labels, strict=True))
    return path
