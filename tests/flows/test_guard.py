"""No generator learns who somebody is; every person here is made up."""

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

import guanyao as gy
from guanyao.data.check_digits import complete
from guanyao.data.identifiers import UNASSIGNED
from guanyao.data.schema import Schema
from guanyao.errors import ConfigError, PrivacyError
from guanyao.flows import guard
from guanyao.flows.opening import examine, examine_to_learn, open_to_learn
from guanyao.flows.run import run
from guanyao.flows.settings import Learning, make
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.policy import Policy

N = 300
QUICK: dict[str, Any] = {"model": "independent", "canaries": False}


def phone(rng: Random) -> str:
    return f"154{rng.randrange(10**8):08d}"


@pytest.fixture
def calls() -> pl.DataFrame:
    """Calls of made-up people: a phone in each row, a second one in a few notes."""
    rng = Random(9)  # noqa: S311
    notes = [f"{rng.choice(['来电', '短信', '上门'])}咨询第 {place} 次" for place in range(N)]
    for place in range(0, N, 50):
        notes[place] += f"，请回电 {phone(rng)}"
    return pl.DataFrame(
        {
            "tel_b": [int(phone(rng)) for _ in range(N)],
            "sex": [rng.choice("FM") for _ in range(N)],
            "cost": [round(rng.random() * 900, 2) for _ in range(N)],
            "note": notes,
        }
    )


@pytest.fixture
def clean(calls: pl.DataFrame) -> pl.DataFrame:
    return calls.drop("note")


def policy(**columns: str) -> Policy:
    steps = {name: {"step": step} for name, step in columns.items()}
    return Policy(data_set="calls", columns=steps, unlisted="keep")


def test_what_names_persons_is_never_learned(clean: pl.DataFrame) -> None:
    before = gy.read(clean).schema["tel_b"]
    assert before.role == "feature"
    column = examine(clean, Learning()).table.schema["tel_b"]
    assert (column.role, column.sensitivity) == ("identifier", "direct")
    assert column.note == "mobile phone number"


def test_ordered_levels_that_are_names_do_not_stay_in_the_schema(clean: pl.DataFrame) -> None:
    names = [f"王{a}{b}" for a in "小明国" for b in "东丝丰临丹久义乐云元"]
    levels = pl.Series("姓名", (names * 10)[:N], dtype=pl.Enum(names))
    frame = clean.with_columns(levels)
    table = examine_to_learn(frame, Learning()).table
    assert table.schema["姓名"].role == "text"
    assert not [name for name in names if name in str(table.schema.to_json())]
    virtual = gy.sample(gy.fit(frame, model="independent"), 20)
    assert virtual["姓名"].dtype == pl.String


def test_decimals_of_a_database_are_numbers_too(clean: pl.DataFrame) -> None:
    frame = clean.with_columns(pl.col("tel_b").cast(pl.Decimal(20, 0)))
    virtual = gy.sample(gy.fit(frame, model="independent"), 20)
    assert virtual["tel_b"].dtype == pl.Int64
    assert not set(virtual["tel_b"]) & set(clean["tel_b"])


def test_rules_on_such_a_column_fall() -> None:
    rng = Random(1)  # noqa: S311
    first = [int(phone(rng)) for _ in range(N)]
    frame = pl.DataFrame({"a": first, "b": [value + 10**10 for value in first], "c": first})
    schema = gy.read(frame).schema
    table = gy.Table(frame, Schema(columns=schema.columns, rules=("a <= b", "b = a + c")))
    assert guard.examine(table).table.schema.rules == ()


def test_a_schema_that_was_handed_over_stays_and_is_refused(clean: pl.DataFrame) -> None:
    schema = gy.read(clean).schema
    learning = Learning(schema=schema)
    assert examine(clean, learning).table.schema["tel_b"].role == "feature"
    with pytest.raises(PrivacyError, match="'tel_b' is a feature and names persons") as caught:
        open_to_learn(clean, learning)
    assert caught.value.code == "privacy.direct_identifier"
    assert caught.value.exit_status == 3
    with pytest.raises(PrivacyError):
        open_to_learn(clean, Learning(schema=schema, allow_personal_text=True))
    decided = Learning(schema=schema, policy=policy(tel_b="keep"))
    assert open_to_learn(clean, decided).schema["tel_b"].role == "feature"  # type: ignore[union-attr]


def test_a_target_that_names_persons_is_refused(clean: pl.DataFrame) -> None:
    with pytest.raises(PrivacyError) as caught:
        open_to_learn(clean, Learning(target="tel_b"))
    assert caught.value.code == "privacy.direct_identifier"


def test_the_entity_may_name_persons(clean: pl.DataFrame) -> None:
    table = examine_to_learn(clean, Learning(entity="tel_b")).table
    assert table.schema.entity == "tel_b"


@pytest.mark.parametrize("verb", ["run", "fit", "compare"])
def test_text_that_holds_personal_data_is_refused(
    calls: pl.DataFrame, tmp_path: Path, verb: str
) -> None:
    options: dict[str, Any] = {} if verb == "fit" else {"out": tmp_path / "out"}
    options |= {"models": ["independent"]} if verb == "compare" else {"model": "independent"}
    with pytest.raises(PrivacyError, match="guanyao mask SOURCE -o FILE") as caught:
        getattr(gy, verb)(calls, **options)
    assert caught.value.code == "privacy.personal_text"
    said = str(caught.value)
    assert "'note' (mobile phone number in 6 rows)" in said
    assert not any(str(value) in said for value in calls["note"])
    assert not list(tmp_path.glob("out/*"))


def test_it_may_be_allowed(calls: pl.DataFrame, tmp_path: Path) -> None:
    done = run(calls, out=tmp_path / "out", allow_personal_text=True, **QUICK)
    told = [text for text in done.report["warnings"] if "text that holds personal data" in text]
    assert len(told) == 1
    record = json.loads(done.paths["record"].read_text(encoding="utf-8"))
    assert record["settings"]["allow_personal_text"] is True
    in_text = [entry for entry in record["personal_data"] if entry.get("in_text")]
    assert [(entry["column"], entry["kind"]) for entry in in_text] == [("note", "mobile_phone")]


def test_a_policy_masks_before_anything_is_learned(calls: pl.DataFrame, tmp_path: Path) -> None:
    policy(note="text", tel_b="drop").save(tmp_path / "P.yaml")
    done = run(calls, out=tmp_path / "out", policy=tmp_path / "P.yaml", **QUICK)
    assert done.virtual.columns == ["sex", "cost", "note"]
    assert "154" not in "".join(done.virtual["note"].drop_nulls())
    record = done.paths["record"].read_text(encoding="utf-8")
    assert json.loads(record)["settings"]["given"] == ["policy"]
    assert str(tmp_path) not in record


def test_a_keyed_policy_needs_its_key(calls: pl.DataFrame, tmp_path: Path) -> None:
    keyed = policy(note="drop", tel_b="token")
    with pytest.raises(ConfigError) as caught:
        open_to_learn(calls, Learning(policy=keyed))
    assert caught.value.code == "key.missing"
    MaskKey.new("calls").save(tmp_path / "calls.key")
    table = open_to_learn(calls, Learning(policy=keyed, key=tmp_path / "calls.key"))
    assert isinstance(table, gy.Table)
    assert not set(map(str, table.frame["tel_b"])) & set(map(str, calls["tel_b"]))
    with pytest.raises(PrivacyError):
        open_to_learn(calls, Learning(policy=keyed, key=MaskKey.new("others")))


def test_a_key_without_a_policy_is_refused(clean: pl.DataFrame) -> None:
    with pytest.raises(ConfigError, match="--key means nothing without --policy"):
        open_to_learn(clean, Learning(key="calls.key"))


def test_the_holdout_is_masked_alike(calls: pl.DataFrame, tmp_path: Path) -> None:
    masking = policy(note="drop", tel_b="drop", cost="generalise")
    done = run(calls, out=tmp_path / "out", holdout_file=calls, policy=masking, **QUICK)
    assert done.report["data"]["n_holdout"] == N
    assert done.virtual.columns == ["sex", "cost"]
    assert done.virtual["cost"].dtype == pl.String


def test_another_policy_is_another_model(calls: pl.DataFrame) -> None:
    first, second = policy(note="drop"), policy(note="text")
    found = [guard.digests(Learning(policy=p)) for p in (first, second)]
    assert found[0] != found[1]
    assert guard.digests(Learning()) == {}


def test_the_report_names_what_was_written_anew(clean: pl.DataFrame, tmp_path: Path) -> None:
    done = run(clean, out=tmp_path / "out", **QUICK)
    [told] = [text for text in done.report["warnings"] if "never learned" in text]
    assert "'tel_b' (mobile phone number)" in told
    page = done.paths["report"].read_text(encoding="utf-8")
    assert "&#x27;tel_b&#x27;" in page or "'tel_b'" in page
    fresh = done.virtual["tel_b"]
    assert not set(fresh) & set(clean["tel_b"])
    assert all(str(value).startswith("154") and len(str(value)) == 11 for value in fresh)
    record = json.loads(done.paths["record"].read_text(encoding="utf-8"))
    [entry] = [entry for entry in record["personal_data"] if entry["column"] == "tel_b"]
    assert entry == {
        "column": "tel_b", "sensitivity": "direct", "role": "identifier",
        "kind": "mobile_phone", "share": 1.0, "in_text": False,
    }  # fmt: skip


def wrong(rule: str, payload: str) -> str:
    """A number whose check character is wrong: nobody's, in the form of somebody's."""
    return payload + ("1" if complete(rule, payload)[-1] != "1" else "2")


def numbers_of(kind: str, rng: Random) -> str:
    """Numbers that have the form of somebody's, in ranges that are given to nobody."""
    day = f"19{rng.randrange(50, 99)}0{rng.randrange(1, 9)}1{rng.randrange(9)}"
    return {
        "phone": f"143{rng.randrange(10**8):08d}",
        "card": complete("luhn", f"622999{rng.randrange(10**12):012d}"),
        "wrong_id": wrong("mod_11_2", f"110101{day}{rng.randrange(1000):03d}"),
        "fake_phone": phone(rng),
        "fake_card": complete("luhn", f"62999{rng.randrange(10**13):013d}"),
        "id": complete("mod_11_2", f"110198{day}{rng.randrange(1000):03d}"),
    }[kind]


def test_numbers_that_may_be_somebodys_are_told() -> None:
    rng = Random(2)  # noqa: S311
    kinds = ("phone", "card", "wrong_id", "fake_phone", "fake_card", "id")
    names = ("手机", "银行卡号", "身份证号", "手机2", "银行卡号2", "身份证号2")
    rows = {n: [numbers_of(k, rng) for _ in range(N)] for n, k in zip(names, kinds, strict=True)}
    examined = examine(pl.DataFrame(rows), Learning())
    assert [f.column for f in examined.findings] == list(names)
    [told] = [text for text in guard.warnings(examined) if "may be somebody's" in text]
    assert told.startswith("'手机', '银行卡号', '身份证号': made in the form of the real ones")
    assert "mask with `fake` first for numbers that are assigned to nobody" in told


def test_fakes_are_learned_without_a_stranger_among_what_is_written(
    clean: pl.DataFrame, tmp_path: Path
) -> None:
    rng = Random(8)  # noqa: S311
    frame = clean.with_columns(tel_b=pl.Series([numbers_of("phone", rng) for _ in range(N)]))
    faked = Policy(
        data_set="calls", columns={"tel_b": {"step": "fake", "kind": "mobile_phone"}},
        unlisted="keep",
    )  # fmt: skip
    done = run(frame, out=tmp_path / "out", policy=faked, key=MaskKey.new("calls"), **QUICK)
    assert not [text for text in done.report["warnings"] if "may be somebody's" in text]
    assert set(done.virtual["tel_b"].str.head(3)) <= set(UNASSIGNED)


def test_numbers_with_missing_ones_are_judged_too(clean: pl.DataFrame) -> None:
    gaps = pl.when(pl.int_range(pl.len()) % 9 > 0).then(pl.col("tel_b")).cast(pl.Float64)
    examined = examine(clean.with_columns(tel_b=gaps), Learning())
    assert [f.kind for f in examined.findings] == ["mobile_phone"]
    assert not [text for text in guard.warnings(examined) if "may be somebody's" in text]


def test_the_refusal_names_the_file_and_never_an_address(
    calls: pl.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "my calls.csv"
    calls.write_csv(path)
    for source in (path, str(path)):
        with pytest.raises(PrivacyError) as caught:
            open_to_learn(source, Learning())
        assert f"guanyao mask '{path}' -o FILE" in str(caught.value)
    with pytest.raises(PrivacyError) as caught:
        guard.refuse(examine(calls, Learning()), Learning(), "postgresql://u:secret@host/db#t")
    assert "guanyao mask SOURCE -o FILE" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_each_report_of_a_comparison_names_them(clean: pl.DataFrame, tmp_path: Path) -> None:
    done = gy.compare(clean, models=["independent"], out=tmp_path / "out", canaries=False)
    [entry] = done.record["models"]
    assert any("never learned" in text for text in entry["report"]["warnings"])


def test_the_settings_are_options() -> None:
    learning = make(Learning, {"policy": "P.yaml", "key": "k", "allow_personal_text": True})
    assert learning.as_record()["given"] == ["policy", "key"]
    assert "P.yaml" not in str(learning.as_record())
