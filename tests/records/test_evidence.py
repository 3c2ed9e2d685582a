import hashlib
import json
import math
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.data.schema import Column, Schema
from guanyao.errors import DataError, InternalError
from guanyao.records import evidence

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
records = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def sealed(**facts: Any) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        "verb": "run", "created": AT, "settings": {"model": "trees"}, "seed": 0, "inputs": [],
        "outputs": [],
    }  # fmt: skip
    return evidence.build(**{**fixed, **facts})


def shuffled(value: Any) -> Any:
    """The same content with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(records)
def test_the_canonical_form_does_not_depend_on_the_order_of_keys(record: Any) -> None:
    assert evidence.canonical(evidence.plain(record)) == evidence.canonical(
        shuffled(evidence.plain(record))
    )


@given(records)
def test_the_canonical_form_reads_back_to_the_same_content(record: Any) -> None:
    plain = evidence.plain(record)
    text = evidence.canonical(plain)
    assert evidence.canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(max_size=3), scalars, max_size=4))
def test_any_change_changes_the_digest(content: dict[str, Any]) -> None:
    plain = evidence.plain(content)
    before = evidence.digest(plain)
    assert evidence.digest({**plain, "digest": "anything"}) == before
    assert evidence.digest({**plain, "one more": 1}) != before


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), {"a": {1}}])
def test_what_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(InternalError):
        evidence.canonical(value)


def test_plain_takes_what_scores_are_made_of() -> None:
    record = {"a": np.float64(0.5), "b": np.int64(3), "c": (math.nan, Path("x")), 4: {"z", "y"}}
    assert evidence.plain(record) == {"a": 0.5, "b": 3, "c": [None, "x"], "4": ["y", "z"]}


def test_a_known_record_has_the_known_digest() -> None:
    record = {"b": [1, 0.5], "a": "名"}
    text = '{"a":"名","b":[1,0.5]}'
    assert evidence.digest(record) == hashlib.sha256(text.encode()).hexdigest()


def test_a_record_has_every_field_and_its_own_digest() -> None:
    record = sealed(scores=[{"name": "c2st_auc", "value": 0.52}], who="a tester")
    assert record["schema"] == "guanyao.run/1"
    assert record["digest"] == evidence.digest(record)
    assert set(record) == {
        "schema", "id", "created", "verb", "settings", "seed", "inputs", "outputs", "versions",
        "hardware", "duration_s", "scores", "attacks", "privacy", "personal_data", "who",
        "parents", "digest",
    }  # fmt: skip
    assert record["created"] == "2026-11-22T08:00:00+00:00"


def test_a_record_has_no_place_for_other_facts() -> None:
    with pytest.raises(InternalError, match="password"):
        sealed(password="x")  # noqa: S106


def test_the_same_facts_give_the_same_id() -> None:
    assert sealed()["id"] == sealed()["id"]
    assert sealed()["id"] != sealed(verb="compare")["id"]


def test_a_record_names_no_host_and_no_account() -> None:
    text = evidence.canonical(sealed()).decode()
    names = [socket.gethostname(), os.environ.get("USER", ""), str(Path.home())]
    assert [name for name in names if len(name) > 4 and name in text] == []


def test_personal_columns_are_named_without_values() -> None:
    columns = (
        Column(name="id", type="string", role="identifier", sensitivity="direct"),
        Column(name="age", type="integer", sensitivity="quasi"),
        Column(name="sum", type="number"),
    )
    assert evidence.personal_data(Schema(columns=columns)) == [
        {"column": "id", "sensitivity": "direct", "role": "identifier"},
        {"column": "age", "sensitivity": "quasi", "role": "feature"},
    ]


def test_write_read_verify(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "rows.csv").write_text("a\n1\n")
    record = sealed(outputs=evidence.outputs(tmp_path))
    evidence.write(record, tmp_path / "run.json")
    assert evidence.read(tmp_path / "run.json") == record
    assert evidence.verify(tmp_path / "run.json")["outputs"][0]["name"] == "sub/rows.csv"


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_verify_finds_a_changed_output(tmp_path: Path, change: str) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n1\n")
    evidence.write(sealed(outputs=evidence.outputs(tmp_path)), tmp_path / "run.json")
    rows.unlink() if change == "missing" else rows.write_text("a\n2\n")
    with pytest.raises(DataError, match=change) as caught:
        evidence.verify(tmp_path / "run.json")
    assert caught.value.code == "evidence.output"


def test_an_output_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    record = sealed(outputs=[{"name": "../x", "bytes": 1, "digest": "0"}])
    evidence.write(record, tmp_path / "run.json")
    with pytest.raises(DataError, match="out of its folder"):
        evidence.verify(tmp_path / "run.json")


def test_read_finds_every_kind_of_change(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    text = evidence.canonical(sealed()).decode()
    changes = [
        text.replace('"verb":"run"', '"verb":"fit"'),
        text.replace('"seed":0', '"seed":1,"seed":0'),
        text.replace('"seed":0', '"seed": 0'),
        text.replace('"verb":"run"', '"verb":"\\ud800"'),
    ]
    for changed in changes:
        assert changed != text
        path.write_text(changed, encoding="utf-8")
        with pytest.raises(DataError) as caught:
            evidence.read(path)
        assert caught.value.code == "evidence.changed"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"schema":"x"}', b"NaN", b"[" * 99999])
def test_what_is_no_record_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        evidence.read(path)
    assert caught.value.code == "evidence.unreadable"
