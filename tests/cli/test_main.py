"""How failures become one line and an exit status."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from guanyao import errors
from guanyao.cli import main as main_module
from guanyao.cli.main import COMMANDS, app, main

ROOT = Path(__file__).parents[2]


def leaves() -> dict[str, Any]:
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `guanyao list` raise this error."""

    def fail(family: str) -> None:
        raise error

    monkeypatch.setattr("guanyao.flows.listing.parts", fail)


def test_the_commands_of_the_contract_are_there() -> None:
    assert set(CONTRACT) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_every_option_and_gives_an_example(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for parameter in leaves()[name].params:
        for option in [*parameter.opts, *parameter.secondary_opts]:
            assert parameter.param_type_name == "argument" or option in result.output
        assert parameter.name == "help" or parameter.help, parameter.name
    assert f"  guanyao {name}" in result.output


CONTRACT = {
    "run": "--model --set --schema --target --entity --rows --holdout --holdout-file --seed "
    "--epsilon --delta --format --quiet --json --max-minutes --out -o --min-entities --rule "
    "--rebalance --canaries --no-canaries --labels --size --epochs --max-cpu-minutes --profile "
    "--show-real",
    "fit": "--model --set --schema --target --entity --rows --holdout --holdout-file --seed "
    "--epsilon --delta --format --quiet --json --max-minutes --out -o --labels --size --epochs "
    "--max-cpu-minutes --profile",
    "sample": "-n -o --given --seed --format --json --quiet",
    "evaluate": "--real --holdout --virtual -o --target --features --show-real --json --quiet",
    "compare": "--models -o --target --seed --json --quiet",
    "inspect": "-o --json --quiet",
    "demo": "-o --json --quiet",
    "list": "--json",
}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_options_of_the_contract_are_there(name: str) -> None:
    known = {o for p in leaves()[name].params for o in [*p.opts, *p.secondary_opts]}
    assert set(CONTRACT[name].split()) <= known


def test_compare_has_no_single_model() -> None:
    assert "--model" not in {o for p in leaves()["compare"].params for o in p.opts}


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["run"],
        ["run", "x.csv"],
        ["run", "x.csv", "-o", "out", "--rows", "many"],
        ["run", "x.csv", "-o", "out", "--bogus"],
        ["sample", "m.gy", "-o", "out.csv"],
        ["--bogus"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error[usage]: ")
    assert "--help" in err


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.ConfigError("a", code="config.x"), 2, "config.x"),
        (errors.DataError("a\nb"), 2, "data"),
        (errors.UnknownNameError("a"), 2, "unknown_name"),
        (errors.BudgetExceededError("a"), 3, "privacy.budget"),
        (errors.TransitionError("a"), 4, "filing.transition"),
        (errors.InternalError("a"), 70, "internal"),
        (KeyError("a secret value"), 70, "internal"),
        (BaseException("a secret value"), 70, "internal"),
        (MemoryError(), 2, "data.memory"),
        (PermissionError(13, "Permission denied", "folder/file.csv"), 2, "data.io"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
    ids=repr,
)
def test_every_error_is_one_line_with_its_status(
    error: BaseException,
    status: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    raising(monkeypatch, error)
    monkeypatch.delenv("GUANYAO_DEBUG", raising=False)
    assert main(["list", "models"]) == status
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"error[{code}]: ")
    assert "secret" not in err


def test_debugging_shows_where(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, KeyError("x"))
    monkeypatch.setenv("GUANYAO_DEBUG", "1")
    assert main(["list", "models"]) == 70
    assert "Traceback" in capfd.readouterr().err


def test_the_version_and_the_list_of_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.strip()
    assert main([]) == 0
    assert "compare" in capfd.readouterr().out


def test_the_signal_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    main(["--version"])
    assert signal.getsignal(signal.SIGTERM) is before


# Real processes


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "PYTHONUNBUFFERED": "1",
    }


def start(code: str, *words: str, **options: Any) -> "subprocess.Popen[str]":
    """A process of its own in which `code` runs before the command line."""
    text = f"import sys; {code}; from guanyao.cli.main import main; sys.exit(main())"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([sys.executable, "-c", text, *words], env=environment(), **pipes)


FAKES = (
    "from guanyao.models import MODELS; from tests.flows import fakes; MODELS.update(fakes.MODELS)"
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.csv"
    pl.DataFrame({"a": range(100), "b": [i % 3 for i in range(100)]}).write_csv(path)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_half_made(
    source: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    words = ["run", str(source), "-o", str(out), "--model", "shuffled", "--set", "wait_s=60"]
    process = start(FAKES, *words)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("fit"):
            break
    time.sleep(0.1)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith("error[stopped]: ")
    assert err.count("\n") == 1
    assert "the same `guanyao run` goes on" in err
    assert not out.exists()


def test_nobody_reading_is_no_fault() -> None:
    process = start("pass", "list", "metrics", stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    assert process.wait(timeout=30) in (1, main_module.UNREAD)
    process.stderr.close()


def test_progress_is_on_stderr_and_quiet_has_none(source: Path) -> None:
    loud = start("pass", "inspect", str(source), "--json")
    out, err = loud.communicate(timeout=60)
    assert json.loads(out)["n_rows"] == 100
    assert err.startswith("read")
    quiet = start("pass", "inspect", str(source), "--json", "--quiet")
    assert quiet.communicate(timeout=60) == (out, "")


def test_the_module_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "guanyao", "--help"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Usage: guanyao ")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("guanyao run x.csv --model tr", {"trees"}),
        ("guanyao run x.npz --model wg", {"wgan_gp"}),
        ("guanyao compare x.csv --models trees,co", {"trees,copula"}),
        ("guanyao list m", {"models", "metrics"}),
        ("guanyao run x.csv --format p", {"parquet"}),
    ],
)
def test_names_are_completed(typed: str, offered: set[str]) -> None:
    words = {
        "_GUANYAO_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    text = "import sys; sys.argv = ['guanyao']; from guanyao.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**environment(), **words}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert set(done.stdout.split()) == offered
