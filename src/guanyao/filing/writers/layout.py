"""How a page looks, whoever writes it: measures, colours, and what a document asks for."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import ceil

from guanyao.errors import DataError
from guanyao.filing.document import Block, Document, Heading, Picture, Table
from guanyao.filing.writers.characters import clean, columns

PAGE_MM = (210.0, 297.0)
MARGINS_MM = {"top": 30.0, "bottom": 26.0, "left": 27.0, "right": 25.0}
"""Of an upright page (GB/T 9704-2012 5.2 asks for 37 above and 28 left of a letter head; a dossier
has a header above its text)."""

MARGINS_WIDE_MM = {"top": 27.0, "bottom": 22.0, "left": 22.0, "right": 22.0}

TITLE_PT, HEADINGS_PT, TEXT_PT, TABLE_PT, SMALL_PT = 22.0, (16.0, 14.0, 12.0), 12.0, 10.5, 9.0
"""二号, 三号/四号/小四, 小四, 五号, 小五."""

INK, PALE, LINE = "000000", "5B6470", "8C96A3"
HEAD_FILL, LABEL_FILL, MISSING_FILL = "E8EDF3", "F5F7FA", "FFF1B8"

SEAL_MM = 24.0
"""Height of a line to be signed; a company's seal is 40 mm across and may lie over two."""

FIELD_SHARE = 0.28
PICTURE_SHARE = 0.8
"""Of the height of a page, at most."""

LONG_HEADINGS = 8
TALL_LINES = 16
"""From here on a row of a table may break across pages."""

SHORT = 9.0
"""Widths of a character up to which a column stands in the middle."""

TOGETHER = 6
"""Signatures up to which they stay on one page."""

EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
UNTITLED, CONTENTS, DATE = "无题", "目录", "年　　月　　日"
SIGN_COLUMNS = ("签署人", "签字／盖章", "日期")
SIGN_SHARES = (0.3, 0.42, 0.28)


def is_long(document: Document) -> bool:
    """Whether it begins with a table of contents."""
    return sum(isinstance(block, Heading) for block in document.blocks) >= LONG_HEADINGS


def text_width_mm(document: Document) -> float:
    """Width of the lines of its pages, in millimetres."""
    short, long = PAGE_MM
    margins = MARGINS_WIDE_MM if document.is_wide else MARGINS_MM
    return (long if document.is_wide else short) - margins["left"] - margins["right"]


def text_height_mm(document: Document) -> float:
    """Height of what stands between header and footer, in millimetres."""
    short, long = PAGE_MM
    margins = MARGINS_WIDE_MM if document.is_wide else MARGINS_MM
    return (short if document.is_wide else long) - margins["top"] - margins["bottom"]


def picture_share(picture: Picture) -> float:
    """Share of the width of the text that a drawing takes."""
    return min(max(picture.width, 0.05), 1.0)


def one_line(text: str) -> str:
    """The text on one line, without blanks around."""
    return " ".join(clean(text).split())


def title_of(document: Document) -> str:
    """Its title on one line; where it has none, its name."""
    return one_line(document.title) or one_line(document.name) or UNTITLED


def lines(text: str) -> list[str]:
    """The paragraphs of a text: its lines that say something."""
    return [line for line in text.split("\n") if line.strip()]


def leveled(blocks: Sequence[Block]) -> Iterator[tuple[Block, int]]:
    """Each block, and for a heading the level it gets, for others 0.

    A level is never more than one below the one before, and a heading that says nothing is left
    out, as outlines and accessible files ask.
    """
    last = 0
    for block in blocks:
        if not isinstance(block, Heading):
            yield block, 0
            continue
        if one_line(block.text):
            last = max(1, min(block.level, last + 1, 3))
            yield block, last


def shares(table: Table) -> tuple[float, ...]:
    """Share of the width for each column, in sum 1.

    Raises:
        DataError: A row has more or fewer texts than there are columns, or widths are missing.
    """
    n_columns = len(table.columns)
    widths = table.widths or (1.0,) * n_columns
    if {len(widths), *map(len, table.rows)} != {n_columns} or min(widths, default=0) <= 0:
        raise DataError(
            f"the table {table.caption[:40]!r} has {n_columns} columns, and rows or widths of "
            "another number, or a width that is not above 0",
            allowed="one text and one width for each column, and at least one column",
            code="filing.table",
        )
    return tuple(width / sum(widths) for width in widths)


def is_tall(row: Sequence[str], widths: Sequence[float], width_mm: float) -> bool:
    """Whether a row of a table is so high that it may break across pages."""
    pt = width_mm / 25.4 * 72
    return any(
        n_lines(text, widths=max(1.0, (pt * share - 10) / TABLE_PT)) > TALL_LINES
        for text, share in zip(row, widths, strict=True)
    )


def centred(table: Table) -> list[bool]:
    """For each column whether what it says is short enough to stand in the middle."""
    return [
        all(columns(cell) <= SHORT and "\n" not in cell for cell in column)
        for column in zip(table.columns, *table.rows, strict=True)
    ]


def n_lines(text: str, *, widths: float) -> int:
    """About how many lines a text takes, where a line holds so many widths of a character."""
    return sum(max(1, ceil(columns(line) / widths)) for line in text.split("\n"))
