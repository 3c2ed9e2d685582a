"""`guanyao`: the commands, and how every failure becomes one line and an exit status.

Exit status: 0 done; 2 usage or an error of the user; 3 a privacy promise; 4 the filing's rules;
70 a fault of Guanyao; 130 stopped with Ctrl-C; 141 nobody reads the output. `GUANYAO_DEBUG=1`
shows tracebacks.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from inspect import getdoc
from pathlib import Path
from types import FrameType, TracebackType
from typing import Annotated, Any, TypeAlias

import typer

from guanyao.cli import (
    audit,
    compare,
    demo,
    erase,
    evaluate,
    explain,
    export,
    filing,
    fit,
    inspect,
    list,
    mask,
    run,
    sample,
    tune,
    vault,
)
from guanyao.errors import GuanyaoError, InternalError, UserError

STOPPED = 130
UNREAD = 141

Command: TypeAlias = Callable[..., None]
Group: TypeAlias = tuple[str, Mapping[str, "Command | tuple[str, Mapping[str, Command]]"]]
"""What a first word is for, and its second words; a second word may have third words."""

app = typer.Typer(
    name="guanyao",
    help="Turn a sensitive table or pictures into virtual data; prove how good and private it is.",
    epilog="Begin with: guanyao demo",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        import guanyao

        typer.echo(guanyao.__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def guanyao(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Turn a sensitive table or pictures into virtual data; prove how good and private it is."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


COMMANDS: dict[str, Command] = {
    "demo": demo.demo,
    "inspect": inspect.inspect,
    "mask": mask.mask,
    "erase": erase.erase,
    "run": run.run,
    "fit": fit.fit,
    "sample": sample.sample,
    "export": export.export,
    "evaluate": evaluate.evaluate,
    "compare": compare.compare,
    "tune": tune.tune,
    "explain": explain.explain,
    "list": list.list_parts,
}


def _help(command: Command) -> str:
    """What the command says of itself, its examples kept line by line."""
    return (getdoc(command) or "").replace("\n\nExamples:", "\n\n\b\nExamples:")


GROUPS: dict[str, Group] = {
    "filing": (filing.HELP, filing.COMMANDS),
    "audit": (audit.HELP, audit.COMMANDS),
    "vault": (vault.HELP, vault.COMMANDS),
}
"""Commands of several words."""


def _add(place: typer.Typer, commands: Mapping[str, Command | Group]) -> None:
    for name, command in commands.items():
        if isinstance(command, tuple):
            about, more = command
            group = typer.Typer(help=about, rich_markup_mode=None, no_args_is_help=True)
            _add(group, more)
            place.add_typer(group, name=name)
        else:
            place.command(name, help=_help(command))(command)


_add(app, COMMANDS)
_add(app, GROUPS)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status.

    Args:
        words: The words after `guanyao`; None takes those of the process.
    """
    before = _stop_on_terminate()
    try:
        status = app(args=words, prog_name="guanyao", standalone_mode=False)
        sys.stdout.flush()
        return _say_stopped() if status == STOPPED else int(status or 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException as error:
        return _explain(error)
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _stop_on_terminate() -> Any:  # noqa: ANN401
    """Let SIGTERM stop the work as Ctrl-C does, so that nothing half-made stays behind."""
    try:
        return signal.signal(signal.SIGTERM, _interrupt)
    except ValueError:  # not the main thread: whoever started it stops it
        return None


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _explain(error: BaseException) -> int:
    """Print one line on stderr; the exit status."""
    if isinstance(error, BrokenPipeError):
        # What is left in the buffer has nowhere to go; do not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    if os.environ.get("GUANYAO_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return _say_stopped()
    code, line, status = _described(error)
    _complain(code, line)
    return status


def _say_stopped() -> int:
    _complain(
        "stopped",
        "stopped; nothing half-written is left; the same `guanyao run` or `guanyao fit` goes on "
        "from the last checkpoint, or from a fit that was done",
    )
    return STOPPED


def _complain(code: str, line: str) -> None:
    sys.stderr.write(f"error[{code}]: {line}\n")
    sys.stderr.flush()


def _described(error: BaseException) -> tuple[str, str, int]:
    """Code, line and exit status of an error."""
    if isinstance(error, GuanyaoError):
        return error.code, str(error), error.exit_status
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        return "usage", _usage_line(error), UserError.exit_status
    if isinstance(error, MemoryError):
        do = "use fewer rows or columns, or a machine with more memory"
        return "data.memory", f"there is not enough memory; {do}", UserError.exit_status
    if isinstance(error, OSError):
        return "data.io", _os_line(error), UserError.exit_status
    return InternalError.code, _fault_line(error), InternalError.exit_status


def _usage_line(error: Any) -> str:  # noqa: ANN401
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "guanyao"
    found = " ".join(error.format_message().split()).rstrip(".")
    return f"{found}; see: {path} --help"


def _os_line(error: OSError) -> str:
    name = Path(str(error.filename)).name if error.filename else "a file"
    return f"{name}: {error.strerror or type(error).__name__}"


def _fault_line(error: BaseException) -> str:
    """What kind of fault, and where; never its message, which may quote the data."""
    return (
        f"{type(error).__name__} at {_place(error.__traceback__)}; this is a fault of Guanyao; "
        "please report it, with what GUANYAO_DEBUG=1 shows if it holds no data"
    )


def _place(trace: TracebackType | None) -> str:
    """File and line of the innermost frame that is ours."""
    frames = traceback.extract_tb(trace)
    package = Path(__file__).parents[1]
    ours = [frame for frame in frames if package in Path(frame.filename).parents]
    if not ours:
        return "start"
    return f"{Path(ours[-1].filename).relative_to(package).as_posix()}:{ours[-1].lineno}"


if __name__ == "__main__":
    sys.exit(main())
