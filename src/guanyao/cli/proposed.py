"""Proposed policies and the files they are written to, where a person may have edited one."""

from pathlib import Path
from typing import TYPE_CHECKING

from guanyao.errors import ConfigError, GuanyaoError

if TYPE_CHECKING:
    from guanyao.protect.policy import Policy


def check_new(path: Path | None) -> None:
    """See that no policy is where a proposed one shall be written.

    Raises:
        ConfigError: There is a file ("policy.exists").
    """
    if path is not None and path.exists():
        raise _exists(path)


def check_unedited(path: Path, proposed: "Policy") -> None:
    """See that what is in the place of a proposed policy, if anything, says the same.

    Raises:
        ConfigError: Another policy is there, or something else ("policy.exists").
    """
    if path.exists() and _digest(path) != proposed.with_key("").digest():
        raise _exists(path)


def _digest(path: Path) -> str:
    """The digest of the policy in a file; "" if there is none in it."""
    from guanyao.protect.policy import Policy

    try:
        return Policy.load(path).with_key("").digest()
    except GuanyaoError:
        return ""


def _exists(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} is there already",
        allowed="a proposal replaces no policy that may have been edited",
        do="name another file; to mask by the one that is there, give it with --policy",
        code="policy.exists",
    )
