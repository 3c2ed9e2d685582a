"""The benchmark's measures as the product itself computes them.

Every column is measured, whatever role the product would find for it: on these tables identifiers
and free text have been left out beforehand.
"""

from dataclasses import replace

import polars as pl
from reference_measures import Split

from guanyao.data.readers import read
from guanyao.data.schema import Schema
from guanyao.data.table import Table
from guanyao.flows.evaluate import evaluate

SCORES = ("column_shapes", "pair_trends", "triple_trends", "c2st_auc", "tstr", "dcr_share")
ATTACK = ("nearest_neighbour", "random")


def measure(virtual: pl.DataFrame, split: Split, seed: int = 0) -> dict[str, float]:
    """All measures of one virtual table, as a user's report would show them."""
    schema = all_features(read(split.train).schema, split.target)
    evaluation = evaluate(
        real=Table(split.train, schema),
        holdout=Table(split.holdout, schema),
        virtual=Table(virtual, schema),
        target=split.target,
        seed=seed,
    )
    figures = {score.name: score.value for score in evaluation.scores if score.name in SCORES}
    mia = next(a.auc for a in evaluation.attacks if (a.name, a.group) == ATTACK)
    return {**figures, "mia_auc": mia}


def all_features(schema: Schema, target: str) -> Schema:
    """The schema with every column modelled and the target marked."""
    columns = (replace(column, role="feature") for column in schema)
    return schema.with_columns(columns).with_roles(target=target)
