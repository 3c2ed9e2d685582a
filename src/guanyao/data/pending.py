"""A file that is written beside its place and moved there only when it is whole."""

import os
from pathlib import Path
from uuid import uuid4

from guanyao.errors import DataError


class Pending:
    """A place beside the target, in the same folder so that moving it is one step.

    Args:
        target: Where the file shall lie in the end.

    Raises:
        DataError: The target is a folder, or its folder is missing or may not be written to.
    """

    def __init__(self, target: Path) -> None:
        """Choose the place and see that it can be written."""
        self.target = target
        self.path = target.with_name(f".{uuid4().hex[:8]}.part.{target.name[-200:]}")
        _check_target(target)
        try:
            self.path.touch(exist_ok=False)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{target} cannot be written ({type(error).__name__})",
                do="choose a place that may be written to",
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
