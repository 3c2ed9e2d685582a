"""Rows under conditions, and a column brought into balance."""

# %% A made-up table in which one case in ten is ill
import os

import numpy as np
import polars as pl

import guanyao as gy

n_rows = 400 if os.environ.get("GUANYAO_TINY") else 5_000
rng = np.random.default_rng(0)
age = rng.integers(18, 90, n_rows)
smoker = rng.random(n_rows) < 0.3
ill = rng.random(n_rows) < 0.04 + 0.12 * smoker + 0.0008 * age
frame = pl.DataFrame({"age": age, "smoker": smoker, "outcome": np.where(ill, "ill", "well")})
model = gy.fit(frame, model="trees", target="outcome", seed=0)

# %% Conditions hold in every row; nothing is drawn and thrown away
smokers = gy.sample(model, 200, given={"smoker": True, "outcome": "ill"}, seed=1)
assert smokers["smoker"].all()
assert (smokers["outcome"] == "ill").all()
print(smokers.describe())

# %% The rest follows the condition: who smokes and is ill is not like everybody
everybody = gy.sample(model, 200, seed=1)
print("mean age:", smokers["age"].mean(), "against", everybody["age"].mean())

# %% As many ill as well, with everything else in proportion
balanced = gy.sample(model, 300, rebalance={"outcome": {"ill": 0.5}}, seed=2)
print(balanced["outcome"].value_counts())
assert (balanced["outcome"] == "ill").sum() == 150

# %% A condition that cannot be met is refused before anything is drawn
try:
    gy.sample(model, 10, given={"outcome": "immortal"})
except gy.GuanyaoError as error:
    print(f"error[{error.code}]: {error}")
