"""Chooses how numbers are computed: fp32 or bf16, and how pictures lie in memory.

bf16 with channels last is over twice as fast on CPUs with matrix units and many times slower on
CPUs without; so the few ways that make sense are timed on a copy of the network before training.
"""

import copy
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from guanyao.models.training import Trainee

ROUNDS = 3
"""How often each way is timed; its fastest round counts."""

MARGIN = 1.15
"""How much faster a way has to be than the plain one to be chosen."""


@dataclass(frozen=True)
class Way:
    """A way to compute.

    Args:
        is_bf16: Whether matrix products are done in bfloat16.
        is_last: Whether pictures lie with their channels last.
        device: Where.
    """

    is_bf16: bool
    is_last: bool
    device: torch.device

    @property
    def name(self) -> str:
        """The way in short, e.g. "bf16 channels_last"."""
        return ("bf16" if self.is_bf16 else "fp32") + (" channels_last" if self.is_last else "")

    @classmethod
    def named(cls, name: str, device: torch.device) -> Self:
        """The way of this name."""
        return cls("bf16" in name, "channels_last" in name, device)

    def autocast(self) -> AbstractContextManager[None]:
        """Computes matrix products in bfloat16 inside, if that is the way."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.is_bf16)

    def prepare(self, network: nn.Module) -> None:
        """Lay the weights as the way wants them."""
        if self.is_last:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def shaped(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Lay a batch as the way wants it."""
        if not self.is_last:
            return batch
        last = torch.channels_last
        return tuple(t.contiguous(memory_format=last) if t.dim() == 4 else t for t in batch)


def choose(trainee: "Trainee", batch: tuple[Tensor, ...], wanted: str, device: torch.device) -> Way:
    """The fastest way to train on this machine, among those that are wanted.

    Args:
        trainee: What is trained; it is copied and stays as it is.
        batch: Rows to try it on.
        wanted: fp32, bf16 or auto.
        device: Where it is trained.
    """
    kinds = {"fp32": [False], "bf16": [True]}.get(wanted, [False, True])
    if wanted == "auto" and not has_bf16(device):
        kinds = [False]
    layouts = [False, True] if any(t.dim() == 4 for t in batch) else [False]
    ways = [Way(kind, layout, device) for kind in kinds for layout in layouts]
    if len(ways) == 1:
        return ways[0]
    times = {way: float("inf") for way in ways}
    with torch.random.fork_rng():
        for _ in range(ROUNDS):
            for way in ways:
                times[way] = min(times[way], _time(trainee, batch, way))
    fastest = min(ways, key=lambda way: times[way])
    return fastest if times[ways[0]] > MARGIN * times[fastest] else ways[0]


def has_bf16(device: torch.device) -> bool:
    """Whether the device multiplies matrices of bfloat16 itself."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return any(
        bool(getattr(torch.cpu, name, bool)())
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )


def _time(trainee: "Trainee", batch: tuple[Tensor, ...], way: Way) -> float:
    """Seconds of one pass of all updates, forward and backward, after one to warm up."""
    network = copy.deepcopy(trainee)
    way.prepare(network)
    groups = network.groups()
    began = 0.0
    for _ in range(2):
        began = time.perf_counter()
        updates = network.updates(way.shaped(batch), 0.5)
        while True:
            with way.autocast():
                update = next(updates, None)
            if update is None:
                break
            name, loss = update
            torch.autograd.grad(loss, groups[name].parameters, allow_unused=True)
    return time.perf_counter() - began
