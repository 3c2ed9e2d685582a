"""DCR share: what copies and fresh rows get, and that it warns."""

import polars as pl
import pytest

from guanyao.data.sides import prepare
from guanyao.errors import DataError
from guanyao.metrics.dcr_share import dcr_share
from guanyao.testing import check_metric, example_table


def test_it_keeps_the_contract() -> None:
    check_metric(dcr_share)


def test_copies_lie_nearer_to_train_and_fresh_rows_do_not() -> None:
    train, holdout, fresh = (example_table(800, seed=s) for s in range(3))
    copied, clean = (dcr_share(prepare(train, holdout, rows)) for rows in (train, fresh))
    assert copied.low > 0.95
    assert clean.low < 0.5 < clean.high
    assert clean.reference["real"] == pytest.approx(0.5, abs=0.08)
    assert clean.details["copy_of_train"] > 0.95
    assert copied.kind == "diagnostic"
    assert "does not show" in copied.details["warning"]


def test_the_order_of_rows_does_not_matter() -> None:
    train, holdout, fresh = (example_table(800, seed=s) for s in range(3))
    ordered = holdout.rows(holdout.frame.sort("age"))
    assert dcr_share(prepare(train, ordered, fresh)).reference["real"] == pytest.approx(
        0.5, abs=0.08
    )


def test_a_few_copied_rows_escape_it() -> None:
    train, holdout, fresh = (example_table(1000, seed=s) for s in range(3))
    leaking = fresh.rows(pl.concat([train.frame[:10], fresh.frame[10:]]))
    score = dcr_share(prepare(train, holdout, leaking))
    assert score.low < 0.5 < score.high


def test_a_small_holdout_is_refused() -> None:
    few = example_table(30)
    with pytest.raises(DataError, match="40 holdout rows"):
        dcr_share(prepare(few, few, few))
