"""The folder that results go into: made aside, moved into place when whole, resumed after a stop.

While a job runs, everything lies in `.guanyao-part` inside the folder. When all is done the files
move out of it one by one, the record last. When the job fails nothing stays; when it is stopped
(Ctrl-C, or killed) a generator that was fitted stays, with the key of what it was fitted to, and
the same job goes on from there. So do the checkpoints of a training that was stopped or that failed
on its way.
"""

import errno
import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.errors import ConfigError, DataError
from guanyao.flows import training_folder
from guanyao.records import evidence

PART = ".guanyao-part"
RECORD = "run.json"
MODEL = "model.gy"
STATE = "state.json"
TRAINING = "training"
VIRTUAL = "virtual"

KEEP_AFTER_S = 60.0
"""Fits that took longer are worth keeping when a later stage fails."""


@dataclass(frozen=True)
class Folder:
    """The place of results.

    Args:
        out: Where they go in the end.
        part: Where they are made.
        made: The folders that the job made to hold it, innermost first.
    """

    out: Path
    part: Path
    made: tuple[Path, ...] = ()

    def begin(self, key: str) -> Path:
        """Where a deep model trains; what was left by a fit of another key is taken away.

        Args:
            key: What the fit depends on.
        """
        training = self.part / TRAINING
        with writing(self.out):
            (self.part / MODEL).unlink(missing_ok=True)
            if self.state().get("key") != key:
                training_folder.clear(training)
            training_folder.begin(training)
            evidence.write({"key": key}, self.part / STATE)
        return training

    def remember(self, key: str, facts: dict[str, Any]) -> None:
        """Note that the model file in `part` is whole, and what it was fitted to."""
        digest = evidence.file_digest(self.part / MODEL)
        state = {"key": key, "model_digest": digest, **facts}
        evidence.write(state, self.part / STATE)
        training_folder.finish(self.part / TRAINING)

    def recall(self, key: str) -> dict[str, Any] | None:
        """What was noted of a model file with this key; None if there is none."""
        state, model = self.state(), self.part / MODEL
        if state.get("key") != key or not model.is_file():
            return None
        return state if state.get("model_digest") == evidence.file_digest(model) else None

    def state(self) -> dict[str, Any]:
        """What was noted; nothing where the stop came while it was written."""
        try:
            state = json.loads((self.part / STATE).read_bytes())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def forget(self) -> None:
        """Drop what was noted of fits, here and in the folders within."""
        for folder in (self.part, *filter(Path.is_dir, self.part.iterdir())):
            (folder / STATE).unlink(missing_ok=True)

    def outputs(self) -> list[dict[str, Any]]:
        """The files that were made, by name and digest; a folder of pictures as one of them."""
        made = evidence.outputs(self.part, whole=(VIRTUAL, TRAINING))
        return [item for item in made if evidence.within(item["name"]).name != STATE]

    def within(self, name: str) -> "Folder":
        """A folder of this name among what is made, moved into place together with it."""
        part = self.part / name
        with writing(part):
            part.mkdir(exist_ok=True)
        return Folder(self.out / name, part)

    def drop(self) -> None:
        """Take this folder away with all that was made in it."""
        shutil.rmtree(self.part)

    def publish(self) -> None:
        """Move everything into `out`, the record last, and drop what an earlier run left."""
        self.forget()
        made = sorted(self.part.iterdir(), key=lambda path: path.name == RECORD)
        stale = self._earlier()
        for path in made:
            if (self.out / path.name).is_dir():
                _drop(self.out / path.name)
            path.replace(self.out / path.name)
        for name in stale - {path.name for path in made}:
            _drop(self.out / name)
        self.part.rmdir()

    def _earlier(self) -> set[str]:
        """The names of the files and folders that the record of an earlier run lists."""
        try:
            record = evidence.read(self.out / RECORD)
        except DataError:
            return set()
        return {evidence.within(item["name"]).parts[0] for item in record["outputs"]}

    def sweep(self, *, keep_fit: bool, within: Collection[str] = ()) -> None:
        """Drop what was made; a fitted model, or a training, can stay, to go on from later.

        Args:
            keep_fit: Whether it stays.
            within: The folders within where it stays likewise.
        """
        kept = self._fit_so_far() if keep_fit else set()
        for path in self.part.iterdir() if self.part.is_dir() else ():
            if keep_fit and path.name in within and path.is_dir():
                inner = Folder(self.out / path.name, path)
                inner.sweep(keep_fit=True)
                inner.leave()
            elif path.name not in kept:
                _drop(path)

    def _fit_so_far(self) -> set[str]:
        """The names of what a later job can go on from."""
        state = self.state()
        if "model_digest" in state and (self.part / MODEL).is_file():
            return {STATE, MODEL, TRAINING}
        if state and training_folder.can_go_on(self.part / TRAINING):
            return {STATE, TRAINING}
        return set()

    def leave(self) -> None:
        """Take away the folders that hold nothing."""
        for path in (self.part, *self.made):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def _drop(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def results_in(out: str | Path, within: Collection[str] = ()) -> Iterator[Folder]:
    """The folder while a job runs; nothing half-made is left in it, however the job ends.

    Args:
        out: Where the results go in the end.
        within: The folders within that hold fits of their own, which a later job goes on from.

    Raises:
        ConfigError: The folder holds something that is not ours.
        DataError: The folder cannot be written.
    """
    folder = _opened(Path(out))
    folder.sweep(keep_fit=True, within=within)
    try:
        yield folder
    except BaseException as error:
        folder.sweep(keep_fit=_is_worth_keeping(folder, error), within=within)
        folder.leave()
        raise


def _is_worth_keeping(folder: Folder, error: BaseException) -> bool:
    """Whether the fit stays: always after a stop, and after a failure if it took long."""
    state = folder.state()
    is_training = bool(state) and "model_digest" not in state
    is_stopped = isinstance(error, KeyboardInterrupt)
    return is_stopped or is_training or state.get("fit_s", 0) > KEEP_AFTER_S


def _opened(out: Path) -> Folder:
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file", do="name a folder with -o", code="config.out")
    with writing(out):
        made = tuple(path for path in (out, *out.parents) if not path.exists())
        if out.exists() and not _is_ours(out):
            raise ConfigError(
                f"{out} holds files that are no results of Guanyao",
                allowed="a new or empty folder, or one of an earlier run",
                do="name another with -o",
                code="config.out",
            )
        (out / PART).mkdir(parents=True, exist_ok=True)
    return Folder(out, out / PART, made)


def _is_ours(out: Path) -> bool:
    """Whether the folder is empty or was written by a job."""
    names = {path.name for path in out.iterdir()}
    return not names or PART in names or _has_record(out)


def _has_record(out: Path) -> bool:
    try:
        record = json.loads((out / RECORD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(record, dict) and record.get("schema") == evidence.FORMAT


@contextmanager
def writing(place: str | Path) -> Iterator[None]:
    """Says in one line why something cannot be written.

    Raises:
        DataError: The disk is full, the place is read-only, the path is impossible.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{place} cannot be written ({error.strerror or type(error).__name__})",
            do="free some space" if error.errno == errno.ENOSPC else "choose another place",
            code="data.unwritable",
        ) from error
