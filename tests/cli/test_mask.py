"""`guanyao mask` on the command line."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from guanyao.cli.main import main
from guanyao.protect.policy import Policy
from tests.flows.mask_tables import customers


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GUANYAO_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "customers.csv"
    customers(60).write_csv(path)
    return path


def done(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    status = main(["mask", *words, "--quiet"])
    out, err = capfd.readouterr()
    assert status == 0, err
    assert err == ""
    return out


def failed(words: list[str], status: int, capfd: pytest.CaptureFixture[str]) -> str:
    assert main(["mask", *words, "--quiet"]) == status
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


def test_from_a_proposal_to_a_masked_file_and_back(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = done(
        ["customers.csv", "--dry-run", "--person", "客户编号", "--save-policy", "p.yaml"], capfd
    )
    assert "the one that is proposed: p.yaml" in shown
    assert "dry run: nothing was written" in shown
    real = pl.read_csv(source, infer_schema=False)
    assert not [value for value in (*real["手机号"], *real["身份证号"]) if value in shown]
    text = Path("p.yaml").read_text(encoding="utf-8")
    Path("p.yaml").write_text(
        text.replace("{step: fake, kind: mobile_phone}", "{step: encrypt, kind: mobile_phone}"),
        encoding="utf-8",
    )
    told = done(
        ["customers.csv", "--policy", "p.yaml", "--new-key", "k.json", "-o", "m.csv",
         "--save-policy", "used.yaml", "--report", "r.json"],
        capfd,
    )  # fmt: skip
    assert "60 masked rows: m.csv" in told
    used = Policy.load("used.yaml")
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert used.key_id == report["key_id"] != ""
    assert report["schema"] == "guanyao.masking/1"
    assert report["digest"] == hashlib.sha256(Path("m.csv").read_bytes()).hexdigest()
    words = ["m.csv", "--undo", "--policy", "used.yaml", "--key", "k.json", "-o", "back.csv"]
    assert "restored: 手机号" in done(words, capfd)
    back = pl.read_csv("back.csv", infer_schema=False)
    assert back["手机号"].equals(pl.read_csv(source, infer_schema=False)["手机号"])


def test_json_holds_no_value(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = json.loads(done(["customers.csv", "--dry-run", "--json"], capfd))
    assert found["is_dry_run"]
    assert found["files"] == {}
    assert found["digest"] is None
    rows = pl.read_csv(source, infer_schema=False)
    text = json.dumps(found, ensure_ascii=False)
    values = [*rows["手机号"], *rows["身份证号"], *rows["姓名"], *rows["消费"]]
    assert [value for value in values if value in text] == []


def test_real_values_are_shown_on_demand_only(
    source: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    phone = pl.read_csv(source, infer_schema=False)["手机号"][0]
    assert phone not in done(["customers.csv", "--dry-run"], capfd)
    assert phone in done(["customers.csv", "--dry-run", "--show-values"], capfd)
    for words in (["--dry-run", "--show-values", "--json"], ["--show-values", "-o", "m.csv"]):
        assert "error[config.option]" in failed(["customers.csv", *words], 2, capfd)


def test_what_is_wrong_is_told_in_one_line(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("p.yaml").write_text("policy: guanyao.policy/1\ndata_set: customers\ncolumns: [1]\n")
    cases = {
        "key.missing": ["-o", "m.csv"],
        "config.out": ["-o", "customers.csv"],
        "data.format": ["-o", "m.doc"],
        "policy.field": ["--policy", "p.yaml", "-o", "m.csv"],
        "policy.unreadable": ["--policy", "none.yaml", "-o", "m.csv"],
        "config.option": ["--undo", "-o", "m.csv"],
    }
    for code, words in cases.items():
        assert f"error[{code}]" in failed(["customers.csv", *words], 2, capfd)
    words = ["--undo", "--strict", "-o", "m.csv"]
    assert "--strict means nothing" in failed(["customers.csv", *words], 2, capfd)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "p.yaml"]


def test_strict_ends_with_three(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = pl.read_csv(source).columns
    columns = {name: {"step": "keep"} for name in names}
    Policy(data_set="customers", columns=columns).save("p.yaml")
    told = failed(["customers.csv", "--policy", "p.yaml", "--strict", "-o", "m.csv"], 3, capfd)
    assert "error[mask.left]" in told
    assert not Path("m.csv").exists()


def test_a_workspace_above_records_it(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from guanyao.records.workspace import Workspace

    Workspace.create(tmp_path).close()
    done(["customers.csv", "--new-key", "k.json", "-o", "m.csv"], capfd)
    failed(["customers.csv", "-o", "n.csv"], 2, capfd)
    with Workspace.open(tmp_path) as workspace:
        lines = [(line.act, line.outcome) for line in workspace.audit.lines()]
        assert lines[-2:] == [("mask", "done"), ("mask", "failed")]
        assert workspace.audit.verify().ok


def test_a_proposal_replaces_no_policy_that_was_edited(
    source: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["customers.csv", "--dry-run", "--save-policy", "p.yaml"]
    done(words, capfd)
    done(words, capfd)  # it says the same
    edited = Path("p.yaml").read_text(encoding="utf-8").replace("{step: fake", "{step: redact")
    Path("p.yaml").write_text(edited, encoding="utf-8")
    assert "error[policy.exists]" in failed(words, 2, capfd)
    words = ["customers.csv", "-o", "m.csv", "--new-key", "k.json", "--save-policy", "p.yaml"]
    assert "error[policy.exists]" in failed(words, 2, capfd)
    assert main(["inspect", "customers.csv", "--policy", "p.yaml", "--quiet"]) == 2
    assert "error[policy.exists]" in capfd.readouterr().err
    assert Path("p.yaml").read_text(encoding="utf-8") == edited
    assert not Path("m.csv").exists()
    assert not Path("k.json").exists()


def test_each_weakness_is_told_once(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = done(["customers.csv", "--dry-run"], capfd)
    steps = json.loads(done(["customers.csv", "--dry-run", "--json"], capfd))["steps"]
    told = {step["weakness"] for step in steps if step["step"] != "keep"}
    assert len(told) > 1
    assert [shown.count(sentence) for sentence in told] == [1] * len(told)


def test_a_result_is_no_plain_file_called_like_an_item(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["customers.csv", "-o", "vault:m.csv", "--new-key", "k.json"]
    assert "guanyao vault put" in failed(words, 2, capfd)
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


def test_what_cannot_be_written_is_told_before_the_work(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["customers.csv", "--new-key", "k.json", "-o", "m.csv"]
    for option in ("--report", "--save-policy"):
        assert "error[data.missing]" in failed([*words, option, "none/file"], 2, capfd)
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]
