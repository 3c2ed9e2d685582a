"""The wide table of the benchmark of personal data: what is in it is found, and nothing else."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import pii_table

from guanyao.data.check_digits import is_valid
from guanyao.protect.recognisers.credit_code import has_check, has_organisation_check

ROWS = 3_000


def test_all_that_is_in_it_is_found_and_nothing_else() -> None:
    [found] = pii_table.find(ROWS, seed=3)
    assert (found.n_rows, found.n_columns) == (ROWS, 20)
    assert (found.right, found.wrong) == (len(pii_table.HELD), 0)
    assert str(found).count("passed") == 3


def test_its_numbers_are_made_up_and_right() -> None:
    rows = pii_table.people(200, seed=4)
    assert rows.equals(pii_table.people(200, seed=4))
    assert all(is_valid("mod_11_2", value) and value[4:6] == "98" for value in rows["身份证号"])
    assert all(is_valid("luhn", value) for value in rows["银行卡号"])
    assert all(has_check(v) and has_organisation_check(v) for v in rows["纳税人识别号"])
    assert set(rows["手机号"].str.head(3)) <= {"154", "160", "169"}


def test_a_missed_bar_is_said() -> None:
    slow = pii_table.Found(10, 20, cpu_s=31.0, peak_mb=100.0, right=11, wrong=1)
    assert str(slow).count("**missed**") == 3
