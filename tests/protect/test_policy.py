"""Policies: what they say, how they are kept, and every way in which one can be wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column, Schema
from guanyao.errors import ConfigError
from guanyao.protect import STEP_GROUP, STEPS
from guanyao.protect.policy import MAX_FILE, Policy, build_step
from guanyao.registry import find

TEXT = """
policy: guanyao.policy/1
data_set: customers
person: 客户编号
columns:
  客户编号: {step: token}
  姓名: {step: fake, kind: person_name}
  入会日期: {step: shift, window: 90}
  备注: {step: text}
  城市: {step: keep}
"""


def schema(**types: str) -> Schema:
    return Schema(columns=tuple(Column(name=n, type=t) for n, t in types.items()))  # type: ignore[arg-type]


TABLE = schema(客户编号="string", 姓名="string", 入会日期="date", 备注="string", 城市="string")


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ConfigError) as caught:
        act()
    return caught.value.code


def test_a_policy_says_which_step_each_column_has() -> None:
    policy = Policy.from_text(TEXT)
    steps = policy.steps(TABLE)
    assert {name: step.name for name, step in steps.items()} == {
        "客户编号": "token",
        "姓名": "fake",
        "入会日期": "shift",
        "备注": "text",
        "城市": "keep",
    }
    assert policy.needs_key
    assert not Policy(data_set="x", columns={"a": {"step": "keep"}}).needs_key


def test_it_is_written_and_read_back_unchanged(tmp_path: Path) -> None:
    policy = Policy.from_text(TEXT).with_key("0123456789012345")
    assert Policy.from_text(policy.to_yaml()) == policy
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    for name in ("p.yaml", "p.json"):
        policy.save(tmp_path / name)
        assert Policy.load(tmp_path / name) == policy
    assert json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))["data_set"] == "customers"


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, st.just({"step": "keep"}), min_size=1, max_size=5))
def test_any_column_name_survives_yaml(columns: dict[str, dict[str, str]]) -> None:
    policy = Policy(data_set="x", columns=columns)
    assert Policy.from_text(policy.to_yaml()) == policy


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"policy": "guanyao.policy/1", "data_set": "x",\n"columns": {"a": {"step": "keep"}}}',
        "{policy: guanyao.policy/1, data_set: x, columns: {a: {step: keep}}}",
    ],
)
def test_json_and_flow_yaml_are_read_alike(text: str) -> None:
    assert Policy.from_text(text) == Policy(data_set="x", columns={"a": {"step": "keep"}})


def test_a_name_twice_in_json_is_refused() -> None:
    text = '{"policy": "guanyao.policy/1", "data_set": "x", "data_set": "y", "columns": {}}'
    assert code_of(lambda: Policy.from_text(text)) == "policy.contradiction"


def test_each_column_is_one_line_of_yaml() -> None:
    columns = {f"c{i}": {"step": "token", "domain": "x" * 80} for i in range(4)}
    lines = Policy(data_set="x", columns=columns).to_yaml().splitlines()
    assert sum("step" in line for line in lines) == 4


def test_the_digest_is_of_what_is_done() -> None:
    policy = Policy.from_text(TEXT)
    assert policy.digest() == policy.with_key("0" * 16).digest()
    assert policy.digest() == Policy.from_text(policy.to_yaml()).digest()
    other = Policy.from_text(TEXT.replace("window: 90", "window: 91"))
    assert policy.digest() != other.digest()


def test_tables_of_one_data_set() -> None:
    policy = Policy.from_text(TEXT + "tables:\n  orders:\n    columns: {金额: {step: keep}}\n")
    assert policy.of_table("orders").step("金额").name == "keep"
    assert policy.of_table("orders").person == "客户编号"
    assert Policy.from_text(policy.to_yaml()) == policy
    assert code_of(lambda: policy.of_table("people")) == "policy.table"


def test_a_policy_of_tables_only_lets_no_other_table_through() -> None:
    text = (
        "policy: guanyao.policy/1\ndata_set: shop\nunlisted: keep\n"
        "tables:\n  people: {columns: {姓名: {step: drop}}}\n"
    )
    policy = Policy.from_text(text)
    assert policy.of_table("people").steps(TABLE)["姓名"].name == "drop"
    assert code_of(lambda: policy.steps(TABLE)) == "policy.table"


def with_columns(lines: str, more: str = "") -> str:
    return f"policy: guanyao.policy/1\ndata_set: x\n{more}\ncolumns:\n{lines}"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("  a: {step: tokn}", "policy.step"),
        ("  a: {}", "policy.step"),
        ("  a: {step: 5}", "policy.step"),
        ("  a: token", "policy.field"),
        ("  a: [{step: token}, {step: noise}]", "policy.contradiction"),
        ("  a: {step: token, lenght: 9}", "policy.option"),
        ("  a: {step: token, length: nine}", "policy.option"),
        ("  a: {step: token, length: 7}", "policy.option"),
        ("  a: {step: token, length: true}", "policy.option"),
        ("  a: {step: token, form: base64}", "policy.option"),
        ("  a: {step: noise}", "policy.option"),
        ("  a: {step: noise, scale: -1}", "policy.option"),
        ("  a: {step: noise, scale: .inf}", "policy.option"),
        ("  a: {step: noise, scale: 1, low: 5, high: 5}", "policy.option"),
        ("  a: {step: generalise, edges: [3, 1]}", "policy.option"),
        ("  a: {step: generalise, edges: [a]}", "policy.option"),
        ("  a: {step: generalise, to: decade}", "policy.option"),
        ("  a: {step: fake}", "policy.kind"),
        ("  a: {step: fake, kind: vin}", "policy.kind"),
        ("  a: {step: token, kind: resident}", "policy.kind"),
        ("  a: {step: fake, kind: person_name, keep: [sex]}", "policy.option"),
        ("  a: {step: encrypt, kind: resident_id, keep: 7}", "policy.option"),
        ("  a: {step: shift}", "policy.contradiction"),
        ("  a: {step: token}\n  a: {step: keep}", "policy.contradiction"),
        ("  a: {step: token, step: keep}", "policy.contradiction"),
        ("  2024: {step: keep}", "policy.field"),
        ("  no: {step: keep}", "policy.field"),
        ("  {}", "policy.field"),
        ("  a: &x {step: keep}\n  b: *x", "policy.unreadable"),
        ("  a: &x {step: keep}", "policy.unreadable"),
        ("  a: !!python/object/apply:os.system [echo]", "policy.unreadable"),
        ("  a: !own {step: keep}", "policy.unreadable"),
        ("  ? [a]\n  : {step: keep}", "policy.unreadable"),
        ("  a: {step: keep", "policy.unreadable"),
    ],
)
def test_what_is_wrong_in_a_column_is_told(lines: str, code: str) -> None:
    assert code_of(lambda: Policy.from_text(with_columns(lines))) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "policy.unreadable"),
        ("just words", "policy.unreadable"),
        ("- a\n- b", "policy.unreadable"),
        ("policy: other/1", "policy.unreadable"),
        ("policy: guanyao.policy/2\ndata_set: x", "policy.version"),
        ("policy: guanyao.policy/1\ndata_set: x", "policy.field"),
        (with_columns("  a: {step: keep}", "persn: a"), "policy.field"),
        (with_columns("  a: {step: keep}", "person: 5"), "policy.field"),
        (with_columns("  a: {step: keep}", "unlisted: maybe"), "policy.field"),
        (with_columns("  a: {step: keep}", "key_id: 12"), "policy.field"),
        (with_columns("  a: {step: keep}", "tables: [a]"), "policy.field"),
        (with_columns("  a: {step: keep}", "tables: {t: {steps: 1}}"), "policy.field"),
        (with_columns("  a: {step: keep}").replace("data_set: x", "data_set: ''"), "policy.field"),
        (with_columns("  a: {step: keep}").replace("data_set: x", "data_set: 5"), "policy.field"),
        ("[" * 5000, "policy.unreadable"),
        ("a: 2001-99-99", "policy.unreadable"),
    ],
)
def test_what_is_wrong_in_a_policy_is_told(text: str, code: str) -> None:
    assert code_of(lambda: Policy.from_text(text)) == code


def test_the_nearest_name_is_proposed() -> None:
    for lines, near in (
        ("  a: {step: tokn}", "token"),
        ("  a: {step: token, lenght: 9}", "length"),
        ("  a: {step: token, kind: resident_ids}", "resident_id"),
    ):
        with pytest.raises(ConfigError, match=f"did you mean '{near}'"):
            Policy.from_text(with_columns(lines))


def test_files_that_are_no_policy(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"#" * (MAX_FILE + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("large", "binary", "absent", "."):
        assert code_of(lambda name=name: Policy.load(tmp_path / name)) == "policy.unreadable"  # type: ignore[misc]


def test_policy_and_table_must_name_the_same_columns() -> None:
    policy = Policy.from_text(with_columns("  a: {step: keep}\n  b: {step: keep}"))
    assert code_of(lambda: policy.steps(schema(a="string"))) == "policy.column_missing"
    with pytest.raises(ConfigError, match="'c', 'd'") as caught:
        policy.steps(schema(a="string", b="string", c="string", d="string"))
    assert caught.value.code == "policy.unlisted"
    persons = Policy.from_text(with_columns("  a: {step: keep}", "person: z"))
    assert code_of(lambda: persons.steps(schema(a="string"))) == "policy.column_missing"


@pytest.mark.parametrize("verb", ["keep", "drop"])
def test_unlisted_columns_when_the_policy_says_so(verb: str) -> None:
    policy = Policy.from_text(with_columns("  a: {step: token}", f"unlisted: {verb}"))
    assert policy.steps(schema(a="string", b="string"))["b"].name == verb
    assert "b" in policy.warnings(schema(a="string", b="string"))[0]


@pytest.mark.parametrize(
    ("step", "column_type"),
    [
        ("{step: noise, scale: 1}", "string"),
        ("{step: encrypt}", "date"),
        ("{step: partial}", "number"),
        ("{step: text}", "integer"),
        ("{step: generalise, to: month}", "string"),
        ("{step: generalise, to: range}", "date"),
        ("{step: generalise, to: city}", "date"),
    ],
)
def test_a_step_that_cannot_work_on_the_type_is_refused(step: str, column_type: str) -> None:
    policy = Policy.from_text(with_columns(f"  a: {step}"))
    assert code_of(lambda: policy.steps(schema(a=column_type))) == "policy.type"


def test_dates_cannot_be_moved_by_persons_who_are_all_alike() -> None:
    for step in ("redact", "partial", "text"):
        lines = f"  who: {{step: {step}}}\n  day: {{step: shift}}"
        text = with_columns(lines, "person: who")
        assert code_of(lambda text=text: Policy.from_text(text)) == "policy.contradiction"  # type: ignore[misc]
    dropped = Policy.from_text(
        with_columns("  who: {step: drop}\n  day: {step: shift}", "person: who")
    )
    assert any(
        "never be moved back" in w for w in dropped.warnings(schema(who="string", day="date"))
    )


def test_a_kept_name_is_warned_of() -> None:
    policy = Policy.from_text(with_columns("  a: {step: keep}"))
    named = Schema(columns=(Column(name="a", type="string", sensitivity="direct"),))
    assert "names people" in policy.warnings(named)[0]


OPTIONS = {
    "noise": {"scale": 1.5},
    "fake": {"kind": "address", "keep": ["city"]},
    "generalise": {"edges": [1.0, 2.0]},
}


@pytest.mark.parametrize("name", STEPS)
def test_every_step_of_the_table(name: str) -> None:
    step = build_step("a", {"step": name, **OPTIONS.get(name, {})})
    assert step.name == name
    assert isinstance(step, find(STEPS, name, STEP_GROUP))
    assert step.weakness.endswith(".")
    assert len(step.weakness) > 20
    assert build_step("a", {"step": name, **step.options()}) == step
