"""Drawings: an SVG made ready for a page, and as a picture of dots for Word."""

import re

from guanyao.errors import DataError
from guanyao.filing.writers import fonts
from guanyao.filing.writers.characters import clean
from guanyao.filing.writers.typesetting import Refused, typeset

PPI = 200
GENERIC = re.compile(r"(?<![\w-])(sans-serif|serif)(?=\s*[;\"',}])")


def ready(svg: str) -> str:
    """The drawing with the faces of this machine where it names none, and no control character."""
    faces = fonts.faces()
    chosen = {"serif": f"{faces.serif}, serif", "sans-serif": f"{faces.sans}, sans-serif"}
    return GENERIC.sub(lambda found: chosen[found.group()], clean(svg))


def png(svg: str, width_mm: float) -> bytes:
    """The drawing as PNG, as wide as asked at 200 dots per inch.

    Raises:
        DataError: It is no SVG, or asks for other files.
        ConfigError: No font with Chinese glyphs is installed.
    """
    inputs = {"svg": ready(svg), "width": f"{width_mm:.3f}"}
    try:
        return typeset("drawing.typ", inputs, format="png", ppi=PPI)
    except Refused as error:
        raise refused(str(error)) from error


def size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG in dots."""
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def refused(message: str) -> DataError:
    """The error for a drawing that cannot be set, with what typst says of it."""
    return DataError(
        f"a drawing cannot be set ({' '.join(message.split())[:200]})",
        allowed="a complete SVG that needs no other file, with text that a font here has",
        code="filing.picture",
    )
