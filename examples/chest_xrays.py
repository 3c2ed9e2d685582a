"""Virtual chest X-rays: a hospital's pictures stay in the house, their virtual kin can leave it."""

# %% PneumoniaMNIST (medmnist.com, CC BY 4.0) as a file, else drawn phantoms, which are nobody's
import os
from pathlib import Path

import numpy as np

import guanyao as gy

tiny = bool(os.environ.get("GUANYAO_TINY"))


def phantom(rng: np.random.Generator, is_ill: bool) -> np.ndarray:
    """A drawn chest: two dark lungs, ribs, a heart; cloudy where it is ill."""
    y, x = np.mgrid[-1:1:28j, -1:1:28j]
    width, lift = rng.uniform(0.28, 0.36), rng.uniform(-0.1, 0.1)
    lungs = sum(((x - side) / width) ** 2 + ((y - lift) / 0.75) ** 2 < 1 for side in (-0.45, 0.45))
    picture = 170.0 - 110 * lungs + 18 * np.sin(9 * y + rng.uniform(0, 6)) * lungs
    picture += 70 * np.exp(-(((x - 0.1) / 0.3) ** 2) - ((y - 0.3) / 0.4) ** 2)
    if is_ill:
        cx, cy = rng.uniform(-0.6, 0.6), rng.uniform(-0.2, 0.6)
        picture += 80 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.12) * lungs
    return (picture + rng.normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8)


source: object = "pneumoniamnist.npz"
if not Path("pneumoniamnist.npz").is_file():
    rng = np.random.default_rng(0)
    ill = rng.random(200 if tiny else 3000) < 0.6
    pixels = np.stack([phantom(rng, is_ill) for is_ill in ill])[..., None]
    source = gy.Images(pixels=pixels, labels=ill.astype(np.int64), classes=("normal", "opacity"))

# %% The main job: learn, draw, measure against X-rays that were kept back, attack, report
run = gy.run(
    source, out="x-rays", model="latent_flow", settings={"epochs": 3 if tiny else 60}, seed=0
)
for score in run.report["scores"]:
    print(f"{score['name']:>16} {score['value']:.3f}  (real: {score['reference']['real']})")

# %% The verdict, and what an attacker can still tell
print({key: run.verdict[key] for key in ("fidelity", "utility", "privacy")})
for attack in run.report["attacks"]:
    print(
        attack["name"],
        attack["group"],
        f"AUC {attack['auc']:.3f} [{attack['low']:.3f}, {attack['high']:.3f}]",
    )

# %% More of one kind, to teach with
opacities = gy.sample(run.model, 16, given={"label": run.model.classes_[-1]}, seed=2)
print(len(opacities), "more; x-rays/report.html shows them all")
