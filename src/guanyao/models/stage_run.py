"""One stage while it is trained: rows in, updates, averages, and what each epoch ends with."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from guanyao.models import guard, precision, processes
from guanyao.models.averages import Averages

if TYPE_CHECKING:
    from guanyao.models.training import Batch, Group, Loop, Stage

MILESTONE_STEPS = 100
"""Checkpoints and samples are made at the end of an epoch, at least so many steps apart."""


class StageRun:
    """One stage while it is trained.

    Args:
        loop: The loop it is part of.
        stage: The stage.
    """

    def __init__(self, loop: "Loop", stage: "Stage") -> None:
        self.loop, self.stage, self.settings = loop, stage, loop.settings
        self.place = loop.place
        self.began = _clocks(), self.place["spent_s"]
        self.trainee = stage.trainee.train()
        self.rows, self.kept = _parted(stage.data(), loop.settings.validation, loop.seed)
        self.n_rows = len(self.rows[0])
        self.batch_size = min(stage.batch_size or loop.settings.batch_size, self.n_rows)
        self.n_batches = max(1, self.n_rows // self.batch_size)
        self.groups = self.trainee.groups()
        self.optimizers = {name: self._optimizer(group) for name, group in self.groups.items()}
        decay = loop.settings.ema_decay if stage.ema_decay is None else stage.ema_decay
        self.averages = Averages(self.trainee.averaged, decay)
        self.best: dict[str, Any] = {"loss": float("inf"), "epoch": 0}
        self.best_weights: dict[str, Tensor] = {}
        self.n_epochs = self._n_epochs()
        self.way = self._way()

    def _optimizer(self, group: "Group") -> torch.optim.Optimizer:
        rate = (self.stage.learning_rate or self.settings.learning_rate) * group.rate
        return torch.optim.AdamW(
            group.parameters,
            lr=rate,
            betas=group.betas,
            weight_decay=self.settings.weight_decay,
        )

    def _n_epochs(self) -> int | None:
        """Epochs of the stage; None: as many as the time allows."""
        effort, settings = self.stage.effort, self.settings
        if settings.epochs is not None:
            return max(1, round(settings.epochs * effort))
        if settings.budget() is not None:
            return None
        return max(1, round(settings.n_steps * effort / self.n_batches))

    def _way(self) -> precision.Way:
        """How numbers are computed: as before in a resumed stage, else what is fastest."""
        name, loop = self.stage.name, self.loop
        if name not in loop.history.precision:
            batch = self._batch(torch.arange(self.batch_size))
            way = precision.choose(self.trainee, batch, self.settings.precision, loop.device)
            loop.history.precision[name] = processes.same(way.name)
        way = precision.Way.named(loop.history.precision[name], loop.device)
        way.prepare(self.trainee)
        return way

    def _batch(self, rows: Tensor) -> "Batch":
        return tuple(tensor[rows].to(self.loop.device) for tensor in self.rows)

    def run(self) -> None:
        """Train until the epochs, the time or the patience are over."""
        self._announce()
        self.good = self.snapshot()
        while not self._is_over():
            try:
                self.epoch()
            except guard.TrainingTroubleError as trouble:
                if not self._answer(trouble):
                    break
        self._finish()

    def _announce(self) -> None:
        total = self.n_epochs and self.n_epochs * self.n_batches
        self.loop.progress.stage(f"train {self.stage.name} ({self.way.name})", total)
        self.loop.progress.advance(self.place["step"])

    def _is_over(self) -> bool:
        if self.n_epochs is not None and self.place["epoch"] >= self.n_epochs:
            return True
        patience = self.settings.patience
        if patience is not None and self.place["epoch"] - self.best["epoch"] >= patience:
            return True
        return self.fraction() >= 1

    def fraction(self) -> float:
        """The share of the stage that is over, by steps or by time, whichever is further."""
        steps = 0.0
        if self.n_epochs is not None:
            steps = self.place["step"] / (self.n_epochs * self.n_batches)
        return processes.same(max(steps, self._time()))

    def _time(self) -> float:
        """The share of the stage's time that is spent; 0 where time has no bound."""
        budget = self.settings.budget()
        self._spend()
        if budget is None:
            return 0.0
        stages = self.loop.stages
        done = sum(s.share for s in stages[: self.place["stage"] + 1])
        end = budget * done / sum(s.share for s in stages)
        began = self.place["began_s"]
        return float((self.place["spent_s"] - began) / max(end - began, 1e-9))

    def _spend(self) -> None:
        """Note the time by the clock that bounds it."""
        (wall, cpu), before = self.began
        now = _clocks()
        spent = now[1] - cpu if self.settings.max_cpu_minutes else now[0] - wall
        self.place["spent_s"] = before + spent

    def epoch(self) -> None:
        """One pass over the rows, then all that is done at its end."""
        epoch = self.place["epoch"]
        order = _permutation(self.n_rows, (self.loop.seed, self.place["stage"], epoch))
        sums, since = Sums(), time.monotonic()
        self.trainee.train()
        n_done = 0
        for number in range(self.n_batches):
            fraction = self.fraction()
            if fraction >= 1 and n_done:
                break
            rows = order[number * self.batch_size : (number + 1) * self.batch_size]
            self.step(self._batch(processes.share_of(rows)), min(fraction, 1.0), sums)
            n_done += 1
        self.place["epoch"] = epoch + 1
        speed = n_done * self.batch_size / max(time.monotonic() - since, 1e-9)
        self._end_of_epoch(sums, speed)

    def step(self, batch: "Batch", fraction: float, sums: "Sums") -> None:
        """The updates of one batch."""
        self._set_rates(fraction)
        updates = self.trainee.updates(self.way.shaped(batch), fraction)
        while True:
            with self.way.autocast():
                update = next(updates, None)
            if update is None:
                break
            self._update(*update, sums)
        self.averages.follow()
        sums.add(self.trainee.log)
        self.place["step"] += 1
        self.loop.journal.count_step(is_profiled=self.loop.watch.profile)
        self.loop.progress.advance()

    def _update(self, name: str, loss: Tensor, sums: "Sums") -> None:
        group = self.groups[name]
        guard.check_finite(name, processes.total(loss))
        gradients = torch.autograd.grad(loss, group.parameters, allow_unused=True)
        for parameter, gradient in zip(group.parameters, gradients, strict=True):
            parameter.grad = gradient
        processes.average_gradients(group.parameters)
        norm = nn.utils.clip_grad_norm_(
            group.parameters, self.settings.max_grad_norm or float("inf")
        )
        guard.check_finite(f"the gradient of {name}", norm)
        self.optimizers[name].step()
        sums.add({name: loss.detach()})

    def _set_rates(self, fraction: float) -> None:
        base = self.stage.learning_rate or self.settings.learning_rate
        scale = guard.RATE_CUT**self.loop.guard.n_cuts
        factor = rate_factor(fraction, self.settings.schedule, self.settings.warm_up)
        for name, optimizer in self.optimizers.items():
            for entry in optimizer.param_groups:
                entry["lr"] = base * self.groups[name].rate * scale * factor

    def _end_of_epoch(self, sums: "Sums", speed: float) -> None:
        processes.average_buffers(self.trainee)
        record = self._record(sums, speed)
        is_milestone = self._is_milestone()
        if is_milestone:
            record |= self._measured()
            step = self.place["step"]
            self.loop.guard.check(record.get("diversity"), self.fraction(), step)
            self._remember_best(record)
        self.loop.history.epochs.append(record)
        self.place["n_records"] += 1
        self.loop.journal.write(record, self._pictures() if is_milestone else None)
        self.loop.progress.note(_in_short(record))
        if is_milestone:
            self.good = self.snapshot()
            self.loop.save()

    def _is_milestone(self) -> bool:
        every = math.ceil(MILESTONE_STEPS / self.n_batches)
        return self.place["epoch"] % every == 0 or self._is_over()

    def _record(self, sums: "Sums", speed: float) -> dict[str, Any]:
        self._spend()
        return {
            "stage": self.stage.name,
            "epoch": self.place["epoch"],
            "step": self.place["step"],
            "seconds": round(self.place["spent_s"], 3),
            "rows_per_s": round(speed, 1),
            "rate": next(iter(self.optimizers.values())).param_groups[0]["lr"],
            "losses": sums.means(),
        }

    def _measured(self) -> dict[str, float]:
        """The validation loss and the diversity of samples, where there are any."""
        record: dict[str, float] = {}
        if self.kept is not None:
            record["validation"] = self._validation()
        if self.loop.watch.diversity is not None and self._is_drawing():
            with self.averages.applied(), _evaluating(self.trainee):
                record["diversity"] = self.loop.watch.diversity()
        return record

    def _is_drawing(self) -> bool:
        """Whether samples can be drawn: in the last stage, when all networks are there."""
        return self.stage is self.loop.stages[-1]

    def _validation(self) -> float:
        assert self.kept is not None
        kept = tuple(tensor.to(self.loop.device) for tensor in self.kept)
        with self.averages.applied(), _evaluating(self.trainee), torch.random.fork_rng():
            torch.manual_seed(self.loop.seed)
            with self.way.autocast():
                loss = self.trainee.validate(self.way.shaped(kept))
        return processes.same(float(loss))

    def _remember_best(self, record: dict[str, Any]) -> None:
        loss = record.get("validation")
        if self.settings.patience is not None and loss is not None and loss < self.best["loss"]:
            self.best = {"loss": loss, "epoch": self.place["epoch"]}
            with self.averages.applied():
                self.best_weights = _copied(self.trainee.state_dict())

    def _pictures(self) -> Tensor | None:
        if self.loop.watch.preview is None or not self._is_drawing():
            return None
        if self.loop.watch.folder is None or not processes.is_first():
            return None
        with self.averages.applied(), _evaluating(self.trainee):
            return self.loop.watch.preview().float().cpu()

    def _answer(self, trouble: guard.TrainingTroubleError) -> bool:
        """Go back to the last good epoch at a lower rate; False when that was tried often enough.

        Raises:
            ConfigError: There is no good epoch to go back to.
        """
        loop = self.loop
        said, goes_on = loop.guard.answer(trouble, self.place["epoch"], has_epochs=self._has_any())
        self.go_back(self.good)
        loop.history.warnings.append(said)
        loop.journal.say(said)
        loop.progress.note(said)
        return goes_on

    def _has_any(self) -> bool:
        return bool(self.good[2]["epoch"])

    def _finish(self) -> None:
        if self.best_weights:
            self.trainee.load_state_dict(self.best_weights)
        else:
            self.averages.keep()
        self.averages.forget()
        self.trainee.eval()

    def state(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """What the stage needs to go on from here, but for weights and random numbers."""
        state = {
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
            "best": self.best,
        }
        weights = {f"average.{k}": v for k, v in self.averages.state().items()}
        weights |= {f"best.{k}": v for k, v in self.best_weights.items()}
        return state, weights

    def restore(self, state: dict[str, Any], weights: dict[str, Tensor]) -> None:
        """Take on what `state` described."""
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.averages.restore(_under("average.", weights))
        self.best, self.best_weights = dict(state["best"]), _under("best.", weights)

    def snapshot(self) -> tuple[dict[str, Any], dict[str, Tensor], dict[str, Any]]:
        """The state and the weights, copied."""
        state, weights = self.state()
        own = {f"own.{k}": v for k, v in self.trainee.state_dict().items()}
        return copy.deepcopy(state), _copied({**weights, **own}), dict(self.place)

    def go_back(self, snapshot: tuple[dict[str, Any], dict[str, Tensor], dict[str, Any]]) -> None:
        """Return to a snapshot; the time that was spent since stays spent."""
        state, weights, place = snapshot
        self.restore(copy.deepcopy(state), _copied(weights))
        self.trainee.load_state_dict(_under("own.", weights))
        self.place |= {name: place[name] for name in ("epoch", "step", "n_records")}
        del self.loop.history.epochs[place["n_records"] :]
        self.loop.journal.rewind(place["n_records"])
        # Other random numbers than the ones that led into trouble.
        torch.manual_seed(processes.own_seed(self.loop.seed + 1_000_003 * self.loop.guard.n_cuts))


def randomness() -> dict[str, Any]:
    """Where this process's random numbers stand."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def restore_randomness(states: list[dict[str, Any]]) -> None:
    """Let random numbers go on from where they stood, each process from its own.

    Raises:
        ValueError: There are others than those of as many processes.
    """
    if len(states) != processes.n_processes():
        raise ValueError("another number of processes")
    own = states[processes.rank()]
    torch.set_rng_state(own["cpu"])
    if own["cuda"]:
        torch.cuda.set_rng_state_all(own["cuda"])


class Sums:
    """Means of figures over the updates of an epoch."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, figures: dict[str, Any]) -> None:
        """Count figures in."""
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value)
            self._counts[name] = self._counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        """The mean of each figure."""
        return {name: total / self._counts[name] for name, total in self._sums.items()}


def rate_factor(fraction: float, schedule: str, warm_up: float) -> float:
    """The learning rate as a share of its highest, at this share of a stage.

    Examples:
        >>> rate_factor(0.5, "linear", 0.0)
        0.5
        >>> rate_factor(0.05, "cosine", 0.1)
        0.5
    """
    if fraction < warm_up:
        return fraction / warm_up
    over = (fraction - warm_up) / (1 - warm_up)
    if schedule == "linear":
        return 1 - over
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * over))
    return 1.0


def _parted(data: "Batch", share: float, seed: int) -> "tuple[Batch, Batch | None]":
    """The rows that are learned and the rows that are kept for validation."""
    n = len(data[0])
    n_kept = round(n * share)
    if not n_kept:
        return data, None
    order = _permutation(n, (seed, n))
    return tuple(t[order[n_kept:]] for t in data), tuple(t[order[:n_kept]] for t in data)


def _permutation(n: int, key: tuple[int, ...]) -> Tensor:
    """Row numbers in an order that depends on nothing but the key."""
    number = 0
    for part in key:
        number = (number * 1_000_003 + part + 1) % 2**63
    return torch.randperm(n, generator=torch.Generator().manual_seed(number))


@contextmanager
def _evaluating(trainee: nn.Module) -> Iterator[None]:
    """The networks in evaluation mode, without gradients."""
    trainee.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        trainee.train()


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _copied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def _under(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights whose names begin with the prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def _in_short(record: dict[str, Any]) -> str:
    losses = " ".join(f"{name} {value:.4g}" for name, value in record["losses"].items())
    return f"epoch {record['epoch']}: {losses}"
