"""Trains one generator of images in a process of its own, and draws from it.

    python benchmarks/image_run.py latent_flow TRAIN.npz OUT.npz --cpu-minutes 2 --seed 0

Leaves beside OUT a JSON file with what it cost: processor seconds of training and of drawing, and
peak memory. With `--folder` training leaves checkpoints there and goes on from them; `--model`
keeps the trained model, which is all that the test of resuming looks at.
"""

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import peers
import torch

from guanyao import __version__
from guanyao.data.images import Images, read_images
from guanyao.models import IMAGE_GROUP, IMAGE_MODELS
from guanyao.registry import find

N_WARM = 256
"""Pictures drawn before the clock starts: the first call makes room in memory."""


def main() -> None:
    """Read the arguments, train, draw, write pictures and cost."""
    args = _parser().parse_args()
    torch.set_num_threads(1)
    images = read_images(args.train)
    model = find(IMAGE_MODELS, args.name, IMAGE_GROUP)(**_settings(args))
    began, wall = peers.cpu_s(), time.perf_counter()
    model.fit(images, seed=args.seed, folder=args.folder)
    cost: dict[str, Any] = {
        "model": args.name,
        "package": f"guanyao {__version__}",
        "fit_cpu_s": peers.cpu_s() - began,
        "fit_wall_s": time.perf_counter() - wall,
        **_of_history(model.history_),
    }
    if args.model:
        model.save(args.model)
    if args.n_images:
        virtual, drawn = draw(model, args.n_images)
        np.savez(args.out, images=virtual.pixels, **_labels(virtual))
        cost |= drawn
    cost["peak_mb"] = peers.peak_mb()
    args.out.with_suffix(".json").write_text(json.dumps(cost, indent=1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cpu-minutes", type=float, help="processor time for training")
    parser.add_argument("--epochs", type=int, help="instead of a time")
    parser.add_argument("--precision", help="fp32 or bf16; the faster one, as timed at the start")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n-images", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where training leaves checkpoints")
    parser.add_argument("--model", type=Path, help="where to keep the trained model")
    return parser


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    asked = {
        "max_cpu_minutes": args.cpu_minutes,
        "epochs": args.epochs,
        "precision": args.precision,
    }
    return {name: value for name, value in asked.items() if value is not None}


def draw(model: Any, n_images: int) -> tuple[Images, dict[str, float]]:  # noqa: ANN401
    """Pictures with the labels they were drawn for, and what they cost."""
    model.sample(N_WARM, seed=0)
    began = peers.cpu_s()
    virtual: Images = model.sample(n_images, seed=1)
    sample_cpu_s = peers.cpu_s() - began
    return virtual, {
        "n_images": n_images,
        "sample_cpu_s": sample_cpu_s,
        "drawn_per_cpu_s": n_images / max(sample_cpu_s, 1e-9),
    }


def _labels(images: Images) -> dict[str, Any]:
    return {} if images.labels is None else {"labels": np.array(images.classes)[images.labels]}


def _of_history(history: dict[str, Any]) -> dict[str, Any]:
    """The rate of training over all stages, warnings, and what was computed in."""
    epochs = history["epochs"]
    ends = [0.0, *(epoch["seconds"] for epoch in epochs)]
    spans = [max(0.0, end - start) for start, end in pairwise(ends)]
    n_rows = sum(epoch["rows_per_s"] * span for epoch, span in zip(epochs, spans, strict=True))
    return {
        "learned_per_cpu_s": n_rows / max(sum(spans), 1e-9),
        "n_epochs": len(epochs),
        "warnings": history["warnings"],
        "precision": history["precision"],
    }


if __name__ == "__main__":
    main()
