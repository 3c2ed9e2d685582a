"""What `guanyao inspect` prints of personal data; nobody in these rows exists."""

import json
from pathlib import Path
from random import Random

import polars as pl
import pytest

from guanyao.cli.inspect import listed
from guanyao.cli.main import main


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = Random(12)  # noqa: S311
    rows = {
        "mail": [f"u{rng.randrange(10**6):06d}@example.com" for _ in range(300)],
        "sex": [rng.choice("FM") for _ in range(300)],
        "age": [rng.randint(18, 90) for _ in range(300)],
        "ill": [rng.choice(["yes", "no"]) for _ in range(300)],
    }
    path = tmp_path / "people.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def told(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    status = main(words)
    out, err = capfd.readouterr()
    assert status == 0, err
    return out


def test_people_see_masked_examples_and_risk(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "P.yaml"
    words = ["inspect", str(source), "-q", "--quasi", "sex, age", "--sensitive", "ill"]
    text = told([*words, "--policy", str(policy)], capfd)
    assert "direct email" in text
    assert "300 (100.0%)" in text
    assert "u***@***" in text
    assert "groups by sex, age" in text
    assert "k = 1" in text
    assert "ill: l = " in text
    assert "mail: {step: fake, kind: email}" in policy.read_text(encoding="utf-8")
    assert not any(value in text for value in pl.read_csv(source)["mail"])


def test_programs_get_all_of_it(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(["inspect", str(source), "-q", "--json"], capfd))
    assert found["verb"] == "inspect"
    assert found["personal_data"][0]["kind"] == "email"
    assert found["risk"]["quasi"] == ["sex", "age"]
    assert found["policy"]["columns"]["sex"] == {"step": "keep"}
    assert {"schema", "n_rows", "source", "columns", "rules", "warnings"} <= set(found)


def test_text_with_personal_data_stops_a_run_with_status_3(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = pl.read_csv(source).with_columns(
        note=pl.format("call {}", pl.int_range(pl.len()))
        + pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit(", mail a@example.com"))
        .otherwise(pl.lit(""))
    )  # fmt: skip
    noted = tmp_path / "noted.csv"
    rows.write_csv(noted)
    out = tmp_path / "out"
    words = ["run", str(noted), "-o", str(out), "--model", "independent", "--no-canaries", "-q"]
    assert main(words) == 3
    err = capfd.readouterr().err
    assert err.startswith("error[privacy.personal_text]: text holds personal data: 'note'")
    assert f"guanyao mask {noted} -o FILE" in err
    assert not out.exists()
    assert main([*words, "--allow-personal-text"]) == 0


def test_names_as_typed() -> None:
    assert listed(" a, b ,,c") == ("a", "b", "c")
    assert listed(None) == ()
