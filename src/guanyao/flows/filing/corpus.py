"""Training data, or a source of them, as numbered texts that samples are drawn from.

A text file has one item on each line that is not blank. Of a table each row is an item: what stands
in its columns of free text. A table without free text has nothing that could be judged so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from guanyao.data import compressed, csv_dialect
from guanyao.data.readers import read, split_part
from guanyao.errors import DataError

LINES = (".txt", ".md", ".log")
MAX_FILE = 4 << 30


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Numbered texts.

    Args:
        digest: SHA-256 of the file.
        texts: They; the place counts from 0.
        columns: The columns that the text of a row is taken from; () for a text file.
    """

    digest: str
    texts: pl.Series
    columns: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.texts)

    def at(self, places: Sequence[int]) -> list[str]:
        """The texts of some places."""
        found: list[str] = self.texts.gather(list(places)).to_list()
        return found


def read_corpus(path: str | Path, columns: Sequence[str] = ()) -> Corpus:
    """The texts of a file.

    Args:
        path: `.txt .md .log` (lines, also with .gz or .zst), or a table as `guanyao.data` reads it.
        columns: Of a table, the columns of text; (): those that are found to be free text.

    Raises:
        DataError: It cannot be read, has no free text ("sampling.not_applicable"), or no such
            column ("sampling.column").
    """
    file, _ = split_part(path)
    compressed.check_file(file)
    digest = compressed.digest(file)
    suffixes = [s.lower() for s in file.suffixes if s.lower() not in compressed.COMPRESSIONS]
    if suffixes and suffixes[-1] in LINES:
        return Corpus(digest=digest, texts=_lines(file))
    texts, names = _column_texts(path, tuple(columns))
    return Corpus(digest=digest, texts=texts, columns=names)


def item_of(place: int) -> str:
    """What an item is called, by its place from 0: its number from 1.

    Examples:
        >>> item_of(0)
        'row-1'
    """
    return f"row-{place + 1}"


def place_of(item: str) -> int:
    """The place, from 0, of an item."""
    return int(item.removeprefix("row-")) - 1


def _lines(path: Path) -> pl.Series:
    data = compressed.read_bytes(path)
    text = csv_dialect.to_utf8(data, csv_dialect.find_encoding(data)).decode("utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{path.name} is empty", allowed="some lines of text", code="data.empty")
    return pl.Series(lines, dtype=pl.String)


def _column_texts(path: str | Path, asked: tuple[str, ...]) -> tuple[pl.Series, tuple[str, ...]]:
    table = read(path)
    strange = [name for name in asked if name not in table.frame.columns]
    if strange:
        raise DataError(
            f"there is no column {strange[0][:40]!r}",
            allowed="columns: " + ", ".join(table.frame.columns[:40]),
            code="sampling.column",
        )
    free = [c.name for c in table.schema if c.role == "text" and c.sensitivity != "direct"]
    names = asked or tuple(free)
    if not names:
        raise DataError(
            f"不适用: {Path(path).name} has no column of free text, so nothing in it can be judged "
            "as text",
            do="decide the clause as 不适用 with that reason; if a column is free text after all, "
            "name it with --column",
            code="sampling.not_applicable",
        )
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    joined = table.frame.select(pl.concat_str(parts, separator="\n").alias("text"))
    return joined["text"], names
