"""`guanyao tune`: the best settings of a generator for one's own data."""

from dataclasses import dataclass
from typing import Annotated

import typer

from guanyao.cli.options import (
    AsJson,
    LearnOptions,
    OutFolder,
    Quiet,
    SourceArgument,
    grouped,
)
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown

Minutes = Annotated[
    float,
    typer.Option(metavar="M", help="Wall time; the trial that runs when it is over is finished."),
]
Trials = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many trials in all, those of earlier calls among them.",
        show_default="as many as there is time for",
    ),
]


@dataclass(frozen=True, kw_only=True)
class TuneOptions(LearnOptions):
    """How trials learn, as typed."""

    holdout: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="The share of entities that is set aside and never looked at; with the same seed "
            "it is the same as in `guanyao run`.",
        ),
    ] = 0.2


@grouped("max_minutes", "max_cpu_minutes", "profile")
def tune(
    source: SourceArgument,
    out: OutFolder,
    options: TuneOptions,
    minutes: Minutes = 10.0,
    trials: Trials = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Search the settings of a generator on the training part; the holdout is never looked at.

    Leaves study.db (all trials), best.json, trials.csv and tune.html in DIR. A search that was
    stopped, or ended, goes on with the same command.

    Examples:
      guanyao tune adult.csv -o tuned --model trees --target income --minutes 5
      guanyao tune digits.npz -o tuned --model latent_flow --minutes 60 --trials 20
    """
    from guanyao.flows.tune import tune as flow

    typed = options.settings()
    for name in ("max_minutes", "max_cpu_minutes", "profile"):
        typed.pop(name, None)
    with shown(quiet=quiet) as progress:
        done = flow(source, out=out, minutes=minutes, n_trials=trials, progress=progress, **typed)
    if as_json:
        files = {kind: str(path) for kind, path in done.paths.items()}
        facts = {"model": done.model, "settings": done.settings, "figures": done.figures}
        say_json({"verb": "tune", "out": str(out), **facts, "trials": done.counts, "files": files})
        return
    say_table(("setting", "best"), [(k, _short(v)) for k, v in done.settings.items()])
    say(", ".join(f"{name} {value:.4f}" for name, value in done.figures.items()))
    say("trials: " + ", ".join(f"{n} {state}" for state, n in done.counts.items()))
    words = " ".join(f"--set {name}={_short(value)}" for name, value in done.settings.items())
    say(f"use it: guanyao run SOURCE -o DIR --model {done.model} {words}")
    say(f"page: {done.paths['page']}")


def _short(value: object) -> str:
    """A setting as it is typed."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
