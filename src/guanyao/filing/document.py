"""A document before it is a file: headings, texts, tables and pictures, whatever it is written as.

What is not known yet stands in a document as `missing("…")`, so that a person sees the place and
`unfilled` finds it again, also in the text of a file that somebody edited since.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

UNFILLED = re.compile(r"【待填写：([^】]*)】")
"""A place that somebody must still fill in, and what belongs there."""


def missing(what: str) -> str:
    """The text of a place that is still to be filled in.

    Examples:
        >>> missing("法定代表人")
        '【待填写：法定代表人】'
    """
    return f"【待填写：{what}】"


def unfilled(text: str) -> list[str]:
    """What is still to be filled in, in the order of the text, each once."""
    return list(dict.fromkeys(UNFILLED.findall(text)))


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading.

    Args:
        level: 1 for a chapter, to 3.
        text: It.
    """

    level: int
    text: str

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield self.text


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield self.text


@dataclass(frozen=True)
class Bullets:
    """Points, or with `numbered` steps."""

    items: tuple[str, ...]
    numbered: bool = False

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield from self.items


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose head repeats on every page.

    Args:
        columns: Their titles.
        rows: One text for each column.
        widths: Share of the width for each column, in sum 1; (): alike.
        caption: What it shows; "": nothing is said.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    caption: str = ""

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield from (self.caption, *self.columns)
        for row in self.rows:
            yield from row


@dataclass(frozen=True)
class Fields:
    """A form: what is asked, and what is said."""

    rows: tuple[tuple[str, str], ...]

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        for pair in self.rows:
            yield from pair


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing.

    Args:
        svg: It.
        caption: What it shows; also for those who cannot see it.
        width: Share of the width of the text.
    """

    svg: str
    caption: str
    width: float = 1.0

    def texts(self) -> Iterator[str]:
        """Every piece of text in it but what the drawing says."""
        yield self.caption


@dataclass(frozen=True)
class Signatures:
    """Room for signatures and seals: one line for each of these persons, with the day."""

    of: tuple[str, ...]

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield from self.of


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page."""

    def texts(self) -> Iterator[str]:
        """There is none."""
        return iter(())


Block: TypeAlias = Heading | Text | Bullets | Table | Fields | Picture | Signatures | PageBreak


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document of the dossier.

    Args:
        name: What its files are called, without their endings.
        title: What stands above it.
        subtitle: The line below: service, version, day.
        blocks: What it says.
        is_wide: Whether its pages lie on their side.
    """

    name: str
    title: str
    subtitle: str = ""
    blocks: tuple[Block, ...] = ()
    is_wide: bool = False

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield from (self.title, self.subtitle)
        for block in self.blocks:
            yield from block.texts()

    def unfilled(self) -> list[str]:
        """What is still to be filled in."""
        return unfilled("\n".join(self.texts()))


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of a workbook.

    Args:
        title: What its tab says, at most 31 characters.
        columns: Titles.
        rows: Texts and numbers, one for each column.
        widths: In characters; (): by what is in it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Workbook:
    """A workbook of the dossier.

    Args:
        name: What its file is called, without the ending.
        title: What it is.
        sheets: In order.
    """

    name: str
    title: str
    sheets: tuple[Sheet, ...] = field(default_factory=tuple)

    def texts(self) -> Iterator[str]:
        """Every piece of text in it."""
        yield self.title
        for sheet in self.sheets:
            yield sheet.title
            yield from sheet.columns
            for row in sheet.rows:
                yield from (cell for cell in row if isinstance(cell, str))

    def unfilled(self) -> list[str]:
        """What is still to be filled in."""
        return unfilled("\n".join(self.texts()))
