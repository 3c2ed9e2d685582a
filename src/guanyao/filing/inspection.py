"""An inspection: what was measured on the live service against what was filed, and what it means.

Findings are proposed here, with their reasons; a person decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from guanyao.filing.profile import Words

Grade: TypeAlias = Literal["none", "minor", "major", "critical"]
GRADES: tuple[Grade, ...] = ("none", "minor", "major", "critical")
How: TypeAlias = Literal["as filed", "better", "worse", "missing"]
ROUNDING = 1e-9
EXTRA = 0.25
"""By how much of the filed interval's width the two intervals must lie apart: a model's rows that
are drawn once more differ by chance, too."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with its interval; `best` is the ideal one."""

    name: str
    value: float
    low: float
    high: float
    best: float


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure of the live service beside the filed one.

    Args:
        name: Which.
        filed: The figure of the filed run; `live` that of the service now (None: not measured).
        how: as filed, better, worse, or missing.
        is_attack: Whether it says how well somebody's record is found out.
    """

    name: str
    filed: Figure
    live: Figure | None
    how: How
    is_attack: bool = False

    def to_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        return {
            "name": self.name,
            "how": self.how,
            "is_attack": self.is_attack,
            "filed": asdict(self.filed),
            "live": asdict(self.live) if self.live else None,
        }

    @property
    def line(self) -> str:
        """It in words."""
        filed = f"filed {_told(self.filed)}"
        return f"{self.name}: {self.how}, {filed}" + (
            f", now {_told(self.live)}" if self.live else ""
        )


def _told(figure: Figure) -> str:
    return f"{figure.value:.4g} ({figure.low:.4g} to {figure.high:.4g})"


@dataclass(frozen=True)
class Finding:
    """What an inspection may find, proposed.

    Args:
        code: In a word: digest, claim, metrics, privacy, data, notice ...
        grade: none, minor, major or critical.
        why: The reason.
        items: The names it is about.
    """

    code: str
    grade: Grade
    why: Words
    items: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        both = {"en": self.why.en, "zh": self.why.zh}
        return {"code": self.code, "grade": self.grade, **both, "items": list(self.items)}


def figures_of(report: Mapping[str, Any]) -> dict[str, tuple[Figure, bool]]:
    """The figures of a record of a run or a report: scores, and attacks that can be relied on."""
    found: dict[str, tuple[Figure, bool]] = {}
    for score in report.get("scores", ()):
        numbers = [score.get(part) for part in ("value", "low", "high", "best")]
        if all(_is_number(number) for number in numbers):
            found[score["name"]] = (_figure(score["name"], *numbers), False)
    for attack in report.get("attacks", ()):
        if attack.get("usable") and attack.get("group") != "canary":
            name = f"{attack['name']}/{attack['group']}"
            figure = _figure(name, attack["auc"], attack["low"], attack["high"], 0.5)
            found[name] = (figure, True)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(name: str, value: float, low: float, high: float, best: float) -> Figure:
    return Figure(name=name, value=value, low=low, high=high, best=best)


def compare(filed: Mapping[str, Any], live: Mapping[str, Any]) -> list[Compared]:
    """Each figure of the filed run beside the same one of the live service.

    Two figures differ where their intervals lie apart by more than chance allows (`EXTRA`).

    Args:
        filed: The record of the filed run, with `scores` and `attacks`.
        live: The same parts, as measured now.
    """
    now = figures_of(live)
    return [
        _beside(figure, now[name][0] if name in now else None, is_attack=is_attack)
        for name, (figure, is_attack) in figures_of(filed).items()
    ]


def _beside(filed: Figure, live: Figure | None, *, is_attack: bool) -> Compared:
    return Compared(
        name=filed.name, filed=filed, live=live, how=_how(filed, live), is_attack=is_attack
    )


def _how(filed: Figure, live: Figure | None) -> How:
    if live is None:
        return "missing"
    slack = EXTRA * (filed.high - filed.low) + ROUNDING
    if live.low <= filed.high + slack and filed.low - slack <= live.high:
        return "as filed"
    is_worse = abs(live.value - filed.best) > abs(filed.value - filed.best)
    return "worse" if is_worse else "better"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was seen of a live service.

    Args:
        filed_model: The digest of the filed model.
        live_model: That of the model file that was looked at; "": none was given.
        claimed_model: What the provider says its digest is; "": nothing.
        filed_data: The digest of the data that was filed; "": not known.
        data: That of the table the service was measured against.
        made_by: Where the rows came from: sampled (from the model file) or delivered.
        n_rows: How many were measured.
        compared: Figure by figure.
        warnings: What to know before reading them.
    """

    filed_model: str
    live_model: str = ""
    claimed_model: str = ""
    filed_data: str = ""
    data: str = ""
    made_by: str
    n_rows: int
    compared: Sequence[Compared]
    warnings: Sequence[str] = ()

    @property
    def measured_digest(self) -> str:
        """The digest that the act carries: the one that was seen, or else the one claimed."""
        return self.live_model or self.claimed_model or "unknown"

    def to_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        own = {key: value for key, value in vars(self).items() if key != "compared"}
        more = {"compared": [one.to_json() for one in self.compared]}
        return {**own, "warnings": list(self.warnings), **more}


def propose(seen: Measurement) -> list[Finding]:
    """What the measurement may mean; nothing found is a finding of its own, of the grade none."""
    found = [*_of_digest(seen), *_of_figures(seen)]
    if found:
        return found
    zh, en = (
        "现用模型与备案一致，指标在区间内",
        "the model is the filed one, and its figures are as filed",
    )
    return [Finding("none", "none", Words(en, zh))]


def strongest(findings: Iterable[Finding]) -> Grade:
    """The gravest grade of the findings."""
    return max((finding.grade for finding in findings), key=GRADES.index, default="none")


def _of_digest(seen: Measurement) -> Iterator[Finding]:
    differs = seen.live_model and seen.live_model != seen.filed_model
    if differs:
        en, zh = "the model in use is not the filed one", "在用模型与备案模型不一致"
        yield Finding("digest", "major", Words(en, zh), (seen.live_model[:12],))
    if seen.claimed_model and seen.live_model and seen.claimed_model != seen.live_model:
        en = "the provider named another digest than the model in use has"
        yield Finding("claim", "critical", Words(en, "服务提供者申报的模型摘要与实际不符"))
    elif seen.claimed_model and not seen.live_model and seen.claimed_model != seen.filed_model:
        en = "the provider says that another model is in use than the filed one"
        yield Finding("digest", "major", Words(en, "服务提供者自述在用模型非备案模型"))
    if not seen.live_model:
        en = "the model file was not seen: that it is the filed one rests on what was measured"
        yield Finding("unseen", "minor", Words(en, "未取得模型文件，仅依据输出复测"))
    if seen.filed_data and seen.data and seen.filed_data != seen.data:
        en = "the table that was handed over for measuring is not the one that was filed"
        yield Finding("data", "minor", Words(en, "复测所用训练数据与备案摘要不一致"))


def _of_figures(seen: Measurement) -> Iterator[Finding]:
    worse = [one for one in seen.compared if one.how == "worse" and not one.is_attack]
    better = [one.name for one in seen.compared if one.how == "better"]
    absent = [one.name for one in seen.compared if one.how == "missing"]
    privacy = [one.name for one in seen.compared if one.how == "worse" and one.is_attack]
    if worse:
        yield _of_worse(seen, tuple(one.name for one in worse))
    if privacy:
        en = "what comes out tells more about the persons learned from than was filed"
        yield Finding("privacy", "critical", Words(en, "成员推断风险高于备案"), tuple(privacy))
    if better:
        en = "figures are better than filed: it may be another model, or other rows"
        yield Finding("better", "minor", Words(en, "指标优于备案，可能为其他模型"), tuple(better))
    if absent:
        en = "filed figures that could not be measured again"
        yield Finding("absent", "minor", Words(en, "备案指标无法复测"), tuple(absent))


def _of_worse(seen: Measurement, names: tuple[str, ...]) -> Finding:
    if seen.live_model and seen.live_model != seen.filed_model:
        en = "another model than the filed one is in use, and it is worse than filed"
        return Finding("metrics", "critical", Words(en, "更换模型且指标劣于备案"), names)
    if not seen.live_model:
        en = "what the service delivers is not what the filed model makes"
        return Finding("metrics", "major", Words(en, "服务输出与备案模型能力不符"), names)
    en = "the filed model is in use, and its output is worse than filed"
    return Finding("metrics", "major", Words(en, "模型一致但指标劣于备案"), names)
