"""What an item may be called: a path without tricks, so that any item can be exported to a file."""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from guanyao.errors import ConfigError

LONGEST_NAME = 255
STRANGE = re.compile(r"[\x00-\x1f\x7f\\]")


def check_name(name: str) -> str:
    """The name of an item, when it can be one.

    Raises:
        ConfigError: It is empty, too long, or would lead out of a folder.
    """
    path = PurePosixPath(name)
    is_plain = not path.is_absolute() and ".." not in path.parts and str(path) == name
    if not path.parts or not is_plain or STRANGE.search(name) or len(name) > LONGEST_NAME:
        raise ConfigError(
            "that cannot be the name of an item",
            allowed=f"words with / between them, {LONGEST_NAME} characters at most, no .. and "
            "no backslash",
            code="vault.name",
        )
    return name


def check_free(items: Iterable[str], names: Iterable[str], *, replaces: bool) -> None:
    """See that names are free: no item has them, none stands where one of them needs a folder.

    Args:
        items: The names that are taken.
        names: The names in question.
        replaces: Whether an item of the very name may be there.

    Raises:
        ConfigError: One is not, or cannot be a name.
    """
    taken = set(items)
    folders = set(map(_folder, taken))
    folders |= {str(parent) for folder in folders for parent in PurePosixPath(folder).parents}
    for name in names:
        check_folder(taken, str(PurePosixPath(check_name(name)).parent))
        if name in folders or (name in taken and not replaces):
            raise _taken()


def check_folder(items: Collection[str], folder: str) -> None:
    """See that no item stands where names with this before their last `/` need a folder.

    Raises:
        ConfigError: One does, or there can be no such folder.
    """
    if folder != ".":
        path = PurePosixPath(check_name(folder))
        if any(str(above) in items for above in (path, *path.parents)):
            raise _taken()


def _folder(name: str) -> str:
    """What stands before the last `/` of a name."""
    return name.rpartition("/")[0]


def _taken() -> ConfigError:
    return ConfigError(
        "there is an item of that name, or in the place of its folder",
        do="take another name, or replace the item (--replace)",
        code="vault.exists",
    )
