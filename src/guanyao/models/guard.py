"""Notices when training goes wrong, names it, and says how to answer: go back, slow down, stop."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from guanyao.errors import ConfigError

RATE_CUT = 0.5
"""What the learning rate is multiplied with after each trouble."""

MAX_CUTS = 3
"""Troubles after which training stops with the last good weights."""

MIN_DIVERSITY = 0.3
"""Samples that differ less than this, relative to what was learned, have collapsed."""

EARLY = 0.25
FEW_STEPS = 300
"""Share of a stage, and updates, before which samples are not expected to differ, unless they
already did."""


class TrainingTroubleError(Exception):
    """Training went wrong; raised and answered inside the loop."""


@dataclass
class Guard:
    """What went wrong so far in a stage.

    Args:
        n_cuts: How often the learning rate was lowered.
        was_diverse: Whether samples have once differed as they should.
    """

    n_cuts: int = 0
    was_diverse: bool = False

    def check(self, diversity: float | None, fraction: float, n_steps: int) -> None:
        """See that samples still differ.

        Args:
            diversity: How much they differ, relative to the pictures; None: there are none.
            fraction: The share of the stage that is over.
            n_steps: The updates of the stage so far.

        Raises:
            TrainingTroubleError: They are all alike.
        """
        if diversity is None:
            return
        if diversity >= MIN_DIVERSITY:
            self.was_diverse = True
        elif self.was_diverse or (fraction > EARLY and n_steps >= FEW_STEPS):
            raise TrainingTroubleError(
                f"mode collapse: samples differ {diversity:.2f} times as much as the pictures, "
                f"at least {MIN_DIVERSITY} is expected"
            )

    def answer(
        self, trouble: TrainingTroubleError, epoch: int, *, has_epochs: bool
    ) -> tuple[str, bool]:
        """What is done, in words, and whether training goes on.

        Raises:
            ConfigError: It went wrong for good before one epoch was well.
        """
        self.n_cuts += 1
        goes_on = self.n_cuts <= MAX_CUTS
        if not goes_on and not has_epochs:
            raise ConfigError(
                f"training goes wrong from its start ({trouble})",
                do="lower learning_rate, or set max_grad_norm=1 or precision=fp32",
                code="training.diverged",
            )
        what = "the rate is lowered" if goes_on else "training stops there"
        return f"epoch {epoch}: {trouble}; back to the last good epoch, {what}", goes_on

    def state(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def check_finite(name: str, value: Tensor) -> None:
    """See that a loss or a norm is a number.

    Raises:
        TrainingTroubleError: It is not.
    """
    if not torch.isfinite(value.detach()).all():
        raise TrainingTroubleError(f"{name} is not a finite number")


def diversity(samples: Tensor, real: Tensor, labels: Tensor) -> float:
    """How much samples of a label differ from one another, relative to how much real pictures do.

    Only pairs of one label are compared: a generator that draws one picture for each label has
    collapsed, although its pictures differ.

    Args:
        samples: Shape (n, ...).
        real: Shape (n, ...), of the same range and labels.
        labels: Shape (n,).

    Returns:
        The ratio of the mean distances of pairs: 1 is like the real ones, 0 all are equal.
    """
    return _mean_distance(samples, labels) / max(_mean_distance(real, labels), 1e-12)


def _mean_distance(rows: Tensor, labels: Tensor) -> float:
    """Mean distance of two rows of one label; of any two where no label has two."""
    if len(rows) < 2:
        return 0.0
    distances = torch.pdist(rows.float().flatten(1))
    first, second = torch.triu_indices(len(rows), len(rows), offset=1)
    alike = labels[first] == labels[second]
    return float((distances[alike] if alike.any() else distances).mean())
