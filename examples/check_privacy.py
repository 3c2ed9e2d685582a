"""What protection costs, and what a missing one gives away."""

# %% A made-up table of incomes, with one name that everybody would know
import os

import numpy as np
import polars as pl

import guanyao as gy
from guanyao.data.split import split

n_rows = 400 if os.environ.get("GUANYAO_TINY") else 4_000
rng = np.random.default_rng(0)
job = rng.choice(["clerk", "nurse", "driver"], n_rows).astype(object)
income = np.round(rng.lognormal(8, 0.4, n_rows), 2)
job[0], income[0] = "astronaut", 9_999_999.0
frame = pl.DataFrame(
    {"job": job.astype(str), "income": income, "age": rng.integers(18, 80, n_rows)}
)

# %% The one astronaut and the one fortune reach neither the model nor the rows
train, holdout = split(gy.read(frame), holdout=0.2, seed=0)
model = gy.fit(train, model="trees", min_entities=20, seed=0)
virtual = gy.sample(model, len(train), seed=1)
assert "astronaut" not in virtual["job"].to_list()
assert virtual["income"].max() < 9_999_999.0
print("highest virtual income:", virtual["income"].max())

# %% A table that copies is found out
copied = gy.evaluate(real=train, holdout=holdout, virtual=train, seed=0)
honest = gy.evaluate(real=train, holdout=holdout, virtual=virtual, seed=0)
for name, evaluation in (("a copy", copied), ("virtual", honest)):
    for attack in evaluation.attacks:
        print(f"{name:8} {attack.name:24} {attack.group:12} AUC {attack.auc:.3f}")
