"""Puts a keyed token in a value's place: the same value, the same token, no way back.

Reference: Krawczyk, Bellare & Canetti 1997, "HMAC: Keyed-Hashing for Message Authentication",
RFC 2104; Josefsson 2006, "The Base16, Base32, and Base64 Data Encodings", RFC 4648, section 6.
"""

import hmac
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.schema import Column
from guanyao.protect.candidates import space
from guanyao.protect.step import Context, Step, as_text, by_distinct, refuse_option, text_column

Form: TypeAlias = Literal["auto", "base32", "hex", "number"]
Bytes: TypeAlias = NDArray[np.uint8]

ALPHABETS = {"base32": "abcdefghijklmnopqrstuvwxyz234567", "hex": "0123456789abcdef"}
BITS = {"base32": 5, "hex": 4}
LENGTHS = (8, 51)
NUMBER_LOW = 10**17
NUMBER_SPAN = 9 * 10**17
"""Numbers of eighteen digits that do not begin with 0, so that an Int64 holds them."""

DIGEST = 32
CHUNK = 1 << 17


@dataclass(frozen=True, kw_only=True)
class Token(Step):
    """HMAC-SHA256 of the value under the data set's key.

    Args:
        domain: Columns of one domain, in whatever table of the data set, get the same token for
            the same value, so that they join; "": the column's name.
        length: Characters of a token, 8..51 (base32) or 8..51 (hex); numbers have 18 digits.
        form: `base32`, `hex` or `number`; `auto`: whole numbers become numbers of 18 digits, all
            else base32.
    """

    domain: str = ""
    length: int = 26
    form: Form = "auto"

    name: ClassVar[str] = "token"

    def __post_init__(self) -> None:
        """Check the options."""
        low, high = LENGTHS
        if not low <= self.length <= high:
            raise refuse_option("token", "length", f"a whole number from {low} to {high}")
        if self.form not in get_args(Form):
            raise refuse_option("token", "form", ", ".join(get_args(Form)))

    @property
    def keyed(self) -> bool:
        """Always."""
        return True

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "Equal values have equal tokens, so how often each occurs shows, and whoever holds "
            "the key can test guesses."
        )

    @property
    def note(self) -> str:
        """How likely two values share a token."""
        return f"among a million values two share a token with probability {self.collision():.1g}"

    def collision(self, n_values: int = 10**6) -> float:
        """An upper bound of the probability that two of n values share a token, in [0, 1].

        Reference: the birthday bound, n (n - 1) / 2 over the number of tokens.
        """
        tokens = min(
            float(NUMBER_SPAN) if self.form in ("auto", "number") else 2.0**256,
            2.0**256 if self.form == "number" else 2.0 ** (BITS.get(self.form, 5) * self.length),
        )
        return min(1.0, n_values * (n_values - 1) / 2 / tokens)

    def output(self, column: Column) -> Column:
        """A column of text, or of numbers of 18 digits."""
        if self._is_number(column):
            dtype = "Int64" if column.dtype != "String" else "String"
            return replace(text_column(column), type="integer", dtype=dtype)
        return text_column(column)

    def _is_number(self, column: Column) -> bool:
        return self.form == "number" or (self.form == "auto" and column.type == "integer")

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The tokens."""
        secret = context.secret(self.name, self.domain)
        is_number = self._is_number(context.column)
        make = partial(_numbers if is_number else self._texts, secret)
        tokens = by_distinct(as_text(values), make)
        if is_number and values.dtype != pl.String:
            return tokens.cast(pl.Int64)
        return tokens.cast(pl.String)

    def _texts(self, secret: bytes, texts: list[str]) -> pl.Series:
        form = "base32" if self.form == "auto" else self.form
        parts = [
            _spell(_digests(secret, texts[first : first + CHUNK]), form, self.length)
            for first in range(0, len(texts), CHUNK)
        ]
        return pl.Series([text for part in parts for text in part])

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """All values of the kind: without the key no guess can be tested."""
        return space(self.kind)


def token_of(secret: bytes, text: str, length: int) -> str:
    """The token of one text in base32."""
    return _spell(_digests(secret, [text]), "base32", length)[0]


def _digests(secret: bytes, texts: list[str]) -> Bytes:
    """HMAC-SHA256 of each text, shape (n, 32)."""
    digest = hmac.digest
    joined = b"".join([digest(secret, text.encode(), "sha256") for text in texts])
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(texts), DIGEST)


def _spell(digests: Bytes, form: str, length: int) -> list[str]:
    """The first characters of each digest, written in the form's alphabet."""
    width = BITS[form]
    bits = np.unpackbits(digests, axis=1)[:, : width * length]
    places = np.packbits(bits.reshape(len(digests), length, width), axis=2)[:, :, 0] >> (8 - width)
    letters = np.frombuffer(ALPHABETS[form].encode(), dtype=np.uint8)[places]
    joined = letters.tobytes().decode("ascii")
    return [joined[first : first + length] for first in range(0, len(joined), length)]


def _numbers(secret: bytes, texts: list[str]) -> pl.Series:
    """Eighteen digits for each text."""
    words = np.ascontiguousarray(_digests(secret, texts)[:, :16]).view(">u8")
    # 128 bits brought below 9 * 10^17 leave a bias below 2^-68.
    pairs = zip(words[:, 0].tolist(), words[:, 1].tolist(), strict=True)
    numbers = [NUMBER_LOW + ((high << 64) | low) % NUMBER_SPAN for high, low in pairs]
    return pl.Series(numbers, dtype=pl.Int64).cast(pl.String)
