"""`guanyao run`: the main job."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.cli.options import (
    AsJson,
    OutFolder,
    Quiet,
    RunOptions,
    SourceArgument,
    Who,
    WorkspaceFolder,
    grouped,
)
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.processes import check_alone
from guanyao.cli.progress import shown
from guanyao.cli.stored import plain, results
from guanyao.cli.workspace import recording

if TYPE_CHECKING:
    from guanyao.flows.run import Run


@grouped()
def run(
    source: SourceArgument,
    out: OutFolder,
    options: RunOptions,
    who: Who = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Learn a table or pictures, write virtual ones, measure them, and report: the main job.

    Leaves virtual.parquet (or .csv, .xlsx, .jsonl), of pictures the folder virtual (or virtual.npz,
    or IDX files), model.gy, report.html, report.json and run.json in DIR, and the folder training
    of a deep model. A run that was stopped goes on from its last checkpoint, or from the fit.

    Examples:
      guanyao run adult.csv -o out --target income
      guanyao run visits.parquet -o out --entity patient --format csv
      guanyao run 'sqlite:///shop.db#orders' -o out --rule 'ordered <= shipped'
      guanyao run mnist/train-images-idx3-ubyte.gz -o out --model latent_flow --max-minutes 5
      guanyao run xrays -o out --labels xrays.csv --entity patient --size 64
      guanyao run vault:visits.csv -o vault:visits
    """
    from guanyao.flows.run import run as flow

    check_alone("run")
    with shown(quiet=quiet) as progress, recording(workspace) as place:
        said: dict[str, Any] = {"who": who, "workspace": place, "progress": progress}
        with plain(source, place, who) as readable, results(out, place, who) as folder:
            done = flow(readable, out=folder, **said, **options.settings())
    tell(_at(done, out), as_json=as_json)


def _at(done: "Run", out: Path) -> "Run":
    """The same run with its files where they lie in the end: those for a vault were in memory."""
    paths = {kind: out / path.relative_to(done.out) for kind, path in done.paths.items()}
    return replace(done, out=out, paths=paths)


def tell(done: "Run", *, as_json: bool) -> None:
    """Print what the main job found and where it lies."""
    if as_json:
        say_json(_record(done))
        return
    model = done.report["model"]
    say(f"generator: {model['name']} ({model['why']})")
    tell_findings(done.report)
    what = "pictures" if done.report["data"].get("kind") == "images" else "rows"
    say(f"virtual {what}: {done.paths['virtual']}")
    say(f"report: {done.paths['report']}")


def tell_findings(report: Mapping[str, Any]) -> None:
    """Print scores, attacks, the verdict and the warnings of a report."""
    say_table(("score", "virtual", "real", "shuffled"), map(_score_row, report["scores"]))
    say_table(("attack", "AUC", "95 % interval"), map(_attack_row, report["attacks"]))
    for name in ("fidelity", "utility", "privacy"):
        say(f"{name}: {report['verdict'][name]}")
    for reason in report["verdict"]["why"]:
        say(f"  - {reason}")
    for warning in report["warnings"]:
        say(f"note: {warning}")


def _record(done: "Run") -> dict[str, Any]:
    same = ("run", "data", "model", "timing", "scores", "attacks", "verdict", "warnings")
    return {
        "verb": "run",
        "out": str(done.out),
        "files": {kind: str(path) for kind, path in done.paths.items()},
        "resumed": done.resumed,
        **{name: done.report[name] for name in same},
        "training": done.report.get("training"),
    }


def _score_row(score: Mapping[str, Any]) -> list[str]:
    reference = score.get("reference") or {}
    values = (score["value"], reference.get("real"), reference.get("independent"))
    return [str(score["name"]), *map(number, values)]


def _attack_row(attack: Mapping[str, Any]) -> list[str]:
    group = f" ({attack['group']})" if attack.get("group") else ""
    between = f"{number(attack.get('low'))} to {number(attack.get('high'))}"
    return [f"{attack['name']}{group}", number(attack.get("auc")), between]


def number(value: float | None) -> str:
    """A figure with three digits after the point; a dash where there is none."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
