"""A table from end to end: read, run, and read the verdict.

The data are the breast-cancer measurements that scikit-learn ships.
"""

# %% Take a real table
import os

import polars as pl
from sklearn.datasets import load_breast_cancer

import guanyao as gy

tiny = bool(os.environ.get("GUANYAO_TINY"))
bunch = load_breast_cancer()
frame = pl.DataFrame(bunch.data, schema=[name.replace(" ", "_") for name in bunch.feature_names])
frame = frame.with_columns(pl.Series("diagnosis", bunch.target_names[bunch.target]))
frame = frame.select(*frame.columns[: 4 if tiny else 30], "diagnosis")
frame.write_csv("tumours.csv")

# %% See how it was understood
table = gy.read("tumours.csv")
for column in table.schema:
    print(f"{column.name:26} {column.type:10} {column.role}")

# %% Run the main job: split, fit, sample, evaluate, report
run = gy.run("tumours.csv", out="tumours", target="diagnosis", seed=0)

# %% Every score stands between two references
for score in run.report["scores"]:
    low, high = score["reference"]["independent"], score["reference"]["real"]
    print(f"{score['name']:16} {score['value']:.3f}   independent {low}, real {high}")

# %% What a stranger could learn
for attack in run.report["attacks"]:
    print(f"{attack['name']:24} {attack['group']:12} AUC {attack['auc']:.3f}")
print("open tumours/report.html")
