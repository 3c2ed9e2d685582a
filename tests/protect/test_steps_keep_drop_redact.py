"""Steps that show all, or nothing."""

import polars as pl
import pytest

from guanyao.data.schema import Column
from guanyao.errors import ConfigError
from guanyao.protect.step import Context
from guanyao.protect.steps.drop import Drop
from guanyao.protect.steps.keep import Keep
from guanyao.protect.steps.redact import Redact

COLUMN = Column(name="a", type="string", sensitivity="direct")
CONTEXT = Context(column=COLUMN)


def test_keep_changes_nothing() -> None:
    values = pl.Series("a", [1.5, None])
    assert Keep().apply(values, CONTEXT).equals(values)
    assert Keep().output(COLUMN) == COLUMN
    assert Keep().remaining() == 1


def test_drop_takes_the_column_out() -> None:
    assert Drop().output(COLUMN) is None


@pytest.mark.parametrize(
    ("step", "constant"),
    [
        (Redact(), "[已隐去]"),
        (Redact(language="en"), "[REDACTED]"),
        (Redact(kind="mobile_phone"), "[手机号]"),
        (Redact(kind="mobile_phone", language="en"), "[PHONE]"),
        (Redact(text="x", kind="mobile_phone"), "x"),
    ],
)
@pytest.mark.parametrize("values", [["a", None, "b"], [1, None, 2]])
def test_redact_puts_a_constant(step: Redact, constant: str, values: list[object]) -> None:
    assert step.apply(pl.Series("a", values), CONTEXT).to_list() == [constant, None, constant]
    output = step.output(COLUMN)
    assert (output.dtype, output.sensitivity) == ("String", "none")


def test_what_cannot_be_undone_says_so() -> None:
    with pytest.raises(ConfigError) as caught:
        Redact().undo(pl.Series("a", ["x"]), CONTEXT)
    assert caught.value.code == "mask.irreversible"
