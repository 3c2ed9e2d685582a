"""The bars that our generators must reach, and the ratios to the peer to beat."""

from collections.abc import Iterable, Mapping
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

DEEP = {
    "tvae": (
        Bar("fit_cpu_s", "<=", 120),
        Bar("column_shapes", ">=", 0.836),
        Bar("pair_trends", ">=", 0.794),
        Bar("tstr", ">=", 0.862),
    ),
    "ctgan": (
        Bar("fit_cpu_s", "<=", 120),
        Bar("column_shapes", ">=", 0.847),
        Bar("pair_trends", ">=", 0.793),
        Bar("tstr", ">=", 0.851),
    ),
    "latent_flow": (Bar("fit_cpu_s", "<=", 300), Bar("c2st_auc", "<=", 0.62)),
}
"""What deep generators must reach on adult: more than the SDV package's of the same name in 118
(TVAE, 50 epochs) and 217 CPU seconds (CTGAN, 30 epochs); and nearly TabSyn's C2ST on a GPU, .59."""


def judge(name: str, figures: Mapping[str, Mapping[str, float]], rival: str) -> list[Verdict]:
    """The figures of our generators against the bars of this table.

    Args:
        name: The table.
        figures: Costs and measures by generator.
        rival: The peer that must be beaten in C2ST and TSTR; its bars are left out where it has
            not run.

    Returns:
        One verdict a bar, the default's first, then the ratios to the rival; none of those where
        the default has not run.
    """
    deep = [
        verdict
        for model, bars in DEEP.items()
        if name == "adult" and model in figures
        for verdict in _verdicts(bars, figures[model], f"{model}: ")
    ]
    if DEFAULT not in figures:
        return deep
    ours, theirs = figures[DEFAULT], figures.get(rival)
    bars = list(ADULT if name == "adult" else ELSEWHERE)
    if theirs and name != "adult":
        bars += [Bar("c2st_auc", "<=", theirs["c2st_auc"]), Bar("tstr", ">=", theirs["tstr"])]
    return _verdicts(bars, ours) + deep + (_ratios(ours, theirs, rival) if theirs else [])


def _verdicts(bars: Iterable[Bar], figures: Mapping[str, float], whose: str = "") -> list[Verdict]:
    """One verdict a bar."""
    return [
        Verdict(whose + bar.figure, value, bar.sign, bar.limit, bar.passed(value))
        for bar in bars
        for value in [figures[bar.figure]]
    ]


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
