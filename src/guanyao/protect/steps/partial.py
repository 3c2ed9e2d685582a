"""Leaves the first and last characters of a value readable and masks the rest.

The popular recipe for people who must recognise a value they know. It hides less than it seems:
the figure of remaining candidates says how much.
"""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from guanyao.data.schema import Column, ColumnType
from guanyao.errors import PrivacyError
from guanyao.protect.candidates import DAYS_OF_LIVING
from guanyao.protect.step import Context, Step, as_text, refuse_option, text_column

LENGTHS = {"resident_id": 18, "mobile_phone": 11}
"""Kinds whose values are all equally long: what remains is known before any value is seen."""

CLASSES = ((r"[0-9０-９]", 10), (r"[A-Za-z]", 26), (r"[\x{4e00}-\x{9fff}]", 500))
"""How many characters of a class a guesser must try at one place; of Chinese ones, those that
names and addresses are mostly made of."""

SEGMENTS = (50, 50, 10, 1)
"""Numbers in use of the first three digits of mobile phones, after 0, 1, 2 or 3 are known."""

WIDTH = 4
"""Marks in the place of a value that is masked whole, so that its length does not show."""


@dataclass(frozen=True, kw_only=True)
class Partial(Step):
    """The first and last characters stay, marks stand for the others.

    Args:
        first: How many first characters stay, 0..32.
        last: How many last characters stay, 0..32.
        mark: The character that stands for a masked one.
        before: Only what stands before this character is masked, e.g. "@"; "": all.
        min_candidates: How many originals a masked value must leave open, >= 1; a kind that
            leaves fewer is refused, a single value that does is masked whole.
    """

    first: int = 0
    last: int = 0
    mark: str = "*"
    before: str = ""
    min_candidates: float = 1e5

    name: ClassVar[str] = "partial"
    types: ClassVar[tuple[ColumnType, ...]] = ("integer", "string")

    def __post_init__(self) -> None:
        """Check the options, and that a known kind is hidden well enough."""
        for name in ("first", "last"):
            if not 0 <= getattr(self, name) <= 32:
                raise refuse_option("partial", name, "a whole number from 0 to 32")
        if len(self.mark) != 1 or len(self.before) > 1:
            raise refuse_option("partial", "mark or before", "one character")
        if self.min_candidates < 1:
            raise refuse_option("partial", "min_candidates", "a number, 1 or more")
        left = self.remaining()
        if left is not None and left < self.min_candidates:
            raise _too_few(self, left)

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "What stays readable narrows the guess: together with other columns it often names "
            "the person."
        )

    @property
    def note(self) -> str:
        """What becomes of values that are too short."""
        return f"values that leave fewer than {self.min_candidates:.0f} candidates are masked whole"

    def output(self, column: Column) -> Column:
        """A column of text."""
        return text_column(column)

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The values with marks."""
        texts = as_text(values)
        head, tail = self._split(texts)
        masked = self._masked(head)
        whole = pl.Series([self.mark * WIDTH]).new_from_index(0, len(texts))
        is_open = self._is_short(head) | (_candidates(masked) < self.min_candidates)
        marks = masked.str.replace_all("(?s).", _escape(self.mark))
        shown = self._ends(head, marks)
        return whole.zip_with(is_open, shown) + tail

    def _split(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """What is masked in part, and what stands behind it."""
        if not self.before:
            return texts, texts.str.slice(0, 0)
        place = texts.str.split(self.before).list.first().str.len_chars()
        parts = pl.DataFrame({"t": texts, "p": place})
        head = parts.select(pl.col("t").str.slice(0, pl.col("p")))["t"]
        return head, parts.select(pl.col("t").str.slice(pl.col("p")))["t"]

    def _masked(self, head: pl.Series) -> pl.Series:
        """What is hidden; all, where first and last together leave nothing to hide."""
        inner = head.str.slice(self.first)
        inner = inner.str.head(-self.last) if self.last else inner
        return head.zip_with(self._is_short(head), inner)

    def _ends(self, head: pl.Series, marks: pl.Series) -> pl.Series:
        last = head.str.tail(self.last) if self.last else head.str.slice(0, 0)
        return head.str.head(self.first) + marks + last

    def _is_short(self, head: pl.Series) -> pl.Series:
        return head.str.len_chars() <= self.first + self.last

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """What a guesser has to try: by the kind, or else for the worst of these values."""
        if self.kind in LENGTHS and not self.before:
            return CANDIDATES[self.kind](self.first, self.last)
        if values is None or len(values.drop_nulls()) == 0:
            return None
        head, _ = self._split(as_text(values.drop_nulls()))
        counts = _candidates(self._masked(head))
        shown = counts.filter(counts >= self.min_candidates)
        # Where all are masked whole, what they could be is not narrowed by the mask.
        return float(shown.min()) if len(shown) else None  # type: ignore[arg-type]


def _too_few(step: Partial, left: float) -> PrivacyError:
    return PrivacyError(
        f"{step.first} first and {step.last} last characters of a {step.kind} leave "
        f"{left:,.0f} candidates",
        allowed=f"at least {step.min_candidates:,.0f}",
        do="keep fewer characters, use token, or lower min_candidates knowingly",
        code="mask.candidates",
    )


def _escape(mark: str) -> str:
    return "$$" if mark == "$" else mark


def _candidates(masked: pl.Series) -> pl.Series:
    """How many texts could stand where these stand, by the class of each character."""
    product = pl.Series([1.0]).new_from_index(0, len(masked))
    for expression, choices in CLASSES:
        product = product * choices ** masked.str.count_matches(expression).cast(pl.Float64)
    return product


def _phones(first: int, last: int) -> float:
    """Mobile numbers: a segment of three digits, and eight free ones."""
    segment = SEGMENTS[min(first, 3)]
    free = max(0, 11 - max(first, 3) - last)
    return max(1.0, segment * 10.0**free)


def _residents(first: int, last: int) -> float:
    """Resident numbers: region, birth date, running number, and a check digit.

    A check digit that stays tells one candidate in eleven from the others.
    """
    region = {0: 3000, 1: 600, 2: 100, 3: 30, 4: 10, 5: 3}.get(first, 1)
    birth = _births(first - 6)
    number = 10.0 ** max(0, 3 - max(0, last - 1) - max(0, first - 14))
    check = 11 if last and region * birth * number > 11 else 1
    return max(1.0, region * birth * number / check)


def _births(known: int) -> float:
    """Birth dates that begin with this many known digits of YYYYMMDD."""
    if known <= 0:
        return DAYS_OF_LIVING
    return {1: DAYS_OF_LIVING, 2: 50 * 365, 3: 3652, 4: 365, 5: 120, 6: 30, 7: 10}.get(known, 1)


CANDIDATES = {"mobile_phone": _phones, "resident_id": _residents}
