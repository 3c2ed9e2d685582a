"""Names of classes as names of folders, and back again, whatever characters they hold."""

import os
import re
import unicodedata
from collections.abc import Sequence

from guanyao.errors import DataError

PLAIN = set(" _-+=,()[]@")
"""Characters besides letters and digits (of any script) that stand in a folder's name as they are.

A point does too, except at the ends.
"""

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean devices on some systems."""

CODED = re.compile(r"((?:%[0-9A-F]{2})+)")
MAX_BYTES = 200


def to_folders(classes: Sequence[str]) -> list[str]:
    """The names of folders for classes: each safe on every system, each different.

    What may not stand in a name is written as % and two digits for each byte of UTF-8.

    Raises:
        DataError: A name is too long.

    Examples:
        >>> to_folders(["3", "..", "a/b", "猫"])
        ['3', '%2E%2E', 'a%2Fb', '猫']
    """
    folders = [_safe(name) for name in classes]
    seen: dict[str, int] = {}
    for place, name in enumerate(classes):
        key = _folded(folders[place])
        if seen.setdefault(key, place) != place:
            folders[place] = _coded(name)
    if any(len(folder.encode("utf-8")) > MAX_BYTES for folder in folders):
        raise DataError(
            "the name of a class is too long for a folder",
            allowed=f"{MAX_BYTES} bytes",
            do="write NPZ instead (--format npz)",
            code="data.class_name",
        )
    return folders


def from_folders(names: Sequence[str]) -> list[str]:
    """The classes that folders stand for; names that `to_folders` would not write stay.

    Examples:
        >>> from_folders(["%2E%2E", "a b"]), from_folders(["50%25", "a?"])
        (['..', 'a b'], ['50%25', 'a?'])
    """
    found = {name: _decoded(name) for name in set(names)}
    ours = all(name in (_safe(plain), _coded(plain)) for name, plain in found.items())
    return [found[name] if ours else _printable(name) for name in names]


def _safe(name: str) -> str:
    if RESERVED.fullmatch(name) or not name:
        return _coded(name)
    last = len(name) - 1
    return "".join(
        char if _is_plain(char, inner=0 < place < last) else _coded(char)
        for place, char in enumerate(name)
    )


def _is_plain(char: str, *, inner: bool) -> bool:
    return char.isalnum() or (char in PLAIN and (inner or char != " ")) or (char == "." and inner)


def _coded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass")) or "%"


def _decoded(name: str) -> str:
    if name == "%":
        return ""
    return CODED.sub(lambda m: _text(bytes.fromhex(m[1].replace("%", ""))), name)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _printable(name: str) -> str:
    """The name as text that can be written anywhere, though the system's bytes be no UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _folded(name: str) -> str:
    """Equal for names that some file systems take for one."""
    return unicodedata.normalize("NFC", name).casefold()
