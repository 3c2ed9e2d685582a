"""A made-up run on pictures: discs, bars and rings, and realistic figures."""

from typing import Any

import numpy as np

from guanyao.data.contact_sheet import png, sheet
from guanyao.data.images import Images
from guanyao.report.verdict import verdict
from tests.report.samples import attack, report, score

CLASSES = ("bar", "disc", "ring")


def images(
    n_images: int = 60,
    seed: int = 0,
    *,
    side: int = 16,
    channels: int = 1,
    noise: float = 12.0,
    classes: tuple[str, ...] = CLASSES,
) -> Images:
    """Pictures of three shapes, sorted by class."""
    rng = np.random.default_rng(seed)
    labels = np.sort(np.arange(n_images) % len(classes))
    drawn = np.stack([_shape(int(label) % 3, side, rng) for label in labels])
    colours = np.linspace(1.0, 0.5, channels)
    values = drawn[..., None] * colours + rng.normal(0, noise, (*drawn.shape, channels))
    return Images(pixels=values.clip(0, 255).astype(np.uint8), labels=labels, classes=classes)


def _shape(which: int, side: int, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side / 2 - 0.5) - rng.normal(0, 1, (2, 1, 1))
    away = np.hypot(x, y) / side
    if which == 0:
        return 230.0 * (abs(x) < side / 8)
    return 230.0 * ((away < 0.3) & ((away > 0.15) | (which == 1)))


def frames(n_frames: int = 12, *, n_images: int = 40) -> list[tuple[int, bytes]]:
    """Sample grids of training: less and less noise."""
    return [
        (
            5 * (i + 1),
            png(sheet(images(n_images, noise=200.0 / (i + 1)).pixels, n_columns=10)),
        )
        for i in range(n_frames)
    ]


def pictures(**changes: Any) -> dict[str, Any]:
    """What the page shows beside the report."""
    return {"virtual": images(), "epochs": frames(), "real": None, "nearest": None, **changes}


def epochs() -> list[dict[str, Any]]:
    """Two stages of training: an autoencoder with a validation loss, then a flow."""
    told: list[dict[str, Any]] = []
    for stage, began, n_epochs in (("autoencoder", 0.0, 30), ("flow", 45.0, 60)):
        for epoch in range(1, n_epochs + 1):
            falling = float(np.exp(-epoch / 8))
            losses = {stage: 80 + 200 * falling} if stage == "autoencoder" else {stage: 1 + falling}
            if stage == "autoencoder":
                losses |= {"divergence": 0.3 + 14 * (1 - falling)}
            told.append(
                {
                    "stage": stage, "epoch": epoch, "step": 78 * epoch,
                    "seconds": began + 1.5 * epoch, "rows_per_s": 6_700.0 + epoch,
                    "rate": 2e-3 * (1 - epoch / (n_epochs + 1)), "losses": losses,
                    **({"validation": 84 + 190 * falling} if stage == "autoencoder" else {}),
                    **({"diversity": 1 - falling} if stage == "flow" else {}),
                }
            )  # fmt: skip
    return told


def training(**changes: Any) -> dict[str, Any]:
    """What the loop tells of these epochs."""
    precision = {"autoencoder": "bf16", "flow": "fp32"}
    return {"epochs": epochs(), "warnings": [], "precision": precision, **changes}


SPACE = {"kind": "classifier", "learned_from": 20_000, "n_features": 128}


def good_image_scores() -> list[dict[str, Any]]:
    """The scores of a good generator of digits."""
    space = {"space": SPACE}
    copies = {"n_exact_copies": 0, "images": {"virtual": 5_000}}
    return [
        score("cfid", 8.2, 1540.0, 1.9, best=0.0, low=6.9, high=9.5, details=space),
        score("ckid", 21.0, 5990.0, -0.6, best=0.0, low=12.0, high=30.0, details=space),
        score("precision", 0.948, 0.99, 0.95),
        score("recall", 0.871, 0.0, 0.96),
        score("density", 1.02, 0.57, 0.99),
        score("coverage", 0.951, 0.018, 0.979),
        score("label_accuracy", 0.961, 0.09, 0.985, details={"by_class": [0.99, 0.91, 0.98]}),
        score("tstr", 0.974, 0.07, 0.98, kind="utility", details={"trtr": 0.98, "n_classes": 3}),
        score(
            "copy_rate", 0.009, 0.0, 0.01, kind="diagnostic", best=0.0, low=0.007, high=0.012,
            details=copies,
        ),
    ]  # fmt: skip


def image_report(**changes: Any) -> dict[str, Any]:
    """A whole report of a good run on pictures; `changes` replace its parts."""
    record = report()
    del record["protection"]
    record["data"] = {
        "kind": "images", "source_digest": "4c" * 32, "n_train": 48_000, "n_holdout": 12_000,
        "columns": [],
        "images": {
            "height": 16, "width": 16, "channels": 1, "notes": ["12 pictures were made grey"],
            "classes": [
                {"name": name, "n_train": 16_000, "n_holdout": 4_000, "n_virtual": 20_000}
                for name in CLASSES
            ],
        },
    }  # fmt: skip
    record |= {
        "model": {
            "name": "latent_flow", "digest": "7e" * 32, "privacy": None,
            "settings": {"latent_dim": 24, "beta": 0.5, "max_minutes": 10},
        },
        "scores": good_image_scores(),
        "attacks": [
            attack("nearest_neighbour", "random", 0.504),
            attack("calibrated_neighbour", "random", 0.507),
            attack("calibrated_neighbour", "vulnerable", 0.512, 0.02),
        ],
        "training": training(),
        "warnings": ["distances are taken on 10000 of 60000 virtual pictures"],
    }  # fmt: skip
    record |= changes
    return {**record, "verdict": changes.get("verdict") or verdict(record)}
