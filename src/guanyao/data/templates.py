"""Templates of identifiers: which character stands where, read as a mixed-radix number.

A segment is a part of a template's numbers in which no real identifier lies: one cell out of
2^bits equal ones, so that its ends are coarse and give no real identifier away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.check_digits import CHECK_DIGITS, Codes, check_characters
from guanyao.data.permutation import MAX_SIZE, Numbers, mix, permute, permute_back
from guanyao.errors import DataError

Flags: TypeAlias = NDArray[np.bool_]

SCRAMBLE = 0x6775616E79616F
"""The permutation under which real identifiers are spread evenly before a free cell is sought."""

MAX_LENGTH = 256
MAX_RADIX = 1 << 32
MAX_BITS = 40


def damaged(what: str) -> DataError:
    """The error for a model's JSON that cannot have come from `to_json`."""
    return DataError(
        f"the model's {what} cannot be read",
        allowed="only a model file that Guanyao wrote",
        do="fit the model again",
        code="model.damaged",
    )


def whole_number(value: object, low: int, high: int, what: str) -> int:
    """The value, if it is an integer in low..high.

    Raises:
        DataError: It is not ("model.damaged").
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise damaged(what)
    return value


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of places with the same choice of tokens.

    Args:
        tokens: What may stand at each place, all equally long; one token: a constant.
        times: How many places.
        years: First and last year, when the tokens are all dates YYYYMMDD between them.
        check: Whether a check character stands here (then `tokens` is one blank).
    """

    tokens: tuple[str, ...]
    times: int = 1
    years: tuple[int, int] | None = None
    check: bool = False

    @classmethod
    def dates(cls, first_year: int, last_year: int) -> Self:
        """A part that is any day of these years."""
        first, last = date(first_year, 1, 1), date(last_year, 12, 31)
        days = range((last - first).days + 1)
        tokens = tuple((first + timedelta(days=day)).strftime("%Y%m%d") for day in days)
        return cls(tokens=tokens, years=(first_year, last_year))

    @cached_property
    def codes(self) -> Codes:
        """The tokens' code points, shape (n_tokens, width)."""
        return to_codes(self.tokens, self.width)

    @cached_property
    def sorted_keys(self) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
        """The tokens as sorted numbers, and which token each is."""
        keys = _keys(self.codes)
        order = np.argsort(keys)
        return keys[order], order

    @cached_property
    def width(self) -> int:
        """Characters at one place."""
        return len(self.tokens[0])

    @property
    def length(self) -> int:
        """Characters altogether."""
        return self.width * self.times

    @cached_property
    def radix(self) -> int:
        """How many different things may stand here."""
        return int(len(self.tokens) ** self.times)

    def places_of(self, codes: Codes) -> tuple[Numbers, Flags]:
        """Which of the `radix` things stands in each row, and whether any of them does.

        Args:
            codes: Code points, shape (n, length).
        """
        found = np.zeros(len(codes), dtype=np.uint64)
        fits = np.ones(len(codes), dtype=np.bool_)
        if self.check:
            return found, fits
        keys, order = self.sorted_keys
        for start in range(0, self.length, self.width):
            wanted = _keys(codes[:, start : start + self.width])
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            fits &= keys[place] == wanted
            found = found * np.uint64(len(keys)) + order[place].astype(np.uint64)
        return found, fits

    def write(self, numbers: Numbers, out: Codes) -> None:
        """Write the things of these numbers into `out`, shape (length, n)."""
        if len(self.tokens) == 1:
            out[:] = np.tile(self.codes[0], self.times)[:, None]
            return
        count = np.uint64(len(self.tokens))
        for start in range(self.length - self.width, -1, -self.width):
            numbers, place = np.divmod(numbers, count)
            for offset in range(self.width):
                out[start + offset] = self.codes[:, offset][place]

    def integers(self, numbers: Numbers) -> NDArray[np.int64]:
        """The things of these numbers, which are all digits, as integers, shape (n,)."""
        if self.tokens == tuple("0123456789"):
            return numbers.astype(np.int64)
        out = np.zeros(len(numbers), dtype=np.int64)
        scale, tokens = 1, np.array(self.tokens).astype(np.int64)
        for _ in range(self.times):
            numbers, place = np.divmod(numbers, np.uint64(len(tokens)))
            out += tokens[place] * scale
            scale *= 10**self.width
        return out

    def to_json(self) -> dict[str, Any]:
        """The part as plain JSON."""
        if self.check:
            return {"check": self.length}
        if self.years is not None:
            return {"dates": list(self.years)}
        one = all(len(token) == 1 for token in self.tokens)
        return {"of": "".join(self.tokens) if one else list(self.tokens), "times": self.times}

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The part that `to_json` wrote.

        Raises:
            DataError: The record is damaged.
        """
        if not isinstance(record, Mapping):
            raise damaged("template")
        if "check" in record:
            return cls(tokens=("0",), check=True)
        if "dates" in record:
            return cls._dates_from_json(record["dates"])
        tokens, times = record.get("of"), record.get("times")
        times = whole_number(times, 1, MAX_LENGTH, "template")
        if not isinstance(tokens, list | str) or not 1 <= len(tokens) <= 100_000:
            raise damaged("template")
        if not all(isinstance(token, str) and token for token in tokens):
            raise damaged("template")
        if len({len(token) for token in tokens}) > 1 or len(set(tokens)) < len(tokens):
            raise damaged("template")
        return cls(tokens=tuple(tokens), times=times)._checked()

    @classmethod
    def _dates_from_json(cls, years: object) -> Self:
        if not isinstance(years, list) or len(years) != 2:
            raise damaged("template")
        first = whole_number(years[0], 1000, 9998, "template")
        return cls.dates(first, whole_number(years[1], first, first + 200, "template"))

    def _checked(self) -> Self:
        one = len(self.tokens) == 1
        is_written = all(_is_text(token, constant=one) for token in self.tokens)
        too_wide = self.width > (MAX_LENGTH if one else 8)
        if not is_written or too_wide or self.radix > MAX_RADIX:
            raise damaged("template")
        return self


@dataclass(frozen=True, kw_only=True)
class Template:
    """Parts one after another, and the check characters that complete them.

    Args:
        parts: The parts, left to right.
        checks: Names of check digits with the places of their characters, the check's own last.
    """

    parts: tuple[Part, ...]
    checks: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @cached_property
    def length(self) -> int:
        """Characters of every identifier."""
        return sum(part.length for part in self.parts)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each part begins."""
        return tuple(np.cumsum([0, *(part.length for part in self.parts)])[:-1].tolist())

    @cached_property
    def numbered(self) -> frozenset[int]:
        """The parts that make up the identifier's number; the others are filled at random."""
        chosen, size = set(), 1
        for place in reversed(range(len(self.parts))):
            radix = self.parts[place].radix
            if radix == 1 or size * radix > MAX_SIZE:
                continue
            chosen.add(place)
            size *= radix
        return frozenset(chosen)

    @cached_property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod([self.parts[place].radix for place in self.numbered], dtype=object))

    def numbers_of(self, codes: Codes) -> Numbers:
        """The numbers of those rows that this template could have written.

        Args:
            codes: Code points, shape (n, length).
        """
        numbers = np.zeros(len(codes), dtype=np.uint64)
        fits = np.ones(len(codes), dtype=np.bool_)
        for place, (part, start) in enumerate(zip(self.parts, self.starts, strict=True)):
            found, fit = part.places_of(codes[:, start : start + part.length])
            fits &= fit
            if place in self.numbered:
                numbers = numbers * np.uint64(part.radix) + found
        return numbers[fits]

    def write(self, numbers: Numbers, key: int) -> Codes:
        """Identifiers with these numbers, as code points, shape (length, n)."""
        out = np.empty((self.length, len(numbers)), dtype=np.uint32)
        rest = numbers
        for place in reversed(range(len(self.parts))):
            part, start = self.parts[place], self.starts[place]
            mine = rest
            if place in self.numbered:
                rest, mine = np.divmod(rest, np.uint64(part.radix))
            elif part.radix > 1:
                mine = mix(numbers, key + place) % np.uint64(part.radix)
            part.write(mine, out[start : start + part.length])
        for name, places in self.checks:
            out[places[-1]] = check_characters(name, out[list(places[:-1])].T)
        return out

    def write_integers(self, numbers: Numbers, key: int) -> NDArray[np.int64]:
        """Identifiers that are integers, shape (n,); far faster than by characters.

        The parts hold digits, and a minus sign at most at the very left.
        """
        if self.checks:
            return _to_integers(self.write(numbers, key))
        out = np.zeros(len(numbers), dtype=np.int64)
        rest, scale = numbers, 1
        for place in reversed(range(len(self.parts))):
            part, mine = self.parts[place], rest
            if place in self.numbered:
                rest, mine = np.divmod(rest, np.uint64(part.radix))
            elif part.radix > 1:
                mine = mix(numbers, key + place) % np.uint64(part.radix)
            if part.tokens[0].startswith("-"):
                return -out - scale * int(part.tokens[0][1:] or 0)
            out += part.integers(mine) * scale
            scale *= 10**part.length
        return out

    def to_json(self) -> dict[str, Any]:
        """The template as plain JSON."""
        checks = [[name, list(places)] for name, places in self.checks]
        return {"parts": [part.to_json() for part in self.parts], "checks": checks}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The template that `to_json` wrote.

        Raises:
            DataError: The record is damaged.
        """
        parts, checks = record.get("parts"), record.get("checks")
        if not isinstance(parts, list) or not 0 < len(parts) <= MAX_LENGTH:
            raise damaged("template")
        if sum(isinstance(part, Mapping) and "dates" in part for part in parts) > 1:
            raise damaged("template")
        template = cls(parts=tuple(Part.from_json(part) for part in parts))
        if template.length > 4 * MAX_LENGTH or not isinstance(checks, list) or len(checks) > 4:
            raise damaged("template")
        read = tuple(_check_from_json(check, template.length) for check in checks)
        return cls(parts=template.parts, checks=read)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A cell of a template's numbers that holds no real identifier.

    Args:
        template: The template.
        bits: The numbers are cut into 2^bits equal cells.
        cell: Which cell.
        scrambled: Whether numbers are permuted before they are cut.
    """

    template: Template
    bits: int = 0
    cell: int = 0
    scrambled: bool = False
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out how many identifiers the cell holds."""
        object.__setattr__(self, "size", self.template.size >> self.bits)

    def numbers(self, ordinals: Numbers, key: int) -> Numbers:
        """The template's numbers for these ordinals in 0..size-1; distinct for distinct ones."""
        numbers = permute(ordinals, self.size, key) + np.uint64(self.cell * self.size)
        if self.scrambled:
            return permute(numbers, self.template.size, SCRAMBLE)
        return numbers

    def to_json(self) -> dict[str, Any]:
        """The segment as plain JSON."""
        cell = {"bits": self.bits, "cell": self.cell, "scrambled": self.scrambled}
        return {**self.template.to_json(), **cell}

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The segment that `to_json` wrote.

        Raises:
            DataError: The record is damaged.
        """
        if not isinstance(record, Mapping) or not isinstance(record.get("scrambled"), bool):
            raise damaged("template")
        bits = whole_number(record.get("bits"), 0, MAX_BITS, "template")
        cell = whole_number(record.get("cell"), 0, (1 << bits) - 1, "template")
        template = Template.from_json(record)
        if template.size >> bits < 1:
            raise damaged("template")
        return cls(template=template, bits=bits, cell=cell, scrambled=record["scrambled"])


def free_segment(template: Template, real: Iterable[Codes], *, enough: int) -> Segment | None:
    """The template's segment without real identifiers; None when there is no free cell.

    Evenly spread identifiers are preferred (numbers scrambled first) where they are `enough`;
    else the numbers as they stand, whose free part is far larger for running numbers.

    Args:
        template: The template.
        real: All real identifiers of the template's length, in chunks of shape (n, length).
        enough: How many identifiers are plenty.
    """
    taken = [template.numbers_of(codes) for codes in real]
    numbers = np.concatenate([np.empty(0, dtype=np.uint64), *taken])
    spread = permute_back(numbers, template.size, SCRAMBLE)
    options = [
        Segment(template=template, bits=cell[0], cell=cell[1], scrambled=scrambled)
        for scrambled, these in ((True, spread), (False, numbers))
        if (cell := _free_cell(these, template.size)) is not None
    ]
    if options and options[0].scrambled and options[0].size >= enough:
        return options[0]
    return max(options, key=lambda segment: segment.size, default=None)


def _free_cell(numbers: Numbers, size: int) -> tuple[int, int] | None:
    """The largest empty cell as (bits, cell); the last one of that size, past running numbers."""
    for bits in range(min(MAX_BITS, size.bit_length())):
        cells = 1 << bits
        if cells > 4 * len(numbers) + 4:
            return None
        used = np.zeros(cells, dtype=np.bool_)
        places = numbers // np.uint64(size >> bits)
        used[places[places < cells].astype(np.int64)] = True
        if not used.all():
            return bits, int(np.flatnonzero(~used)[-1])
    return None


def to_codes(texts: Sequence[str] | pl.Series, length: int) -> Codes:
    """Code points of texts that are all `length` long, shape (n, length)."""
    joined = "".join(texts)
    return np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").reshape(len(texts), length)


def to_texts(codes: Codes) -> list[str]:
    """The texts of code points, shape (length, n)."""
    length, n = codes.shape
    narrow = codes.astype(np.uint8) if codes.size and codes.max() < 128 else codes
    encoding = "latin-1" if narrow.dtype == np.uint8 else "utf-32-le"
    joined = np.ascontiguousarray(narrow.T).tobytes().decode(encoding)
    return [joined[start : start + length] for start in range(0, n * length, length)]


def _keys(codes: Codes) -> NDArray[np.uint64]:
    """One number for each row, distinct for tokens of up to 2 (any) or 8 (ASCII) characters."""
    shift = np.uint64(8 if codes.shape[1] > 2 else 21)
    keys = np.zeros(len(codes), dtype=np.uint64)
    for column in codes.T:
        keys = (keys << shift) ^ column.astype(np.uint64)
    return keys


def _to_integers(codes: Codes) -> NDArray[np.int64]:
    minus = codes[0] == ord("-")
    out = np.zeros(codes.shape[1], dtype=np.int64)
    for row in np.where(codes == ord("-"), ord("0"), codes).astype(np.int64):
        out = out * 10 + (row - ord("0"))
    return np.where(minus, -out, out)


def _is_text(token: str, *, constant: bool) -> bool:
    try:
        token.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return constant or len(token) <= 2 or token.isascii()


def _check_from_json(record: object, length: int) -> tuple[str, tuple[int, ...]]:
    if not isinstance(record, list) or len(record) != 2 or not isinstance(record[1], list):
        raise damaged("template")
    name, places = record
    if not isinstance(name, str) or name not in CHECK_DIGITS:
        raise damaged("template")
    if len(places) not in CHECK_DIGITS[name].lengths:
        raise damaged("template")
    return name, tuple(whole_number(place, 0, length - 1, "template") for place in places)
