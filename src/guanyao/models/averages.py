"""Exponential moving averages of weights, which draw better samples than the last weights do.

Reference: Polyak & Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging";
Yazıcı et al. 2019, "The Unusual Effectiveness of Averaging in GAN Training", arXiv:1806.04498.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Averages:
    """Averaged copies of the weights of some networks.

    Args:
        networks: What is averaged; buffers (such as running means) are not.
        decay: Share of the old average that is kept at each step; 0: nothing is averaged.
    """

    def __init__(self, networks: Sequence[nn.Module], decay: float) -> None:
        self._decay = decay
        self._n_steps = 0
        weights = [p for network in networks for p in network.parameters()] if decay else []
        self._weights: list[Tensor] = list({id(p): p for p in weights}.values())
        self._shadows = [p.detach().clone() for p in self._weights]

    @torch.no_grad()
    def follow(self) -> None:
        """Move the averages towards the weights; the first steps move them faster."""
        self._n_steps += 1
        decay = min(self._decay, (1 + self._n_steps) / (10 + self._n_steps))
        if self._weights:
            torch._foreach_lerp_(self._shadows, self._weights, 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The networks hold their averaged weights inside."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for i, weight in enumerate(self._weights):
            weight.data, self._shadows[i] = self._shadows[i], weight.data

    @torch.no_grad()
    def keep(self) -> None:
        """Put the averaged weights into the networks for good."""
        for weight, shadow in zip(self._weights, self._shadows, strict=True):
            weight.copy_(shadow)

    def forget(self) -> None:
        """Let go of the averages."""
        self._weights, self._shadows = [], []

    def state(self) -> dict[str, Tensor]:
        """The averages by number, and after how many steps."""
        shadows = {str(i): shadow for i, shadow in enumerate(self._shadows)}
        return {**shadows, "n_steps": torch.tensor(self._n_steps)}

    @torch.no_grad()
    def restore(self, state: dict[str, Tensor]) -> None:
        """Take on what `state` gave."""
        self._n_steps = int(state["n_steps"])
        for i, shadow in enumerate(self._shadows):
            shadow.copy_(state[str(i)])
