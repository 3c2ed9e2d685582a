"""Re-identification risk: how well columns that help to name a person single people out.

Rows with equal values in the quasi-identifiers form a group. Who knows these values of a person
finds the group; the smaller it is, the surer the person is found (k-anonymity). Where a group is
large but all in it share a sensitive value, that value is learned all the same (l-diversity), and
so it is where the group's values differ much from everybody's (t-closeness).

Where the rows have an entity, people are counted, not rows: three rows of one patient are a group
of one. A missing value counts as a value of its own. Groups are counted on the values as they are;
no figure here holds one of them.

Reference: Samarati & Sweeney 1998; Sweeney 2002, "k-anonymity: a model for protecting privacy",
IJUFKS 10(5); Machanavajjhala et al. 2007, "l-diversity", ACM TKDD 1(1), definitions 4.1 and 4.2;
Li, Li & Venkatasubramanian 2007, "t-closeness", ICDE, section 5; El Emam & Dankar 2008,
"Protecting privacy using k-anonymity", JAMIA 15(5) (prosecutor and journalist), and Dankar &
El Emam 2010, "A method for evaluating marketer re-identification risk", EDBT workshops.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.protection import Entities
from guanyao.errors import ConfigError, DataError

SMALL = 5
"""Groups below this size count as small; figures published on people rarely go below it."""
BANDS = (1, 2, 5, 10, 20, 100)
"""Where the bands of group sizes begin: 1, 2 to 4, 5 to 9, ..."""
N_SMALLEST = 10
GROUP, WHO, VALUE = "group", "who", "value"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Groups of about the same size.

    Args:
        low: The least size.
        high: The largest size; None: no bound.
        n_groups: How many groups.
        share: The share of people in them, in [0, 1].
    """

    low: int
    high: int | None
    n_groups: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """What groups tell of one sensitive column.

    Args:
        column: Its name.
        distinct: The fewest different values in a group, 1 or more (distinct l-diversity).
        entropy: e to the least entropy of a group's values, 1 or more (entropy l-diversity).
        closeness: The largest earth mover's distance between a group's values and all, in [0, 1].
        is_ordered: Whether values have an order (numbers, dates, ordered categories): moving mass
            to a neighbour is then cheaper than to a far value; else all moves cost the same.
        told: The share of people whose group has one value only, in [0, 1].
    """

    column: str
    distinct: int
    entropy: float
    closeness: float
    is_ordered: bool
    told: float


@dataclass(frozen=True, kw_only=True)
class Risk:
    """How well some columns single people out.

    Args:
        quasi: The columns that groups are formed by.
        unit: What is counted: "persons" where the entity is known, else "rows".
        n: How many there are.
        n_groups: How many groups they form.
        k: The smallest group.
        alone: The share of them that stand alone in a group.
        below_5: The share of them in groups of fewer than 5.
        smallest: The sizes of the ten smallest groups, ascending.
        bands: How they are spread over groups by size.
        prosecutor: The chance to find the one who is found most easily, by who knows that he is in
            the table: 1 / k.
        journalist: The same by who does not know it and looks in the population; without a
            population it is not known, and the prosecutor's is its upper bound.
        marketer: The share of all that are found where each is guessed within his group.
        has_population: Whether a population was given.
        diversity: What the groups tell of the sensitive columns.
    """

    quasi: tuple[str, ...]
    unit: str
    n: int
    n_groups: int
    k: int
    alone: float
    below_5: float
    smallest: tuple[int, ...]
    bands: tuple[Band, ...]
    prosecutor: float
    journalist: float
    marketer: float
    has_population: bool
    diversity: tuple[Diversity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON."""
        return asdict(self)


def risk(
    frame: pl.DataFrame,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    *,
    entity: str | None = None,
    population: pl.DataFrame | None = None,
) -> Risk:
    """How well the quasi-identifiers single people out.

    Args:
        frame: The rows, at least one.
        quasi: Columns that somebody may know of a person, at least one.
        sensitive: Columns that nobody shall learn.
        entity: The column that says whom a row belongs to; None: each row is one of its own.
        population: Rows of all the people that the table's were drawn from, with the same
            quasi-identifiers; for the journalist's and the marketer's risk.

    Raises:
        ConfigError: No quasi-identifier is named, one stands twice, or is sensitive as well.
        DataError: A column does not exist, or there are no rows.
    """
    _check(frame, quasi, sensitive, entity)
    if population is not None:
        _check(population, quasi, (), None)
    members = _members(frame, quasi, entity)
    sizes = _sizes(members)
    # A person in several groups is as easy to find as in the smallest of them.
    nearest = members.with_columns(size=pl.len().over(GROUP)).group_by(WHO).agg(pl.min("size"))
    own = nearest["size"].to_numpy().astype(np.int64)
    wide, told_average = _in_population(frame, members, quasi, population)
    return Risk(
        quasi=tuple(quasi),
        unit="rows" if entity is None else "persons",
        n=len(own),
        n_groups=len(sizes),
        k=int(sizes.min()),
        alone=_share(own == 1),
        below_5=_share(own < SMALL),
        smallest=tuple(np.sort(sizes)[:N_SMALLEST].tolist()),
        bands=tuple(_bands(sizes, own)),
        prosecutor=_rounded(1 / sizes.min()),
        journalist=_rounded(wide),
        marketer=_rounded(told_average),
        has_population=population is not None,
        diversity=tuple(_diversity(frame, name, quasi, entity) for name in sensitive),
    )


def _check(
    frame: pl.DataFrame, quasi: Sequence[str], sensitive: Sequence[str], entity: str | None
) -> None:
    named = [*quasi, *sensitive, *([] if entity is None else [entity])]
    if absent := [name for name in named if name not in frame.columns]:
        raise DataError(
            f"there is no column {', '.join(map(repr, absent[:5]))}",
            allowed="columns: " + ", ".join(frame.columns[:50]),
            code="data.column_missing",
        )
    if not quasi or len(set(named)) < len(named):
        raise ConfigError(
            f"quasi-identifiers {', '.join(quasi) or '(none)'}, sensitive "
            f"{', '.join(sensitive) or '(none)'}",
            allowed="at least one quasi-identifier; no column twice, none that is sensitive too, "
            "and not the entity",
            code="config.quasi",
        )
    if frame.height == 0:
        raise DataError("there are no rows to count", code="data.no_rows")


def _members(frame: pl.DataFrame, quasi: Sequence[str], entity: str | None) -> pl.DataFrame:
    """Whose rows are in which group: each pair once. A group's number is its first row."""
    grouped = _grouped(frame, quasi).select(GROUP)
    who = Entities.of(frame, entity).ids
    if who is None:
        return grouped.with_row_index(WHO)
    return grouped.with_columns(pl.Series(WHO, who)).unique()


def _keys(frame: pl.DataFrame, quasi: Sequence[str]) -> pl.DataFrame:
    """The quasi-identifiers under names of our own: theirs may be any."""
    return frame.select(pl.col(name).alias(f"q{place}") for place, name in enumerate(quasi))


def _grouped(frame: pl.DataFrame, quasi: Sequence[str]) -> pl.DataFrame:
    """The quasi-identifiers (see `_keys`) and the group of each row, in the order of the rows."""
    keys = _keys(frame, quasi)
    return keys.with_row_index(GROUP).with_columns(pl.col(GROUP).min().over(keys.columns))


def _sizes(members: pl.DataFrame) -> Integers:
    return members.group_by(GROUP).len()["len"].to_numpy().astype(np.int64)


def _in_population(
    frame: pl.DataFrame,
    members: pl.DataFrame,
    quasi: Sequence[str],
    population: pl.DataFrame | None,
) -> tuple[float, float]:
    """The largest and the mean chance, where groups are as large as in the population."""
    if population is None:
        sizes = members.group_by(GROUP).len("wide")
    else:
        everyone, heads = _keys(population, quasi), _grouped(frame, quasi).unique(GROUP)
        counts = everyone.group_by(everyone.columns).len("wide")
        known = heads.join(counts, on=everyone.columns, how="left", nulls_equal=True)
        here = members.group_by(GROUP).len("here")
        # Who is in the table is in the population, whatever the given one misses.
        sizes = known.join(here, on=GROUP).select(
            GROUP, pl.max_horizontal(pl.col("wide").fill_null(0), pl.col("here")).alias("wide")
        )
    nearest = members.join(sizes, on=GROUP).group_by(WHO).agg(pl.min("wide"))
    chances = 1 / nearest["wide"].to_numpy()
    return float(chances.max()), float(chances.mean())


def _bands(sizes: Integers, own: Integers) -> list[Band]:
    ends: list[int | None] = [low - 1 for low in BANDS[1:]]
    bands = []
    for low, high in zip(BANDS, [*ends, None], strict=True):
        top = np.inf if high is None else high
        n_groups = int(((sizes >= low) & (sizes <= top)).sum())
        share = _share((own >= low) & (own <= top))
        bands.append(Band(low=low, high=high, n_groups=n_groups, share=share))
    return bands


def _share(chosen: NDArray[np.bool_]) -> float:
    return _rounded(float(chosen.mean()))


def _rounded(value: float) -> float:
    return round(float(value), 6)


def _diversity(
    frame: pl.DataFrame, column: str, quasi: Sequence[str], entity: str | None
) -> Diversity:
    counts = _counts(frame, column, quasi, entity)
    dtype = frame.schema[column]
    ordered = dtype.is_numeric() or dtype.is_temporal() or isinstance(dtype, pl.Enum)
    entropy = -(pl.col("p") * pl.col("p").log()).sum()
    groups = counts.group_by(GROUP).agg(size=pl.sum("n"), distinct=pl.len(), entropy=entropy)
    distance = _ordered_distance(counts) if ordered else _equal_distance(counts)
    told = int(groups.filter(pl.col("distinct") == 1)["size"].sum()) / int(counts["n"].sum())
    return Diversity(
        column=column,
        distinct=int(groups["distinct"].min()),  # type: ignore[arg-type]
        entropy=_rounded(np.exp(max(0.0, float(groups["entropy"].min())))),  # type: ignore[arg-type]
        closeness=_rounded(distance),
        is_ordered=ordered,
        told=_rounded(told),
    )


def _counts(
    frame: pl.DataFrame, column: str, quasi: Sequence[str], entity: str | None
) -> pl.DataFrame:
    """How often each value is in each group, by group and then by value.

    Returns:
        Columns group, value (its place among all values, missing first), n, p (share of the
        group) and q (share of all).
    """
    place = pl.col(column).rank("dense").fill_null(0).cast(pl.Int64).alias(VALUE)
    rows = _grouped(frame, quasi).select(GROUP).with_columns(frame.select(place))
    who = Entities.of(frame, entity).ids
    if who is not None:
        rows = rows.with_columns(pl.Series(WHO, who)).unique()
    counts = rows.group_by(GROUP, VALUE).agg(n=pl.len()).sort(GROUP, VALUE)
    total = int(counts["n"].sum())
    return counts.with_columns(
        p=pl.col("n") / pl.sum("n").over(GROUP), q=pl.sum("n").over(VALUE) / total
    )


def _equal_distance(counts: pl.DataFrame) -> float:
    """The largest variational distance of a group from all: half the sum of |p - q|.

    Values that a group lacks add their q, and all q together are 1.
    """
    parts = (pl.col("p") - pl.col("q")).abs() - pl.col("q")
    sums = counts.group_by(GROUP).agg(half=(1 + parts.sum()) / 2)
    return max(0.0, float(sums["half"].max()))  # type: ignore[arg-type]


def _ordered_distance(counts: pl.DataFrame) -> float:
    """The largest ordered distance of a group from all: the mean of |P(i) - Q(i)|.

    P is flat between the values that a group has, so each such stretch is summed at once: below
    the place where Q passes P, P - Q; from there on, Q - P.

    Reference: Li et al. 2007, section 5.1 (numerical attributes).
    """
    shares = counts.group_by(VALUE).agg(pl.first("q")).sort(VALUE)
    if shares.height < 2:
        return 0.0
    q = np.cumsum(shares["q"].to_numpy())
    sums = np.append(0.0, np.cumsum(q))
    start = np.searchsorted(shares[VALUE].to_numpy(), counts[VALUE].to_numpy())
    group = counts[GROUP].to_numpy()
    is_last = np.append(group[1:] != group[:-1], True)
    end = np.where(is_last, len(q) - 1, np.append(start[1:], 0))
    p: Floats = counts.select(pl.col("p").cum_sum().over(GROUP)).to_series().to_numpy()
    passed = np.clip(np.searchsorted(q, p), start, np.maximum(start, end))
    below = p * (passed - start) - (sums[passed] - sums[start])
    above = (sums[end] - sums[passed]) - p * (end - passed)
    stretches = np.where(end > start, below + above, 0.0)
    is_first = np.append(True, is_last[:-1])
    before = np.where(is_first, sums[start], 0.0)
    totals = np.add.reduceat(stretches + before, np.flatnonzero(is_first))
    return float(totals.max()) / (len(q) - 1)
