"""How good, how private and how fast: our generators and their peers on the same splits.

    python benchmarks/tables.py
    python benchmarks/tables.py --sets adult,hmeq --models trees --peers-python PEERS/bin/python
    python benchmarks/tables.py --sets adult --models trees,tvae,ctgan,latent_flow

Prints, for each table, one Markdown table with reference rows, the ratios to the peer to beat, and
the bars that were passed or missed; writes the same as JSON. Every generator runs in a process of
its own on one thread; CPU seconds are counted. A peer's rows that lie in OUT from an earlier run on
the same split are used again and marked so; `--fresh` makes them anew.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import bars
import datasets
import page
import polars as pl
import product_measures
import reference_measures

ONE_THREAD = os.environ | {
    f"{name}_THREADS": "1"
    for name in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "NUMEXPR_NUM", "POLARS_MAX", "RAYON_NUM")
}
HERE = Path(__file__).resolve().parent
RIVAL = "argn"
"""The peer to beat."""

WITH_UNIT = "train_with_unit.parquet"
"""Train with the privacy unit as a column, for our generators; peers know no unit."""

LABELS = {
    "copy": "a copy of train (ceiling of quality, floor of privacy)",
    "independent_columns": "independent columns (floor of quality)",
    "argn": "TabularARGN",
    "gaussian_copula": "Gaussian copula (SDV)",
    "sdv_ctgan": "CTGAN (SDV)",
    "sdv_tvae": "TVAE (SDV)",
    "arf": "adversarial random forest (arfpy)",
}

COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "fit_cpu_s": ("fit CPU s", lambda x: f"{x:.1f}"),
    "peak_mb": ("peak MB", lambda x: f"{x:,.0f}"),
    "rows_per_cpu_s": ("rows/CPU s", lambda x: f"{x:,.0f}"),
    "column_shapes": ("shapes", lambda x: f"{x:.3f}"),
    "pair_trends": ("pairs", lambda x: f"{x:.3f}"),
    "triple_trends": ("acc3", lambda x: f"{x:.3f}"),
    "c2st_auc": ("C2ST", lambda x: f"{x:.3f}"),
    "tstr": ("TSTR", lambda x: f"{x:.3f}"),
    "dcr_share": ("DCR", lambda x: f"{x:.3f}"),
    "mia_auc": ("MIA", lambda x: f"{x:.3f}"),
}


@dataclass(frozen=True)
class Line:
    """One generator on one table.

    Args:
        generator: Its name.
        figures: Costs and measures by the keys of `COLUMNS`; references have no cost.
        note: What the reader must know, e.g. that the rows are from an earlier run.
    """

    generator: str
    figures: dict[str, float]
    note: str = ""


@dataclass(frozen=True)
class Result:
    """All generators on one table, and how they stand against the bars."""

    set: str
    n_train: int
    n_holdout: int
    n_columns: int
    target: str
    lines: list[Line]
    verdicts: list[bars.Verdict] = field(default_factory=list)


Measures = Callable[[pl.DataFrame, datasets.Split], dict[str, float]]
"""From virtual rows and a split to figures by the keys of `COLUMNS`."""

MEASURES: dict[str, Measures] = {
    "product": product_measures.measure,
    "reference": reference_measures.measure,
}


def main() -> None:
    """Run what the arguments ask for, print Markdown, write JSON."""
    args = _parser().parse_args()
    results = []
    for name in args.sets:
        result = run_set(name, args)
        print(markdown(result), flush=True)
        if args.page:
            page.replace_part(args.page, name, markdown(result))
        results.append(asdict(result))
        (args.out / "tables.json").write_text(json.dumps(results, indent=1, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=datasets.SHARED, help="the catalogue's folder")
    parser.add_argument("--sets", default=datasets.names(), help="comma-separated", type=_names)
    parser.add_argument("--models", default=["trees", "independent", "copula"], type=_names)
    parser.add_argument("--peers", default=[RIVAL], help="names of peers.py", type=_names)
    parser.add_argument("--peers-python", type=Path, help="interpreter that has the peers")
    parser.add_argument("--max-minutes", type=float, default=8.0, help="cap on a peer's training")
    parser.add_argument("--measures", choices=MEASURES, default="product")
    parser.add_argument("--out", type=Path, default=Path("out") / "benchmarks")
    parser.add_argument("--page", type=Path, help="a page whose figures are replaced as well")
    parser.add_argument("--fresh", action="store_true", help="use no peer's rows of earlier runs")
    return parser


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def run_set(name: str, args: argparse.Namespace) -> Result:
    """All generators on one table, measured against its holdout."""
    split = datasets.load(name, args.data)
    folder = args.out / name
    same = _write_split(split, folder)
    measure = MEASURES[args.measures]
    lines = list(_references(split, measure))
    lines += [_ours(model, split, folder, measure) for model in args.models]
    for peer in args.peers:
        lines += _peer(peer, split, folder, measure, args, may_reuse=same and not args.fresh)
    shape = (split.train.height, split.holdout.height, split.train.width)
    verdicts = bars.judge(name, {line.generator: line.figures for line in lines}, RIVAL)
    return Result(name, *shape, split.target, lines, verdicts)


def _write_split(split: datasets.Split, folder: Path) -> bool:
    """Write train and holdout for the generators; True if the very same train lay there before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "train.parquet"
    same = path.exists() and pl.read_parquet(path).equals(split.train)
    if not same:
        split.train.write_parquet(path)
        split.holdout.write_parquet(folder / "holdout.parquet")
    if split.units is not None:
        split.train.with_columns(split.units).write_parquet(folder / WITH_UNIT)
    return same


def _references(split: datasets.Split, measure: Measures) -> Iterator[Line]:
    yield Line("copy", measure(split.train, split))
    shuffled = reference_measures.independent(split.train)
    yield Line("independent_columns", measure(shuffled, split))


def _ours(model: str, split: datasets.Split, folder: Path, measure: Measures) -> Line:
    out = folder / f"{model}.parquet"
    train, options = folder / "train.parquet", ["--target", split.target]
    if split.units is not None:
        train, options = folder / WITH_UNIT, [*options, "--unit", datasets.UNIT]
    command: list[str | Path] = [sys.executable, HERE / "ours.py", model, train, out]
    subprocess.run([*command, *options], check=True, env=ONE_THREAD)
    rate = json.loads(out.with_suffix(".json").read_text())["rows_per_cpu_s_long"]
    return Line(model, _figures(out, split, measure), f"{rate:,.0f} rows/CPU s in a long run")


def _peer(
    peer: str,
    split: datasets.Split,
    folder: Path,
    measure: Measures,
    args: argparse.Namespace,
    *,
    may_reuse: bool,
) -> list[Line]:
    """The peer's line; none where it has no rows and no interpreter to make them.

    A peer that fails on a table says so in its line and stops nobody.
    """
    out = folder / f"{peer}.parquet"
    reuse = may_reuse and out.exists() and out.with_suffix(".json").exists()
    if not reuse:
        if args.peers_python is None:
            return []
        options = ["--max-minutes", str(args.max_minutes)]
        script = [args.peers_python, HERE / "peers.py", peer, folder / "train.parquet", out]
        if (done := subprocess.run([*script, *options], env=ONE_THREAD)).returncode:
            return [Line(peer, {}, f"failed on this table, exit status {done.returncode}")]
    cost = json.loads(out.with_suffix(".json").read_text())
    notes = [cost["package"], "rows of an earlier run" * reuse]
    notes.append(f"training capped at {cost['max_minutes']:g} min" * cost["capped"])
    return [Line(peer, _figures(out, split, measure), ", ".join(filter(None, notes)))]


def _figures(out: Path, split: datasets.Split, measure: Measures) -> dict[str, float]:
    cost = json.loads(out.with_suffix(".json").read_text())
    virtual = reference_measures.aligned(pl.read_parquet(out), split.train)
    return {
        "fit_cpu_s": cost["fit_cpu_s"],
        "peak_mb": cost["peak_mb"],
        "rows_per_cpu_s": cost["n_rows"] / max(cost["sample_cpu_s"], 1e-9),
        **measure(virtual, split),
    }


def markdown(result: Result) -> str:
    """The table of one set, then its bars."""
    head = ["generator", *(label for label, _ in COLUMNS.values())]
    rows = [head, ["---"] * len(head), *(_cells(line) for line in result.lines)]
    size = f"{result.n_train:,} / {result.n_holdout:,} rows, {result.n_columns} columns"
    title = f"### {result.set}\n\n{size}; target {result.target}\n"
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    verdicts = "\n".join(f"- {verdict}" for verdict in result.verdicts)
    return f"{title}\n{table}\n\n{verdicts}\n"


def _cells(line: Line) -> list[str]:
    name = LABELS.get(line.generator, f"**{line.generator}** (ours)")
    shown = [
        show(line.figures[key]) if key in line.figures else "–"
        for key, (_, show) in COLUMNS.items()
    ]
    return [f"{name} ({line.note})" if line.note else name, *shown]


if __name__ == "__main__":
    main()
