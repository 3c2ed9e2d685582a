"""What a generator of pictures learned: which way its latent space leads, and what labels change.

With pictures of the source also: how it rebuilds them, and which of them its own come nearest to.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanyao.data import contact_sheet
from guanyao.data.images import Images, read_images
from guanyao.errors import DataError
from guanyao.models.image_sampler import ImageSampler
from guanyao.registry import need

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Section = dict[str, Any]

N_DIRECTIONS = 8
N_TRIED = 512
"""Directions that are looked at at most."""
N_BASES = 6
"""Places that the effect of a direction is measured at."""
STEPS = np.linspace(-2.5, 2.5, 9)
N_PAIRS, N_BETWEEN = 6, 9
N_NOISES, MAX_LABELS = 6, 20
N_SHOWN = 10
N_NEAREST = 3
MAX_REBUILT = 2_000
BLOCK = 2_000
LEAST_SIDE = 56
"""Pixels that a picture is enlarged to, by whole steps."""


@dataclass(frozen=True)
class Latent:
    """A space whose places are pictures.

    Args:
        what: What it is called, in English and Chinese.
        places: Places that pictures of the generator have, shape (n, latent_dim).
        labels: Their labels, shape (n,).
        draw: From places and labels to pictures.
    """

    what: tuple[str, str]
    places: Floats
    labels: Labels
    draw: Callable[[Floats, Labels], Pixels]


def sections(
    model: ImageSampler, *, real: Images | None = None, n: int | None = None, seed: int = 0
) -> list[Section]:
    """What is to be shown of a generator of pictures.

    Args:
        model: A fitted generator of pictures.
        real: Pictures that `read_real` gave; they are shown.
        n: Pictures that directions are judged by; None: 64.
        seed: What everything is drawn with.
    """
    latent = _latent(model, n or 64, seed)
    found = [*_traversals(latent), _interpolations(model, seed), *_label_grid(model, seed)]
    if real is not None:
        if has_codes(model):
            found += _rebuilt(model, real)
        found.append(_nearest(model, real, seed))
    return found


def has_codes(model: Any) -> bool:  # noqa: ANN401
    """Whether the generator has an encoder and a decoder."""
    network = getattr(model, "network_", None)
    return hasattr(network, "encode") and hasattr(network, "decode")


def _latent(model: ImageSampler, n: int, seed: int) -> Latent:
    """The codes of drawn pictures where there is an encoder, otherwise noise."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, model.noise_dim_), np.float32)
    labels = rng.integers(0, max(len(model.classes_), 1), n)
    if not has_codes(model):
        return Latent(("noise", "噪声"), noise, labels, model.pixels_of)
    walks = need("guanyao.models.latent_walks")
    codes = walks.codes_of(model, model.pixels_of(noise, labels))
    return Latent(
        ("code", "编码"), codes, labels, lambda c, chosen: walks.pictures_of(model, c, chosen)
    )


def _traversals(latent: Latent) -> Iterator[Section]:
    """Pictures along the directions that change them most."""
    scale = latent.places.std(axis=0)
    effect = _effects(latent, scale)
    chosen = np.argsort(-effect, kind="stable")[:N_DIRECTIONS]
    chosen = chosen[effect[chosen] > 0]
    if not len(chosen):
        return
    rows = []
    for direction in chosen:
        places = np.repeat(latent.places[:1], len(STEPS), axis=0)
        places[:, direction] = latent.places[:, direction].mean() + STEPS * scale[direction]
        rows.append(latent.draw(places.astype(np.float32), latent.labels[:1].repeat(len(STEPS))))
    total = float(effect.sum())
    yield {
        "title": "explain.traversals",
        "text": (
            f"One picture, one row for each of the {len(chosen)} of {len(effect)} directions of "
            f"the {latent.what[0]} that change pictures most, from -2.5 to 2.5 standard "
            "deviations.",
            f"同一张图，每行对应{latent.what[1]}中影响最大的 {len(chosen)} 个方向"
            f"（共 {len(effect)} 个）之一，由 -2.5 至 2.5 个标准差。",
        ),
        "png": _sheet(np.concatenate(rows), len(STEPS)),
        "file": "traversals",
        "bars": {f"{latent.what[0]} {i}": float(effect[i]) / total for i in chosen},
        "how": (
            "The bars are shares of all variance of pixels.",
            "条形表示各方向在像素总方差中的占比。",
        ),
    }


def _effects(latent: Latent, scale: Floats) -> NDArray[np.float64]:
    """The variance of pixels when one direction is moved by a standard deviation both ways."""
    n, tried = min(N_BASES, len(latent.places)), min(len(scale), N_TRIED)
    bases, labels = latent.places[:n], latent.labels[:n]
    effect = np.zeros(len(scale))
    for direction in np.argsort(-scale, kind="stable")[:tried]:
        up, down = bases.copy(), bases.copy()
        up[:, direction] += scale[direction]
        down[:, direction] -= scale[direction]
        drawn = latent.draw(np.concatenate([up, down]), np.tile(labels, 2)).astype(np.float64)
        effect[direction] = np.square((drawn[:n] - drawn[n:]) / 2).mean()
    return effect


def _interpolations(model: ImageSampler, seed: int) -> Section:
    """Pictures on the way from one noise to another, on the sphere where noise lies."""
    rng = np.random.default_rng([seed, 1])
    ends = rng.standard_normal((2, N_PAIRS, model.noise_dim_), np.float32)
    labels = rng.integers(0, max(len(model.classes_), 1), N_PAIRS)
    way = np.concatenate(
        [between(ends[0, i], ends[1, i], np.linspace(0, 1, N_BETWEEN)) for i in range(N_PAIRS)]
    )
    return {
        "title": "explain.interpolation",
        "text": (
            "Each row leads from one noise to another along a great circle, with one label.",
            "每行沿大圆由一个噪声走到另一个，标签不变。",
        ),
        "png": _sheet(model.pixels_of(way, labels.repeat(N_BETWEEN)), N_BETWEEN),
        "file": "interpolation",
    }


def between(start: Floats, end: Floats, shares: NDArray[np.float64]) -> Floats:
    """Points on the way from one vector to another, spherically; shape (n_shares, dim).

    Reference: White 2016, "Sampling Generative Networks", arXiv:1609.04468, section 2.1.

    Examples:
        >>> between(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.5])).round(3)
        array([[0.707, 0.707]], dtype=float32)
    """
    lengths = float(np.linalg.norm(start)) * float(np.linalg.norm(end))
    angle = float(np.arccos(np.clip(start @ end / max(lengths, 1e-12), -1, 1)))
    if np.sin(angle) < 1e-6:
        weights = np.stack([1 - shares, shares], axis=1)
    else:
        weights = np.stack([np.sin((1 - shares) * angle), np.sin(shares * angle)], axis=1)
        weights /= np.sin(angle)
    return (weights @ np.stack([start, end])).astype(np.float32)


def _label_grid(model: ImageSampler, seed: int) -> Iterator[Section]:
    """The same noise with every label."""
    n_labels = min(len(model.classes_), MAX_LABELS)
    if n_labels < 2:
        return
    rng = np.random.default_rng([seed, 2])
    noise = rng.standard_normal((N_NOISES, model.noise_dim_), np.float32)
    drawn = model.pixels_of(noise.repeat(n_labels, axis=0), np.tile(np.arange(n_labels), N_NOISES))
    names = ", ".join(model.classes_[:n_labels])
    yield {
        "title": "explain.labels",
        "text": (
            f"Each row is one noise; the columns are the labels {names}.",
            f"每行为同一噪声；各列为标签 {names}。",
        ),
        "png": _sheet(drawn, n_labels),
        "file": "labels",
    }


def read_real(model: ImageSampler, source: object, seed: int) -> Images:
    """Real pictures in the size and with the labels of the model, in random order.

    Raises:
        DataError: They cannot be read, or have other colours or labels than those learned.
    """
    channels, height, width = model.shape_
    images = read_images(source, size=(height, width))
    if images.shape != (height, width, channels):
        found, wanted = images.shape[2], channels
        raise DataError(
            f"the pictures have {found} channels",
            allowed=f"the {wanted} of those that were learned",
            code="data.image_sides",
        )
    images = images.take(np.random.default_rng([seed, 3]).permutation(len(images)))
    if not model.classes_:
        return images
    known = {name: place for place, name in enumerate(model.classes_)}
    places = np.array([known.get(name, -1) for name in images.classes], np.int64)
    if images.labels is None or not (places[images.labels] >= 0).any():
        raise DataError(
            "the pictures have none of the labels that were learned",
            allowed="labels: " + ", ".join(model.classes_[:50]),
            code="data.image_classes",
        )
    labels = places[images.labels]
    kept = labels >= 0
    return Images(
        pixels=images.pixels[kept],
        labels=labels[kept],
        classes=model.classes_,
        source=images.source,
    )


def _rebuilt(model: ImageSampler, real: Images) -> Iterator[Section]:
    """Real pictures beside what the decoder makes of their codes; then the worst of them."""
    walks = need("guanyao.models.latent_walks")
    some = real.take(slice(0, MAX_REBUILT))
    labels = np.zeros(len(some), np.int64) if some.labels is None else some.labels
    made = walks.pictures_of(model, walks.codes_of(model, some.pixels), labels)
    gap = np.square(made.astype(np.float32) - some.pixels).reshape(len(made), -1).mean(axis=1)
    worst = np.argsort(-gap, kind="stable")[:N_SHOWN]
    figures = f"{np.sqrt(np.median(gap)):.1f}", f"{np.sqrt(gap.max()):.1f}"
    captions = (
        ("At random", "随机选取"),
        ("The highest reconstruction errors", "重建误差最大"),
    )
    rows = (np.arange(min(N_SHOWN, len(some))), worst)
    yield {
        "title": "explain.reconstructions",
        "is_real": True,
        "text": (
            f"Above a real picture, below what the decoder makes of its code. Of {len(some)} "
            f"pictures the median error is {figures[0]} grey levels, the highest {figures[1]}: "
            "high errors are what the generator finds strange.",
            f"上为真实图像，下为由其编码重建的图像。{len(some)} 张图中，误差中位数为 {figures[0]} "
            f"灰度级，最大为 {figures[1]}：误差大者即生成器认为异常的图像。",
        ),
        "png": [
            (caption, _sheet(np.concatenate([some.pixels[row], made[row]]), len(row)))
            for caption, row in zip(captions, rows, strict=True)
        ],
        "file": "reconstructions",
    }


def _nearest(model: ImageSampler, real: Images, seed: int) -> Section:
    """Virtual pictures, each above the real ones it comes nearest to."""
    drawn = model.sample(N_SHOWN, seed=seed).pixels
    near, distance = nearest(drawn, real.pixels, N_NEAREST)
    grid = [drawn, *(real.pixels[near[:, place]] for place in range(near.shape[1]))]
    return {
        "title": "explain.nearest",
        "is_real": True,
        "text": (
            f"Above a virtual picture, below the {near.shape[1]} real ones that come nearest to it "
            f"in pixels; the nearest pair differs by {distance.min():.1f} grey levels on average.",
            f"最上为虚拟图像，其下为像素上最接近的 {near.shape[1]} 张真实图像；"
            f"最接近的一对平均相差 {distance.min():.1f} 灰度级。",
        ),
        "png": _sheet(np.concatenate(grid), len(drawn)),
        "file": "nearest",
    }


def nearest(
    wanted: Pixels, among: Pixels, n_nearest: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The pictures that come nearest to each of a few.

    Args:
        wanted: Shape (n, height, width, channels).
        among: Of the same size, shape (m, height, width, channels).
        n_nearest: How many, >= 1.

    Returns:
        Their places (n, k), the nearest first, and the root mean square difference of their pixels
        (n, k); k is at most m.
    """
    flat = wanted.reshape(len(wanted), -1).astype(np.float32)
    squares = np.empty((len(wanted), len(among)), np.float32)
    for start in range(0, len(among), BLOCK):
        block = among[start : start + BLOCK].reshape(-1, flat.shape[1]).astype(np.float32)
        cross = flat @ block.T
        squares[:, start : start + BLOCK] = np.square(block).sum(1) - 2 * cross
    squares += np.square(flat).sum(1)[:, None]
    order = np.argsort(squares, axis=1, kind="stable")[:, : min(n_nearest, len(among))]
    chosen = np.take_along_axis(squares, order, axis=1).clip(0) / flat.shape[1]
    return order, np.sqrt(chosen.astype(np.float64))


def _sheet(pixels: Pixels, n_columns: int) -> bytes:
    """The pictures on a sheet, as a PNG file, large enough to be seen."""
    scale = max(1, LEAST_SIDE // max(pixels.shape[1:3]))
    return contact_sheet.png(contact_sheet.sheet(pixels, n_columns=n_columns, scale=scale))


def files(one: Section) -> Sequence[tuple[str, bytes]]:
    """The pictures of a section by file name."""
    given = one.get("png") or ()
    if isinstance(given, bytes):
        return [(f"{one['file']}.png", given)]
    return [(f"{one['file']}-{i}.png", blob) for i, (_, blob) in enumerate(given, start=1)]
