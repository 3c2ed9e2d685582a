"""The classic: a GAN learns handwritten digits, and you can watch it (DCGAN, Radford 2016)."""

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
images = gy.read_images(source)
print(len(images), "pictures of", images.shape, "with labels", images.classes)

# %% Generator and discriminator in alternation: non-saturating cross-entropy, noise of 100
# Both losses, the rate and a grid of samples are written every epoch; after Ctrl-C it goes on.
model = gy.fit(
    source,
    model="dcgan",
    settings={"epochs": 3 if tiny else 40},
    folder="gan-training",
    seed=0,
)
for record in model.history_["epochs"][:: 1 if tiny else 10]:
    losses = {name: round(value, 3) for name, value in record["losses"].items()}
    print("epoch", record["epoch"], losses, "diversity", round(record.get("diversity", 0), 2))

# %% What it draws
virtual = gy.sample(model, 20 if tiny else 1000, seed=1)
threes = gy.sample(model, 10, given={"label": "3"}, seed=1)
print(virtual.pixels.shape, virtual.pixels.dtype, "and", len(threes), "threes")

# %% The same with a report, from a shell: guanyao run mnist -o out --model dcgan --epochs 25
# tensorboard --logdir gan-training/events shows the losses and the grids as they come.
