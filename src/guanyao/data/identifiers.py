"""Fresh identifiers: the form of the real ones, and none of them.

Fitting finds the templates that many identifiers share (constant characters, digits, letters,
check digits) and, for each, a part of the template's numbers where no real identifier lies.
Generating walks through that part in a keyed order, so that identifier i can be written without
the i-1 before it: batches need no memory of each other.

What the model holds: characters and lengths that `min_entities` identifiers share, and which cell
of a coarse grid is free. A fresh e-mail or web address always lies in a domain reserved for
examples (RFC 2606, section 3), so that nothing is ever sent to a stranger.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import eq
from typing import Any, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.check_digits import (
    CHECK_DIGITS,
    CREDIT_CODE,
    DIGITS,
    LETTERS,
    Codes,
    check_characters,
)
from guanyao.data.permutation import Numbers, mix, permute
from guanyao.data.templates import (
    MAX_LENGTH,
    MAX_RADIX,
    Part,
    Segment,
    Template,
    damaged,
    free_segment,
    to_codes,
    to_texts,
    whole_number,
)
from guanyao.errors import ConfigError, DataError, NotFittedError

Slot: TypeAlias = str | None
"""The characters that may stand at one place; None: a check character stands there."""

FORMAT = "guanyao.identifiers/1"
BLOCK = 1000
"""Templates are mixed in blocks of this many identifiers, each with the same shares."""

CHUNK = 1 << 16
SAMPLE = 200_000
"""Templates are sought in at most this many identifiers; all are kept out of what is written."""

MAX_SEGMENTS = 200
PLENTY = 1_000_000
DECK = 4096
WINDOW = 256
LOWER = LETTERS.lower()
LEAD = "123456789"
IDEOGRAPHS = "一丁万三上下中丰乐书云井元光兴冬北千华南厚原口古台启和四园国土城大天子安宁定家小山川"
UNASSIGNED = ("154", "160", "161", "163", "164", "168", "169")
"""Segments of mobile numbers that are given to nobody: made-up numbers, which stay made up."""
DOMAINS = ("example.com", "example.net", "example.org")
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
URL = r"^https?://[^/\s]+(/\S*)?$"

INTEGERS: dict[str, tuple[pl.DataType, int]] = {
    str(dtype): (dtype, limit)
    for dtype, limit in (
        (pl.Int8(), 2**7 - 1),
        (pl.Int16(), 2**15 - 1),
        (pl.Int32(), 2**31 - 1),
        (pl.Int64(), 2**63 - 1),
        (pl.UInt8(), 2**8 - 1),
        (pl.UInt16(), 2**16 - 1),
        (pl.UInt32(), 2**32 - 1),
        (pl.UInt64(), 2**63 - 1),
        (pl.Float64(), 2**53),
        (pl.Float32(), 2**24),
    )
}
"""Numeric dtypes that identifiers come in, and the largest identifier each can hold exactly."""

STRINGS: dict[str, pl.DataType] = {"String": pl.String(), "Categorical": pl.Categorical()}


@dataclass(kw_only=True)
class FreshIdentifiers:
    """An ordered, reproducible supply of identifiers that look like the real ones.

    Args:
        dtype_: The polars dtype, as text.
        wrap_: What is put around the templates: "", "email", "http" or "https".
        mix_: How many of every `BLOCK` identifiers each segment writes.
        more_: Segments that go on, one after another, when the mixed ones are used up.
    """

    dtype_: str = field(default="", init=False)
    wrap_: str = field(default="", init=False)
    mix_: list[tuple[int, Segment]] = field(default_factory=list, init=False, repr=False)
    more_: list[Segment] = field(default_factory=list, init=False, repr=False)

    def fit(self, values: pl.Series, *, min_entities: int = 10) -> Self:
        """Learn the form of these identifiers.

        Args:
            values: Identifiers of an integer, String or Categorical dtype (or whole numbers held
                as floats); nulls are left aside.
            min_entities: What fewer identifiers than this share is not kept, at least 1.

        Raises:
            DataError: The dtype cannot hold identifiers ("data.identifier_type").
            ConfigError: `min_entities` is below 1.
        """
        if min_entities < 1:
            raise ConfigError(
                f"min_entities is {min_entities}", allowed="1 or more", code="config.min_entities"
            )
        self.dtype_ = _dtype_name(values)
        self.wrap_, texts = _unwrap(_texts(values), is_text=self.dtype_ in STRINGS)
        plan = _Plan(texts, min_entities=min_entities, limit=self._limit())
        self.mix_, self.more_ = plan.mix(), plan.more()
        return self

    def _limit(self) -> int | None:
        return INTEGERS[self.dtype_][1] if self.dtype_ in INTEGERS else None

    @property
    def capacity(self) -> int:
        """How many identifiers there are altogether."""
        return self._mixed() + sum(segment.size for segment in self.more_)

    def _mixed(self) -> int:
        """How many identifiers the mixed segments write before the first is used up."""
        if len(self.mix_) == 1:
            return self.mix_[0][1].size
        return BLOCK * min((segment.size // count for count, segment in self.mix_), default=0)

    def generate(self, n: int, *, start: int, key: int) -> pl.Series:
        """Identifiers number `start` to `start + n - 1`, of the dtype of the real ones.

        Args:
            n: How many, 0 or more.
            start: Number of the first; numbers count from 0.
            key: Which sequence; within one, all identifiers are distinct.

        Raises:
            DataError: The sequence is not that long ("data.identifiers_used_up").
            NotFittedError: `fit` has not been called.
        """
        if not self.dtype_:
            raise NotFittedError("the identifiers are not fitted", do="call fit first")
        if start + n > self.capacity:
            raise DataError(
                f"{start + n} fresh identifiers are asked for",
                allowed=f"{self.capacity} can be written in the form of the real ones",
                do="ask for fewer rows, or give the column a wider type",
                code="data.identifiers_used_up",
            )
        mixed = max(0, min(n, self._mixed() - start))
        first = self._from_mix(np.arange(start, start + mixed, dtype=np.uint64), key)
        later = self._from_more(start + mixed, start + n, key)
        return self._finish([first, *later], start, n)

    def _from_mix(self, indices: Numbers, key: int) -> pl.Series:
        if len(self.mix_) <= 1:
            return self._write(self.mix_[0][1], indices, key) if self.mix_ else self._empty()
        block, place = np.divmod(indices, np.uint64(BLOCK))
        place = permute(place, BLOCK, key)
        ends = np.cumsum([count for count, _ in self.mix_])
        which = np.searchsorted(ends, place.astype(np.int64), side="right")
        written = []
        for number, (count, segment) in enumerate(self.mix_):
            mine = which == number
            within = place[mine] - np.uint64(ends[number] - count)
            written.append(self._write(segment, block[mine] * np.uint64(count) + within, key))
        back = np.argsort(np.argsort(which, kind="stable"), kind="stable")
        return pl.concat(written).gather(back)

    def _from_more(self, start: int, stop: int, key: int) -> Iterator[pl.Series]:
        first = self._mixed()
        for segment in self.more_:
            low, high = max(start, first), min(stop, first + segment.size)
            if low < high:
                ordinals = np.arange(low - first, high - first, dtype=np.uint64)
                yield self._write(segment, ordinals, key)
            first += segment.size

    def _write(self, segment: Segment, ordinals: Numbers, key: int) -> pl.Series:
        """The segment's identifiers of these ordinals, without what is put around them."""
        pieces = [self._empty()]
        for low in range(0, len(ordinals), CHUNK):
            numbers = segment.numbers(ordinals[low : low + CHUNK], key)
            if self.dtype_ in INTEGERS:
                pieces.append(pl.Series(segment.template.write_integers(numbers, key)))
            else:
                pieces.append(pl.Series(to_texts(segment.template.write(numbers, key))))
        return pl.concat(pieces)

    def _empty(self) -> pl.Series:
        return pl.Series([], dtype=pl.Int64 if self.dtype_ in INTEGERS else pl.String)

    def _finish(self, pieces: list[pl.Series], start: int, n: int) -> pl.Series:
        identifiers = pl.concat(pieces)
        if self.wrap_ == "email":
            which = mix(np.arange(start, start + n, dtype=np.uint64), 0) % np.uint64(len(DOMAINS))
            domains = pl.Series(DOMAINS, dtype=pl.String).gather(which)
            identifiers = identifiers + "@" + domains
        elif self.wrap_:
            identifiers = f"{self.wrap_}://www.example.com/" + identifiers
        dtype = INTEGERS[self.dtype_][0] if self.dtype_ in INTEGERS else STRINGS[self.dtype_]
        return identifiers.cast(dtype)

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON; holds no identifier."""
        return {
            "format": FORMAT,
            "dtype": self.dtype_,
            "wrap": self.wrap_,
            "mix": [[count, segment.to_json()] for count, segment in self.mix_],
            "more": [segment.to_json() for segment in self.more_],
        }

    @classmethod
    def from_json(cls, record: object) -> Self:
        """What `to_json` wrote.

        Raises:
            DataError: The record is damaged ("model.damaged").
        """
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise damaged("identifiers")
        dtype, wrap = record.get("dtype"), record.get("wrap")
        if dtype not in (*INTEGERS, *STRINGS) or wrap not in ("", "email", "http", "https"):
            raise damaged("identifiers")
        fresh = cls()
        fresh.dtype_, fresh.wrap_ = str(dtype), str(wrap)
        mixed, more = _list(record.get("mix")), _list(record.get("more"))
        if len(mixed) + len(more) > MAX_SEGMENTS:
            raise damaged("identifiers")
        fresh.mix_ = [_share_from_json(item) for item in mixed]
        fresh.more_ = [Segment.from_json(item) for item in more]
        fresh._check_loaded()
        return fresh

    def _check_loaded(self) -> None:
        segments = [*(segment for _, segment in self.mix_), *self.more_]
        if self.mix_ and sum(count for count, _ in self.mix_) != BLOCK:
            raise damaged("identifiers")
        limit = self._limit()
        if limit is not None and not all(_holds_integers(s.template, limit) for s in segments):
            raise damaged("identifiers")


@dataclass(kw_only=True)
class EntityIdentifiers:
    """Fresh identifiers that stand in several rows each, as the real ones do.

    Entities are dealt in decks: every deck of `DECK` entities holds the same numbers of rows per
    entity, in an order of its own. So the rows of a deck are as many in every deck, and row
    number r belongs to the same entity in whatever batch it is asked for. Where the real rows of
    an entity do not stand together, rows are shuffled within windows of `WINDOW` rows; an entity
    that the last row asked for cuts in two simply has fewer rows.

    Args:
        identifiers_: The supply of identifiers, one an entity.
        sizes_: Numbers of rows an entity has, ascending; each stands for `min_entities` entities.
        shares_: Share of entities of each size; they add up to 1.
        together_: Whether the rows of an entity follow each other.
    """

    identifiers_: FreshIdentifiers = field(default_factory=FreshIdentifiers, init=False)
    sizes_: list[int] = field(default_factory=list, init=False)
    shares_: list[float] = field(default_factory=list, init=False)
    together_: bool = field(default=True, init=False)

    def fit(self, values: pl.Series, *, min_entities: int = 10) -> Self:
        """Learn the form of the identifiers and how many rows entities have.

        Args:
            values: One identifier a row, of a dtype that `FreshIdentifiers` takes.
            min_entities: Sizes that fewer entities have are merged with their neighbours.

        Raises:
            DataError: The dtype cannot hold identifiers.
        """
        self.identifiers_ = FreshIdentifiers().fit(values, min_entities=min_entities)
        rows = values.drop_nulls()
        sizes = rows.value_counts(name="count")["count"].to_numpy().astype(np.int64)
        self.sizes_, counts = _merged_sizes(sizes, min_entities)
        self.shares_ = [round(count / sum(counts), 4) for count in counts]
        self.shares_[0] += 1.0 - sum(self.shares_)
        self.together_ = _stand_together(rows, len(sizes))
        return self

    def generate(self, n_rows: int, *, start: int, key: int) -> pl.Series:
        """The identifiers of rows number `start` to `start + n_rows - 1`.

        Args:
            n_rows: How many rows, 0 or more.
            start: Number of the first row; rows count from 0.
            key: Which sequence.

        Raises:
            DataError: There are not that many identifiers ("data.identifiers_used_up").
            NotFittedError: `fit` has not been called.
        """
        if not self.sizes_:
            raise NotFittedError("the identifiers are not fitted", do="call fit first")
        entities = self._entities(np.arange(start, start + n_rows, dtype=np.int64), key)
        if n_rows == 0:
            return self.identifiers_.generate(0, start=0, key=key)
        first = int(entities.min())
        fresh = self.identifiers_.generate(int(entities.max()) - first + 1, start=first, key=key)
        return fresh.gather(entities - first)

    def _entities(self, rows: NDArray[np.int64], key: int) -> NDArray[np.int64]:
        """The number of the entity that each row belongs to, shape (n_rows,)."""
        if not self.together_:
            window, place = np.divmod(rows, WINDOW)
            rows = window * WINDOW + permute(place.astype(np.uint64), WINDOW, key).astype(np.int64)
        sizes = self._deck()
        deck, place = np.divmod(rows, int(sizes.sum()))
        entities = np.empty_like(rows)
        for number in np.unique(deck):
            mine = deck == number
            order = np.random.default_rng([key & (2**63 - 1), int(number)]).permutation(len(sizes))
            owner = np.searchsorted(np.cumsum(sizes[order]), place[mine], side="right")
            entities[mine] = number * len(sizes) + owner
        return entities

    def _deck(self) -> NDArray[np.int64]:
        """Rows per entity of one deck, ascending, shape (DECK,)."""
        places = (np.arange(DECK) + 0.5) / DECK
        which = np.searchsorted(np.cumsum(self.shares_), places, side="right")
        return np.array(self.sizes_, dtype=np.int64)[np.minimum(which, len(self.sizes_) - 1)]

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON; holds no identifier."""
        return {
            "identifiers": self.identifiers_.to_json(),
            "sizes": self.sizes_,
            "shares": self.shares_,
            "together": self.together_,
        }

    @classmethod
    def from_json(cls, record: object) -> Self:
        """What `to_json` wrote.

        Raises:
            DataError: The record is damaged ("model.damaged").
        """
        if not isinstance(record, Mapping) or not isinstance(record.get("together"), bool):
            raise damaged("identifiers")
        sizes, shares = _list(record.get("sizes")), _list(record.get("shares"))
        if not sizes or len(sizes) != len(shares):
            raise damaged("identifiers")
        entities = cls()
        entities.identifiers_ = FreshIdentifiers.from_json(record.get("identifiers"))
        entities.sizes_ = [whole_number(size, 1, 10**6, "identifiers") for size in sizes]
        if not all(isinstance(share, float) and 0 <= share <= 1 for share in shares):
            raise damaged("identifiers")
        entities.shares_, entities.together_ = list(shares), record["together"]
        return entities


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Identifiers of one form: how many, and what may stand at each place."""

    count: int
    slots: tuple[Slot, ...]
    checks: tuple[tuple[str, tuple[int, ...]], ...] = ()
    parts: tuple[Part, ...] = ()


class _Plan:
    """Which segments identifiers are written from, worked out once from the real ones."""

    def __init__(self, texts: pl.Series, *, min_entities: int, limit: int | None) -> None:
        self.limit = limit
        lengths = texts.str.len_chars()
        self.by_length = {
            int(length): texts.filter(lengths == length) for length in lengths.unique()
        }
        sample = texts.gather_every(-(-len(texts) // SAMPLE)) if len(texts) > SAMPLE else texts
        sample = sample.filter(sample.str.len_chars() <= MAX_LENGTH // 2)
        self.scale = len(texts) / max(len(sample), 1)
        self.groups = _groups(sample, min_entities, is_integer=limit is not None)
        self.first = [self._first(group) for group in self.groups]

    def mix(self) -> list[tuple[int, Segment]]:
        """The segments with enough identifiers, with their shares of a block."""
        chosen = [
            (group.count, segment)
            for group, (segment, _) in zip(self.groups, self.first, strict=True)
            if segment is not None
        ]
        counts = _shares_of([count for count, _ in chosen], BLOCK)
        return [(c, s) for c, (_, s) in zip(counts, chosen, strict=True) if c > 0]

    def more(self) -> list[Segment]:
        """Where the commonest form goes on: further leading digits, then greater length."""
        group, (_, rest) = self.groups[0], self.first[0]
        wanted = [template for template in rest if template is not None]
        segments = [self._free(template) for template in wanted]
        if not group.checks:
            segments += [self._free(template) for template in self._longer(group)]
        found = [segment for segment in segments if segment is not None]
        return found or self._any_length()

    def _any_length(self) -> list[Segment]:
        """Integers of any number of digits, for a dtype whose longest are all taken."""
        if self.limit is None or any(segment for segment, _ in self.first):
            return []
        forms = ((LEAD, *[DIGITS] * length) for length in range(len(str(self.limit))))
        templates = [template for form in forms if (template := self._template(form, ()))]
        segments = (self._free(template) for template in reversed(templates))
        return [segment for segment in segments if segment is not None]

    def _first(self, group: _Group) -> tuple[Segment | None, list[Template | None]]:
        """The narrowest template with enough free identifiers, and what is left for later."""
        if group.parts:
            template = Template(parts=group.parts, checks=group.checks)
            return self._free(template), []
        ladder = [
            (self._template(whole, group.checks), self._template(new, group.checks))
            for whole, new in _ladder(group.slots, self._lead(group.slots))
        ]
        segments = [self._free(whole) if whole is not None else None for whole, _ in ladder]
        for times in (10, 2):
            for step, segment in enumerate(segments):
                if segment is not None and segment.size >= times * group.count * self.scale:
                    return segment, [new for _, new in ladder[step + 1 :]]
        return None, [ladder[-1][0]]

    def _longer(self, group: _Group) -> Iterator[Template]:
        """Longer than any other form: more digits before the last run of digits."""
        *_, (slots, _) = _ladder(group.slots, self._lead(group.slots))
        longest = max(len(other.slots) for other in self.groups)
        place = _last_run(slots)
        for extra in range(longest - len(slots) + 1, longest - len(slots) + 11):
            new = (LEAD, *[DIGITS] * (extra - 1))
            after = (DIGITS if slots[place:] else "", *slots[place + 1 :])[: len(slots) - place]
            template = self._template((*slots[:place], *new, *after), ())
            if template is not None:
                yield template

    def _free(self, template: Template) -> Segment | None:
        return free_segment(template, self._real(template.length), enough=PLENTY)

    def _real(self, length: int) -> Iterator[Codes]:
        texts = self.by_length.get(length)
        if texts is None:
            return
        for low in range(0, len(texts), CHUNK):
            chunk = texts[low : low + CHUNK]
            yield to_codes(chunk, length)

    def _lead(self, slots: Sequence[Slot]) -> int | None:
        """The place of an integer's first digit, which cannot be 0."""
        if self.limit is None:
            return None
        return int(bool(slots) and slots[0] == "-")

    def _template(
        self, slots: Sequence[Slot], checks: tuple[tuple[str, tuple[int, ...]], ...]
    ) -> Template | None:
        """The template of these places; None when a place has nothing to choose from."""
        slots = slots if self.limit is None else _within(slots, self.limit)
        if not slots or "" in slots or len(slots) > MAX_LENGTH:
            return None
        return Template(parts=tuple(_parts(slots)), checks=checks)


def _dtype_name(values: pl.Series) -> str:
    name = "Categorical" if isinstance(values.dtype, pl.Categorical) else str(values.dtype)
    whole = not values.dtype.is_float() or _is_whole(values)
    if name in STRINGS or (name in INTEGERS and whole):
        return name
    raise DataError(
        f"identifiers of the type {values.dtype} are found",
        allowed="whole numbers and text",
        do="give the column another role in the schema",
        code="data.identifier_type",
    )


def _is_whole(values: pl.Series) -> bool:
    numbers = values.drop_nulls()
    return bool(numbers.is_finite().all()) and bool((numbers == numbers.round()).all())


def _texts(values: pl.Series) -> pl.Series:
    """The distinct identifiers as text."""
    distinct = values.drop_nulls().unique(maintain_order=True)
    if distinct.dtype.is_float():
        distinct = distinct.cast(pl.Int64)
    return distinct.cast(pl.String)


def _unwrap(texts: pl.Series, *, is_text: bool) -> tuple[str, pl.Series]:
    """What stands around the identifiers ("email", "http", "https" or ""), and what is inside."""
    if not is_text or not len(texts):
        return "", texts
    if (emails := texts.str.contains(EMAIL)).mean() >= 0.95:  # type: ignore[operator]
        return "email", texts.filter(emails).str.replace(r"@.*$", "").unique(maintain_order=True)
    if (urls := texts.str.contains(URL)).mean() >= 0.95:  # type: ignore[operator]
        inside = texts.filter(urls).str.replace(r"^https?://[^/]+/?", "")
        secure = texts.str.starts_with("https").mean()
        return "https" if float(secure) >= 0.5 else "http", inside.unique(maintain_order=True)  # type: ignore[arg-type]
    return "", texts


def _groups(texts: pl.Series, min_entities: int, *, is_integer: bool) -> list[_Group]:
    """The forms that many identifiers share, commonest first; at least one."""
    loose = _by_shape(texts, _loose_shape(texts), min_entities)
    if checked := _checked_groups(loose, min_entities):
        return checked
    tight = _by_shape(texts, _tight_shape(texts), min_entities)
    total = max(len(texts), 1)
    for groups, least in ((tight, 0.8), (loose, 0.5)):
        if groups and sum(map(len, groups)) / total >= least:
            return [_group(codes, min_entities, is_integer=is_integer) for codes in groups]
    return [_generic_group(texts, min_entities, is_integer=is_integer)]


def _tight_shape(texts: pl.Series) -> pl.Series:
    shape = texts.str.replace_all("[0-9]", "0").str.replace_all("[A-Z]", "A")
    return shape.str.replace_all("[a-z]", "a").str.replace_all(r"\p{Han}", "中")


def _loose_shape(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all("[0-9A-Za-z]", "0").str.replace_all(r"\p{Han}", "中")


def _by_shape(texts: pl.Series, shapes: pl.Series, min_entities: int) -> list[Codes]:
    """The code points of the identifiers of each common shape, commonest first."""
    frame = pl.DataFrame({"text": texts, "shape": shapes}).filter(shapes != "")
    counts = frame["shape"].value_counts(name="n").filter(pl.col("n") >= min_entities)
    common = counts.sort(["n", "shape"], descending=[True, False]).head(32)["shape"]
    return [
        to_codes(frame.filter(pl.col("shape") == shape)["text"], len(shape)) for shape in common
    ]


def _group(codes: Codes, min_entities: int, *, is_integer: bool) -> _Group:
    slots = [_alphabet(column, min_entities) for column in codes.T]
    if is_integer and len(slots) > (first := int(slots[0] == "-")):
        slots[first] = slots[first].removeprefix("0") or LEAD
    if _is_hexadecimal(codes):
        slots = [_hexadecimal(slot) for slot in slots]
    if _is_uuid(slots):
        slots[14] = slots[14] if len(slots[14]) == 1 else "4"
        slots[19] = "89ab" if "a" in "".join(slots) else "89AB"
    parts = _unassigned_parts(codes, slots, min_entities)
    return _Group(count=len(codes), slots=tuple(slots), parts=parts)


def _unassigned_parts(codes: Codes, slots: Sequence[str], min_entities: int) -> tuple[Part, ...]:
    """Mobile numbers of segments that are given to nobody, in these segments; () for all others."""
    places = _word_places(codes)[-11:]
    first = places[0] if len(places) == 11 and places[2] == places[0] + 2 else None
    if first is None or not all(slots[place].isdecimal() for place in places):
        return ()
    heads = pl.Series(to_texts(codes[:, first : first + 3].T)).value_counts(name="n")
    known = heads.filter(heads[heads.columns[0]].is_in(UNASSIGNED))
    if known["n"].sum() < 0.99 * len(codes):
        return ()
    common = known.filter(pl.col("n") >= min_entities)[heads.columns[0]].sort().to_list()
    segments = Part(tokens=tuple(common) or UNASSIGNED)
    return (*_parts(slots[:first]), segments, *_parts(slots[first + 3 :]))


def _alphabet(column: Codes, min_entities: int) -> str:
    """What may stand at a place: few characters that many share, or whole classes."""
    characters, counts = np.unique(column, return_counts=True)
    common = counts >= min_entities
    if 1 <= common.sum() <= 4 and counts[common].sum() >= 0.99 * len(column):
        return "".join(map(chr, characters[common].tolist()))
    present = "".join(map(chr, characters.tolist()))
    classes = [
        (counts[[c in members for c in present]].sum(), members)
        for members in (DIGITS, LETTERS, LOWER)
    ]
    chosen = "".join(members for n, members in classes if n >= min_entities)
    if not chosen and any("一" <= c <= "鿿" for c in present):
        return IDEOGRAPHS
    return chosen or LOWER + DIGITS


def _is_hexadecimal(codes: Codes) -> bool:
    present = {chr(code) for code in np.unique(codes).tolist()}
    letters = {character for character in present if character.isascii() and character.isalpha()}
    mixed = len(present & set(DIGITS)) == 10 and len(letters) >= 3
    return mixed and (letters <= set("abcdef") or letters <= set("ABCDEF"))


def _hexadecimal(slot: str) -> str:
    return slot.replace(LETTERS, "ABCDEF").replace(LOWER, "abcdef")


def _is_uuid(slots: Sequence[str]) -> bool:
    dashes = [place for place, slot in enumerate(slots) if slot == "-"]
    letters = set("".join(slots)) - {"-", *DIGITS}
    return len(slots) == 36 and dashes == [8, 13, 18, 23] and letters <= set("abcdefABCDEF")


def _generic_group(texts: pl.Series, min_entities: int, *, is_integer: bool) -> _Group:
    """A form for identifiers that share none: common classes, and a usual (or coarse) length."""
    if is_integer:
        return _Group(count=len(texts), slots=(LEAD, *[DIGITS] * 8))
    lengths = texts.str.len_chars().drop_nulls()
    counts = lengths.value_counts(name="n").sort("n", descending=True)
    common = len(counts) > 0 and int(counts["n"][0]) >= min_entities
    length = int(counts[lengths.name][0]) if common else _coarse(lengths)
    pool = "".join(
        members
        for members in (DIGITS, LETTERS, LOWER, IDEOGRAPHS)
        if _uses(texts, members, min_entities)
    )
    return _Group(count=len(texts), slots=(pool or LOWER + DIGITS,) * max(length, 1))


def _uses(texts: pl.Series, members: str, min_entities: int) -> bool:
    pattern = r"\p{Han}" if members == IDEOGRAPHS else f"[{members}]"
    return int(texts.str.contains(pattern).sum()) >= min_entities


def _coarse(lengths: pl.Series) -> int:
    """The usual length, rounded up to a multiple of 4."""
    usual = lengths.median() if len(lengths) else None
    return 8 if usual is None else min(-(-int(usual) // 4) * 4, 64)  # type: ignore[arg-type]


def _checked_groups(groups: list[Codes], min_entities: int) -> list[_Group]:
    """The groups with the check digit that practically all identifiers carry; [] without one."""
    total = sum(map(len, groups))
    if total < max(min_entities, 10):
        return []
    for name in ("mod_11_2", "credit_code", "luhn", "gs1"):
        if sum(_n_valid(name, codes) for codes in groups) >= 0.99 * total:
            return [_checked_group(name, codes, min_entities) for codes in groups]
    return []


def _word_places(codes: Codes) -> tuple[int, ...]:
    """The places that hold digits or letters, not separators (the group has one loose shape)."""
    return tuple(place for place, code in enumerate(codes[0].tolist()) if chr(code).isalnum())


def _n_valid(name: str, codes: Codes) -> int:
    places = list(_word_places(codes))
    if len(places) not in CHECK_DIGITS[name].lengths:
        return 0
    right = check_characters(name, codes[:, places[:-1]]) == codes[:, places[-1]]
    return int(right.sum())


def _checked_group(name: str, codes: Codes, min_entities: int) -> _Group:
    places = _word_places(codes)
    checks = [(name, places)]
    if name == "mod_11_2" and codes.shape[1] == 18:
        return _resident_group(codes, min_entities)
    if name == "credit_code" and _n_valid("organization_code", codes[:, list(places[8:17])]) >= (
        0.99 * len(codes)
    ):
        checks.insert(0, ("organization_code", places[8:17]))
    slots: list[Slot] = [_alphabet(column, min_entities) for column in codes.T]
    if name == "credit_code":
        slots = ["".join(c for c in slot or "" if c in CREDIT_CODE) for slot in slots]
    for _, spots in checks:
        slots[spots[-1]] = None
    return _Group(count=len(codes), slots=tuple(slots), checks=tuple(checks))


def _resident_group(codes: Codes, min_entities: int) -> _Group:
    """Resident identity numbers: common provinces, a county code not in use, a real date.

    Reference: GB 11643-1999, section 4.1 (address, birthday, sequence, check); the county code
    ends in 0198, which GB/T 2260 gives to no county.
    """
    heads = pl.Series(to_texts(codes[:, :2].T)).value_counts(name="n")
    provinces = heads.filter(pl.col("n") >= min_entities)[heads.columns[0]].sort().to_list()
    years = np.array([int(year) for year in to_texts(codes[:, 6:10].T) if year.isdecimal()])
    low, high = _common_years(years, min_entities)
    parts = (
        Part(tokens=tuple(province for province in provinces if province.isdecimal()) or ("11",)),
        Part(tokens=("0198",)),
        Part.dates(low, high),
        Part(tokens=tuple(DIGITS), times=3),
        Part(tokens=("0",), check=True),
    )
    checks = (("mod_11_2", tuple(range(18))),)
    return _Group(count=len(codes), slots=(None,) * 18, checks=checks, parts=parts)


def _common_years(years: NDArray[np.int64], min_entities: int) -> tuple[int, int]:
    fives, counts = np.unique(years // 5, return_counts=True)
    common = fives[(counts >= min_entities) & (fives >= 380) & (fives < 420)]
    if not len(common):
        return 1950, 1999
    return int(common[0]) * 5, int(common[-1]) * 5 + 4


def _ladder(
    slots: Sequence[Slot], lead: int | None
) -> Iterator[tuple[tuple[Slot, ...], tuple[Slot, ...]]]:
    """Ever wider forms: each step frees one more leading digit, right to left.

    Yields:
        The whole wider form, and the part of it that no earlier step held.
    """
    current = list(slots)
    yield tuple(current), tuple(current)
    for place in reversed(range(len(slots))):
        full = LEAD if place == lead else DIGITS
        if not _can_widen(slots, place, full):
            continue
        kept = slots[place] or ""
        new = [*current[:place], "".join(c for c in full if c not in kept), *current[place + 1 :]]
        current[place] = full
        yield tuple(current), tuple(new)


def _can_widen(slots: Sequence[Slot], place: int, full: str) -> bool:
    slot = slots[place]
    if slot is None or not slot.isdecimal() or not slot.isascii() or not set(full) - set(slot):
        return False
    after = slots[place + 1] if place + 1 < len(slots) else ""
    return len(slot) > 1 or after is None or (after.isascii() and after.isdecimal())


def _last_run(slots: Sequence[Slot]) -> int:
    """Where the last run of digits that vary begins; the end when there is none."""
    varies = [slot is not None and len(slot) > 1 and slot.isdecimal() for slot in slots]
    if True not in varies:
        return len(slots)
    place = len(varies) - 1 - varies[::-1].index(True)
    while place > 0 and varies[place - 1]:
        place -= 1
    return place


def _within(slots: Sequence[Slot], limit: int) -> tuple[Slot, ...]:
    """The slots with the first digit cut down so that no integer exceeds the limit."""
    sign = int(bool(slots) and slots[0] == "-")
    rest = len(slots) - sign - 1
    first = slots[sign] if rest >= 0 else ""
    allowed = "".join(d for d in first or "" if (int(d) + 1) * 10**rest - 1 <= limit)
    return (*slots[:sign], allowed, *slots[sign + 1 :])


def _parts(slots: Sequence[Slot]) -> Iterator[Part]:
    """Neighbouring places of the same kind joined to parts."""
    place = 0
    while place < len(slots):
        slot, first = slots[place], place
        if slot is None:
            yield Part(tokens=("0",), check=True)
            place += 1
        elif len(slot) == 1:
            place = _run_end(slots, first, lambda other: other is not None and len(other) == 1)
            yield Part(tokens=("".join(str(s) for s in slots[first:place]),))
        else:
            longest = max(1, int(np.log(MAX_RADIX) / np.log(len(slot))))
            place = min(_run_end(slots, first, partial(eq, slot)), first + longest)
            yield Part(tokens=tuple(slot), times=place - first)


def _run_end(slots: Sequence[Slot], first: int, belongs: Callable[[Slot], bool]) -> int:
    """One past the last of the slots from `first` on that belong."""
    place = first
    while place < len(slots) and belongs(slots[place]):
        place += 1
    return place


def _shares_of(counts: Sequence[int], total: int) -> list[int]:
    """Whole shares of `total` in the proportion of the counts; the first takes what is left."""
    shares = [count * total // max(sum(counts), 1) for count in counts]
    return [total - sum(shares[1:]), *shares[1:]] if shares else []


def _merged_sizes(sizes: NDArray[np.int64], min_entities: int) -> tuple[list[int], list[int]]:
    """Sizes that at least `min_entities` entities stand for, and how many entities each has.

    Sizes are taken in ascending order into bins until a bin holds enough entities; the bin is
    written as its mean. A last bin with too few joins the one before it, without moving it.
    """
    means, counts = [], []
    values, numbers = np.unique(sizes, return_counts=True)
    rows = entities = 0
    for size, number in zip(values.tolist(), numbers.tolist(), strict=True):
        rows, entities = rows + size * number, entities + number
        if entities >= min_entities:
            means.append(max(1, round(rows / entities)))
            counts.append(entities)
            rows = entities = 0
    if entities and counts:
        counts[-1] += entities
    return (means, counts) if counts else ([1], [1])


def _stand_together(rows: pl.Series, n_entities: int) -> bool:
    """Whether most neighbouring rows that could be of one entity are."""
    possible = len(rows) - n_entities
    same = (rows.cast(pl.String) == rows.cast(pl.String).shift(1)).sum() if possible > 0 else 0
    return int(same or 0) >= 0.5 * possible


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > 10_000:
        raise damaged("identifiers")
    return value


def _share_from_json(record: object) -> tuple[int, Segment]:
    if not isinstance(record, list) or len(record) != 2:
        raise damaged("identifiers")
    return whole_number(record[0], 1, BLOCK, "identifiers"), Segment.from_json(record[1])


def _holds_integers(template: Template, limit: int) -> bool:
    """Whether all that the template writes are integers up to the limit."""
    signed = template.parts[0].tokens[0].startswith("-")
    tokens = [part.tokens for part in template.parts]
    if signed:
        tokens[0] = tuple(token[1:] for token in tokens[0])
    digits = all(t.isdecimal() and t.isascii() for part in tokens for t in part if t)
    if not digits or (len(tokens[0]) > 1 and signed) or template.length - signed > 19:
        return False
    largest = "".join(max(part) * p.times for part, p in zip(tokens, template.parts, strict=True))
    return int(largest or 0) <= limit
