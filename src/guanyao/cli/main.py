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
from functools import wraps
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
from guanyao.cli.stored import SCHEME
from guanyao.errors import ConfigError, GuanyaoError, InternalError, UserError

STOPPED = 130
GO_ON = ("run", "fit", "compare")
"""Commands that may take up what they had done before they were stopped."""
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
            place.command(name, help=_help(command))(_to_files(command, name))


def _to_files(command: Command, name: str) -> Command:
    """The command, which refuses to write a plain file that is called like an item of the vault."""

    @wraps(command)
    def checked(**typed: Any) -> None:  # noqa: ANN401
        if name != "run" and str(typed.get("out") or "").startswith(SCHEME):
            raise ConfigError(
                f"{name} writes files, and -o names an item of the vault",
                allowed="only `guanyao run` puts its results into the vault by itself",
                do="write a file, and then: guanyao vault put FILE NAME",
                code="config.out",
            )
        command(**typed)

    return checked


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
        return _say_stopped(_verb(words)) if status == STOPPED else int(status or 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException as error:
        return _explain(error, _verb(words))
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


def _verb(words: Sequence[str] | None) -> str:
    """The command that was typed; "" for none."""
    return next(iter(sys.argv[1:] if words is None else words), "")


def _explain(error: BaseException, verb: str) -> int:
    """Print one line on stderr; the exit status."""
    if isinstance(error, BrokenPipeError):
        # What is left in the buffer has nowhere to go; do not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    if os.environ.get("GUANYAO_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return _say_stopped(verb)
    code, line, status = _described(error)
    _complain(code, line)
    return status


def _say_stopped(verb: str) -> int:
    do = (
        f"the same `guanyao {verb}` goes on from the last checkpoint, or from a fit that was done"
        if verb in GO_ON
        else "give the same command again"
    )
    _complain("stopped", f"stopped; nothing half-written is left; {do}")
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
