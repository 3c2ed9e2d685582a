"""What boosting is given."""

import numpy as np

from guanyao.data.sides import prepare
from guanyao.metrics.boosting import MAX_LEVELS, classifier, features, fitted, is_category
from guanyao.testing import example_table


def test_features_stand_in_order_without_the_target() -> None:
    whole = example_table(40)
    sides = prepare(whole, whole, whole)
    x = features(sides.train, sides.coding, "outcome")
    flags = is_category(sides.coding, "outcome")
    assert x.shape == (40, len(sides.coding.names) - 1)
    assert flags.sum() == len(sides.coding.categories)
    assert np.nanmax(x[:, flags]) < MAX_LEVELS


def test_a_feature_without_values_is_no_obstacle() -> None:
    x = np.array([[np.nan, i] for i in range(60)], dtype=float)
    model = fitted(classifier(5, np.array([False, False]), 0), x, x[:, 1] > 30)
    assert model.predict(x).sum() == 29
