"""Columns written anew: form and missingness, and no value of the source."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from guanyao.data.fresh_codes import FreshCodes
from guanyao.data.protection import Entities
from guanyao.data.schema import Column, Role

K = 5


def fit(values: pl.Series, role: Role, ids: Any = None) -> FreshCodes:
    column = Column(name="v", type="string", role=role)
    entities = Entities(None if ids is None else np.array(ids), len(values))
    return FreshCodes.fit(values, column, entities, k=K, rng=np.random.default_rng(0))


def decoded(codes: FreshCodes, n: int = 300, start: int = 0) -> pl.Series:
    own = [np.arange(n) % 2 for _ in codes.n_codes]
    return codes.decode(own, n, start=start, key=1, rng=np.random.default_rng(0))


def test_identifiers_go_on_over_batches() -> None:
    values = pl.Series("v", [f"AB-{i:04d}" for i in range(200)])
    codes = fit(values, "identifier")
    assert codes.n_codes == ()
    both = pl.concat([decoded(codes, 100), decoded(codes, 100, start=100)])
    assert both.n_unique() == 200
    assert both.str.contains(r"^AB-\d{4}$").all()
    assert not set(both) & set(values)


def test_missing_is_a_code_only_for_enough() -> None:
    names = [f"AB-{i:04d}" for i in range(60)]
    some = pl.Series("v", [*names, *([None] * K)])
    codes = fit(some, "identifier")
    assert codes.n_codes == (2,)
    assert codes.encode(some)[0].sum() == K
    assert decoded(codes).is_null().to_list() == [i % 2 == 1 for i in range(300)]
    few = fit(pl.Series("v", [*names, *([None] * (K - 1))]), "identifier")
    assert few.n_codes == ()
    assert decoded(few).null_count() == 0


def test_values_of_few_leave_no_trace() -> None:
    values = pl.Series("v", ["Zhang San, ward 7"] * (K - 1) + [None] * 50)
    for role in ("text", "identifier"):
        codes = fit(values, role)
        assert codes.n_codes == ()
        assert decoded(codes).null_count() == 300
        assert "Zhang" not in json.dumps(codes.state())
    alone = fit(pl.Series("v", ["mine"] * 30 + [None] * 30), "text", [0] * 30 + [*range(1, 31)])
    assert decoded(alone).null_count() == 300


def test_words_that_one_person_repeats_are_not_learned() -> None:
    texts = [f"the quick brown fox ran home {i % 7}" for i in range(200)]
    mine = ["xylophone quartz zebra vortex"] * 60
    ids = [*range(200), *([500] * 60)]
    codes = fit(pl.Series("v", texts + mine), "text", ids)
    assert "xylophone" not in json.dumps(codes.state())
    assert "xylophone" in json.dumps(fit(pl.Series("v", texts + mine), "text").state())
    assert decoded(codes).str.contains("xylophone|quartz").sum() == 0


@pytest.mark.parametrize("role", ["identifier", "entity", "text"])
def test_the_state_gives_the_same_values(role: Role) -> None:
    values = pl.Series("v", [f"note {i % 9} of {i:05d}" for i in range(300)])
    if role != "text":
        values = pl.Series("v", [f"P{i:05d}" for i in range(300)])
    codes = fit(values, role)
    state = json.loads(json.dumps({**codes.state()}))
    assert decoded(FreshCodes.from_state(state)).equals(decoded(codes))


@pytest.mark.parametrize(
    "damage", [{"kind": "x"}, {"dtype": "x"}, {"writer": {}}, {"writer": [1]}, {"n_present": None}]
)
def test_a_damaged_state_is_refused(damage: dict[str, Any]) -> None:
    state = fit(pl.Series("v", [f"P{i:05d}" for i in range(300)]), "identifier").state()
    with pytest.raises((ValueError, KeyError, TypeError)):
        FreshCodes.from_state({**state, **damage})
