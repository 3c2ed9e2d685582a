"""The folder that training leaves: its log, its sample grids, and checkpoints while it goes on.

Only what training writes is ever taken away; whatever else lies there stays.
"""

import re
import shutil
from pathlib import Path

CHECKPOINTS = "checkpoints"
LATEST = "latest.json"
WRITTEN = (CHECKPOINTS, "events", "samples", "log.jsonl", "profile.txt", "profile-trace.json")
"""What training writes."""

GRID = re.compile(r"epoch-(\d+)\.png")
MAX_GRIDS = 30
"""Sample grids that a report shows at most."""


def beside(model: Path) -> Path:
    """Where training of a model file of its own goes."""
    return model.with_name(f"{model.name}.training")


def can_go_on(folder: Path) -> bool:
    """Whether there is a checkpoint to go on from."""
    return (folder / CHECKPOINTS / LATEST).is_file()


def begin(folder: Path) -> None:
    """Take away what an earlier training left, unless this one goes on from there."""
    if not can_go_on(folder):
        clear(folder)


def finish(folder: Path) -> None:
    """Take the checkpoints away; the log and the grids stay."""
    _drop(folder / CHECKPOINTS)


def stop(folder: Path) -> None:
    """Keep what training can go on from; take everything away if there is nothing."""
    if not can_go_on(folder):
        clear(folder)


def clear(folder: Path) -> None:
    """Take away what training wrote, and the folder if nothing else is in it."""
    for name in WRITTEN:
        _drop(folder / name)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _drop(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def grids(folder: Path | None) -> list[tuple[int, bytes]]:
    """The sample grids as (epoch, PNG file), thinned evenly; the first and the last are among them.

    Args:
        folder: Where training left them; None: nowhere.
    """
    if folder is None or not (folder / "samples").is_dir():
        return []
    names = sorted(path.name for path in (folder / "samples").iterdir())
    found = [(int(match[1]), match[0]) for name in names if (match := GRID.fullmatch(name))]
    return [(epoch, (folder / "samples" / name).read_bytes()) for epoch, name in thinned(found)]


def thinned(items: list[tuple[int, str]], most: int = MAX_GRIDS) -> list[tuple[int, str]]:
    """At most so many of the items, evenly spread, the first and the last among them.

    Examples:
        >>> thinned([(1, "a"), (2, "b"), (3, "c"), (4, "d")], most=3)
        [(1, 'a'), (3, 'c'), (4, 'd')]
    """
    if len(items) <= most:
        return items
    step = (len(items) - 1) / (most - 1)
    return [items[int(i * step + 0.5)] for i in range(most)]
