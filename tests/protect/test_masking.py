"""Tables masked by a policy and brought back with the key."""

import datetime as dt
import json
from functools import partial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.check_digits import complete
from guanyao.data.schema import Column, Schema
from guanyao.errors import ConfigError, DataError, PrivacyError
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.masking import Masker
from guanyao.protect.policy import Policy
from guanyao.protect.step import Context
from guanyao.protect.steps.encrypt import Encrypt, _Cipher

KEY = MaskKey("customers", bytes(range(32)))
N = 40
IDS = [complete("mod_11_2", f"440198{1950 + n}0617{n:03d}") for n in range(N)]
FRAME = pl.DataFrame(
    {
        "customer": [f"C{n % 10:07d}" for n in range(N)],
        "id": IDS,
        "phone": [f"154{n:08d}" for n in range(N)],
        "name": [f"王小{chr(0x4E00 + n)}" for n in range(N)],
        "note": [f"手机154{n:08d},谢谢" for n in range(N)],
        "age": [n + 20 for n in range(N)],
        "joined": [dt.date(2020, 1, 1) + dt.timedelta(days=n * 7) for n in range(N)],
        "seen": [dt.datetime(2021, 1, 1, 8) + dt.timedelta(days=n * 9) for n in range(N)],
        "card": [int(f"62999{n:012d}") for n in range(N)],
        "city": ["深圳"] * N,
    }
)
TYPES = {
    "customer": "string",
    "id": "string",
    "phone": "string",
    "name": "string",
    "note": "string",
    "age": "integer",
    "joined": "date",
    "seen": "datetime",
    "card": "integer",
    "city": "string",
}
COLUMNS: dict[str, dict[str, object]] = {
    "customer": {"step": "token"},
    "id": {"step": "encrypt", "kind": "resident_id", "keep": 6},
    "phone": {"step": "partial", "kind": "mobile_phone", "first": 3, "last": 3},
    "name": {"step": "fake", "kind": "person_name"},
    "note": {"step": "text"},
    "age": {"step": "generalise", "width": 5},
    "joined": {"step": "shift", "window": 30},
    "seen": {"step": "shift", "window": 30},
    "card": {"step": "encrypt"},
    "city": {"step": "drop"},
}


def schema_of(frame: pl.DataFrame) -> Schema:
    columns = (
        Column(name=name, type=TYPES[name], dtype=str(frame.schema[name]), nullable=True)  # type: ignore[arg-type]
        for name in frame.columns
    )
    return Schema(columns=tuple(columns), rules=("joined <= seen",))


def policy_of(person: str | None = "customer", **changes: dict[str, object]) -> Policy:
    return Policy(data_set="customers", person=person, columns={**COLUMNS, **changes})


SCHEMA = schema_of(FRAME)


def test_every_column_comes_out_as_the_schema_says() -> None:
    masker = Masker(policy_of(), SCHEMA, KEY)
    masked = masker.apply(FRAME)
    assert masked.columns == masker.schema_.names == [n for n in FRAME.columns if n != "city"]
    assert {c.name: c.dtype for c in masker.schema_} == {
        name: str(dtype) for name, dtype in masked.schema.items()
    }
    assert masker.schema_.rules == ()  # a rule of the source need not hold of what comes out
    assert masked.height == FRAME.height


def test_no_value_of_a_masked_column_is_left_anywhere() -> None:
    masked = Masker(policy_of(), SCHEMA, KEY).apply(FRAME)
    csv = masked.write_csv()
    for name in ("customer", "id", "phone", "name", "card"):
        assert [v for v in FRAME[name].to_list() if str(v) in csv] == []


def test_what_is_reversible_comes_back_with_the_key() -> None:
    policy = policy_of().with_key(KEY.id)
    masked = Masker(policy, SCHEMA, KEY).apply(FRAME)
    back = Masker(policy, SCHEMA, KEY).undo(masked)
    assert back.select("id", "joined", "seen", "card").equals(
        FRAME.select("id", "joined", "seen", "card")
    )
    assert back.select("customer", "name", "age").equals(masked.select("customer", "name", "age"))


def test_the_masked_table_alone_is_enough_to_undo() -> None:
    masked = Masker(policy_of(), SCHEMA, KEY).apply(FRAME)
    out = Masker(policy_of(), SCHEMA, KEY).schema_
    back = Masker.of_masked(policy_of(), out, KEY).undo(masked)
    assert back.select("id", "joined", "card").equals(FRAME.select("id", "joined", "card"))


@pytest.mark.parametrize("step", ["keep", "token", "encrypt", "fake"])
def test_dates_come_back_however_the_person_is_masked(step: str) -> None:
    spec = {"step": step, **({"kind": "wechat_id"} if step == "fake" else {})}
    policy = policy_of(customer=spec)
    masker = Masker(policy, SCHEMA, KEY)
    masked = masker.apply(FRAME)
    assert not masked["joined"].equals(FRAME["joined"])
    back = Masker.of_masked(policy, masker.schema_, KEY).undo(masked)
    assert back.select("joined", "seen").equals(FRAME.select("joined", "seen"))


def test_dates_of_persons_who_were_dropped_stay_moved() -> None:
    policy = policy_of(customer={"step": "drop"})
    masker = Masker(policy, SCHEMA, KEY)
    masked = masker.apply(FRAME)
    undoing = Masker.of_masked(policy, masker.schema_, KEY)
    back = undoing.undo(masked)
    assert back["id"].equals(FRAME["id"])
    assert back["joined"].equals(masked["joined"])
    assert [fact.column for fact in undoing.facts() if fact.reversible] == ["id", "card"]


@settings(max_examples=5, deadline=None)
@given(st.sampled_from([1, 7, 16, 39, N]))
def test_batches_of_any_size_give_the_same(size: int) -> None:
    masker = Masker(policy_of(), SCHEMA, KEY)
    parts = [masker.apply(part) for part in FRAME.iter_slices(size)]
    assert pl.concat(parts).equals(masker.apply(FRAME))


def test_cells_of_text_give_the_same_as_typed_ones() -> None:
    """A CSV's cells stay text, so that kept columns come out as they were written."""
    steps = {**COLUMNS, "age": {"step": "noise", "scale": 3.0, "low": 0.0}}
    policy = Policy(data_set="customers", person="customer", columns=steps)
    texts = FRAME.select(pl.all().cast(pl.String)).with_columns(FRAME["seen"].dt.to_string("%F %T"))
    columns = [
        Column(name=c.name, type=c.type, format="%F %T" if c.name == "seen" else None)
        for c in SCHEMA
    ]
    made = Masker(policy, Schema(columns=tuple(columns)), KEY).apply(texts)
    typed = Masker(policy, SCHEMA, KEY).apply(FRAME)
    assert all(dtype == pl.String for dtype in made.dtypes)
    for name in ("customer", "id", "phone", "name", "note", "joined", "card"):
        assert made[name].to_list() == typed[name].cast(pl.String).to_list()


def test_nulls_and_the_word_for_missing_stay() -> None:
    frame = pl.DataFrame({"age": ["37", "NA", None], "id": ["x", None, "y"]})
    columns = (
        Column(name="age", type="integer", missing="NA"),
        Column(name="id", type="string"),
    )
    specs = {"age": {"step": "generalise"}, "id": {"step": "token"}}
    policy = Policy(data_set="customers", columns=specs)
    masked = Masker(policy, Schema(columns=columns), KEY).apply(frame)
    assert masked["age"].to_list() == ["30-39", "NA", None]
    assert masked["id"].is_null().to_list() == [False, True, False]
    empty = Masker(policy, Schema(columns=columns), KEY).apply(frame.clear())
    assert empty.columns == ["age", "id"]
    assert empty.height == 0


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "city"])
def test_a_column_of_nulls_stays_one(column: str) -> None:
    nulls = FRAME.with_columns(pl.lit(None, dtype=FRAME.schema[column]).alias(column))
    if column == "customer":
        nulls = nulls.with_columns(
            pl.lit(None).cast(pl.Date).alias("joined"),
            pl.lit(None).cast(pl.Datetime("us")).alias("seen"),
        )
    assert Masker(policy_of(), SCHEMA, KEY).apply(nulls)[column].null_count() == N


def test_facts_say_what_was_done() -> None:
    facts = {fact.column: fact for fact in Masker(policy_of(), SCHEMA, KEY).facts(FRAME)}
    assert list(facts) == FRAME.columns
    assert facts["phone"].candidates == 1e5
    assert (facts["id"].reversible, facts["customer"].reversible) == (True, False)
    assert (facts["customer"].keyed, facts["age"].keyed) == (True, False)
    assert facts["name"].kind == "person_name"
    assert "may bear" in facts["name"].note
    assert all(fact.weakness.endswith(".") for fact in facts.values())
    text = json.dumps([fact.to_json() for fact in facts.values()])
    assert not any(str(value) in text for value in FRAME["id"].to_list())
    assert KEY.secret.hex() not in text


def test_a_key_is_needed_and_must_be_the_right_one() -> None:
    with pytest.raises(ConfigError) as missing:
        Masker(policy_of(), SCHEMA)
    assert missing.value.code == "key.missing"
    with pytest.raises(PrivacyError) as other:
        Masker(policy_of(), SCHEMA, MaskKey.new("orders"))
    assert other.value.code == "key.data_set"
    with pytest.raises(ConfigError) as wrong:
        Masker(policy_of().with_key(KEY.id), SCHEMA, MaskKey.new("customers"))
    assert wrong.value.code == "key.wrong"
    keyless = Policy(data_set="x", columns={n: {"step": "keep"} for n in FRAME.columns})
    assert Masker(keyless, SCHEMA).apply(FRAME).equals(FRAME)


def test_what_cannot_be_undone_is_an_error() -> None:
    policy = Policy(data_set="x", columns={n: {"step": "redact"} for n in FRAME.columns})
    masker = Masker(policy, SCHEMA)
    for act in (
        lambda: masker.undo(masker.apply(FRAME)),
        lambda: Masker.of_masked(policy, masker.schema_),
    ):
        with pytest.raises(ConfigError) as caught:
            act()
        assert caught.value.code == "mask.irreversible"


def test_other_columns_than_the_schema_has_are_an_error() -> None:
    masker = Masker(policy_of(), SCHEMA, KEY)
    with pytest.raises(DataError) as caught:
        masker.apply(FRAME.drop("city"))
    assert caught.value.code == "data.columns"
    with pytest.raises(DataError):
        masker.undo(FRAME)


def test_a_policy_that_drops_everything_is_refused() -> None:
    policy = Policy(data_set="x", columns={n: {"step": "drop"} for n in FRAME.columns})
    with pytest.raises(ConfigError) as caught:
        Masker(policy, SCHEMA)
    assert caught.value.code == "policy.contradiction"


def test_an_error_in_a_batch_quotes_no_cell() -> None:
    cell = "061512-Ünïcode"
    bad = FRAME.with_columns(pl.lit(cell).alias("id"))
    with pytest.raises(PrivacyError) as caught:
        Masker(policy_of(), SCHEMA, KEY).apply(bad)
    assert caught.value.code == "mask.format"
    assert cell not in str(caught.value)


NUMBERS = ["Int8", "UInt8", "Int32", "UInt64", "Int64", "Float32", "Float64", "String"]
WHOLE: list[dict[str, object]] = [
    {"step": "noise", "scale": 2.0},
    {"step": "token"},
    {"step": "partial"},
    {"step": "generalise"},
    {"step": "generalise", "to": "grid", "width": 5.0},
    {"step": "redact"},
    {"step": "fake", "kind": "qq_id"},
]


@pytest.mark.parametrize("spec", WHOLE, ids=str)
@pytest.mark.parametrize("dtype", NUMBERS)
def test_whole_numbers_of_any_width_come_out_as_the_schema_says(
    spec: dict[str, object], dtype: str
) -> None:
    kind = getattr(pl, dtype)
    frame = pl.DataFrame({"a": pl.Series([7, None, 90], dtype=pl.Int64).cast(kind)})
    schema = Schema(columns=(Column(name="a", type="integer", dtype=dtype),))
    masker = Masker(Policy(data_set="customers", columns={"a": spec}), schema, KEY)
    masked = masker.apply(frame)
    assert str(masked.schema["a"]) == masker.schema_["a"].dtype
    assert masked["a"].is_null().to_list() == [False, True, False]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64, pl.Float64])
def test_wide_whole_numbers_come_back(dtype: type[pl.DataType]) -> None:
    frame = pl.DataFrame({"a": pl.Series([1234567, None, 98765432101], dtype=dtype)})
    schema = Schema(columns=(Column(name="a", type="integer", dtype=str(dtype())),))
    masker = Masker(Policy(data_set="customers", columns={"a": {"step": "encrypt"}}), schema, KEY)
    masked = masker.apply(frame)
    assert masked.schema["a"] == pl.Int64
    assert masker.undo(masked)["a"].to_list() == [1234567, None, 98765432101]


@pytest.mark.parametrize(
    "spec", [{"step": "encrypt"}, {"step": "token"}, {"step": "text"}], ids=str
)
def test_categories_come_out_as_text(spec: dict[str, object]) -> None:
    frame = pl.DataFrame({"a": pl.Series(["A1234567", None, "B1234567"], dtype=pl.Categorical)})
    schema = Schema(columns=(Column(name="a", type="string", dtype="Categorical"),))
    masker = Masker(Policy(data_set="customers", columns={"a": spec}), schema, KEY)
    masked = masker.apply(frame)
    assert str(masked.schema["a"]) == masker.schema_["a"].dtype == "String"


def test_dates_of_a_person_who_is_dropped_are_not_called_reversible() -> None:
    columns = {**COLUMNS, "customer": {"step": "drop"}}
    policy = Policy(data_set="customers", person="customer", columns=columns)
    facts = {fact.column: fact for fact in Masker(policy, SCHEMA, KEY).facts()}
    assert not facts["joined"].reversible
    assert facts["id"].reversible


def test_no_value_and_no_key_stands_in_a_repr() -> None:
    context = Context(column=SCHEMA["customer"], key=KEY, persons=FRAME["customer"])
    cipher = _Cipher(Encrypt(), "a", partial(print, KEY.secret))
    assert FRAME["customer"][0] not in repr(context)
    assert repr(KEY.secret) not in repr(context) + repr(cipher)
