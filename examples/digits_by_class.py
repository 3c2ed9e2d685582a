"""Digits on demand: labels in the share you want; can a classifier learn from them?"""

# %% scikit-learn's digits, four fifths to learn from
import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import guanyao as gy

tiny = bool(os.environ.get("GUANYAO_TINY"))
digits = load_digits()
pixels = (digits.images * 255 / 16).astype(np.uint8)
n_train = 300 if tiny else 1400
images = gy.Images(
    pixels=pixels[:n_train, :, :, None],
    labels=digits.target[:n_train].astype(np.int64),
    classes=tuple("0123456789"),
)

# %% One generator for all labels
model = gy.fit(images, model="latent_flow", settings={"epochs": 3 if tiny else 150}, seed=0)

# %% As many of each as wanted: a balanced set, although the source need not be one
parts = [
    gy.sample(model, 5 if tiny else 100, given={"label": name}, seed=1) for name in "0123456789"
]
virtual = np.concatenate([part.pixels for part in parts]).reshape(-1, 64)
labels = np.concatenate([part.labels for part in parts])

# %% Train on virtual, test on real
real, truth = pixels[1400:].reshape(-1, 64), digits.target[1400:]
learned = LogisticRegression(max_iter=2000).fit(virtual / 255, labels)
print("train on virtual, test on real:", round(learned.score(real / 255, truth), 3))
ours = LogisticRegression(max_iter=2000).fit(
    pixels[:1400].reshape(-1, 64) / 255, digits.target[:1400]
)
print("train on real, test on real:   ", round(ours.score(real / 255, truth), 3))
