"""What all deep generators of tables share: training on codes, conditions by weights, the file."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from guanyao.data.encoders import Codes, Field, Mask
from guanyao.data.protection import Entities
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.models import model_file, precision, processes
from guanyao.models.coded import CodedGenerator
from guanyao.models.column_tensors import Masks, codes_of, masks_of, rows_of
from guanyao.models.ranges import check_count
from guanyao.models.stored_weights import network_with
from guanyao.models.training import Stage, Training, Watch, train
from guanyao.models.trees import resampled
from guanyao.types import Progress, Silent

BATCH = 2_048
"""Rows that go through the networks at once while sampling."""

MIN_PARTICLES, MAX_PARTICLES = 512, 32_768
"""Rows that are drawn and weighed to meet conditions: doubled until enough of them weigh."""

ENOUGH = 200
"""Particles that have to weigh, unless fewer rows are asked for."""

LEAST_LOG_MASS = -60.0
"""A chance below this to meet the conditions is that of a row that cannot be."""


class TableNetwork(nn.Module):
    """The networks of a deep generator of tables.

    Attributes:
        n_fields: Number of fields of codes.
    """

    n_fields: int

    def prepare(self, rows: Tensor) -> None:
        """Take on what is counted, not trained, before training begins.

        Args:
            rows: Codes, int64, shape (n_rows, n_fields).
        """
        raise NotImplementedError

    def stages(self, rows: Tensor) -> list[Stage]:
        """How the networks are trained on rows of codes."""
        raise NotImplementedError

    def finish(self, rows: Tensor) -> None:
        """Do what is left once training is over; nothing, for most."""

    def outputs(self, n: int, generator: torch.Generator, masks: Masks) -> Tensor:
        """What n rows are drawn from, shape (n, width); in favour of the masks where it can be.

        Rows drawn from it and weighed by `log_mass` follow the learned distribution under the
        condition.
        """
        raise NotImplementedError

    def log_mass(self, outputs: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to lie within the masks, shape (n,)."""
        raise NotImplementedError

    def draw(self, outputs: Tensor, generator: torch.Generator, masks: Masks) -> Tensor:
        """Codes of each row, within the masks, shape (n, n_fields)."""
        raise NotImplementedError


@dataclass(kw_only=True)
class DeepTable(CodedGenerator, Training):
    """A deep generator of tables; a method adds `_network`.

    Args:
        max_epochs: Most passes over the rows where `epochs` is None, so that small tables are not
            learned by heart, 1..100,000.
    """

    max_epochs: int = 100
    network_: TableNetwork | None = field(init=False, repr=False)
    history_: dict[str, Any] = field(init=False, repr=False)
    watch_: Watch = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the settings."""
        CodedGenerator.__post_init__(self)
        Training.__post_init__(self)
        check_count("max_epochs", self.max_epochs, 1, 100_000)

    def _network(self, table_fields: list[Field]) -> TableNetwork:
        """The networks, not trained yet."""
        raise NotImplementedError

    def fit(
        self,
        table: Table,
        *,
        seed: int = 0,
        progress: Progress = Silent(),  # noqa: B008
        folder: Path | None = None,
        profile: bool = False,
    ) -> Self:
        """Learn from the table.

        Args:
            table: What is learned.
            seed: The seed of everything that is drawn.
            progress: Where to say how far it is.
            folder: Where checkpoints and the log go; training that was stopped there is resumed.
            profile: Whether to write there where the time goes.

        Raises:
            DataError: The table has too few entities or breaks its own rules, or the folder holds
                a checkpoint of something else.
            ConfigError: A rule of its schema cannot be used, the seed is below 0, or training goes
                wrong from its start.
        """
        self.watch_ = Watch(folder=folder, profile=profile)
        return super().fit(table, seed=seed, progress=progress)

    def _fit(
        self,
        codes: list[Codes],
        fields: list[Field],
        entities: Entities,
        rng: np.random.Generator,
        progress: Progress,
    ) -> None:
        self.network_, self.history_ = None, {}
        if not fields:
            return
        rows, seed = rows_of(codes), int(rng.integers(2**62))
        network = self._seeded_network(fields, seed)
        with _seeded(seed):
            network.prepare(rows)
        self.watch_.fingerprint = self._fingerprint(fields, rows, seed)
        how, stages = self._training(len(rows)), network.stages(rows)
        history = train(stages, how, seed=seed, progress=progress, watch=self.watch_)
        network.cpu().eval()
        with _seeded(seed):
            network.finish(rows)
        self.network_, self.history_ = network, history.to_json()

    def _fingerprint(self, table_fields: list[Field], rows: Tensor, seed: int) -> str:
        facts = {
            "model": self.name,
            "settings": self.settings(),
            "seed": seed,
            "fields": [astuple(one) for one in table_fields],
            "processes": processes.n_processes(),
        }
        return model_file.fingerprint(facts, rows.numpy())

    def _seeded_network(self, table_fields: list[Field], seed: int) -> TableNetwork:
        with _seeded(seed):
            return self._network(table_fields)

    def _training(self, n_rows: int) -> Training:
        """The settings of the loop: as many epochs as make `n_steps`, within `max_epochs`.

        Which numbers are computed in follows from the machine alone, so that the same seed gives
        the same model.
        """
        own = {f.name: getattr(self, f.name) for f in fields(Training)}
        if own["epochs"] is None:
            n_batches = max(1, n_rows // min(self.batch_size, n_rows))
            timed = self.budget() is not None
            wanted = self.max_epochs if timed else math.ceil(self.n_steps / n_batches)
            own["epochs"] = min(wanted, self.max_epochs)
        own["precision"] = "bf16" if self._is_bf16() else "fp32"
        return Training(**own)

    def _is_bf16(self) -> bool:
        if self.precision != "auto":
            return self.precision == "bf16"
        is_cuda = self.device == "cuda" or (self.device == "auto" and torch.cuda.is_available())
        return precision.has_bf16(torch.device("cuda" if is_cuda else "cpu"))

    def _sample(
        self, n_rows: int, rng: np.random.Generator, allowed: dict[int, Mask]
    ) -> list[Codes]:
        """Codes of all fields; conditions are met by weighing rows by their chance to meet them."""
        network = self.network_
        if network is None or not n_rows:
            return [np.zeros(n_rows, np.uint16)] * (0 if network is None else network.n_fields)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        masks = masks_of(allowed)
        is_bf16 = self._is_bf16() and precision.has_bf16(torch.device("cpu"))
        rows = []
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
            for first in range(0, n_rows, BATCH):
                n = min(BATCH, n_rows - first)
                outputs = _outputs(network, n, rng, generator, masks)
                rows.append(network.draw(outputs, generator, masks))
        return codes_of(torch.cat(rows))

    def _state(self) -> dict[str, Any]:
        stored = {} if self.network_ is None else self.network_.state_dict()
        weights = {name: value.numpy() for name, value in stored.items()}
        return {"weights": weights, "history": self.history_}

    def _restore(self, state: dict[str, Any], fields: list[Field]) -> None:
        self.network_, self.history_ = None, dict(state["history"])
        if not fields:
            return
        self.network_ = network_with(lambda: self._seeded_network(fields, 0), state["weights"])


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's random numbers follow the seed inside and go on outside as if nothing had been."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _outputs(
    network: TableNetwork,
    n: int,
    rng: np.random.Generator,
    generator: torch.Generator,
    masks: Masks,
) -> Tensor:
    """What n rows are drawn from; under conditions, chosen from more by their weights.

    Reference: Doucet, de Freitas & Gordon 2001, "Sequential Monte Carlo Methods in Practice",
    chapter 1.
    """
    if not masks:
        return network.outputs(n, generator, masks)
    parts: list[Tensor] = []
    n_drawn, weight = 0, torch.zeros(0)
    while n_drawn < MAX_PARTICLES and not _are_enough(weight, n):
        more = min(BATCH, max(n, MIN_PARTICLES, n_drawn))
        parts.append(network.outputs(more, generator, masks))
        n_drawn += more
        log_weight = torch.cat([network.log_mass(part, masks) for part in parts])
        _check_chance(float(log_weight.max()))
        weight = (log_weight - log_weight.max()).exp()
    keep = resampled(weight.double().numpy(), n, rng)
    return torch.cat(parts)[torch.from_numpy(keep)]


def _are_enough(weight: Tensor, n: int) -> bool:
    """Whether as many particles weigh as n rows need (Kish's effective number)."""
    return bool(weight.sum() ** 2 >= min(n, ENOUGH) * (weight @ weight)) and len(weight) > 0


def _check_chance(log_chance: float) -> None:
    if not log_chance > LEAST_LOG_MASS:
        raise ConfigError(
            "no row can meet all the conditions at once",
            allowed="conditions that some virtual row can meet",
            code="config.given",
        )
