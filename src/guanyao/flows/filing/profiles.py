"""The profiles of the filing: which there are, and one of them drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from guanyao.errors import ConfigError
from guanyao.filing import PROFILES
from guanyao.filing.diagram import mermaid, permission_matrix, state_table
from guanyao.filing.profile import Profile
from guanyao.filing.profile_file import load_profile

DRAWINGS: dict[str, Callable[[Profile], str]] = {
    "mermaid": mermaid,
    "table": state_table,
    "permissions": permission_matrix,
}


@dataclass(frozen=True)
class ProfileRow:
    """A profile in short."""

    name: str
    version: str
    digest: str
    title: str
    title_zh: str
    extends: str


def profiles() -> list[ProfileRow]:
    """The profiles that are shipped, each loaded and checked."""
    return [describe(load_profile(name)) for name in PROFILES]


def describe(profile: Profile) -> ProfileRow:
    """A profile in short."""
    title = profile.title
    return ProfileRow(
        profile.name, profile.version, profile.digest, title.en, title.zh, profile.extends
    )


def diagram(profile: str = "notice7", form: str = "mermaid") -> str:
    """A profile as a state diagram, a state table or a permission matrix.

    Args:
        profile: A name, or the path of a .yaml file.
        form: mermaid, table or permissions.

    Raises:
        ConfigError: There is no such form ("filing.diagram"), or the profile does not fit.
        UnknownNameError: There is no such profile.
    """
    if form not in DRAWINGS:
        allowed = "allowed: " + ", ".join(DRAWINGS)
        raise ConfigError(f"there is no form {form!r}", allowed=allowed, code="filing.diagram")
    return DRAWINGS[form](load_profile(profile))
