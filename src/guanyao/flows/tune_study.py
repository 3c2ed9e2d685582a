"""The memory of a search: all trials in one SQLite file, and what is written of them."""

import csv
import hashlib
import io
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, DataError, GuanyaoError
from guanyao.flows.folder import writing
from guanyao.models.search_spaces import Choice, Range, Space
from guanyao.records.evidence import versions
from guanyao.registry import need
from guanyao.types import Value

STUDY = "study.db"
BEST, TRIALS, PAGE = "best.json", "trials.csv", "tune.html"
OURS = {STUDY, BEST, TRIALS, PAGE, f"{STUDY}-journal"}

N_BEFORE_PRUNING = 4
"""Trials that are completed before one can be given up."""
N_RANDOM = 6
"""Trials before the sampler models what is good."""
N_SHOWN = 10


@contextmanager
def opened(out: Path, facts: Mapping[str, Any]) -> Iterator[Any]:
    """The study that lies in a folder, or a new one.

    Args:
        out: The folder; it is made where it is not there.
        facts: What makes two searches the same.

    Raises:
        ConfigError: The folder holds another search, or something that is not ours.
        DataError: The folder cannot be written, or its study cannot be read.
    """
    with writing(out):
        _check_folder(out)
        out.mkdir(parents=True, exist_ok=True)
    optuna = need("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    key = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
    storage = None
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{out / STUDY}")
        names = optuna.get_all_study_names(storage)
        if names and names != [key]:
            raise ConfigError(
                f"{out} holds a search of other data, another generator or other settings",
                do="name another folder with -o, or the same options as before",
                code="tune.other_study",
            )
        study = optuna.create_study(
            storage=storage, study_name=key, load_if_exists=True, direction="minimize"
        )
        _forget_stopped(study, optuna)
    except GuanyaoError:
        raise
    except Exception as error:  # the classes of SQL drivers have no other parent
        raise DataError(
            f"{out / STUDY} cannot be used as a search ({type(error).__name__})",
            do="name another folder with -o, or remove that file to search anew",
            code="tune.study",
        ) from error
    try:
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _check_folder(out: Path) -> None:
    if out.is_file():
        raise ConfigError(f"{out} is a file", do="name a folder with -o", code="config.out")
    strange = {path.name for path in out.iterdir()} - OURS if out.is_dir() else set()
    if strange and not (out / STUDY).is_file():
        raise ConfigError(
            f"{out} holds files that are no search of Guanyao",
            allowed="a new or empty folder, or one of an earlier search",
            do="name another with -o",
            code="config.out",
        )


def _forget_stopped(study: Any, optuna: Any) -> None:  # noqa: ANN401
    """Trials that ran when the process was killed have failed."""
    running = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
    for trial in running:
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


class PoorStartError(Exception):
    """A trial begins worse than most."""


@dataclass
class Trial:
    """One trial while it runs.

    Args:
        asked: The study's trial.
        settings: What is tried.
        figures: What was measured in the end.
    """

    asked: Any
    settings: dict[str, Value]
    figures: dict[str, float] | None = None

    def begin(self, loss: float) -> None:
        """Say how bad it is after the beginning.

        Raises:
            PoorStartError: It is worse than the median of the others.
        """
        self.asked.report(loss, step=0)
        if self.asked.should_prune():
            raise PoorStartError

    def finish(self, figures: Mapping[str, float]) -> None:
        """Say what was measured in the end."""
        self.figures = dict(figures)


class Search:
    """The trials of a study.

    Args:
        study: It.
        space: What is searched.
        defaults: The generator's own values, which are tried first.
        seed: The same seed gives the same proposals after the same trials.
    """

    def __init__(
        self,
        study: Any,  # noqa: ANN401
        space: Space,
        defaults: Mapping[str, Value],
        seed: int,
    ) -> None:
        self.optuna = need("optuna")
        self.study, self.space = study, space
        self.distributions = {name: self._distribution(one) for name, one in space.items()}
        n_before = len(study.get_trials(deepcopy=False))
        study.sampler = self.optuna.samplers.TPESampler(
            seed=(seed + n_before) % 2**32, n_startup_trials=N_RANDOM
        )
        study.pruner = self.optuna.pruners.MedianPruner(n_startup_trials=N_BEFORE_PRUNING)
        if not n_before:
            known = {k: v for k, v in defaults.items() if _holds(space[k], v)}
            study.enqueue_trial(known)

    def _distribution(self, one: Range | Choice) -> Any:  # noqa: ANN401
        kinds = self.optuna.distributions
        if isinstance(one, Choice):
            return kinds.CategoricalDistribution(one.values)
        if isinstance(one.low, int) and isinstance(one.high, int):
            return kinds.IntDistribution(one.low, one.high, log=one.log)
        return kinds.FloatDistribution(one.low, one.high, log=one.log)

    @contextmanager
    def trial(self, bearable: Sequence[str]) -> Iterator[Trial]:
        """A trial, told to the study when the block ends, however it ends.

        Args:
            bearable: How the codes of errors begin that only this trial fails with.
        """
        states = self.optuna.trial.TrialState
        asked = self.study.ask(self.distributions)
        now, state = Trial(asked, dict(asked.params)), states.FAIL
        try:
            yield now
            state = states.COMPLETE
        except PoorStartError:
            state = states.PRUNED
        except GuanyaoError as error:
            asked.set_user_attr("why", error.code)
            if not error.code.startswith(tuple(bearable)):
                raise
        finally:
            asked.set_user_attr("figures", now.figures or {})
            loss = now.figures["loss"] if now.figures and state is states.COMPLETE else None
            self.study.tell(asked, loss, state=state)

    def n_finished(self) -> int:
        """Trials that were completed, pruned or failed by themselves."""
        return sum(self.counts().values())

    def counts(self) -> dict[str, int]:
        """How many trials were completed, pruned and failed; those that were stopped are not."""
        trials = self.study.get_trials(deepcopy=False)
        states = [trial.state.name for trial in trials]
        failed = [t for t in trials if t.state.name == "FAIL" and "why" in t.user_attrs]
        return {
            "completed": states.count("COMPLETE"),
            "pruned": states.count("PRUNED"),
            "failed": len(failed),
        }

    def completed(self) -> list[Any]:
        """The trials that came through, the best first."""
        states = (self.optuna.trial.TrialState.COMPLETE,)
        return sorted(self.study.get_trials(states=states), key=lambda trial: trial.value)

    def best(self) -> Any:  # noqa: ANN401
        """The best trial; None: none came through yet."""
        return next(iter(self.completed()), None)

    def why_none(self) -> str:
        """The codes of the errors that trials failed with."""
        trials = self.study.get_trials(deepcopy=False)
        codes = {str(trial.user_attrs.get("why", "stopped")) for trial in trials}
        return ", ".join(sorted(codes)) or "there was no time for one"

    def importance(self) -> dict[str, float]:
        """What share of the differences in loss each setting explains, the largest first."""
        if len(self.completed()) < 4 or len({t.value for t in self.completed()}) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what later releases will call things
            found = self.optuna.importance.get_param_importances(
                self.study, evaluator=self.optuna.importance.FanovaImportanceEvaluator(seed=0)
            )
        return {name: float(share) for name, share in found.items()}


def _holds(one: Range | Choice, value: Value) -> bool:
    """Whether a value lies in its range."""
    if isinstance(one, Choice):
        return value in one.values
    return isinstance(value, int | float) and one.low <= value <= one.high


def write_trials(study: Any, out: Path) -> None:  # noqa: ANN401
    """Write a line for each trial: its state, its settings, and what was measured."""
    trials = study.get_trials(deepcopy=False)
    settings = list(dict.fromkeys(name for trial in trials for name in trial.params))
    figures = [trial.user_attrs.get("figures", {}) for trial in trials]
    measured = list(dict.fromkeys(name for found in figures for name in found))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "seconds", *settings, *measured, "why"])
    for trial, found in zip(trials, figures, strict=True):
        row = [trial.number, trial.state.name.lower(), _seconds(trial)]
        row += [trial.params.get(name, "") for name in settings]
        row += [found.get(name, "") for name in measured]
        writer.writerow([*row, trial.user_attrs.get("why", "")])
    write_whole(out / TRIALS, text.getvalue().encode())


def _seconds(trial: Any) -> float | str:  # noqa: ANN401
    return round(trial.duration.total_seconds(), 2) if trial.duration is not None else ""


def write_result(
    search: Search,
    out: Path,
    model: str,
    settings: Mapping[str, Value],
    meaning: tuple[str, str],
) -> dict[str, Path]:
    """Write the best settings and the page; the files by kind."""
    best = search.best()
    record = {
        "model": model,
        "settings": settings,
        "figures": best.user_attrs["figures"],
        "trials": search.counts(),
        "importance": search.importance(),
        "meaning": meaning[0],
    }
    best = json.dumps(record, indent=2, ensure_ascii=False)
    write_whole(out / BEST, f"{best}\n".encode())
    write_whole(out / PAGE, _page(search, record, meaning).encode())
    return {"best": out / BEST, "trials": out / TRIALS, "page": out / PAGE}


def _page(search: Search, record: Mapping[str, Any], meaning: tuple[str, str]) -> str:
    from guanyao.report.explain_page import render_explain

    tuned = list(search.space)
    counts = record["trials"]
    n_done, n_pruned, n_failed = (counts[k] for k in ("completed", "pruned", "failed"))
    said = (
        f"{n_done} trials came through, {n_pruned} were given up early, {n_failed} failed.",
        f"{n_done} 次试验完成，{n_pruned} 次提前放弃，{n_failed} 次失败。",
    )
    rows = [
        [trial.number, trial.value, *(trial.params.get(name) for name in tuned)]
        for trial in search.completed()[:N_SHOWN]
    ]
    best = [[name, value] for name, value in record["settings"].items()]
    sections: list[dict[str, Any]] = [
        {
            "title": ("Best settings", "最佳设置"),
            "text": said,
            "table": {"heads": [("setting", "设置"), ("value", "值")], "rows": best},
            "how": meaning,
        },
        {
            "title": ("Best trials", "最佳试验"),
            "table": {"heads": [("trial", "试验"), ("loss", "损失"), *tuned], "rows": rows},
        },
    ]
    if record["importance"]:
        text = (
            "Share of the differences in loss that each setting explains.",
            "各设置所解释的损失差异的比例。",
        )
        bars = {
            "title": ("What matters", "何者重要"), "text": text, "bars": record["importance"]
        }  # fmt: skip
        sections.insert(1, bars)
    facts = {"model": record["model"], "kind": "tune", "version": versions()["guanyao"]}
    return render_explain({**facts, "sections": sections})
