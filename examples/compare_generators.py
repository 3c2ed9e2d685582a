"""Several generators on one table, on the same holdout."""

# %% The wine measurements that scikit-learn ships
import os

import polars as pl
from sklearn.datasets import load_wine

import guanyao as gy
from guanyao.data.split import split

tiny = bool(os.environ.get("GUANYAO_TINY"))
bunch = load_wine()
names = [name.replace("/", "_") for name in bunch.feature_names][: 3 if tiny else 13]
frame = pl.DataFrame(bunch.data[:, : len(names)], schema=names)
frame = frame.with_columns(pl.Series("cultivar", bunch.target_names[bunch.target]))

# %% Each learns the same training rows
train, holdout = split(gy.read(frame), holdout=0.3, seed=0)
models = ["trees", "independent"] if tiny else ["trees", "copula", "independent"]
for name in models:
    virtual = gy.sample(gy.fit(train, model=name, seed=0), len(train), seed=1)
    evaluation = gy.evaluate(real=train, holdout=holdout, virtual=virtual, target="cultivar")
    scores = {score.name: round(score.value, 3) for score in evaluation.scores}
    print(name, scores)

# %% The same with a page to look at: guanyao compare wine.csv --models trees,copula -o compared
