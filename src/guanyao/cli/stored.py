"""The vault as other commands use it: where it is, what unlocks it, sources and results in it.

A passphrase or key is never an argument, which others on the machine could read: it comes from a
key file, from the environment, or is asked for on the terminal.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from guanyao.cli.options import Who, WorkspaceFolder
from guanyao.cli.workspace import recording
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.protect.vault.master import MasterKey
    from guanyao.protect.vault.store import Vault
    from guanyao.records.workspace import Workspace

SCHEME = "vault:"
FOLDER = "GUANYAO_VAULT"
PASSPHRASE = "GUANYAO_VAULT_PASSPHRASE"  # noqa: S105 - the variable's name
NEW_PASSPHRASE = "GUANYAO_VAULT_NEW_PASSPHRASE"  # noqa: S105 - the variable's name
KEY = "GUANYAO_VAULT_KEY"
KEY_FILE = "GUANYAO_VAULT_KEY_FILE"

VaultFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--vault",
        metavar="DIR",
        help="The vault's folder.",
        show_default="GUANYAO_VAULT, or the vault of the workspace",
    ),
]
KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="The file that holds the vault's key.",
        show_default="GUANYAO_VAULT_KEY_FILE, else GUANYAO_VAULT_KEY, else the passphrase in "
        "GUANYAO_VAULT_PASSPHRASE, else it is asked for",
    ),
]


def vault_folder(typed: Path | None, workspace: "Workspace | None") -> Path:
    """The vault's folder: as typed, as `GUANYAO_VAULT` says, or the workspace's.

    Raises:
        ConfigError: None of the three is there.
    """
    if typed is not None or os.environ.get(FOLDER):
        return typed or Path(os.environ[FOLDER])
    if workspace is None:
        raise ConfigError(
            "no vault is named, and there is no workspace here or above",
            do=f"name its folder with --vault or {FOLDER}",
            code="vault.unnamed",
        )
    return workspace.vault_folder


def master_key(key_file: Path | None, *, is_new: bool = False) -> "MasterKey":
    """What unlocks the vault, from a key file, the environment or the terminal.

    Args:
        key_file: A key file, as typed.
        is_new: Whether a vault is being made: a key file that is not there is made, and a
            passphrase is asked for twice.

    Raises:
        ConfigError: Nothing is there to unlock it with.
    """
    from guanyao.protect.vault.master import Passphrase, RawKey

    if key_file is None and os.environ.get(KEY_FILE):
        key_file = Path(os.environ[KEY_FILE])
    if key_file is not None:
        return key_in(key_file) if is_new else RawKey.load(key_file)
    if os.environ.get(KEY):
        return RawKey.from_text(os.environ[KEY])
    return Passphrase(os.environ.get(PASSPHRASE) or asked("passphrase", twice=is_new))


def key_in(path: Path) -> "MasterKey":
    """The key in a file, which is made with a fresh key where there is none."""
    from guanyao.protect.vault.master import RawKey

    if not path.exists():
        RawKey.new().save(path)
    return RawKey.load(path)


def new_passphrase() -> "MasterKey":
    """What shall lock the vault from now on."""
    from guanyao.protect.vault.master import Passphrase

    return Passphrase(os.environ.get(NEW_PASSPHRASE) or asked("new passphrase", twice=True))


def asked(what: str, *, twice: bool) -> str:
    """What is typed on the terminal, unseen.

    Raises:
        ConfigError: There is no terminal.
    """
    if not sys.stdin.isatty():
        raise ConfigError(
            f"there is no terminal to ask for the {what} on",
            allowed=f"a key file, or {KEY} or {PASSPHRASE} in the environment",
            code="vault.no_key",
        )
    text: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return text


@dataclass(frozen=True, kw_only=True)
class OfVault:
    """Which vault, what unlocks it, and where its acts are recorded, as typed."""

    vault: VaultFolder = None
    key_file: KeyFile = None
    workspace: WorkspaceFolder = None
    who: Who = None

    @contextmanager
    def place(self) -> Iterator[tuple[Path, "Workspace | None"]]:
        """The vault's folder and the workspace, while the block runs."""
        with recording(self.workspace) as workspace:
            yield vault_folder(self.vault, workspace), workspace

    @contextmanager
    def opened(self) -> Iterator["Vault"]:
        """The vault.

        Raises:
            ConfigError: No vault is named, or nothing is there to unlock it with.
            DataError: It does not open.
        """
        from guanyao.flows.vault import open_vault

        with self.place() as (folder, workspace):
            key = master_key(self.key_file)
            yield open_vault(folder, key, workspace=workspace, who=self.who)


def _usual(workspace: "Workspace | None", who: str | None) -> "Vault":
    """The vault that the environment and the workspace say."""
    from guanyao.flows.vault import open_vault

    return open_vault(vault_folder(None, workspace), master_key(None), workspace=workspace, who=who)


@contextmanager
def plain(source: str, workspace: "Workspace | None", who: str | None = None) -> Iterator[str]:
    """The source as other commands take it; of "vault:NAME" a path to its bytes in memory."""
    if not source.startswith(SCHEME):
        yield source
        return
    from guanyao.flows.vault import plain as flow

    with flow(_usual(workspace, who), source) as path:
        yield path


@contextmanager
def results(
    out: Path, workspace: "Workspace | None", who: str | None = None
) -> Iterator[str | Path]:
    """The folder for results; of "vault:NAME" one in memory, whose files become items."""
    if not str(out).startswith(SCHEME):
        yield out
        return
    from guanyao.flows.vault import results as flow

    with flow(_usual(workspace, who), out, workspace) as folder:
        yield folder
