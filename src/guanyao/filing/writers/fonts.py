"""Fonts with Chinese glyphs: which of this machine a PDF is set in, and which a Word file names.

The official faces (仿宋_GB2312, 方正小标宋) are not free, so a PDF is set in the best free face
that is installed and carries it inside. A Word file names the usual faces and says what to take
where they are missing; it carries none.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from guanyao.errors import ConfigError
from guanyao.registry import need

if TYPE_CHECKING:
    import typst

SERIF = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "FangSong",
    "STFangsong",
    "SimSun",
    "Songti SC",
    "STSong",
    "AR PL UMing CN",
    "AR PL SungtiL GB",
)
"""Faces for text, the best first."""

SANS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Droid Sans Fallback",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Microsoft YaHei",
    "PingFang SC",
    "Heiti SC",
    "STHeiti",
)
"""Faces for headings and the heads of tables, the best first."""

LATIN = ("Libertinus Serif",)
"""For letters and digits within Chinese text; comes with typst."""


@dataclass(frozen=True)
class Faces:
    """What a PDF is set in.

    Args:
        serif: Family for text.
        sans: Family for headings.
        fonts: All fonts of this machine, as typst found them.
    """

    serif: str
    sans: str
    fonts: "typst.Fonts"


def faces() -> Faces:
    """The faces of this machine; looked for once.

    Raises:
        ConfigError: No font with Chinese glyphs is installed.
        MissingExtraError: typst is not installed.
    """
    fonts, families = _installed()
    serif, sans = (_first(names, families) for names in (SERIF, SANS))
    if serif is None and sans is None:
        raise ConfigError(
            "no font with Chinese glyphs is installed, so no PDF can be written",
            allowed="one of: " + ", ".join((*SERIF, *SANS)),
            do="install Debian's package fonts-noto-cjk, or put such a font into ~/.fonts",
            code="filing.fonts",
        )
    return Faces(serif or sans or "", sans or serif or "", fonts)


@lru_cache(maxsize=1)
def _installed() -> "tuple[typst.Fonts, frozenset[str]]":
    fonts = need("typst").Fonts()
    return fonts, frozenset(family.casefold() for family in fonts.families())


def _first(names: tuple[str, ...], families: frozenset[str]) -> str | None:
    return next((name for name in names if name.casefold() in families), None)


@dataclass(frozen=True)
class Named:
    """A face that a Word file names, and what it says to take instead.

    Args:
        name: The face.
        others: Other names of it, and faces that may stand in for it.
        family: roman (with serifs), swiss (without).
        panose: Its shape in ten bytes, for those who choose by shape.
    """

    name: str
    others: tuple[str, ...]
    family: str
    panose: str


TEXT_FACE = Named(
    "仿宋",
    ("FangSong", "仿宋_GB2312", "FangSong_GB2312", "STFangsong", "Noto Serif CJK SC"),
    "roman",
    "02010609060101010101",
)
TABLE_FACE = Named(
    "宋体", ("SimSun", "Songti SC", "STSong", "Noto Serif CJK SC"), "roman", "02010600030101010101"
)
HEAD_FACE = Named(
    "黑体", ("SimHei", "Heiti SC", "STHeiti", "Noto Sans CJK SC"), "swiss", "02010609060101010101"
)
LATIN_FACE = Named(
    "Times New Roman", ("Liberation Serif", "Times"), "roman", "02020603050405020304"
)
NAMED = (TEXT_FACE, TABLE_FACE, HEAD_FACE, LATIN_FACE)
"""Every face of a Word file."""
