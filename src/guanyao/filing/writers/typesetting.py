"""Typst, in this process: pages of this folder set with the fonts of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guanyao.filing.writers import fonts
from guanyao.registry import need

NOWHERE = Path(__file__).parent
"""The only folder that pages and drawings could take files from; it holds no pictures."""


class Refused(Exception):
    """Typst did not set the pages; what it says of that is the text."""


def typeset(pages: str, inputs: Mapping[str, str], **options: Any) -> bytes:  # noqa: ANN401
    """What typst makes of a file of this folder, with these inputs.

    Args:
        pages: The file. A file, since pages that are given as bytes use up one of 65,535 numbers
            that this process has for them.
        inputs: What the pages find in `sys.inputs`.
        options: Of typst.

    Raises:
        Refused: It cannot be set. Typst 0.15 panics on some lines written from right to left with
            characters that no font has; that is told like any other refusal.
        ConfigError: No font with Chinese glyphs is installed.
        MissingExtraError: typst is not installed.
    """
    typst = need("typst")
    found = fonts.faces().fonts
    try:
        content = typst.compile(
            NOWHERE / pages, root=NOWHERE, font_paths=found, sys_inputs=dict(inputs), **options
        )
    except typst.TypstError as error:
        raise Refused(error.message) from error
    except BaseException as error:
        # Rust's panics come as an exception of their own, which no module exports.
        if type(error).__name__ != "PanicException":
            raise
        raise Refused("panicked") from error
    assert isinstance(content, bytes)
    return content
