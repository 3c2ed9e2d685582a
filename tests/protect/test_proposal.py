from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

import guanyao as gy
from guanyao.data.check_digits import complete
from guanyao.protect.columns import ColumnFinding, find_columns
from guanyao.protect.kinds import KINDS
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.masking import Masker
from guanyao.protect.policy import Policy
from guanyao.protect.proposal import commented, propose, reasons

N = 60


@pytest.fixture
def table() -> gy.Table:
    rng = Random(3)  # noqa: S311
    days = [date(1960, 1, 1) + timedelta(days=rng.randrange(15_000)) for _ in range(N)]
    frame = pl.DataFrame(
        {
            "customer_id": [f"C{place:06d}" for place in range(N)],
            "姓名": [f"王{a}{b}" for a in "一丁万三上下" for b in "东丝丰临丹久义乐云元"],
            "手机号": [15_400_000_000 + rng.randrange(10**8) for _ in range(N)],
            "身份证号": [complete("mod_11_2", f"110198{d:%Y%m%d}{rng.randrange(1000):03d}")
                     for d in days],
            "birthday": days,
            "birth_number": [int(f"{d:%y%m%d}") + 100 for d in days],
            "email": [f"u{place}@example.com" for place in range(N)],
            "lat": [39 + rng.random() for _ in range(N)],
            "lon": [116 + rng.random() for _ in range(N)],
            "sex": [rng.choice("FM") for _ in range(N)],
            "cost": [round(rng.random() * 900, 2) for _ in range(N)],
            "note": [f"请回电 154{rng.randrange(10**8):08d}，{place} 号窗口" for place in range(N)],
        }
    )  # fmt: skip
    return gy.read(frame)


@pytest.fixture
def findings(table: gy.Table) -> list[ColumnFinding]:
    return find_columns(table)


def test_every_column_has_its_step(table: gy.Table, findings: list[ColumnFinding]) -> None:
    policy = propose(table, findings, data_set="customers")
    steps = {name: spec["step"] for name, spec in policy.columns.items()}
    assert steps == {
        "customer_id": "token",
        "姓名": "fake",
        "手机号": "fake",
        "身份证号": "token",
        "birthday": "generalise",
        "birth_number": "token",
        "email": "fake",
        "lat": "generalise",
        "lon": "generalise",
        "sex": "keep",
        "cost": "keep",
        "note": "text",
    }


def test_what_it_lets_through_names_nobody(table: gy.Table, findings: list[ColumnFinding]) -> None:
    policy = propose(table, findings, data_set="customers")
    masker = Masker(policy, table.schema, MaskKey.new("customers"))
    masked = masker.apply(table.frame)
    assert masked.height == N
    before = {str(v) for name in policy.columns for v in table.frame[name] if name not in KEPT}
    after = {str(v) for name in masked.columns for v in masked[name] if name not in KEPT}
    assert before & after == set()
    assert not any("154" in text and "回电 154" in text for text in masked["note"])


KEPT = ("sex", "cost")


def test_the_file_says_why_and_can_be_read_back(
    table: gy.Table, findings: list[ColumnFinding]
) -> None:
    policy = propose(table, findings, data_set="customers")
    text = commented(policy, reasons(table, findings))
    assert Policy.from_text(text) == policy
    said = {line.split(":")[0].strip(): line for line in text.splitlines() if " # " in line}
    assert KINDS["resident_id"].title in said["身份证号"]
    assert "sensitive" in said["身份证号"]
    assert "cost" not in said


def test_the_person_is_the_entity(table: gy.Table) -> None:
    named = gy.Table(table.frame, table.schema.with_roles(entity="customer_id"))
    assert propose(named, [], data_set="d").person == "customer_id"
    assert propose(table, [], data_set="d").person is None


def test_a_key_that_comes_again_is_a_token() -> None:
    orders = gy.read(
        pl.DataFrame({"客户编号": [f"K{n % 80:05d}" for n in range(400)], "price": range(400)})
    )
    policy = propose(orders, [], data_set="shop")
    assert policy.columns["客户编号"] == {"step": "token"}


def test_a_sensitive_name_without_a_finding_is_a_token() -> None:
    frame = pl.DataFrame({"home_address": ["east"] * 5 + ["west"] * 5})
    table = gy.read(frame)
    assert table.schema["home_address"].sensitivity == "direct"
    assert propose(table, [], data_set="d").columns["home_address"] == {"step": "token"}


def test_reasons_with_odd_names_stay_comments() -> None:
    frame = pl.DataFrame({"a: b #c": ["x"], "- no": ["y"], "1": ["z"]})
    table = gy.read(frame)
    policy = propose(table, [], data_set="d")
    why = dict.fromkeys(policy.columns, "because\nof: # this")
    assert Policy.from_text(commented(policy, why)) == policy


@pytest.fixture
def shop() -> dict[str, list[str]]:
    """Customers with their places beside their addresses; roads and doors are made up."""
    rng = Random(5)  # noqa: S311
    places = [
        ("浙江省", "杭州市"),
        ("四川省", "成都市"),
        ("广东省", "深圳市"),
        ("上海市", "上海市"),
    ]
    homes = [rng.choice(places) for _ in range(N)]
    return {
        "省份": [province.removesuffix("省") for province, _ in homes],
        "所在城市": [city for _, city in homes],
        "收货地址": [
            f"{province if province != city else ''}{city}文三路{rng.randrange(1, 900)}号"
            f"{rng.randrange(1, 30)}栋{rng.randrange(101, 2000)}室"
            for province, city in homes
        ],
    }


def proposed(columns: dict[str, list[str]]) -> Policy:
    table = gy.read(pl.DataFrame(columns))
    return propose(table, find_columns(table), data_set="shop")


@pytest.mark.parametrize(
    ("left_out", "named", "keep"),
    [
        ((), {}, ["province", "city"]),
        (("所在城市",), {}, ["province"]),
        (("省份",), {}, ["province", "city"]),
        ((), {"省份": "a", "所在城市": "b"}, ["province", "city"]),
        (("所在城市",), {"省份": "a"}, ["province"]),
        (("省份", "所在城市"), {}, None),
    ],
)
def test_fake_addresses_lie_where_the_columns_beside_them_say(
    shop: dict[str, list[str]], left_out: tuple[str, ...], named: dict[str, str],
    keep: list[str] | None,
) -> None:  # fmt: skip
    columns = {named.get(name, name): v for name, v in shop.items() if name not in left_out}
    spec = proposed(columns).columns["收货地址"]
    assert (spec["step"], spec.get("keep")) == ("fake", keep)


def test_the_masked_table_does_not_contradict_itself(shop: dict[str, list[str]]) -> None:
    table = gy.read(pl.DataFrame(shop))
    policy = propose(table, find_columns(table), data_set="shop")
    masked = Masker(policy, table.schema, MaskKey.new("shop")).apply(table.frame)
    assert masked["所在城市"].to_list() == shop["所在城市"]
    assert not set(masked["收货地址"]) & set(shop["收货地址"])
    for city, address in masked.select("所在城市", "收货地址").iter_rows():
        assert city in address
    assert "province and city stay" in commented(policy, reasons(table, find_columns(table)))


def test_words_that_are_no_places_keep_nothing(shop: dict[str, list[str]]) -> None:
    goods = {"city_plan": ["蓝", "红"] * (N // 2), "收货地址": shop["收货地址"]}
    assert "keep" not in proposed(goods).columns["收货地址"]


def test_a_resident_number_is_a_token_whatever_stands_beside_it(table: gy.Table) -> None:
    policy = propose(table, find_columns(table), data_set="customers")
    assert policy.columns["身份证号"] == {"step": "token", "kind": "resident_id"}
