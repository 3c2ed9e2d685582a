"""What importing costs: nothing heavy is loaded before it is used."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "polars", "sklearn", "scipy", "pandas", "pyarrow", "torch")


def loaded(code: str) -> set[str]:
    """Top-level modules that a fresh process has after this code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules}, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_loads_nothing_heavy_and_no_command_line() -> None:
    assert loaded("import guanyao; guanyao.ConfigError, guanyao.__version__") & {
        *HEAVY, "typer", "rich",
    } == set()  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import guanyao.errors, guanyao.registry, guanyao.types",
        "import guanyao.cli.main",
        "from guanyao.cli.main import main; import io, sys; out, sys.stdout = sys.stdout, "
        "io.StringIO(); assert main(['--help']) == 0; assert main(['run', '--help']) == 0; "
        "sys.stdout = out",
    ],
)
def test_the_command_line_starts_light(code: str) -> None:
    assert loaded(code) & {*HEAVY, "rich"} == set()
