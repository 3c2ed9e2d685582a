"""The `.gy` file: a zip of one JSON manifest and plain arrays; data, never code.

A file may come from a stranger: only known names are read, nothing is unpacked to disk, sizes are
bounded before anything is decompressed, arrays are plain numbers of exactly the declared shape, and
a model that cannot be put together or cannot draw is refused. The same model gives the same bytes.
"""

import hashlib
import io
import json
import math
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl

from guanyao import registry
from guanyao.errors import DataError, GuanyaoError, MissingExtraError, UnknownNameError
from guanyao.models import EXPORTED_MODELS, GROUP, IMAGE_GROUP, IMAGE_MODELS, MODELS
from guanyao.types import Generator

FORMAT = "guanyao.model/1"
MANIFEST = "manifest.json"
MAX_BYTES = 4 << 30
MAX_MANIFEST_BYTES = 128 << 20
FREE_BYTES = 64 << 20
MAX_RATIO = 100
"""Beyond `FREE_BYTES`, a file may unpack to at most so many times its own size."""

MEMBER = re.compile(r"manifest\.json|arrays/(0|[1-9][0-9]{0,6})\.npy")
ARRAY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>[<|][biuf][1248])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[0-9, ]{0,99})\), \} *\n",
    re.DOTALL,
)
"""The head of a .npy file of plain numbers, which is all that is ever written."""

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAX_NAME = 100

BROKEN = (
    ArithmeticError, AttributeError, LookupError, MemoryError, NotImplementedError, RecursionError,
    RuntimeError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile,
    zipfile.LargeZipFile, zlib.error, pl.exceptions.PolarsError, pl.exceptions.PanicException,
)  # fmt: skip
"""What reading and putting together a damaged file may raise."""


def save(path: str | Path, manifest: dict[str, Any], state: dict[str, Any]) -> None:
    """Write a model beside its place and move it there when it is whole.

    Args:
        path: Where the file goes.
        manifest: Name, settings and schema.
        state: What was learned: JSON values and numpy arrays, nested.

    Raises:
        DataError: The file cannot be written.
    """
    path = Path(path)
    if not path.name:
        raise DataError(f"{path} names no file", allowed="a .gy file", code="data.unwritable")
    arrays: list[np.ndarray[Any, Any]] = []
    packed = _pack(state, arrays)
    blobs = {f"arrays/{i}.npy": _npy(array) for i, array in enumerate(arrays)}
    record = {"format": FORMAT, **manifest, "state": packed, "arrays": _digests(blobs)}
    text = json.dumps(record, ensure_ascii=False)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            _write(part, {MANIFEST: text.encode(), **blobs})
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"the model cannot be written to {path} ({error.strerror})", code="data.unwritable"
        ) from error


def _write(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, blob in members.items():
            member = zipfile.ZipInfo(name)  # of no date, so that equal models are equal files
            member.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(member, blob, compresslevel=6)


def load(path: str | Path) -> Generator:
    """The fitted generator of a `.gy` file.

    Raises:
        DataError: The file is not there, is no model, is damaged, or does not keep to the bounds.
        UnknownNameError: It was made by a generator that is not installed.
        MissingExtraError: Its generator rests on a package that is not installed.
    """
    manifest, state = _read(Path(path))
    try:
        name = manifest["model"]
        if not isinstance(name, str) or len(name) > MAX_NAME:
            raise ValueError("the model has no name")
        kind = _kind(name, manifest.get("data", "table"))
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            return cast(Generator, kind.from_state(manifest, state))
    except (MissingExtraError, UnknownNameError):
        raise
    except GuanyaoError as error:
        raise _damaged(path, error) from error
    except BROKEN as error:
        raise _damaged(path, error) from error


def _kind(name: str, data: object) -> Any:  # noqa: ANN401
    """The class of a generator of tables or images."""
    if data == "images":
        return registry.find({**IMAGE_MODELS, **EXPORTED_MODELS}, name, IMAGE_GROUP)
    return registry.find(MODELS, name, GROUP)


def fingerprint(facts: dict[str, Any], *arrays: np.ndarray[Any, Any]) -> str:
    """SHA-256 of plain facts and of the bytes of arrays, in hexadecimal."""
    total = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for array in arrays:
        total.update(f"{array.dtype}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def digest(path: str | Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and what was learned."""
    _check_place(path)
    try:
        with zipfile.ZipFile(path) as file:
            members = _members(path, file)
            manifest = json.loads(_content(file, members.pop(MANIFEST)))
            blobs = {name: _content(file, member) for name, member in members.items()}
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise _damaged(path, "no model of a known format")
        if _digests(blobs) != manifest["arrays"]:
            raise _damaged(path, "its arrays are not the ones that were written")
        arrays = [_array(blobs[f"arrays/{i}.npy"]) for i in range(len(blobs))]
        return manifest, _unpack(manifest.pop("state"), arrays)
    except PermissionError as error:
        raise DataError(f"{path} may not be read", code="data.unreadable") from error
    except DataError:
        raise
    except BROKEN as error:
        raise _damaged(path, error) from error


def _check_place(path: Path) -> None:
    """See that there is a file, and no folder, device or pipe (they could be read for ever)."""
    try:
        if path.is_file():
            return
        is_there = path.exists()
    except (OSError, ValueError):  # a name that no file can have
        is_there = False
    if not is_there:
        raise DataError(f"there is no file {path}", code="data.missing")
    kind = "folder" if path.is_dir() else "device or pipe"
    raise DataError(f"{path} is a {kind}", allowed="a .gy file", code="data.missing")


def _members(path: Path, file: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by name; refuses strange ones, and more than their packed size can explain."""
    infos = file.infolist()
    members = {info.filename: info for info in infos}
    known = all(MEMBER.fullmatch(info.filename) for info in infos)
    packed_well = all(info.compress_type in PACKINGS for info in infos)
    if not known or not packed_well or MANIFEST not in members or len(members) < len(infos):
        raise _damaged(path, "it holds other files than a model's")
    total = sum(info.file_size for info in infos)
    bound = min(MAX_BYTES, max(FREE_BYTES, MAX_RATIO * path.stat().st_size))
    if (
        total > bound
        or members[MANIFEST].file_size > MAX_MANIFEST_BYTES
        or any(map(_swells, infos))
    ):
        raise _damaged(path, "it unpacks to more than a model can hold")
    return members


def _swells(member: zipfile.ZipInfo) -> bool:
    """Whether a part unpacks to more than its packed size can explain."""
    return member.file_size > max(FREE_BYTES, MAX_RATIO * member.compress_size)


def _content(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a part: never more than it says it has, whatever it unpacks to."""
    with file.open(member) as part:
        content = part.read(member.file_size)
        if part.read(1) or len(content) != member.file_size:
            raise ValueError("a part has another size than it says")
    return content


def _damaged(path: str | Path, why: object) -> DataError:
    reason = why if isinstance(why, str) else type(why).__name__
    return DataError(
        f"{path} is no whole Guanyao model ({reason})",
        allowed="a .gy file that `guanyao fit` or `run` wrote",
        do="fit it again, or copy it again from where it came",
        code="model.damaged",
    )


def _digests(blobs: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(blob).hexdigest() for name, blob in blobs.items()}


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
    return buffer.getvalue()


def _array(blob: bytes) -> np.ndarray[Any, Any]:
    """The numbers of a .npy file; their declared shape has to fit its bytes."""
    found = ARRAY.match(blob)
    if found is None:
        raise ValueError("an array is no plain array of numbers")
    dtype = np.dtype(found["dtype"].decode())
    shape = tuple(int(size) for size in found["shape"].split(b",") if size.strip())
    content = blob[found.end() :]
    if math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError("an array has another size than it says")
    return np.frombuffer(content, dtype).reshape(shape).copy()


def _pack(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:  # noqa: ANN401
    """The value with each array replaced by its number."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"__array__": len(arrays) - 1}
    if isinstance(value, dict):
        return {key: _pack(item, arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_pack(item, arrays) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _unpack(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        if value.keys() == {"__array__"}:
            number = value["__array__"]
            if not isinstance(number, int) or not 0 <= number < len(arrays):
                raise ValueError("an array is missing")
            return arrays[number]
        return {key: _unpack(item, arrays) for key, item in value.items()}
    return [_unpack(item, arrays) for item in value] if isinstance(value, list) else value
