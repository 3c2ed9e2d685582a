"""Zips that are the same bytes for the same files, and the careful reading of those of strangers.

Members are stored, not packed, in the order of their names, all of one time; so the zip of some
files can be made again and held against the one that came.

Reference: PKWARE 2022, ".ZIP File Format Specification" 6.3.10 (names in UTF-8: bit 11).
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from guanyao.filing.manifest import is_plain_path

TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip knows."""
MODE = 0o100644 << 16
UNIX = 3
MAX_ZIP = 1 << 30
MAX_UNPACKED = 1 << 30
MAX_MEMBERS = 4_000
FAULTS = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError),
    *(OSError, ValueError),
)


def write_zip(parts: Mapping[str, bytes]) -> bytes:
    """The one zip of these files.

    Args:
        parts: Path, with "/" between folders -> content.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(parts):
            info = zipfile.ZipInfo(path, TIME)
            info.create_system, info.external_attr = UNIX, MODE
            archive.writestr(info, parts[path])
    return buffer.getvalue()


@dataclass
class Unpacked:
    """What a zip holds.

    Args:
        parts: Path -> content, of every member that could be read.
        faults: What is wrong, each as the name of the fault, the member (""), and why.
    """

    parts: dict[str, bytes] = field(default_factory=dict, repr=False)
    faults: list[tuple[str, str, str]] = field(default_factory=list)


def read_zip(content: bytes) -> Unpacked:
    """The files of a zip, within limits; whatever is wrong with it is told, and nothing raises.

    Faults: zip (it is none, or not as `write_zip` makes it), path (a member leads elsewhere), twice
    (two members have one name), bomb (more than is allowed), damaged (a member cannot be read).
    """
    found = Unpacked()
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except FAULTS:
        found.faults.append(("zip", "", "it is no zip that can be read"))
        return found
    with archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS or sum(i.file_size for i in infos) > MAX_UNPACKED:
            found.faults.append(("bomb", "", "it holds more files or bytes than a dossier can"))
            return found
        for info in infos:
            _take(found, archive, info)
    if not found.faults and write_zip(found.parts) != content:
        why = "it was packed by another program, or something stands between its files"
        found.faults.append(("zip", "", why))
    return found


def _take(found: Unpacked, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if not is_plain_path(name):
        found.faults.append(("path", "", "a file of it has a path that leads elsewhere"))
        return
    if name in found.parts:
        found.faults.append(("twice", name, "two files have this name"))
        return
    try:
        with archive.open(info) as file:
            content = file.read(info.file_size + 1)
    except FAULTS:
        found.faults.append(("damaged", name, "it cannot be read: it was changed, or is encrypted"))
        return
    if len(content) != info.file_size:
        found.faults.append(("damaged", name, "it holds more than it says"))
        return
    found.parts[name] = content
