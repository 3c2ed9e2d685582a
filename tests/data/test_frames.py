"""pandas frames become polars frames without pyarrow, dtype by dtype."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from guanyao.data.frames import digest
from guanyao.data.readers import read
from guanyao.errors import DataError


def test_dtypes_are_kept() -> None:
    frame = pd.DataFrame(
        {
            "i": np.array([1, 2, 3], dtype=np.int32),
            "x": [1.5, np.nan, 2.0],
            "s": ["a", None, "b"],
            "I": pd.array([1, None, 3], dtype="Int16"),
            "B": pd.array([True, None, False], dtype="boolean"),
            "S": pd.array(["a", None, "b"], dtype="string"),
            "c": pd.Categorical(["x", None, "y"]),
            "o": pd.Categorical(["lo", "hi", "lo"], categories=["lo", "hi"], ordered=True),
            "t": pd.to_datetime(["2020-01-01", None, "2020-01-03 04:05"], format="ISO8601"),
            "z": pd.to_datetime(["2020-01-01", None, "2020-01-03"]).tz_localize("Asia/Shanghai"),
            "d": [date(2020, 1, 1), None, date(2020, 1, 2)],
            "n": [Decimal("1.10"), None, Decimal("2.20")],
            "e": [None, None, None],
        }
    )
    table = read(frame)
    assert table.frame.dtypes == [
        pl.Int32,
        pl.Float64,
        pl.String,
        pl.Int16,
        pl.Boolean,
        pl.String,
        pl.Categorical,
        pl.Enum(["lo", "hi"]),
        pl.Datetime("ns"),
        pl.Datetime("ns", "Asia/Shanghai"),
        pl.Date,
        pl.Decimal(38, 2),
        pl.String,
    ]
    assert table.frame.null_count().row(0) == (0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 3)
    assert table.frame["c"].to_list() == ["x", None, "y"]
    assert str(table.frame["z"][0]) == "2020-01-01 00:00:00+08:00"
    assert table.schema["o"].order == ("lo", "hi")


def test_what_is_no_table() -> None:
    for frame, code in (
        (pd.DataFrame({"a": [1, "x"]}), "data.mixed"),
        (pd.DataFrame({"a": [object()]}), "data.dtype"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "data.columns"),
        (pd.DataFrame(), "data.empty"),
        (pd.DataFrame({"a": pd.to_timedelta([1, 2])}), "data.dtype"),
    ):
        with pytest.raises(DataError) as caught:
            read(frame)
        assert caught.value.code == code


def test_pyarrow_is_not_needed() -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd; from guanyao.data.readers import read\n"
        "print(read(pd.DataFrame({'a': ['x', None], 'b': [1, 2]})).frame.rows())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[('x', 1), (None, 2)]", done.stderr


def test_the_digest_knows_rows_names_and_dtypes() -> None:
    frame = pl.DataFrame({"a": [1, None]})
    others = [
        frame.reverse(),
        frame.rename({"a": "b"}),
        frame.cast(pl.String),
        pl.DataFrame({"a": [1, 0]}),
    ]
    assert digest(frame) == digest(frame.clone())
    assert digest(frame) not in [digest(other) for other in others]
