"""Evidence: one record of what was done, that anyone can check and nobody can change unseen.

A record is canonical JSON: keys sorted, no blanks, UTF-8, no NaN, numbers as Python writes them.
`digest` is the SHA-256 of the canonical form of everything else in it. A record names files by
their digest, columns by their name, and never holds a cell of the data, a path, a host or an
account.

Reference: the form follows RFC 8785 (JSON Canonicalization Scheme), with keys sorted by code point
and floats written as Python's shortest repr.
"""

import hashlib
import json
import math
import os
import platform
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError, InternalError

if TYPE_CHECKING:
    from guanyao.data.schema import Schema

FORMAT = "guanyao.run/1"

PACKAGES = ("guanyao", "numpy", "polars", "scikit-learn")
"""Whose versions decide what comes out."""


def canonical(record: object) -> bytes:
    """The one JSON text of a record, as UTF-8.

    Raises:
        InternalError: The record holds what JSON does not: NaN, an infinity, an object.

    Examples:
        >>> canonical({"b": 1.0, "a": [True, None]})
        b'{"a":[true,null],"b":1.0}'
    """
    try:
        text = json.dumps(
            record, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise InternalError(f"a record cannot be written as JSON ({error})") from error


def plain(value: Any) -> Any:  # noqa: ANN401
    """The value in JSON's own types: tuples are lists, keys are text, NaN and infinities are null.

    Examples:
        >>> plain({1: (float("nan"), Path("a"))})
        {'1': [None, 'a']}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    return _plain_other(value)


def _plain_other(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=canonical)
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        return plain(value.item())
    return str(value)


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256 (hexadecimal) of everything in the record but its own digest."""
    content = {key: value for key, value in record.items() if key != "digest"}
    return hashlib.sha256(canonical(content)).hexdigest()


def file_digest(path: str | Path) -> str:
    """SHA-256 (hexadecimal) of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(path: str | Path) -> str:
    """SHA-256 (hexadecimal) of a file's bytes, or of the names and digests of a folder's files."""
    path = Path(path)
    if not path.is_dir():
        return file_digest(path)
    names = sorted(file.relative_to(path).as_posix() for file in _files(path))
    lines = [f"{file_digest(path / name)} {name}\n" for name in names]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def new_id(**facts: Any) -> str:  # noqa: ANN401
    """The first 16 hexadecimal digits of the facts' SHA-256; the same facts, the same id."""
    return hashlib.sha256(canonical(plain(facts))).hexdigest()[:16]


def build(
    *,
    verb: str,
    created: datetime,
    settings: Mapping[str, Any],
    seed: int | None,
    inputs: Iterable[Mapping[str, Any]],
    outputs: Iterable[Mapping[str, Any]],
    **facts: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """One sealed record.

    Args:
        verb: What was done: run, evaluate, compare, …
        created: When; with a time zone.
        settings: The settings it was done with; no data values among them.
        seed: The seed of everything that was drawn.
        inputs: What it was made from, by role and digest.
        outputs: What it left, by name and digest.
        facts: `id`, `duration_s`, `scores`, `attacks`, `privacy`, `personal_data`, `who`,
            `parents`: what is not given is empty.

    Returns:
        The record, in JSON's own types, with its `digest`.
    """
    record: dict[str, Any] = {
        "schema": FORMAT,
        "id": "",
        "created": created,
        "verb": verb,
        "settings": settings,
        "seed": seed,
        "inputs": inputs,
        "outputs": outputs,
        "versions": versions(),
        "hardware": hardware(),
        "duration_s": None,
        "scores": [],
        "attacks": [],
        "privacy": None,
        "personal_data": [],
        "who": None,
        "parents": [],
    }
    if strange := sorted(set(facts) - set(record)):
        raise InternalError(f"a record has no place for {', '.join(strange)}")
    record |= facts
    record["id"] = record["id"] or new_id(verb=verb, created=created, inputs=record["inputs"])
    return _seal(plain(record))


def _seal(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "digest": digest(record)}


def outputs(folder: str | Path, *, whole: Collection[str] = ()) -> list[dict[str, Any]]:
    """The files that were made in a folder: their name in it, size in bytes and digest.

    Args:
        folder: Where they were made.
        whole: Names of folders that stand for all that is in them, however many files that are.
    """
    folder = Path(folder)
    places: dict[str, int] = {}
    for path in sorted(_files(folder)):
        name = _place(path.relative_to(folder), whole).as_posix()
        places[name] = places.get(name, 0) + path.stat().st_size
    return [
        {"name": name, "bytes": n_bytes, "digest": tree_digest(folder / name)}
        for name, n_bytes in places.items()
    ]


def _place(name: Path, whole: Collection[str]) -> Path:
    """The file, or the outermost folder above it that stands for all that is in it."""
    above = [parent for parent in reversed(name.parents) if parent.name in whole]
    return above[0] if above else name


def within(name: str) -> PurePosixPath:
    """The name of an output as a path that stays in its folder.

    Raises:
        DataError: The name leads out of the folder.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise DataError("an output's name leads out of its folder", code="evidence.output")
    return path


def personal_data(schema: "Schema") -> list[dict[str, str]]:
    """The columns that name a person or help to, with the role they were given."""
    return [
        {"column": column.name, "sensitivity": column.sensitivity, "role": column.role}
        for column in schema
        if column.sensitivity != "none"
    ]


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide what comes out."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a source folder
        return "unknown"


def hardware() -> dict[str, Any]:
    """The machine's kind: processors, their model, memory in GB, system. No names, no addresses."""
    return {
        "cpus": os.cpu_count(),
        "model": _cpu_model(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _memory_gb() -> float | None:
    if sys.platform == "win32" or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)


def write(record: Mapping[str, Any], path: str | Path) -> None:
    """Write a sealed record as canonical JSON."""
    Path(path).write_bytes(canonical(record))


def read(path: str | Path) -> dict[str, Any]:
    """Read a record that `write` wrote.

    Raises:
        DataError: The file is no record, is not in canonical form, or was changed.
    """
    try:
        content = Path(path).read_bytes()
        record = json.loads(content, parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise _no_record(path, type(error).__name__) from error
    if not isinstance(record, dict) or record.get("schema") != FORMAT:
        raise _no_record(path, f"its schema is not {FORMAT}")
    # A second spelling of the same content could be read in two ways (doubled keys, for one).
    if not _is_sealed(record, content):
        raise DataError(
            f"{Path(path).name} was changed after it was written",
            do="do not rely on it; make the record anew",
            code="evidence.changed",
        )
    return record


def _is_sealed(record: dict[str, Any], content: bytes) -> bool:
    try:
        return content == canonical(record) and record.get("digest") == digest(record)
    except InternalError:  # half a surrogate pair is JSON, but no text
        return False


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _no_record(path: str | Path, why: str) -> DataError:
    return DataError(
        f"{Path(path).name} is no record of a run ({why})",
        allowed="run.json as `guanyao run` wrote it",
        code="evidence.unreadable",
    )


def verify(path: str | Path) -> dict[str, Any]:
    """The record at `path`, once it and every file it names beside it are found unchanged.

    Raises:
        DataError: The record was changed, or an output is missing or was changed.
    """
    record = read(path)
    folder = Path(path).parent
    for item in record["outputs"]:
        name = within(item["name"])
        file = folder / name
        if not file.exists() or tree_digest(file) != item["digest"]:
            state = "was changed" if file.exists() else "is missing"
            raise DataError(
                f"{name} {state}",
                do="the record does not vouch for it; make both anew",
                code="evidence.output",
            )
    return record
