"""Several processes that train one model: started by torchrun, Slurm or Ray Train, or one alone.

Written against `torch.distributed`: where a process group is there, or the environment variables of
a launcher are, gradients are averaged over the processes; otherwise nothing here does anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T", int, float, str)
State = TypeVar("State")


@contextmanager
def joined() -> Iterator[None]:
    """The processes of the launcher form a group inside; one that is already there is used."""
    is_mine = dist.is_available() and dist.is_torchelastic_launched() and not dist.is_initialized()
    if is_mine:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
        if is_mine:
            dist.barrier()  # none takes its connections down while another still reads from them
    finally:
        if is_mine:
            dist.destroy_process_group()


def n_processes() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process among them, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def is_first() -> bool:
    """Whether this is the process that writes."""
    return rank() == 0


def own_seed(seed: int) -> int:
    """The seed of what this process draws for its own rows; the first keeps the seed itself."""
    return (seed + 0x9E3779B9 * rank()) % 2**63


def share_of(rows: Tensor) -> Tensor:
    """This process's share of the rows of a batch."""
    return rows[rank() :: n_processes()] if n_processes() > 1 else rows


def average_gradients(parameters: list[nn.Parameter]) -> None:
    """Replace each gradient by its mean over the processes."""
    if n_processes() == 1:
        return
    for parameter in parameters:
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad)
            parameter.grad /= n_processes()


def average_buffers(network: nn.Module) -> None:
    """Replace running means and the like by their mean over the processes."""
    if n_processes() == 1:
        return
    for buffer in network.buffers():
        if buffer.is_floating_point():
            dist.all_reduce(buffer)
            buffer /= n_processes()


def same(value: T) -> T:
    """The value of the first process, in all of them."""
    if n_processes() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


def total(value: Tensor) -> Tensor:
    """The sum over the processes, in all of them: no finite number where one has none."""
    if n_processes() == 1:
        return value
    found = value.detach().float().clone()
    dist.all_reduce(found)
    return found


def gathered(state: State) -> list[State]:
    """What each process has, in the order of their numbers."""
    if n_processes() == 1:
        return [state]
    box: list[State] = [state] * n_processes()
    dist.all_gather_object(box, state)
    return box
