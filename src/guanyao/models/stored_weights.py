"""Networks with the weights of a model file, which may come from a stranger.

A few bytes of settings can describe a network of any size. So its shapes are laid out first, in
memory that is asked for and never written to, which takes none, and held against the weights that
are there; only then is it made.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.overrides import TorchFunctionMode

Network = TypeVar("Network", bound=nn.Module)
Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]

FIRST_NUMBERS = (
    "uniform_", "normal_", "trunc_normal_", "kaiming_uniform_", "kaiming_normal_", "constant_",
    "ones_", "zeros_", "zero_", "fill_",
)  # fmt: skip
"""What writes the numbers that weights begin with."""


class _Unwritten(TorchFunctionMode):
    """Weights that are made inside have a shape, and numbers that nobody wrote."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        given = dict(kwargs or {})
        if getattr(func, "__name__", "") in FIRST_NUMBERS:
            return args[0] if args else given["tensor"]
        return (torch.empty if func in (torch.zeros, torch.ones) else func)(*args, **given)


def network_with(build: Callable[[], Network], arrays: Arrays) -> Network:
    """The network that `build` makes, with these weights, ready to draw.

    Args:
        build: Makes the network; it is called twice.
        arrays: The weights by name.

    Raises:
        ValueError: They are those of another network, or not all are finite numbers.
    """
    with _Unwritten():
        wanted = {name: tuple(weight.shape) for name, weight in build().state_dict().items()}
    if wanted != {name: array.shape for name, array in arrays.items()}:
        raise ValueError("the weights are those of another network")
    if not all(bool(np.isfinite(array).all()) for array in arrays.values()):
        raise ValueError("a weight is no number")
    network = build()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return network.eval()
