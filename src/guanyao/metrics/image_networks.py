"""The small networks that pictures are measured with: classifier, autoencoder, or the user's own.

The classifier and the autoencoder are trained in the run and share one body: two 5 x 5 convolutions
with pooling, then 128 features (LeCun et al. 1998, "Gradient-Based Learning Applied to Document
Recognition", with ReLU). About twenty CPU seconds on MNIST, to an accuracy of .99. This is one of
the few modules that need torch.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from guanyao.errors import DataError
from guanyao.registry import need

Pixels = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Rows = NDArray[np.int64]

N_FEATURES = 128
WIDTH = 16
"""Channels of the first convolution."""
MAX_SIDE = 64
"""The longer side, in pixels, that larger pictures are averaged down to."""
WIDE_SIDE = 40
"""Pictures with a longer side lose half of it in the first convolution."""
BATCH = 128
MIN_BATCH = 8
MAX_EPOCHS = 30
BLOCK = 500
"""Pictures that are embedded at a time."""
INCEPTION_SIDE = 299
INCEPTION_BLOCK = 50


@dataclass(frozen=True)
class Recipe:
    """How long and how fast a network learns.

    Args:
        n_steps: Updates; fewer where the pictures are so few that each would be seen too often.
        learning_rate: The highest rate of the one-cycle schedule.
    """

    n_steps: int = 1_200
    learning_rate: float = 1.5e-3


class Body(nn.Module):
    """Turns pictures of any size into 128 features."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        height, width, channels = shape
        stride = 2 if max(height, width) > WIDE_SIDE else 1
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, WIDTH, 5, stride, 2),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Conv2d(WIDTH, 2 * WIDTH, 5, 1, 2),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Flatten(),
        )
        with torch.no_grad():
            n_inputs = self.convolutions(torch.zeros(1, channels, height, width)).shape[1]
        self.features = nn.Linear(n_inputs, N_FEATURES)

    def forward(self, pictures: Tensor) -> Tensor:
        """Features at least 0, shape (n_images, 128), of pictures (n_images, c, h, w)."""
        return F.relu(self.features(self.convolutions(pictures)))


@dataclass(frozen=True)
class Network:
    """A trained network with all that turns pixels into what it takes.

    Args:
        body: Makes features.
        head: Makes class scores, or pictures, of features.
        prepare: Makes the body's input of pixels.
    """

    body: nn.Module
    head: nn.Module
    prepare: Callable[[Tensor], Tensor]

    def embed(self, pixels: Pixels) -> Float32:
        """Features of pictures, shape (n_images, 128)."""
        return np.vstack([features.numpy() for features in self._features(pixels)])

    def predict(self, pixels: Pixels) -> Rows:
        """The most probable class of each picture, shape (n_images,)."""
        with torch.no_grad():
            found = [self.head(features).argmax(dim=1) for features in self._features(pixels)]
        return torch.cat(found).numpy()

    def _features(self, pixels: Pixels) -> list[Tensor]:
        with torch.no_grad(), _one_thread(), _fast():
            return [self.body(self.prepare(block)).float() for block in _blocks(pixels, BLOCK)]


def classifier(
    pixels: Pixels, labels: Rows, n_classes: int, *, seed: int, recipe: Recipe | None = None
) -> Network:
    """A classifier of pictures; the same seed gives the same one.

    Args:
        pixels: Shape (n_images, height, width, channels).
        labels: Shape (n_images,), from 0 to n_classes - 1.
        n_classes: How many classes there are.
        seed: What its first weights and the order of pictures follow.
        recipe: How long it learns.
    """
    with _seeded(seed):
        network = _network(pixels, lambda _: nn.Linear(N_FEATURES, n_classes))
    truth = torch.from_numpy(np.ascontiguousarray(labels))

    def loss(pictures: Tensor, scores: Tensor, rows: Tensor) -> Tensor:
        return F.cross_entropy(scores, truth[rows])

    _learn(network, pixels, loss, recipe or Recipe(), seed)
    return network


def autoencoder(pixels: Pixels, *, seed: int, recipe: Recipe | None = None) -> Network:
    """An autoencoder of pictures, for where there are no labels."""
    with _seeded(seed):
        network = _network(
            pixels,
            lambda n_values: nn.Sequential(
                nn.Linear(N_FEATURES, 512), nn.ReLU(), nn.Linear(512, n_values)
            ),
        )

    def loss(pictures: Tensor, decoded: Tensor, rows: Tensor) -> Tensor:
        return F.mse_loss(decoded, pictures.flatten(1))

    _learn(network, pixels, loss, recipe or Recipe(), seed)
    return network


def _network(pixels: Pixels, make_head: Callable[[int], nn.Module]) -> Network:
    values = pixels[:: max(1, len(pixels) // 5_000)]
    mean, deviation = float(values.mean()) / 255, max(float(values.std()) / 255, 1e-3)

    def prepare(block: Tensor) -> Tensor:
        return ((shrunk(block.float() / 255) - mean) / deviation).contiguous(
            memory_format=torch.channels_last
        )

    channels, height, width = prepare(_tensor(pixels[:1])).shape[1:]
    body, head = Body((height, width, channels)), make_head(channels * height * width)
    for part in (body, head):
        part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Network(body, head, prepare)


def shrunk(pictures: Tensor) -> Tensor:
    """Pictures (n, c, h, w) averaged down until no side is longer than `MAX_SIDE`."""
    height, width = pictures.shape[2:]
    scale = MAX_SIDE / max(height, width)
    if scale >= 1:
        return pictures
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(pictures, size=size, mode="area")


Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From pictures (n, c, h, w), what the head made of them, and their rows to the loss."""


def _learn(network: Network, pixels: Pixels, loss_of: Loss, recipe: Recipe, seed: int) -> None:
    """Train body and head: Adam, one-cycle learning rate."""
    batch = min(len(pixels), BATCH, max(MIN_BATCH, len(pixels) // 8))
    n_steps = min(recipe.n_steps, MAX_EPOCHS * len(pixels) // batch)
    parameters = [*network.body.parameters(), *network.head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=n_steps
    )
    order = _order(len(pixels), batch, seed)
    with _one_thread():
        for rows in islice(order, n_steps):
            pictures = network.prepare(_tensor(pixels[rows]))
            with _fast():
                made = network.head(network.body(pictures))
            optimizer.zero_grad()
            loss_of(pictures, made.float(), torch.from_numpy(rows)).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()


def _order(n_rows: int, batch: int, seed: int) -> Iterator[Rows]:
    """Rows of one batch after another, shuffled anew in each epoch."""
    rng = np.random.default_rng(seed)
    while True:
        mixed = rng.permutation(n_rows)
        for at in range(0, n_rows - batch + 1, batch):
            yield mixed[at : at + batch]


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread inside: on networks this small more only wait, and sums would depend on them."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """First weights follow the seed inside, and nobody else's random numbers change."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _fast() -> torch.autocast:
    """Computes in bfloat16 inside, where the processor has instructions for it."""
    supports = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(supports()))


def _blocks(pixels: Pixels, n_images: int) -> Iterator[Tensor]:
    for at in range(0, len(pixels), n_images):
        yield _tensor(pixels[at : at + n_images])


def _tensor(pixels: Pixels) -> Tensor:
    """Pixels (n, h, w, c) as a tensor of bytes (n, c, h, w)."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)


def own_network(path: Path) -> Callable[[Pixels], Float32]:
    """What makes features with a network of the user's, e.g. an Inception.

    It is given pictures in red, green and blue, scaled to 299 x 299, as numbers in [0, 1]; a
    TorchScript network that takes `return_features` scales them itself and is given bytes.

    Args:
        path: A TorchScript (`.pt`, `.pth`, `.ts`) or ONNX (`.onnx`) file.

    Raises:
        DataError: There is no such file, or it holds no such network.
        MissingExtraError: onnxruntime is needed and not installed.
    """
    if not path.is_file():
        raise DataError(
            f"there is no file {path.name}",
            allowed="a TorchScript or ONNX file with a network that makes features",
            code="data.features",
        )
    run = _onnx(path) if path.suffix == ".onnx" else _torchscript(path)

    def embed(pixels: Pixels) -> Float32:
        blocks = _blocks(pixels, INCEPTION_BLOCK)
        return np.vstack([_flat(run(_coloured(block))) for block in blocks])

    return embed


def _torchscript(path: Path) -> Callable[[Tensor], Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # still how Inceptions are handed on
        try:
            network = torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError) as error:
            raise _no_network(path) from error
    arguments = {argument.name for argument in network.forward.schema.arguments}

    @torch.no_grad()
    def run(pictures: Tensor) -> Tensor:
        found: Tensor = (
            network(pictures, return_features=True)
            if "return_features" in arguments
            else network(_scaled(pictures))
        )
        return found

    return run


def _onnx(path: Path) -> Callable[[Tensor], Tensor]:
    runtime = need("onnxruntime")
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class of their own
        raise _no_network(path) from error
    name = session.get_inputs()[0].name

    def run(pictures: Tensor) -> Tensor:
        found = session.run(None, {name: _scaled(pictures).numpy()})[0]
        return torch.from_numpy(np.asarray(found))

    return run


def _no_network(path: Path) -> DataError:
    return DataError(
        f"{path.name} holds no network that can be read",
        allowed="TorchScript (torch.jit.save) or ONNX (.onnx)",
        do="weights alone will not do: export the network with them",
        code="data.features",
    )


def _coloured(pictures: Tensor) -> Tensor:
    """Grey pictures as red, green and blue ones."""
    return pictures.expand(-1, 3, -1, -1).contiguous()


def _scaled(pictures: Tensor) -> Tensor:
    """Bytes as numbers in [0, 1], scaled to 299 x 299."""
    size = (INCEPTION_SIDE, INCEPTION_SIDE)
    return F.interpolate(
        pictures.float() / 255, size=size, mode="bilinear", align_corners=False, antialias=True
    )


def _flat(features: Tensor) -> Float32:
    """Features as rows; maps are averaged over their places."""
    if features.ndim == 4:
        features = features.mean(dim=(2, 3))
    rows: Float32 = features.flatten(1).float().numpy()
    return rows
