"""Encrypts values so that they keep their format: lengths, separators, digits where digits were.

Reference: Dworkin 2016, NIST SP 800-38G, algorithm FF1 (see `guanyao.protect.ff1`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.check_digits import Codes
from guanyao.data.schema import Column, ColumnType
from guanyao.errors import PrivacyError
from guanyao.protect.candidates import space
from guanyao.protect.ff1 import Numbers, Tweak, check_domain, decrypt_numbers, encrypt_numbers
from guanyao.protect.layouts import PATTERNS, Layout, of_kind, of_pattern, to_codes, to_texts
from guanyao.protect.step import Context, Step, as_text, by_distinct, refuse_option, whole_column

Change: TypeAlias = Callable[[bytes, Numbers, int, Tweak], Numbers]
Rows: TypeAlias = NDArray[np.int64]

KEPT = "\0"
FOREIGN = r"[\p{L}\p{N}\p{M}]"
"""What carries meaning; all that is none of it separates and stays."""
MAX_KEPT = 64
MAX_DIGITS = 18
MAX_CHARACTERS = 2_000
"""A longer value is text, not an identifier."""


@dataclass(frozen=True, kw_only=True)
class Encrypt(Step):
    """Format-preserving encryption, FF1 over AES-256, which the key's holder can undo.

    Digits become digits, small letters small letters, capitals capitals, Chinese characters
    Chinese characters; separators stay where they are. Check digits of resident_id, bank_card and
    credit_code are made anew.

    Args:
        domain: Columns of one domain are encrypted alike, so that they join; "": the column's name.
        keep: How many first characters stay readable, 0..64, e.g. 6 for the region of a
            resident_id; the rest is encrypted differently under each.
    """

    domain: str = ""
    keep: int = 0

    name: ClassVar[str] = "encrypt"
    reversible: ClassVar[bool] = True
    types: ClassVar[tuple[ColumnType, ...]] = ("integer", "string")

    def __post_init__(self) -> None:
        """Check the options."""
        if not 0 <= self.keep <= MAX_KEPT:
            raise refuse_option("encrypt", "keep", f"a whole number from 0 to {MAX_KEPT}")
        layouts = [of_kind(self.kind, length) for length in range(1, 20)]
        for layout in filter(None, layouts):
            if layout.after(self.keep) is None:
                ends = ", ".join(map(str, [0, *layout.ends[:-2]]))
                raise refuse_option("encrypt", "keep", f"for {self.kind} one of {ends}")

    @property
    def keyed(self) -> bool:
        """Always."""
        return True

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        kept = f"; the first {self.keep} characters stay readable" if self.keep else ""
        return (
            "Equal values stay equal, lengths and separators show, and whoever holds the key "
            f"reads everything{kept}."
        )

    @property
    def note(self) -> str:
        """That a made-up number may be somebody's."""
        return "what comes out has the form of a real value and may by chance be somebody's"

    def output(self, column: Column) -> Column:
        """The same column; whole numbers of 64 bits."""
        plain = replace(column, sensitivity="none", note="")
        return whole_column(plain) if column.type == "integer" else replace(plain, dtype="String")

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The encrypted values.

        Raises:
            PrivacyError: Fewer than a million values have the form of one ("mask.domain"), or one
                holds letters that cannot be encrypted in their format ("mask.format").
        """
        return self._change(values, context, encrypt_numbers)

    def undo(self, values: pl.Series, context: Context) -> pl.Series:
        """The values as they were."""
        return self._change(values, context, decrypt_numbers)

    def _change(self, values: pl.Series, context: Context, change: Change) -> pl.Series:
        secret = context.secret(self.name, self.domain)
        cipher = _Cipher(self, context.column.name, partial(change, secret))
        texts = as_text(values)
        if values.dtype.is_numeric():
            _check_integers(texts)
            return by_distinct(texts, cipher.all).cast(pl.Int64)
        return by_distinct(texts, cipher.all).cast(pl.String)

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """All values of the kind and, where some is kept, of what is not."""
        layout = next(filter(None, (of_kind(self.kind, n) for n in (18, 19, 11))), None)
        if layout is None or self.keep == 0:
            return space(self.kind)
        rest = layout.after(self.keep)
        return float(rest.size) if rest else None


def _check_integers(texts: pl.Series) -> None:
    """See that no whole number has nineteen digits, some of which 64 bits do not hold."""
    if (texts.str.strip_prefix("-").str.len_chars() > MAX_DIGITS).any():
        raise PrivacyError(
            f"column {texts.name!r} holds whole numbers of more than {MAX_DIGITS} digits",
            allowed=f"as numbers, up to {MAX_DIGITS} digits can be encrypted",
            do="take token; or write to a .csv file, where cells are text; or store them as text",
            code="mask.format",
        )


@dataclass(frozen=True)
class _Cipher:
    """Encrypts or decrypts distinct texts, form by form."""

    step: Encrypt
    column: str
    change: Callable[[Numbers, int, Tweak], Numbers] = field(repr=False)  # it holds the key

    def all(self, texts: list[str]) -> pl.Series:
        """The texts changed, in the same order."""
        frame = pl.DataFrame({"text": texts}).with_row_index("row")
        frame = frame.with_columns(pattern=_patterns(frame["text"], self.step.keep))
        self._check(frame)
        parts = [
            pl.DataFrame({"row": part["row"], "text": self._form(pattern, part["text"])})
            for (pattern,), part in frame.group_by("pattern")
        ]
        return pl.concat(parts).sort("row")["text"]

    def _check(self, frame: pl.DataFrame) -> None:
        rest = frame["pattern"].str.replace_all("[0A0a一０1z\0]", "")
        n_foreign = int(rest.str.contains(FOREIGN).sum())
        n_long = int((frame["text"].str.len_chars() > MAX_CHARACTERS).sum())
        if n_foreign or n_long:
            raise PrivacyError(
                f"column {self.column!r} holds {n_foreign + n_long} values with letters other "
                "than ASCII and Chinese ones, or of great length",
                allowed="these would come out unchanged",
                do="mask the column with token or text",
                code="mask.format",
            )

    def _form(self, pattern: object, texts: pl.Series) -> list[str]:
        """The texts of one pattern changed; well-formed ones of the kind apart from others."""
        codes = to_codes(texts.to_list())
        out = np.empty_like(codes)
        known = self._layout(of_kind(self.step.kind, codes.shape[1]))
        is_known = known.rank(codes)[1] if known else np.zeros(len(codes), dtype=bool)
        rows, others = np.flatnonzero(is_known), np.flatnonzero(~is_known)
        if known and len(rows):
            out[rows] = self._cipher(known, self.step.kind, codes[rows])
        if len(others):
            out[others] = self._walk(str(pattern), known, codes[others])
        return to_texts(out)

    def _layout(self, layout: Layout | None) -> Layout | None:
        return layout.after(self.step.keep) if layout else None

    def _walk(self, pattern: str, known: Layout | None, codes: Codes) -> Codes:
        """Ill-formed values become ill-formed ones, so that the way back is known."""
        plain = of_pattern(pattern)
        codes = self._cipher(plain, pattern, codes)
        while known and len(rows := np.flatnonzero(known.rank(codes)[1])):
            codes[rows] = self._cipher(plain, pattern, codes[rows])
        return codes

    def _cipher(self, layout: Layout, form: str, codes: Codes) -> Codes:
        kept = codes[:, : self.step.keep]
        self._check_size(layout)
        numbers = self.change(layout.rank(codes)[0], layout.size, _tweak(form, kept))
        return layout.unrank(numbers, kept)

    def _check_size(self, layout: Layout) -> None:
        try:
            check_domain(layout.size)
        except PrivacyError as error:
            raise PrivacyError(
                f"column {self.column!r}: {error.args[0]}", code="mask.domain"
            ) from error


def _patterns(texts: pl.Series, keep: int) -> pl.Series:
    """What class of character stands where; kept characters and numbers' first digits apart."""
    rest = texts.str.slice(keep)
    for expression, mark in PATTERNS:
        rest = rest.str.replace_all(expression, mark)
    if keep:
        return texts.str.slice(0, keep).str.replace_all("(?s).", KEPT) + rest
    # A number keeps being one: no leading zero comes or goes.
    is_number = texts.str.contains("^-?[0-9]+$")
    begins = texts.str.contains("^-?0")
    with_zero = rest.str.replace("^(-?)0", "${1}z")
    with_other = rest.str.replace("^(-?)0", "${1}1")
    numbers = with_zero.zip_with(begins, with_other)
    return numbers.zip_with(is_number, rest)


def _tweak(form: str, kept: Codes) -> Tweak:
    """What the encryption also depends on: the form, and what is kept."""
    mark = form.encode()
    if kept.shape[1] == 0:
        return mark
    marks = np.broadcast_to(np.frombuffer(mark, np.uint8), (len(kept), len(mark)))
    own = np.ascontiguousarray(kept, dtype="<u4").view(np.uint8).reshape(len(kept), -1)
    return np.concatenate([marks, own], axis=1)
