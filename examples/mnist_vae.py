"""The other classic: a variational autoencoder, its two losses, its latent space, and its child."""

# %% MNIST from a folder "mnist" that holds its IDX files, else the digits that scikit-learn ships
import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import guanyao as gy

tiny = bool(os.environ.get("GUANYAO_TINY"))
if Path("mnist").is_dir():
    source: object = "mnist"
else:
    digits = load_digits()
    pixels = (digits.images * 255 / 16).astype(np.uint8)
    np.savez(
        "digits.npz",
        images=pixels[: 300 if tiny else None],
        labels=digits.target[: 300 if tiny else None],
    )
    source = "digits.npz"

# %% Encoder to mean and log variance, a draw, a decoder; the loss is reconstruction + beta * KL
vae = gy.fit(source, model="vae", settings={"epochs": 3 if tiny else 60, "beta": 1.0}, seed=0)
first, last = vae.history_["epochs"][0], vae.history_["epochs"][-1]
print("loss", first["losses"], "->", last["losses"])

# %% A VAE draws from the prior; what it draws is a little blurred
print(gy.sample(vae, 10, seed=0).pixels.mean())

# %% latent_flow: the same kind of codes, and a flow that learns where in the latent space they lie
flow = gy.fit(source, model="latent_flow", settings={"epochs": 3 if tiny else 60}, seed=0)
for model in (vae, flow):
    virtual = gy.sample(model, 100 if tiny else 1000, seed=1)
    labels = np.bincount(virtual.labels, minlength=10)
    print(model.name, "labels", labels.tolist())

# %% How good each is, on pictures that neither has seen:
# guanyao compare mnist --models vae,latent_flow -o compared
