"""Partial masks: what shows, and how little that hides."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column
from guanyao.errors import ConfigError, PrivacyError
from guanyao.protect.step import Context
from guanyao.protect.steps.partial import Partial

CONTEXT = Context(column=Column(name="a", type="string"))


def masked(values: list[object], **options: object) -> list[object]:
    return Partial(**options).apply(pl.Series("a", values), CONTEXT).to_list()  # type: ignore[arg-type]


def test_first_and_last_stay() -> None:
    assert masked(["15412345678", None], first=3, last=3) == ["154*****678", None]
    assert masked([15412345678], first=3, last=3, mark="x") == ["154xxxxx678"]
    assert masked(["15412345678"], last=2, mark="$") == ["$$$$$$$$$78"]


def test_only_before_a_character() -> None:
    mails = ["zhangsan@example.com", "none"]
    assert masked(mails, first=1, before="@") == ["z*******@example.com", "****"]


def test_short_values_are_masked_whole() -> None:
    assert masked(["154", "15412", "", "张三"], first=1, last=1) == ["****"] * 4


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_never_more_shows_than_was_asked(texts: list[str], first: int, last: int) -> None:
    for text, shown in zip(
        texts, masked(list(texts), first=first, last=last, mark="█"), strict=True
    ):
        assert isinstance(shown, str)
        if shown != "████":
            assert len(shown) == len(text)
            kept = [i for i, mark in enumerate(shown) if mark != "█"]
            assert all(i < first or i >= len(text) - last for i in kept)


def test_three_and_three_of_a_phone_leave_a_hundred_thousand() -> None:
    assert Partial(first=3, last=3, kind="mobile_phone").remaining() == 1e5
    assert Partial(first=3, last=3).remaining(pl.Series(["15412345678"])) == 1e5


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("mobile_phone", 3, 4),
        ("mobile_phone", 7, 0),
        ("resident_id", 14, 0),  # region and birth left: only the running number is hidden
        ("resident_id", 6, 4),  # a birth date is hidden, and the check digit gives most away
    ],
)
def test_a_kind_that_leaves_too_few_is_refused(kind: str, first: int, last: int) -> None:
    with pytest.raises(PrivacyError) as caught:
        Partial(kind=kind, first=first, last=last)
    assert caught.value.code == "mask.candidates"
    left = Partial(kind=kind, first=first, last=last, min_candidates=1).remaining()
    assert left is not None
    assert 1 <= left < 1e5


def test_known_figures_of_resident_numbers() -> None:
    def left(first: int, last: int) -> float | None:
        return Partial(kind="resident_id", first=first, last=last, min_candidates=1).remaining()

    assert left(14, 0) == 1000
    assert left(6, 4) == pytest.approx(36_525 / 11)
    assert left(6, 0) == 36_525_000
    assert left(0, 0) == 3000 * 36_525 * 1000
    assert left(17, 1) == 1


def test_candidates_of_values_that_are_masked_whole_are_not_claimed() -> None:
    assert Partial(first=1, last=1).remaining(pl.Series(["12", "123"])) is None
    assert Partial().remaining() is None
    assert Partial().remaining(pl.Series([None], dtype=pl.String)) is None


@pytest.mark.parametrize(
    "options",
    [{"first": -1}, {"last": 33}, {"mark": "**"}, {"before": "ab"}, {"min_candidates": 0.5}],
)
def test_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        Partial(**options)  # type: ignore[arg-type]
    assert caught.value.code == "policy.option"
