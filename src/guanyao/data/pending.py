"""A file that is written beside its place and moved there only when it is whole."""

import os
import sys
from pathlib import Path
from uuid import uuid4

from guanyao.errors import DataError


class Pending:
    """A place beside the target, in the same folder so that moving it is one step.

    Args:
        target: Where the file shall lie in the end.
        mode: Who may do what with it, before the umask takes something away.

    Raises:
        DataError: The target is a folder, or its folder is missing or may not be written to.
    """

    def __init__(self, target: Path, *, mode: int = 0o666) -> None:
        """Choose the place and see that it can be written."""
        self.target = target
        self.path = target.with_name(f".{uuid4().hex[:8]}.part.{target.name[-200:]}")
        _check_target(target)
        try:
            self.path.touch(mode=mode, exist_ok=False)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise DataError(
                f"{target} cannot be written ({why})",
                do="choose another place or name",
                code="data.unwritable",
            ) from error

    def commit(self) -> None:
        """Move the finished file to its place."""
        try:
            os.replace(self.path, self.target)  # noqa: PTH105 - one step, also on Windows
        except OSError as error:
            self.remove()
            raise disk_error(self.target, error) from error

    def remove(self) -> None:
        """Remove what was written."""
        self.path.unlink(missing_ok=True)


class Nameless(Pending):
    """The same for bytes that must not stay where a process is killed: a file without a name.

    Its place is a link into this process, which leads nowhere once the process has ended. Where the
    system has no files without a name (Linux has), it is a hidden file beside the target.

    Args:
        target: Where the file shall lie in the end; its owner only may read it.

    Raises:
        DataError: As for `Pending`.
    """

    def __init__(self, target: Path) -> None:
        """Choose the place and make the link."""
        super().__init__(target, mode=0o600)
        self._handle = nameless(target.parent)
        if self._handle is not None:
            self.path.unlink()
            self.path.symlink_to(f"/proc/{os.getpid()}/fd/{self._handle}")

    def commit(self) -> None:
        """Give the file its name; what has that name already is replaced in one step."""
        if self._handle is None:
            super().commit()
            return
        try:
            self.path.unlink()
            if not os.path.lexists(self.target):
                _link(self._handle, self.target)
                return
            _link(self._handle, self.path)
        except OSError as error:
            raise disk_error(self.target, error) from error
        super().commit()

    def remove(self) -> None:
        """Let go of what was written."""
        super().remove()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def write_whole(target: str | Path, content: bytes) -> None:
    """Write a file in one step: it holds all of the content, or what it held before.

    Raises:
        DataError: The place cannot be written to, or the disk is full.
    """
    pending = Pending(Path(target))
    try:
        pending.path.write_bytes(content)
        pending.commit()
    except OSError as error:
        raise disk_error(Path(target), error) from error
    finally:
        pending.remove()


def nameless(folder: Path) -> int | None:
    """A file without a name, open for writing; None where there is no such thing."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError:  # the file system has none; what else is wrong shows at the hidden file
        return None


def _link(handle: int, place: Path) -> None:
    # Only with a folder does link() follow the symbolic link to the file itself.
    os.link(f"/proc/self/fd/{handle}", place, src_dir_fd=handle)


def _check_target(target: Path) -> None:
    if target.is_dir():
        raise DataError(
            f"{target} is a folder", allowed="a file name is needed", code="data.folder"
        )
    if not target.parent.is_dir():
        raise DataError(
            f"there is no folder {target.parent}", do="create it first", code="data.missing"
        )


def disk_error(target: Path, error: OSError) -> DataError:
    """The error for a disk that took only part of a file."""
    return DataError(
        f"{target} could not be written ({error.strerror or type(error).__name__})",
        allowed="nothing was left behind",
        do="see that there is room on the disk",
        code="data.unwritable",
    )
