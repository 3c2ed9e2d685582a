"""Checkpoints of training: whole or not there, refused when they belong to something else.

Each lies in a folder of its own: `weights.safetensors`, and `state.pt` with the optimisers and the
random numbers, which is read with `weights_only`, so that no code in it can run. The file `latest`
names the last whole one and the digests of its files; it is replaced in one move.
"""

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from guanyao.errors import DataError

LATEST = "latest.json"
FOLDER = "checkpoints"
WEIGHTS, STATE = "weights.safetensors", "state.pt"
N_KEPT = 2
BROKEN = (
    OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError,
    SafetensorError, pickle.UnpicklingError,
)  # fmt: skip
"""What reading and taking on a damaged checkpoint may raise."""

MAX_LATEST_BYTES = 100_000


@dataclass(frozen=True)
class Checkpoint:
    """What was read: plain values and tensors, and the weights by name."""

    state: dict[str, Any]
    weights: dict[str, Tensor]


def write(
    folder: Path, fingerprint: str, state: dict[str, Any], weights: dict[str, Tensor]
) -> None:
    """Write a checkpoint beside the earlier one, then let it take its place.

    Args:
        folder: Where training leaves what it writes.
        fingerprint: What the model and its data are.
        state: Plain values and tensors.
        weights: The weights by name.

    Raises:
        DataError: The disk is full or read-only; the earlier checkpoint stays.
    """
    place = folder / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True)
        name = _next_name(place)
        _write_files(place / name, state, weights)
        digests = {file: _digest(place / name / file) for file in (WEIGHTS, STATE)}
        record = {"folder": name, "fingerprint": fingerprint, "digests": digests}
        part = place / f"{LATEST}.part"
        part.write_text(json.dumps(record), encoding="utf-8")
        os.replace(part, place / LATEST)  # noqa: PTH105
        _thin(place, name)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise _unwritable(place, error) from error


def _unwritable(place: Path, error: Exception) -> DataError:
    why = getattr(error, "strerror", None) or type(error).__name__
    return DataError(
        f"a checkpoint cannot be written to {place} ({why})",
        do="free some space or choose another place, and start the same command again: it goes on "
        "from the last whole checkpoint",
        code="training.checkpoint",
    )


def _next_name(place: Path) -> str:
    numbers = [int(path.name) for path in place.iterdir() if path.name.isdigit()]
    return f"{max(numbers, default=0) + 1:06d}"


def _write_files(folder: Path, state: dict[str, Any], weights: dict[str, Tensor]) -> None:
    folder.mkdir()
    try:
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        save_file({name: tensor.clone() for name, tensor in plain.items()}, folder / WEIGHTS)
        torch.save(state, folder / STATE)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _thin(place: Path, newest: str) -> None:
    """Drop all but the last checkpoints, and what a kill left behind."""
    names = sorted(path.name for path in place.iterdir() if path.name.isdigit())
    kept = [name for name in names if name <= newest][-N_KEPT:]
    for name in set(names) - set(kept):
        shutil.rmtree(place / name)


def read(folder: Path, fingerprint: str) -> Checkpoint | None:
    """The last whole checkpoint of a folder; None if there is none.

    Raises:
        DataError: It is damaged, or of another model, data set or seed.
    """
    place = folder / FOLDER
    if not (place / LATEST).is_file():
        return None
    try:
        record = _latest(place)
        if record["fingerprint"] != fingerprint:
            raise DataError(
                f"{place} holds a checkpoint of another model, data set, setting or seed",
                do="name another place, or remove that folder to train anew",
                code="training.other_checkpoint",
            )
        return _whole(place / str(int(record["folder"])).zfill(6), record["digests"])
    except BROKEN as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(place, error) from error


@contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Says in one line that what was read does not fit what is to be trained."""
    try:
        yield
    except BROKEN as error:
        raise _damaged(folder / FOLDER, error) from error


def _damaged(place: Path, error: Exception) -> DataError:
    return DataError(
        f"the checkpoint in {place} is damaged, or of another version ({type(error).__name__})",
        do="remove that folder to train anew",
        code="training.checkpoint",
    )


def _latest(place: Path) -> dict[str, Any]:
    with (place / LATEST).open("rb") as file:
        record = json.loads(file.read(MAX_LATEST_BYTES))
    if not isinstance(record, dict):
        raise TypeError("no record")
    return record


def _whole(folder: Path, digests: dict[str, str]) -> Checkpoint:
    for file in (WEIGHTS, STATE):
        if _digest(folder / file) != digests[file]:
            raise ValueError("another file than was written")
    state = torch.load(folder / STATE, weights_only=True, map_location="cpu")
    return Checkpoint(state, load_file(folder / WEIGHTS))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_into(network: nn.Module, weights: dict[str, Tensor], prefix: str) -> None:
    """Give a network the weights whose names begin with the prefix.

    Raises:
        RuntimeError: They do not fit.
    """
    own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    network.load_state_dict(own)


def drop(folder: Path) -> None:
    """Take the checkpoints away, once they are not needed."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
