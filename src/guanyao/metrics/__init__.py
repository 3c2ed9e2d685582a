"""One file per metric. To add one: a file, and a line in `METRICS`.

A metric is a function `Sides -> Score`: it measures the virtual table against the holdout, and two
references in the same way. What cannot be measured on the data at hand raises a `DataError` with
the code "measure.impossible", which `evaluate` turns into a warning.
"""

GROUP = "guanyao.metrics"

METRICS: dict[str, str] = {
    "column_shapes": "guanyao.metrics.column_shapes:column_shapes",
    "pair_trends": "guanyao.metrics.pair_trends:pair_trends",
    "triple_trends": "guanyao.metrics.triple_trends:triple_trends",
    "missingness": "guanyao.metrics.missingness:missingness",
    "c2st_auc": "guanyao.metrics.c2st_auc:c2st_auc",
    "tstr": "guanyao.metrics.tstr:tstr",
    "dcr_share": "guanyao.metrics.dcr_share:dcr_share",
    "exact_copies": "guanyao.metrics.exact_copies:exact_copies",
}
