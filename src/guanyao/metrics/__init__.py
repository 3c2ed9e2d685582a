"""One file per metric. To add one: a file, and a line in its table.

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

IMAGE_GROUP = "guanyao.image_metrics"

IMAGE_METRICS: dict[str, str] = {
    "cfid": "guanyao.metrics.frechet:cfid",
    "ckid": "guanyao.metrics.kernel_distance:ckid",
    "precision": "guanyao.metrics.prdc:precision",
    "recall": "guanyao.metrics.prdc:recall",
    "density": "guanyao.metrics.prdc:density",
    "coverage": "guanyao.metrics.prdc:coverage",
    "label_accuracy": "guanyao.metrics.label_accuracy:label_accuracy",
    "tstr": "guanyao.metrics.image_tstr:image_tstr",
    "copy_rate": "guanyao.metrics.image_copies:image_copies",
}
"""Measures of pictures: functions `ImageSides -> Score`."""
