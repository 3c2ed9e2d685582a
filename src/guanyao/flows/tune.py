"""Tune: search the settings of a generator, on the training part alone.

The holdout of the same seed and share as in `run` is set aside first and never looked at. Trials
learn one part of the rest and are judged on the other. Each begins on a small part (of the rows, or
of the time) and is given up there when it is worse than the median of the others so far.

Reference: Akiba et al. 2019, "Optuna: A Next-generation Hyperparameter Optimization Framework",
arXiv:1907.10902; Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization" (TPE).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from guanyao import registry
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.flows import tune_study
from guanyao.flows.fit import choose, learn
from guanyao.flows.generators import build, family_of, is_deep
from guanyao.flows.guard import policy_of
from guanyao.flows.holdout import part_of
from guanyao.flows.opening import Data, open_to_learn, source_of
from guanyao.flows.settings import QUIET, AnySource, Learning, make, takes
from guanyao.flows.tune_judges import Figures, Judge, judge_of
from guanyao.flows.tune_study import Search
from guanyao.models.search_spaces import Space, space_of
from guanyao.types import Progress, Silent, Value

VALIDATION = 0.25
"""Share of the training part that trials are judged on."""
FIRST_SHARE = 0.25
"""Share of the rows, or of the time, that a trial begins on."""
MIN_FIRST_ROWS = 200
"""Rows below which there is no beginning on a part."""
N_PLANNED = 16
"""Trials that the time of deep models is shared out for, where no number is asked for."""
LEAST_MINUTES = 0.02
MINUTES = 10.0

BEARABLE = ("config.max_minutes", "training.", "config.given")
"""Errors that say that settings are bad, not that the search is: their trial counts as failed."""


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What the search found.

    Args:
        model: The generator.
        settings: Its best settings, as they are handed to it.
        figures: What was measured with them; `loss` is what was made small.
        counts: How many trials were completed, pruned and failed.
        paths: The files by kind: best, trials, page.
    """

    model: str
    settings: dict[str, Value]
    figures: dict[str, float]
    counts: dict[str, int]
    paths: dict[str, Path] = field(default_factory=dict)


@takes(Learning)
def tune(
    source: AnySource,
    *,
    out: str | Path,
    minutes: float = MINUTES,
    n_trials: int | None = None,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Tuned:
    """The best settings that the search finds in its time; leaves them in a folder.

    The same command goes on where an earlier one ended or was stopped.

    Args:
        source: A table or pictures.
        out: The folder: study.db (all trials), best.json, trials.csv, tune.html.
        minutes: Wall time of this call; the trial that runs when it is over is finished.
        n_trials: Trials in all, those of earlier calls among them; None: as many as there is time.
        progress: Where to say how far it is.
        options: The fields of `guanyao.flows.settings.Learning`; `settings` stay as they are given,
            and `holdout` is 0.2 where it is not.

    Raises:
        ConfigError: An option is out of range, the generator has no settings to search, no trial
            came through, or the folder holds another search.
        DataError: The data cannot be read, or is too little to search on.
        MissingExtraError: optuna is not installed.
    """
    learning = make(Learning, {"holdout": 0.2, **options})
    _check(minutes, n_trials)
    registry.need("optuna")
    budget = _Budget(time.monotonic() + 60 * minutes, n_trials)
    progress.stage("read")
    data: Any = open_to_learn(source, learning, progress)
    name = choose(data, learning).name
    space = _space(name, data, learning)
    with tune_study.opened(Path(out), _facts(name, data, learning, space)) as study:
        progress.stage("judge")
        job = _job(data, name, learning, budget)
        search = Search(study, space, job.kind_defaults(space), learning.seed)
        try:
            _trials(search, job, budget, progress)
        except KeyboardInterrupt:
            if search.best() is not None:
                _result(search, job, Path(out))
            raise
        finally:
            tune_study.write_trials(study, Path(out))
        return _result(search, job, Path(out))


@dataclass(frozen=True)
class _Budget:
    """When the search ends."""

    end_s: float
    n_trials: int | None

    def left_minutes(self, n_done: int) -> float:
        """Minutes left; 0 where the trials are done."""
        if self.n_trials is not None and n_done >= self.n_trials:
            return 0.0
        return max(0.0, (self.end_s - time.monotonic()) / 60)

    def trial_minutes(self) -> float:
        """Wall time for a deep model to train in one trial, after its beginning."""
        n_planned = self.n_trials or N_PLANNED
        return max(LEAST_MINUTES, self.left_minutes(0) / n_planned / (1 + FIRST_SHARE))


@dataclass(frozen=True)
class _Job:
    """What a trial does.

    Args:
        name: The generator.
        learning: How it learns.
        learned: What trials learn.
        first: The part they begin on; None: there is none.
        judge: What they are judged by.
        trial_minutes: Wall time that a deep model trains for.
    """

    name: str
    learning: Learning
    learned: Any
    first: Any
    judge: Judge
    trial_minutes: float

    def kind_defaults(self, space: Space) -> dict[str, Any]:
        """The generator's own values of what is searched."""
        generator = self.generator({}, None)
        return {name: getattr(generator, name) for name in space}

    def generator(self, settings: Mapping[str, Value], minutes: float | None) -> Any:  # noqa: ANN401
        """The generator with these settings, not fitted yet."""
        merged = {**self.learning.of_model(), **settings}
        return build(self.name, merged, minutes, family_of(self.learned))

    def figures(
        self, settings: Mapping[str, Value], minutes_left: float, *, is_first: bool
    ) -> Figures | None:
        """What is measured with these settings; None where there is no beginning on a part."""
        generator = self.generator(settings, None)
        minutes, data = minutes_left, self.first if is_first else self.learned
        if is_deep(generator) and hasattr(generator, "max_minutes"):
            minutes = self.trial_minutes * (FIRST_SHARE if is_first else 1)
            data = self.learned
        if data is None:
            return None
        learning = replace(self.learning, max_minutes=minutes, profile=False)
        return self.judge(learn(self.generator(settings, minutes), data, learning, Silent()))


def _check(minutes: float, n_trials: int | None) -> None:
    if not 0 < minutes < float("inf"):
        raise ConfigError(f"minutes is {minutes!r}", allowed="above 0", code="config.range")
    if n_trials is not None and n_trials < 1:
        raise ConfigError(f"trials is {n_trials!r}", allowed="1 or more", code="config.range")


def _space(name: str, data: Data, learning: Learning) -> Space:
    """What is searched: the settings that are not fixed."""
    family = family_of(data)
    kind = registry.find(family.table, name, family.group)
    whole = space_of(name, kind, is_table=isinstance(data, Table))
    known = {f.name for f in fields(kind)}
    space = {k: v for k, v in whole.items() if k in known and k not in learning.settings}
    if not space:
        raise ConfigError(
            f"{name!r} has no settings to search",
            allowed="generators with a search space, and settings that --set leaves open",
            do="choose another --model",
            code="tune.space",
        )
    return space


def _facts(name: str, data: Data, learning: Learning, space: Space) -> dict[str, Any]:
    """What makes two searches the same."""
    record = learning.as_record()
    ranges = {k: str(v) for k, v in space.items()}
    policy = policy_of(learning)
    return {
        "model": name,
        "data": source_of(data).digest,
        "schema": data.schema.to_json() if isinstance(data, Table) else None,
        "policy": None if policy is None else policy.digest(),
        "learning": record,
        "space": ranges,
    }


def _job(data: Any, name: str, learning: Learning, budget: _Budget) -> _Job:  # noqa: ANN401
    train = part_of(data, learning)[0] if learning.holdout else data
    inner = replace(learning, holdout=VALIDATION, seed=learning.seed + 1)
    learned, validation = part_of(train, inner)
    first = None
    if len(learned) >= MIN_FIRST_ROWS / FIRST_SHARE:
        first = part_of(learned, replace(inner, holdout=1 - FIRST_SHARE))[0]
    judge = judge_of(learned, validation, learning.seed)
    return _Job(name, learning, learned, first, judge, budget.trial_minutes())


def _trials(search: Search, job: _Job, budget: _Budget, progress: Progress) -> None:
    """Trial after trial, until the time or the number is over."""
    progress.stage(f"tune {job.name}", budget.n_trials)
    progress.advance(search.n_finished())
    while left := budget.left_minutes(search.n_finished()):
        _trial(search, job, left)
        progress.advance()
        best = search.best()
        if best is not None:
            progress.note(f"{search.n_finished()} trials, best loss {best.value:.4f}")


def _trial(search: Search, job: _Job, minutes_left: float) -> None:
    """One trial: a beginning, and the whole unless the beginning was poor."""
    with search.trial(BEARABLE) as trial:
        began_s = time.monotonic()
        begun = job.figures(trial.settings, minutes_left, is_first=True)
        if begun is not None:
            trial.begin(begun["loss"])
        left = minutes_left - (time.monotonic() - began_s) / 60
        figures = job.figures(trial.settings, max(left, 0.01), is_first=False)
        assert figures is not None
        trial.finish(figures)


def _result(search: Search, job: _Job, out: Path) -> Tuned:
    best = search.best()
    if best is None:
        raise ConfigError(
            f"no trial of {job.name!r} came through ({search.why_none()})",
            do="give more --minutes, or a smaller table",
            code="tune.none",
        )
    settings = {**job.learning.settings, **best.params}
    found = Tuned(
        model=job.name,
        settings=settings,
        figures=dict(best.user_attrs["figures"]),
        counts=search.counts(),
    )
    paths = tune_study.write_result(search, out, found.model, settings, job.judge.meaning)
    return replace(found, paths=paths)
