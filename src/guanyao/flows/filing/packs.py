"""Filing packs: list rule packs, check one, add one to a folder, and see what differs."""

from datetime import datetime
from pathlib import Path

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError
from guanyao.filing.evidence import SHANGHAI
from guanyao.filing.pack import Change, Pack, diff
from guanyao.filing.pack_file import all_packs, load


def packs(folder: str | Path | None = None) -> list[Pack]:
    """The packs that Guanyao brings, and those of a folder.

    Raises:
        ConfigError: One is broken, or two have the same id.
    """
    return list(all_packs(folder).values())


def check(path: str | Path) -> Pack:
    """The pack that a file holds, if it is whole.

    Raises:
        ConfigError: It is not; the message names the file, the clause and the field.
    """
    return load(path)


def add(path: str | Path, folder: str | Path) -> Path:
    """Put a pack into a folder, where `--packs` finds it; its place there.

    Raises:
        ConfigError: It is broken, or the folder has a pack of that id and version with other
            contents ("pack.duplicate").
        DataError: It cannot be written.
    """
    pack, folder = load(path), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    known = all_packs(folder).get(pack.id)
    if known is not None and known.version == pack.version and known.digest != pack.digest:
        raise ConfigError(
            f"there is a pack {pack.id!r} of version {pack.version!r} with other contents",
            allowed="other contents have another version",
            do=f"see what differs: guanyao filing packs diff {pack.id} {Path(path).name}",
            code="pack.duplicate",
        )
    target = folder / f"{pack.id}.yaml"
    write_whole(target, Path(path).read_bytes())
    return target


def compare(
    old: str, new: str, folder: str | Path | None = None
) -> tuple[Pack, Pack, list[Change]]:
    """Two packs, each a name or a file, and what differs between them.

    Raises:
        ConfigError: There is no such pack, or it is broken.
    """
    before, after = (_named(name, folder) for name in (old, new))
    return before, after, diff(before, after)


def _named(name: str, folder: str | Path | None) -> Pack:
    known = all_packs(folder)
    return known[name] if name in known else load(name)


def is_in_force(pack: Pack, now: datetime) -> bool:
    """Whether a pack is in force in the mainland at a time."""
    return pack.in_force(now.astimezone(SHANGHAI).date())
