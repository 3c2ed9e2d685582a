"""Which workspace a command writes into: the one named, that of the environment, or one above."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.records.workspace import Workspace

VARIABLE = "GUANYAO_WORKSPACE"


def workspace_of(typed: Path | None) -> "Workspace | None":
    """The workspace: as typed, as `GUANYAO_WORKSPACE` says, or the nearest above; else None.

    Raises:
        ConfigError: The folder that was named is no workspace.
    """
    from guanyao.records.workspace import Workspace

    named = typed or os.environ.get(VARIABLE)
    return Workspace.open(named) if named else Workspace.find(Path.cwd())


@contextmanager
def recording(typed: Path | None) -> "Iterator[Workspace | None]":
    """The workspace of `workspace_of` while a command runs."""
    found = workspace_of(typed)
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def needed(typed: Path | None) -> "Workspace":
    """The same, where the command has nothing to do without one.

    Raises:
        ConfigError: There is none.
    """
    found = workspace_of(typed)
    if found is None:
        raise ConfigError(
            "there is no workspace here or above",
            do="name one with --workspace, or make one with: guanyao audit init",
            code="workspace.missing",
        )
    return found
