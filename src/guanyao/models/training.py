"""The one training loop of all deep models: stages of updates, watched, checkpointed, resumable.

A model brings a `Trainee`: its networks and, for each batch, the losses of its updates one after
another. The loop does the rest: precision, optimisers, the rate's schedule, averaged weights,
early stopping, budgets, checkpoints, the journal, and what to do when training goes wrong.

With the same seed, the same settings and the same number of threads the loop gives the same
weights bit for bit, also when it was killed and resumed; a budget of time ends where the clock says
and so gives up that promise.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from guanyao.errors import ConfigError
from guanyao.models import checkpoint, guard, processes, stage_run
from guanyao.models.journal import Journal
from guanyao.models.ranges import check_count, check_range
from guanyao.types import Progress, Silent

Batch = tuple[Tensor, ...]


@dataclass(kw_only=True)
class Training:
    """How the loop trains; every deep model has these settings.

    Args:
        epochs: Passes over the rows; None: as many as make `n_steps` updates.
        n_steps: Updates to aim at where `epochs` is None and no time is set.
        batch_size: Rows of an update, over all processes.
        learning_rate: The highest rate of AdamW.
        schedule: How the rate falls to 0 over a stage, after `warm_up`.
        warm_up: Share of a stage in which the rate rises from 0, 0..0.5.
        weight_decay: Decoupled weight decay of AdamW, >= 0.
        max_grad_norm: Gradients are clipped to this norm; None: they are not.
        ema_decay: Decay of the averaged weights that samples are drawn with, 0 (none) to 1.
        patience: Epochs without a better validation loss before a stage ends; None: all epochs.
        validation: Share of the rows that are learned from that is kept aside for the validation
            loss, 0..0.5; the holdout is never seen.
        max_minutes: Wall time of training; the schedule ends with it.
        max_cpu_minutes: CPU time of training, over all threads; the schedule ends with it.
        precision: fp32, bf16 (autocast), or the faster of them on this machine.
        device: cpu, cuda, or cuda where there is one.

    Raises:
        ConfigError: A setting is out of range.
    """

    epochs: int | None = None
    n_steps: int = 5_000
    batch_size: int = 128
    learning_rate: float = 2e-4
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    warm_up: float = 0.0
    weight_decay: float = 0.0
    max_grad_norm: float | None = None
    ema_decay: float = 0.999
    patience: int | None = None
    validation: float = 0.0
    max_minutes: float | None = None
    max_cpu_minutes: float | None = None
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        """Check the settings."""
        for name in ("epochs", "patience"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name), 1, 10**6)
        for name in ("max_grad_norm", "max_minutes", "max_cpu_minutes"):
            if getattr(self, name) is not None:
                check_range(name, getattr(self, name), 1e-6, 1e9)
        check_count("n_steps", self.n_steps, 1, 10**9)
        check_count("batch_size", self.batch_size, 2, 10**6)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        check_range("warm_up", self.warm_up, 0, 0.5)
        check_range("weight_decay", self.weight_decay, 0, 10)
        check_range("ema_decay", self.ema_decay, 0, 0.999999)
        check_range("validation", self.validation, 0, 0.5)
        if self.max_minutes is not None and self.max_cpu_minutes is not None:
            raise ConfigError(
                "max_minutes and max_cpu_minutes are both set, and training goes by one clock",
                do="leave one of them out",
                code="config.setting",
            )
        if self.patience is not None and not self.validation:
            raise ConfigError(
                "patience waits for a better validation loss, and there is none",
                do="set validation, e.g. to 0.05",
                code="config.setting",
            )

    def budget(self) -> float | None:
        """The seconds that training may take by whichever clock is set; None: no bound."""
        minutes = self.max_cpu_minutes or self.max_minutes
        return None if minutes is None else 60 * minutes


@dataclass(frozen=True)
class Group:
    """What one optimiser updates.

    Args:
        parameters: The weights.
        rate: Their rate, as a multiple of the learning rate.
        betas: Decay of Adam's two moments.
    """

    parameters: list[nn.Parameter]
    rate: float = 1.0
    betas: tuple[float, float] = (0.9, 0.999)


class Trainee(nn.Module):
    """Networks and the losses that train them; `log` holds further figures of the last update."""

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, Tensor | float] = {}

    def groups(self) -> dict[str, Group]:
        """What is optimised, by the name that its loss is logged under."""
        raise NotImplementedError

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """One update after another: the name of a group and the loss that its weights lower.

        The loop updates the group before it asks for the next one.

        Args:
            batch: Rows of the stage's data.
            fraction: The share of the stage that is over, in [0, 1).
        """
        raise NotImplementedError

    def validate(self, batch: Batch) -> Tensor:
        """The mean loss of rows that are not learned, lower is better."""
        return next(iter(self.updates(batch, 1.0)))[1]

    @property
    def averaged(self) -> list[nn.Module]:
        """The networks that samples are drawn with, whose weights are averaged."""
        return [self]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of training.

    Args:
        name: What the journal calls it.
        trainee: What is trained.
        data: Gives the rows when the stage begins; the first dimension of each tensor counts them.
        share: Its part of the time, relative to the other stages.
        effort: Its epochs (or steps), as a multiple of the settings'.
        batch_size: Instead of the settings'.
        learning_rate: Instead of the settings'.
        ema_decay: Instead of the settings'.
    """

    name: str
    trainee: Trainee
    data: Callable[[], Batch]
    share: float = 1.0
    effort: float = 1.0
    batch_size: int | None = None
    learning_rate: float | None = None
    ema_decay: float | None = None


@dataclass
class Watch:
    """Where training is watched from.

    Args:
        folder: Where checkpoints, the journal and sample grids go; None: nothing is written.
        preview: Draws pictures (n, channels, height, width) in [0, 1] with the averaged weights.
        diversity: How much the samples differ, relative to the rows; low means mode collapse.
        fingerprint: What the model and its data are; a checkpoint of another is refused.
        profile: Whether to write where the time goes.
    """

    folder: Path | None = None
    preview: Callable[[], Tensor] | None = None
    diversity: Callable[[], float] | None = None
    fingerprint: str = ""
    profile: bool = False


@dataclass
class History:
    """What happened, epoch by epoch.

    Args:
        epochs: Stage, epoch, steps, seconds, losses and further figures of each epoch.
        warnings: What went wrong and how it was answered, in words.
        precision: What was computed in, by stage.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    precision: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {"epochs": self.epochs, "warnings": self.warnings, "precision": self.precision}


def train(
    stages: Sequence[Stage],
    settings: Training,
    *,
    seed: int,
    progress: Progress = Silent(),  # noqa: B008
    watch: Watch | None = None,
) -> History:
    """Train the stages one after another; the trainees end with their averaged weights.

    Args:
        stages: What is trained on what.
        settings: How.
        seed: The seed of everything that is drawn.
        progress: Where to say how far it is.
        watch: Where training is watched from, and resumed.

    Raises:
        ConfigError: Memory does not suffice, or training goes wrong from its very start.
        DataError: The checkpoint is damaged or of another model, or cannot be written.
    """
    with processes.joined(), _own_randomness(seed), _memory_errors():
        loop = Loop(stages, settings, seed, progress, watch or Watch())
        loop.run()
    return loop.history


@contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Torch's random numbers follow the seed inside, and go on outside as if nothing had been."""
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(processes.own_seed(seed))
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(was_deterministic)


@contextmanager
def _memory_errors() -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ConfigError(
            "the memory does not suffice for training",
            do="lower batch_size, or train on the cpu (--set device=cpu); what was trained until "
            "the last epoch is kept, the same command goes on from there",
            code="training.memory",
        ) from error


class Loop:
    """The state of training, and how it moves on.

    Args:
        stages: As for `train`.
        settings: As for `train`.
        seed: As for `train`.
        progress: As for `train`.
        watch: As for `train`.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        settings: Training,
        seed: int,
        progress: Progress,
        watch: Watch,
    ) -> None:
        self.stages, self.settings, self.seed = stages, settings, seed
        self.progress, self.watch = progress, watch
        self.device = _device(settings.device)
        self.history = History()
        self.guard = guard.Guard()
        self.place: dict[str, Any] = {
            "stage": 0, "epoch": 0, "step": 0, "n_records": 0, "spent_s": 0.0, "began_s": 0.0
        }  # fmt: skip
        self.journal = Journal(watch.folder if processes.is_first() else None)

    def run(self) -> None:
        """Go through the stages, from the checkpoint where there is one."""
        for stage in self.stages:
            stage.trainee.to(self.device)
        saved = self._saved()
        with self.journal:
            for number in range(self.place["stage"], len(self.stages)):
                self.run_stage(number, saved)
                saved = None

    def _saved(self) -> checkpoint.Checkpoint | None:
        if self.watch.folder is None:
            return None
        saved = checkpoint.read(self.watch.folder, self.watch.fingerprint)
        if saved is not None:
            with checkpoint.fitting(self.watch.folder):
                self._restore_story(saved.state)
                for number, stage in enumerate(self.stages):
                    checkpoint.load_into(stage.trainee, saved.weights, f"{number}.")
                if saved.state["is_between_stages"]:
                    stage_run.restore_randomness(saved.state["randomness"])
            self.journal.rewind(self.place["n_records"])
            if saved.state["is_between_stages"]:
                return None
        return saved

    def run_stage(self, number: int, saved: checkpoint.Checkpoint | None) -> None:
        """Train one stage to its end and leave the averaged weights in its networks."""
        stage = self.stages[number]
        if saved is None:
            self.place |= {
                "stage": number, "epoch": 0, "step": 0, "began_s": self.place["spent_s"]
            }  # fmt: skip
            self.guard = guard.Guard()
        self.now = stage_run.StageRun(self, stage)
        if saved is not None and self.watch.folder is not None:
            with checkpoint.fitting(self.watch.folder):
                self.now.restore(saved.state, saved.weights)
                stage_run.restore_randomness(saved.state["randomness"])
        self.now.run()
        self.place["stage"] = number + 1
        self.save(is_between_stages=True)

    def save(self, *, is_between_stages: bool = False) -> None:
        """Write a checkpoint of where training stands."""
        if self.watch.folder is None:
            return
        randomness = processes.gathered(stage_run.randomness())
        if processes.is_first():
            state, weights = self.now.state()
            for number, stage in enumerate(self.stages):
                weights |= {f"{number}.{k}": v for k, v in stage.trainee.state_dict().items()}
            story = {
                "place": self.place,
                "history": self.history.to_json(),
                "guard": self.guard.state(),
                "randomness": randomness,
                "is_between_stages": is_between_stages,
            }
            checkpoint.write(self.watch.folder, self.watch.fingerprint, {**state, **story}, weights)

    def _restore_story(self, state: dict[str, Any]) -> None:
        self.place = dict(state["place"])
        self.history = History(**state["history"])
        self.guard = guard.Guard(**state["guard"])


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "there is no cuda device here", do="leave device out", code="config.device"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
