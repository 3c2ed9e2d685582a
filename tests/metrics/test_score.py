"""The record of a score is plain JSON."""

import json
import math

import numpy as np
import pytest

from guanyao.metrics.score import Score, impossible, plain


def test_what_is_no_number_becomes_null() -> None:
    score = Score(
        name="x",
        kind="fidelity",
        value=np.float64(0.5),
        low=0.0,
        high=1.0,
        best=1.0,
        reference={"real": math.nan, "independent": None},
        details={"pairs": [(1, np.int64(2)), math.inf], "ok": np.bool_(True)},
    )
    record = score.to_json()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["reference"] == {"real": None, "independent": None}
    assert record["details"] == {"pairs": [[1, 2], None], "ok": True}
    assert list(record) == ["name", "kind", "value", "low", "high", "best", "reference", "details"]


def test_plain_leaves_text_alone() -> None:
    assert plain({"a": "文"}) == {"a": "文"}


def test_the_error_of_the_impossible_has_a_code() -> None:
    with pytest.raises(ValueError, match="x is left out: why"):
        raise impossible("x", "why")
