"""Values that name persons: read from the training data, looked for in the package."""

import polars as pl
import pytest

from guanyao.errors import ConfigError
from guanyao.flows.filing import raw as filing_raw
from guanyao.flows.filing.raw import raw_values
from guanyao.flows.filing.secrets import scan


def frame(n: int = 60) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "patient_id": [f"P10{n:04d}" for n in range(n)],
            "mobile": [f"154001{n:05d}" for n in range(n)],
            "age": [n % 90 for n in range(n)],
            "outcome": [("yes", "no")[n % 2] for n in range(n)],
        }
    )


def test_columns_that_name_persons_are_read_and_no_others() -> None:
    found = raw_values(frame())
    assert {"P100000", "15400100059"} <= found
    assert found.isdisjoint({"yes", "no", "12", "59"})


def test_a_row_in_a_document_is_found() -> None:
    raw = raw_values(frame())
    assert scan("示例记录：P100007，三十岁".encode(), "a", raw=raw) == [
        "a, line 1: a value of the training data"
    ]
    assert scan("示例记录：P900007，三十岁".encode(), "a", raw=raw) == []


def test_there_is_an_end_to_what_can_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing_raw, "MAX_VALUES", 10)
    with pytest.raises(ConfigError) as caught:
        raw_values(frame())
    assert caught.value.code == "filing.raw_values"
