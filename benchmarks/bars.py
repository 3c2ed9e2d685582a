"""The bars that the default generator must reach, and the ratios to the peer to beat."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT = "trees"
"""The generator that the bars are about; they all hold for one and the same default setting."""


@dataclass(frozen=True)
class Bar:
    """A figure that must be at least (">=") or at most ("<=") a limit."""

    figure: str
    sign: str
    limit: float

    def passed(self, value: float) -> bool:
        """Whether the value reaches the limit."""
        return value >= self.limit if self.sign == ">=" else value <= self.limit


@dataclass(frozen=True)
class Verdict:
    """A figure beside its bar; a ratio has no bar."""

    figure: str
    value: float
    sign: str
    limit: float
    passed: bool | None

    def __str__(self) -> str:
        """One line: figure, value, bar, passed or not."""
        if self.passed is None:
            return f"{self.figure}: {self.value:,.2f}"
        word = "passed" if self.passed else "**missed**"
        return f"{self.figure} {self.value:,.3f}, bar {self.sign} {self.limit:,.3f}: {word}"


ADULT = (
    Bar("fit_cpu_s", "<=", 6),
    Bar("rows_per_cpu_s", ">=", 500_000),
    Bar("column_shapes", ">=", 0.990),
    Bar("pair_trends", ">=", 0.980),
    Bar("c2st_auc", "<=", 0.54),
    Bar("tstr", ">=", 0.908),
    Bar("mia_auc", "<=", 0.515),
    Bar("dcr_share", "<=", 0.515),
)

ELSEWHERE = (Bar("mia_auc", "<=", 0.52),)


def judge(name: str, figures: Mapping[str, Mapping[str, float]], rival: str) -> list[Verdict]:
    """The default generator's figures against the bars of this table.

    Args:
        name: The table.
        figures: Costs and measures by generator.
        rival: The peer that must be beaten in C2ST and TSTR; its bars are left out where it has
            not run.

    Returns:
        One verdict a bar, then the ratios to the rival; none where the default has not run.
    """
    if DEFAULT not in figures:
        return []
    ours, theirs = figures[DEFAULT], figures.get(rival)
    bars = list(ADULT if name == "adult" else ELSEWHERE)
    if theirs and name != "adult":
        bars += [Bar("c2st_auc", "<=", theirs["c2st_auc"]), Bar("tstr", ">=", theirs["tstr"])]
    verdicts = [
        Verdict(bar.figure, ours[bar.figure], bar.sign, bar.limit, bar.passed(ours[bar.figure]))
        for bar in bars
    ]
    return verdicts + (_ratios(ours, theirs, rival) if theirs else [])


def _ratios(ours: Mapping[str, float], theirs: Mapping[str, float], rival: str) -> list[Verdict]:
    """How many times faster, and how many times nearer to undetectable, than the rival."""
    ratios = {
        f"{rival}'s fit CPU seconds / ours": theirs["fit_cpu_s"] / ours["fit_cpu_s"],
        f"our rows per CPU second / {rival}'s": ours["rows_per_cpu_s"] / theirs["rows_per_cpu_s"],
        f"{rival}'s excess C2ST over 0.5 / ours": (
            (theirs["c2st_auc"] - 0.5) / max(ours["c2st_auc"] - 0.5, 1e-3)
        ),
    }
    return [Verdict(figure, value, "", 0.0, None) for figure, value in ratios.items()]
