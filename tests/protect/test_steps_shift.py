"""Moved dates: intervals stay, dates do not, and the key brings them back."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column
from guanyao.errors import ConfigError, DataError
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.step import Context
from guanyao.protect.steps.shift import Shift

KEY = MaskKey("customers", bytes(range(32)))
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))


def context(
    persons: list[object], fmt: str | None = None, key: MaskKey = KEY, type: str = "date"
) -> Context:
    column = Column(name="day", type=type, format=fmt)  # type: ignore[arg-type]
    return Context(column=column, key=key, persons=pl.Series("who", persons, dtype=pl.String))


rows = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), days)), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 4000))
def test_intervals_stay_and_dates_come_back(
    table: list[tuple[str, dt.date | None]], window: int
) -> None:
    persons = [who for who, _ in table]
    values = pl.Series("day", [day for _, day in table], dtype=pl.Date)
    step = Shift(window=window)
    moved = step.apply(values, context(list(persons)))
    assert step.undo(moved, context(list(persons))).equals(values)
    by: dict[str, set[int]] = {}
    for (who, day), now in zip(table, moved, strict=True):
        assert (day is None) == (now is None)
        if day is not None:
            by.setdefault(who, set()).add((now - day).days)
    assert all(len(offsets) == 1 for offsets in by.values())
    assert all(1 <= abs(min(offsets)) <= window for offsets in by.values())


def test_every_offset_of_the_window_comes_up_and_none_is_nought() -> None:
    persons = [str(n) for n in range(600)]
    values = pl.Series("day", [dt.date(2000, 1, 1)] * 600)
    moved = Shift(window=5).apply(values, context(list(persons)))
    offsets = {(day - dt.date(2000, 1, 1)).days for day in moved}
    assert offsets == {*range(-5, 0), *range(1, 6)}


def test_all_dates_of_a_person_move_alike_whatever_holds_them() -> None:
    dates = pl.Series("day", [dt.date(2024, 5, 6)])
    times = pl.Series("day", [dt.datetime(2024, 5, 6, 7, 8)])
    texts = pl.Series("day", ["2024年5月6日"])
    moved = Shift().apply(dates, context(["p"]))[0]
    assert Shift().apply(times, context(["p"], type="datetime"))[0] == dt.datetime.combine(
        moved, dt.time(7, 8)
    )
    fmt = "%Y年%-m月%-d日"
    assert (
        Shift().apply(texts, context(["p"], fmt))[0]
        == f"{moved.year}年{moved.month}月{moved.day}日"
    )


def test_another_key_moves_otherwise() -> None:
    persons: list[object] = [str(n) for n in range(100)]
    values = pl.Series("day", [dt.date(2000, 1, 1)] * 100)
    other = context(persons, key=MaskKey("customers", bytes(32)))
    assert (Shift().apply(values, context(persons)) == Shift().apply(values, other)).sum() < 10


def test_a_date_without_a_person_is_an_error() -> None:
    values = pl.Series("day", [dt.date(2000, 1, 1), None])
    for where in (context([None, "a"]), Context(column=Column(name="day", type="date"), key=KEY)):
        with pytest.raises(DataError) as caught:
            Shift().apply(values, where)
        assert caught.value.code == "mask.person"
    assert Shift().apply(values[1:], context([None]))[0] is None


def test_dates_without_days_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        Shift().check(Column(name="day", type="date", format="%Y-%m"))
    assert caught.value.code == "policy.type"
