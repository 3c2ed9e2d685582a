"""`guanyao vault`, as it is typed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao.cli.main import main
from guanyao.protect.vault.master import Cost, Passphrase, RawKey
from guanyao.protect.vault.store import Vault

WORDS = "correct horse battery"
VARIABLES = ("", "_PASSPHRASE", "_NEW_PASSPHRASE", "_KEY", "_KEY_FILE")

Typed = Callable[..., int]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table, a passphrase in the environment, and cheap guesses."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(f"GUANYAO_VAULT{name}", raising=False)
    monkeypatch.delenv("GUANYAO_WORKSPACE", raising=False)
    monkeypatch.setenv("GUANYAO_VAULT", "safe")
    monkeypatch.setenv("GUANYAO_VAULT_PASSPHRASE", WORDS)
    cheap = Cost(memory_kib=8, iterations=1, lanes=1)
    monkeypatch.setattr(Passphrase.__init__, "__defaults__", (cheap,))
    rows = {"age": range(60), "ward": ["east", "west", "north"] * 20}
    pl.DataFrame(rows).write_csv(tmp_path / "t.csv")
    return tmp_path


def vault(*words: str) -> int:
    return main(["vault", *words])


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert vault(*words, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_life_of_an_item(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert vault("init") == 0
    assert told(capsys, "put", "t.csv")["items"][0]["name"] == "t.csv"
    assert vault("put", "t.csv") == 2
    assert "error[vault.exists]" in capsys.readouterr().err
    assert told(capsys, "put", "t.csv", "--replace")["items"][0]["version"] == 2
    assert vault("put", "t.csv", "p/t.csv", "--subject", "P1", "--kind", "letter") == 0
    listed = told(capsys, "list")["items"]
    assert [(item["name"], item["kind"]) for item in listed] == [
        ("p/t.csv", "letter"), ("t.csv", "file"),
    ]  # fmt: skip
    assert vault("get", "t.csv", "-o", "t.csv") == 2
    assert vault("get", "t.csv", "-o", "copy.csv") == 0
    assert (here / "copy.csv").read_bytes() == (here / "t.csv").read_bytes()
    assert vault("get", "t.csv", "-o", "copy.csv", "--force") == 0
    assert vault("export", "p", "-o", "plain") == 0
    assert (here / "plain" / "p" / "t.csv").is_file()
    assert vault("rm", "t.csv") == 0
    assert [item["name"] for item in told(capsys, "forget", "P1")["items"]] == ["p/t.csv"]
    assert told(capsys, "list")["items"] == []


def test_backup_drill_restore(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault("init")
    vault("put", "t.csv")
    assert told(capsys, "backup", "-o", "b")["n_items"] == 1
    assert told(capsys, "drill", "b")["n_bytes"] == (here / "t.csv").stat().st_size
    assert told(capsys, "restore", "b", "--vault", "again")["n_items"] == 1
    assert vault("get", "t.csv", "-o", "copy.csv", "--vault", "again") == 0
    (here / "b").write_bytes((here / "b").read_bytes()[:3_000])
    assert vault("drill", "b") == 2
    assert "error[vault.backup]" in capsys.readouterr().err


def test_keys_from_everywhere(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vault("init", "--key-file", "a.key") == 0
    assert vault("list") == 2
    assert "error[vault.master]" in capsys.readouterr().err
    assert vault("list", "--key-file", "a.key") == 0
    monkeypatch.setenv("GUANYAO_VAULT_KEY", (here / "a.key").read_text())
    assert vault("list") == 0
    monkeypatch.setenv("GUANYAO_VAULT_KEY_FILE", "a.key")
    monkeypatch.delenv("GUANYAO_VAULT_KEY")
    assert vault("rotate", "--new-key-file", "b.key") == 0
    assert vault("list") == 2
    assert vault("list", "--key-file", "b.key") == 0
    (here / "b.key").chmod(0o644)
    assert vault("list", "--key-file", "b.key") == 3
    assert "error[privacy.key_file]" in capsys.readouterr().err


def test_changing_the_passphrase(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vault("init")
    vault("put", "t.csv")
    monkeypatch.setenv("GUANYAO_VAULT_NEW_PASSPHRASE", "short")
    assert vault("rotate", "--new-passphrase") == 2
    assert "error[vault.weak]" in capsys.readouterr().err
    monkeypatch.setenv("GUANYAO_VAULT_NEW_PASSPHRASE", "another long one")
    assert told(capsys, "rotate", "--new-passphrase")["n_keys"] == 1
    assert vault("list") == 2
    assert "error[vault.key]" in capsys.readouterr().err
    monkeypatch.setenv("GUANYAO_VAULT_PASSPHRASE", "another long one")
    assert vault("list") == 0
    assert vault("rotate", "--new-passphrase", "--new-key-file", "k") == 2


def test_nothing_to_open_it_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vault("init")
    monkeypatch.delenv("GUANYAO_VAULT_PASSPHRASE")
    assert vault("list") == 2
    assert "error[vault.no_key]" in capsys.readouterr().err
    monkeypatch.delenv("GUANYAO_VAULT")
    assert vault("list") == 2
    assert "error[vault.unnamed]" in capsys.readouterr().err


def test_a_passphrase_is_asked_for_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def prompt(text: str, **how: object) -> str:
        asked.append((text, how["hide_input"], how["confirmation_prompt"], how["err"]))
        return WORDS

    monkeypatch.delenv("GUANYAO_VAULT_PASSPHRASE")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("guanyao.cli.stored.typer.prompt", prompt)
    assert vault("init") == 0
    assert vault("list") == 0
    assert asked == [("passphrase", True, True, True), ("passphrase", True, False, True)]


def test_the_vault_of_a_workspace(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GUANYAO_VAULT")
    assert main(["audit", "init"]) == 0
    assert vault("init") == 0
    assert vault("put", "t.csv") == 0
    assert (here / ".guanyao" / "vault" / "index").is_file()
    monkeypatch.setenv("GUANYAO_VAULT_PASSPHRASE", "not the right one")
    assert vault("get", "t.csv", "-o", "copy.csv") == 2
    assert not (here / "copy.csv").exists()
    capsys.readouterr()
    assert main(["audit", "log", "--json"]) == 0
    assert '"vault.open"' in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="needs files in memory")
def test_other_commands_read_from_and_write_into_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault("init", "--suite", "sm4-gcm")
    vault("put", "t.csv", "deep/t.csv")
    (here / "t.csv").unlink()
    before = sorted(here.iterdir())
    assert main(["inspect", "vault:deep/t.csv"]) == 0
    capsys.readouterr()
    words = ["--model", "independent", "--no-canaries", "--quiet", "--json"]
    assert main(["run", "vault:deep/t.csv", "-o", "vault:study", *words]) == 0
    assert json.loads(capsys.readouterr().out)["files"]["model"] == "vault:study/model.gy"
    assert sorted(here.iterdir()) == before
    assert main(["fit", "vault:deep/t.csv", "-o", "m.gy", "--model", "independent"]) == 0
    assert main(["mask", "vault:deep/t.csv", "--dry-run"]) == 0
    assert main(["sample", "vault:study/model.gy", "-n", "5", "-o", "rows.csv"]) == 0
    assert main(["sample", "m.gy", "-n", "5", "-o", "vault:rows.csv"]) == 2
    assert not (here / "vault:rows.csv").exists()
    assert main(["run", "vault:none.csv", "-o", "vault:other", *words]) == 2
    assert "error[vault.missing]" in capsys.readouterr().err
    names = [item["name"] for item in told(capsys, "list")["items"]]
    assert "study/virtual.parquet" in names
    assert not any(name.startswith("other/") for name in names)


def test_no_secret_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault("init", "--key-file", "a.key")
    for words in (["list"], ["list", "--key-file", "a.key"], ["get", "x", "-o", "y"]):
        vault(*words)
    key = RawKey.load(here / "a.key")
    printed = "".join(capsys.readouterr())
    assert WORDS not in printed
    assert key.to_text().split()[1] not in printed
    assert Vault.open(here / "safe", key).items() == []
