"""The `.gy` file: a zip of one JSON manifest and plain arrays; data, never code.

A file may come from a stranger: only known names are read, nothing is unpacked to disk, sizes are
bounded before anything is decompressed, and arrays of Python objects are refused.
"""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from guanyao import registry
from guanyao.errors import DataError, GuanyaoError
from guanyao.models import GROUP, MODELS
from guanyao.types import Generator

FORMAT = "guanyao.model/1"
MANIFEST = "manifest.json"
MAX_BYTES = 4 << 30
MAX_MANIFEST_BYTES = 256 << 20
MAX_RATIO = 2_000


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
    arrays: list[np.ndarray[Any, Any]] = []
    packed = _pack(state, arrays)
    blobs = {f"arrays/{i}.npy": _npy(array) for i, array in enumerate(arrays)}
    record = {"format": FORMAT, **manifest, "state": packed, "arrays": _digests(blobs)}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
            file.writestr(MANIFEST, json.dumps(record, ensure_ascii=False, sort_keys=True))
            for name, blob in blobs.items():
                file.writestr(name, blob)
        part.replace(path)
    except OSError as error:
        raise DataError(
            f"the model cannot be written to {path} ({error.strerror})", code="data.unwritable"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load(path: str | Path) -> Generator:
    """The fitted generator of a `.gy` file.

    Raises:
        DataError: The file is not there, is no model, is damaged, or does not keep to the bounds.
        UnknownNameError: It was made by a generator that is not installed.
    """
    manifest, state = _read(Path(path))
    try:
        name = str(manifest["model"])
        kind = registry.find(MODELS, name, GROUP)
        return cast(Generator, kind.from_state(manifest, state))
    except GuanyaoError as error:
        if error.code == "unknown_name":
            raise
        raise _damaged(path, error) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _damaged(path, error) from error


def digest(path: str | Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with zipfile.ZipFile(path) as file:
            _check_bounds(path, file)
            manifest = json.loads(file.read(MANIFEST))
            if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
                raise _damaged(path, "no model of a known format")
            names = manifest["arrays"]
            blobs = {name: file.read(name) for name in names}
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", code="data.missing") from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder", allowed="a .gy file", code="data.missing") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read", code="data.unreadable") from error
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, TypeError, EOFError,
        RecursionError, NotImplementedError, RuntimeError, OSError,
    ) as error:  # fmt: skip
        raise _damaged(path, error) from error
    if _digests(blobs) != names:
        raise _damaged(path, "its arrays are not the ones that were written")
    try:
        arrays = [_array(blobs[f"arrays/{i}.npy"]) for i in range(len(blobs))]
        return manifest, _unpack(manifest.pop("state"), arrays)
    except (KeyError, ValueError, TypeError, IndexError, EOFError, RecursionError) as error:
        raise _damaged(path, error) from error


def _check_bounds(path: Path, file: zipfile.ZipFile) -> None:
    """Refuse a file whose parts are too many, too large, or suspiciously well compressed."""
    infos = file.infolist()
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    strange = [i for i in infos if i.filename != MANIFEST and not i.filename.startswith("arrays/")]
    manifests = [i.file_size for i in infos if i.filename == MANIFEST]
    if strange or len(manifests) != 1 or manifests[0] > MAX_MANIFEST_BYTES:
        raise _damaged(path, "it holds other files than a model's")
    if total > MAX_BYTES or total > MAX_RATIO * max(packed, 1):
        raise _damaged(path, "it unpacks to more than a model can hold")


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
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _array(blob: bytes) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(blob), allow_pickle=False)
    return array


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
            return arrays[value["__array__"]]
        return {key: _unpack(item, arrays) for key, item in value.items()}
    return [_unpack(item, arrays) for item in value] if isinstance(value, list) else value
