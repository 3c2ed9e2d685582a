"""The bars for generators of images, on the median of the seeds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from bars import Bar, Verdict

Run = Mapping[str, float]


@dataclass(frozen=True)
class Bars:
    """What a generator must reach in some processor minutes.

    Args:
        models: The generators that may reach it; the best of them counts.
        cpu_minutes: The time it may take.
        bars: The figures.
    """

    models: tuple[str, ...]
    cpu_minutes: float
    bars: tuple[Bar, ...]


MNIST = (
    Bars(
        ("latent_flow",),
        10,
        (Bar("tstr", ">=", 0.982), Bar("cfid", "<=", 8), Bar("coverage", ">=", 0.88)),
    ),
    Bars(("latent_flow",), 2, (Bar("tstr", ">=", 0.972), Bar("cfid", "<=", 20))),
    Bars(
        ("dcgan", "wgan_gp"),
        20,
        (Bar("tstr", ">=", 0.96), Bar("cfid", "<=", 25), Bar("collapsed", "<=", 0)),
    ),
    Bars(("vae",), 2, (Bar("tstr", ">=", 0.85), Bar("cfid", "<=", 100))),
    Bars(
        ("dcgan",), 20, (Bar("learned_per_cpu_s", ">=", 950), Bar("drawn_per_cpu_s", ">=", 10_000))
    ),
    Bars(
        ("latent_flow",),
        10,
        (Bar("learned_per_cpu_s", ">=", 2_000), Bar("drawn_per_cpu_s", ">=", 10_000)),
    ),
)
"""The bars of MNIST; rates were set on a machine with AMX matrix units."""

MAX_PEAK_MB = Bar("peak_mb", "<=", 1_536)
COLLAPSED_COVERAGE = 0.2


def collapsed(run: Mapping[str, float], warnings: Iterable[str]) -> bool:
    """Whether the generator ended with few kinds of pictures, or said so itself."""
    warned = any("collapse" in warning for warning in warnings)
    return warned or run["coverage"] < COLLAPSED_COVERAGE


def of_seeds(runs: Iterable[Run]) -> dict[str, float]:
    """The median of each figure over the seeds; collapses are counted."""
    known = list(runs)
    names = {name for run in known for name in run}
    figures = {name: median(run[name] for run in known if name in run) for name in names}
    return figures | {"collapsed": sum(run.get("collapsed", 0.0) for run in known)}


def judge(name: str, runs: Mapping[tuple[str, float], list[Run]]) -> list[tuple[str, Verdict]]:
    """Each bar beside the figure of the generator and the time it is about.

    A generator that was given less time than the bar allows may reach it too: the best counts.

    Args:
        name: The set; only MNIST has bars, but for memory.
        runs: The runs of each generator and its processor minutes.

    Returns:
        What was judged, and the verdict; bars nobody has run for are left out.
    """
    verdicts = []
    for bars in MNIST if name == "mnist" else ():
        for bar in bars.bars:
            found = _best(bar, bars, runs)
            if found is not None:
                verdicts.append(found)
    for (model, minutes), some in runs.items():
        peak = max(run["peak_mb"] for run in some)
        verdicts.append((_named(model, minutes, some), _verdict(MAX_PEAK_MB, peak)))
    return verdicts


def _best(
    bar: Bar, bars: Bars, runs: Mapping[tuple[str, float], list[Run]]
) -> tuple[str, Verdict] | None:
    found = [
        (_named(model, minutes, some), of_seeds(some)[bar.figure])
        for (model, minutes), some in runs.items()
        if model in bars.models and minutes <= bars.cpu_minutes and bar.figure in of_seeds(some)
    ]
    if not found:
        return None
    name, value = (max if bar.sign == ">=" else min)(found, key=lambda pair: pair[1])
    return name, _verdict(bar, value)


def _named(model: str, minutes: float, runs: list[Run]) -> str:
    return f"{model}, {minutes:g} CPU min, {len(runs)} seed{'s' * (len(runs) != 1)}"


def _verdict(bar: Bar, value: float) -> Verdict:
    return Verdict(bar.figure, value, bar.sign, bar.limit, bar.passed(value))
