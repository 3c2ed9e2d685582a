"""Coarser values: ranges, periods, regions, networks, grids."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column
from guanyao.errors import ConfigError, DataError
from guanyao.protect.regions import city_of, province_of
from guanyao.protect.step import Context
from guanyao.protect.steps.generalise import UNKNOWN, Generalise


def coarse(
    values: list[object], type: str = "string", fmt: str | None = None, **options: object
) -> list[object]:
    column = Column(name="a", type=type, format=fmt)  # type: ignore[arg-type]
    step = Generalise(**options)  # type: ignore[arg-type]
    step.check(column)
    return step.apply(pl.Series("a", values, strict=False), Context(column=column)).to_list()


def test_age_bands_with_a_top() -> None:
    ages = [0, 4, 5, 37, 84, 85, 101, None]
    bands = ["0-4", "0-4", "5-9", "35-39", "80-84", "85+", "85+", None]
    assert coarse(ages, "integer", width=5, top=85) == bands
    assert (
        coarse([str(a) if a is not None else None for a in ages], "integer", width=5, top=85)
        == bands
    )


def test_ranges_of_numbers() -> None:
    assert coarse([-3, 12.5, 19.99], "number") == ["[-10, 0)", "[10, 20)", "[10, 20)"]
    assert coarse([0.3], "number", width=0.1) == ["[0.3, 0.4)"]
    assert coarse([1, 5, 99, None], "integer", edges=(5, 10)) == ["<5", "5-9", "10+", None]
    assert coarse([3, 17, 18], "integer", width=10, bottom=18) == ["<18", "<18", "18-19"]
    assert coarse([83, 86], "integer", width=10, top=85) == ["80-84", "85+"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(2, 1000))
def test_a_number_lies_in_its_range(numbers: list[int], width: int) -> None:
    for number, band in zip(numbers, coarse(list(numbers), "number", width=width), strict=True):
        low, high = str(band).strip("[)").split(", ")
        assert float(low) <= number < float(high)
        assert float(high) - float(low) == width


DAY = dt.date(2024, 12, 30)


@pytest.mark.parametrize(
    ("to", "period"),
    [("year", "2024"), ("quarter", "2024Q4"), ("month", "2024-12"), ("week", "2025-W01")],
)
def test_periods(to: str, period: str) -> None:
    assert coarse([DAY, None], "date", to=to) == [period, None]
    assert coarse([dt.datetime(2024, 12, 30, 12)], "datetime", to=to) == [period]
    assert coarse(["30/12/2024", None], "date", "%d/%m/%Y", to=to) == [period, None]


def test_what_auto_means() -> None:
    assert coarse([DAY], "date") == ["2024-12"]
    assert coarse([DAY], "date", kind="birth_date") == ["2024"]
    assert coarse([37], "integer") == ["30-39"]
    assert coarse(["518000"], kind="postcode") == ["518***"]
    assert coarse(["192.0.2.77"], kind="ip_address") == ["192.0.2.0/24"]


def test_networks() -> None:
    addresses = ["192.0.2.77", " 198.51.100.1", "2001:db8:1:2::3", "999.1.1.1", None]
    networks = ["192.0.2.0/24", "198.51.100.0/24", "2001:db8:1::/48", UNKNOWN, None]
    assert coarse(addresses, to="network") == networks
    assert coarse(["192.0.2.77"], to="network", bits=16) == ["192.0.0.0/16"]


def test_grids() -> None:
    assert coarse([31.2304, -0.05, None], "number", to="grid") == [31.2, -0.1, None]
    points = ["31.2304, 121.4737", "x", "1,2,3,4"]
    assert coarse(points, kind="coordinates") == ["31.2, 121.4", UNKNOWN, UNKNOWN]
    column = Column(name="a", type="number", decimals=4)
    assert Generalise(to="grid").output(column).type == "number"


@pytest.mark.parametrize(
    ("text", "province", "city"),
    [
        ("广东省深圳市南山区听泉路1号", "广东省", "广东省深圳市"),
        ("广东深圳市南山区", "广东省", "广东省深圳市"),
        ("上海市浦东新区", "上海市", "上海市"),
        ("广西壮族自治区南宁市", "广西壮族自治区", "广西壮族自治区南宁市"),
        ("内蒙古赤峰市", "内蒙古自治区", "内蒙古自治区赤峰市"),
        ("云南省大理白族自治州大理市", "云南省", "云南省大理白族自治州"),
        ("新疆喀什地区", "新疆维吾尔自治区", "新疆维吾尔自治区喀什地区"),
        ("深圳市南山区", "广东省", "广东省深圳市"),
        ("吉林市船营区", "吉林省", "吉林省吉林市"),
        ("湖北恩施利川市", "湖北省", "湖北省恩施土家族苗族自治州"),
        ("青海省海南藏族自治州", "青海省", "青海省海南藏族自治州"),
        ("广东省中山路1号", "广东省", "广东省"),
        ("海南省白沙黎族自治县", "海南省", "海南省"),
        ("香港中环", "香港特别行政区", "香港特别行政区"),
        ("朝阳区听泉路", None, None),
        ("王小明住在深圳市", None, None),
        ("广东省王小明家门市", "广东省", "广东省"),
        ("44019819900101001X", "广东省", None),
        ("990100", None, None),
        ("12 Example Street", None, None),
    ],
)
def test_regions(text: str, province: str | None, city: str | None) -> None:
    assert province_of(text) == province
    assert city_of(text) == city
    assert coarse([text], to="province") == [province or UNKNOWN]


def test_what_cannot_be_read_is_an_error_for_numbers_and_dates() -> None:
    for act in (
        lambda: coarse(["1", "secret"], "integer"),
        lambda: coarse(["2024-01-01", "secret"], "date", "%Y-%m-%d"),
    ):
        with pytest.raises(DataError) as caught:
            act()
        assert caught.value.code == "mask.value"
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"width": 0.0}, {"digits": 0}, {"bits": 30}, {"top": 1.0, "bottom": 2.0}, {"to": "x"}],
)
def test_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        Generalise(**options)  # type: ignore[arg-type]
    assert caught.value.code == "policy.option"


def test_candidates() -> None:
    assert Generalise(to="year").remaining() == 365
    assert Generalise(to="network").remaining() == 256
    assert Generalise(kind="postcode").remaining() == 1000
    assert Generalise(width=5.0).remaining() is None
