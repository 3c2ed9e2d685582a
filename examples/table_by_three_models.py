"""A table by three models: trees, a variational autoencoder and a flow in its latent space."""

# %% The breast cancer measurements that scikit-learn ships
import os

import polars as pl
from sklearn.datasets import load_breast_cancer

import guanyao as gy
from guanyao.data.split import split

tiny = bool(os.environ.get("GUANYAO_TINY"))
bunch = load_breast_cancer()
n_columns = 4 if tiny else 10
frame = pl.DataFrame(bunch.data[:, :n_columns], schema=list(bunch.feature_names[:n_columns]))
frame = frame.with_columns(pl.Series("diagnosis", bunch.target_names[bunch.target]))
train, holdout = split(gy.read(frame), holdout=0.3, seed=0)

# %% Each learns the same rows; the deep ones are given a few epochs
for name in ("trees", "tvae", "latent_flow"):
    settings = {} if name == "trees" else {"epochs": 2 if tiny else 300}
    model = gy.fit(train, model=name, settings=settings, seed=0)
    virtual = gy.sample(model, len(train), seed=1)
    found = gy.evaluate(real=train, holdout=holdout, virtual=virtual, target="diagnosis")
    print(name, {score.name: round(score.value, 3) for score in found.scores})

# %% With a page to look at: guanyao compare table.csv --models trees,tvae,ctgan,latent_flow -o out
