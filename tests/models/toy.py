"""A small trainee for the tests of the loop: a line fitted to points, with dropout."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from guanyao.models.training import Group, Stage, Trainee


class Line(Trainee):
    """Fits y = 2x + 1; goes wrong on demand."""

    def __init__(self, *, wrong_from: int = 10**9, wrong_until: int = 10**9) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.net = nn.Sequential(nn.Linear(1, 16), nn.Dropout(0.1), nn.ReLU(), nn.Linear(16, 1))
        self.wrong = range(wrong_from, wrong_until)
        self.n_calls = 0

    def groups(self) -> dict[str, Group]:
        return {"line": Group(list(self.parameters()))}

    def updates(self, batch: tuple[Tensor, ...], fraction: float) -> Iterator[tuple[str, Tensor]]:
        x, y = batch
        noise = 0.01 * torch.randn_like(x)
        loss = (self.net(x + noise) - y).float().square().mean()
        self.n_calls += 1
        yield "line", loss * (float("nan") if self.n_calls in self.wrong else 1.0)


def points(n: int = 300) -> tuple[Tensor, ...]:
    x = torch.linspace(-1, 1, n).unsqueeze(1)
    return x, 2 * x + 1


def stages(n: int = 300, n_stages: int = 1) -> list[Stage]:
    return [
        Stage(name=f"part{i}", trainee=Line(), data=lambda: points(n), share=i + 1)
        for i in range(n_stages)
    ]


def weights(parts: list[Stage]) -> dict[str, Tensor]:
    return {
        f"{i}.{name}": tensor
        for i, part in enumerate(parts)
        for name, tensor in part.trainee.state_dict().items()
    }


def assert_equal(a: dict[str, Tensor], b: dict[str, Tensor]) -> None:
    assert a.keys() == b.keys()
    for name, tensor in a.items():
        assert torch.equal(tensor, b[name]), name
