"""The benchmark's measures as the product itself computes them.

Every column is measured, whatever role the product would find for it: on these tables identifiers
and free text have been left out beforehand.
"""

from dataclasses import replace
from statistics import fmean

import polars as pl
from reference_measures import Split

from guanyao.attacks.nearest_neighbour import nearest_neighbour
from guanyao.data.readers import read
from guanyao.data.schema import Schema
from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.metrics.c2st_auc import c2st_auc
from guanyao.metrics.column_shapes import column_shapes
from guanyao.metrics.dcr_share import dcr_share
from guanyao.metrics.pair_trends import pair_trends
from guanyao.metrics.triple_trends import triple_trends
from guanyao.metrics.tstr import tstr

METRICS = (column_shapes, pair_trends, triple_trends, c2st_auc, tstr, dcr_share)
N_DRAWS = 5
"""Draws of records that the membership attack and the DCR share are averaged over."""
MANY_ROWS = 50_000
"""Rows of train from which one draw says enough."""


def measure(virtual: pl.DataFrame, split: Split, seed: int = 0) -> dict[str, float]:
    """All measures of one virtual table; those that depend on a draw of records, averaged."""
    schema = all_features(read(split.train).schema, split.target)
    draws = [
        prepare(
            Table(split.train, schema),
            Table(split.holdout, schema),
            Table(virtual, schema),
            target=split.target,
            seed=seed + i,
        )
        for i in range(N_DRAWS if split.train.height <= MANY_ROWS else 1)
    ]
    figures = {score.name: score.value for score in (metric(draws[0]) for metric in METRICS)}
    figures["dcr_share"] = fmean(dcr_share(sides).value for sides in draws)
    figures["mia_auc"] = fmean(_mia(sides) for sides in draws)
    return figures


def _mia(sides: Sides) -> float:
    return next(found.auc for found in nearest_neighbour(sides) if found.group == "random")


def all_features(schema: Schema, target: str) -> Schema:
    """The schema with every column modelled and the target marked."""
    columns = (replace(column, role="feature") for column in schema)
    return schema.with_columns(columns).with_roles(target=target)
