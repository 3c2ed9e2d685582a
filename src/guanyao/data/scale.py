"""Codes for numbers: spikes and bins, each of which stands for enough entities.

A scale cuts the number line into *atoms*: a value that many share is an atom of its own (a spike:
the zero of a capital gain), the rest are intervals of about equal mass. Neighbouring atoms form
*groups*; the group is the code that a generator models, the atom and the place inside it are drawn
again on the way back, on the lattice of the source (whole numbers, two decimals, whole minutes).
No atom stands for fewer than `min_entities` entities, and the outermost intervals end before the
most extreme values, so no bound is anybody's value.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from guanyao.data.protection import Entities, Floats, Ints

MAX_ATOMS = 2000


@dataclass(frozen=True)
class Scale:
    """A learned cut of the number line.

    Args:
        low: Lowest value of each atom, shape (n_atoms,), ascending.
        high: Highest value of each atom, shape (n_atoms,).
        mass: Rows of each atom, shape (n_atoms,).
        group: Code of each atom, shape (n_atoms,), ascending from 0.
        step: Distance of neighbouring values on the lattice; 0: any value between.
        round_step: A coarser lattice on which most values between the spikes lie; 0: there is none.
        round_share: Share of those values that lie on it.
        n_extreme: Rows whose value lay beyond the ends.
        n_binned: Rows whose value was no spike, so that it is drawn again.
    """

    low: Floats
    high: Floats
    mass: Floats
    group: Ints
    step: float
    round_step: float = 0.0
    round_share: float = 0.0
    n_extreme: int = 0
    n_binned: int = 0

    @classmethod
    def fit(
        cls, x: Floats, entities: Entities, rows: NDArray[np.bool_], *, k: int, max_codes: int
    ) -> Self:
        """Cut the line by the finite values `x` of the rows marked in `rows`.

        At least k entities are behind them.
        """
        line = _Line.of(x, entities, rows, k)
        first, people = line.first_cut()
        spike = (np.bincount(first) == 1)[first] & (people >= k)[first]
        atom = line.merged(first, people)
        low, high = _bounds(line.values, atom, *line.ends())
        step = _lattice(line.values, unit=int((~spike).sum()) < k)
        if step:
            low, high = _snapped(low, high, step, line.values[0] % step)
        at = atom[spike]
        low[at] = high[at] = line.values[spike]
        mass = np.bincount(atom, weights=line.counts).astype(np.float64)
        beyond = (line.values < low[0]) | (line.values > high[-1])
        return cls(
            *(low, high, mass, groups(mass, max_codes), step),
            *_round_lattice(line.values[~spike], line.counts[~spike], step),
            n_extreme=int(line.counts[beyond].sum()),
            n_binned=int(line.counts[~spike].sum()),
        )

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return int(self.group[-1]) + 1

    def encode(self, x: Floats) -> Ints:
        """Code of each value, shape (n,), 0..n_codes-1; values beyond the ends take the end's."""
        edges = (self.high[:-1] + self.low[1:]) / 2
        codes: Ints = self.group[np.searchsorted(edges, x, side="right")]
        return codes

    def decode(self, codes: Ints, rng: np.random.Generator) -> Floats:
        """A value for each code, shape (n,): an atom of the group, then a place inside it."""
        first, last, total, drawn = self._tables
        out = self.low[first][codes]
        rows = np.flatnonzero(drawn[codes])
        if not len(rows):
            return out
        at = codes[rows]
        begin, end = total[first], total[last + 1]
        spot = begin[at] + rng.random(len(rows)) * (end - begin)[at]
        atom = np.searchsorted(total, spot, side="right") - 1
        np.clip(atom, first[at], last[at], out=atom)
        # Where the spot lies within its atom is as good as a second draw.
        place = np.clip((spot - total[atom]) / self.mass[atom], 0.0, 1 - 1e-12)
        out[rows] = self._inside(atom, place, rng)
        return out

    @cached_property
    def _tables(self) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
        """First and last atom of each code, mass before each atom, codes of more than one value."""
        first = np.searchsorted(self.group, np.arange(self.n_codes))
        last = np.append(first[1:], len(self.group)) - 1
        total = np.concatenate(([0.0], np.cumsum(self.mass)))
        return first, last, total, (last > first) | (self.high > self.low)[first]

    def _inside(self, atom: Ints, place: Floats, rng: np.random.Generator) -> Floats:
        low = self.low[atom]
        width = (self.high - self.low)[atom]
        if self.step:
            steps = np.floor((self.high - self.low) / self.step + 1e-9) + 1
            out = low + np.floor(place * steps[atom]) * self.step
        else:
            out = low + place * width
        if self.round_step:
            rounded = np.round(out / self.round_step) * self.round_step
            fits = (width > 0) & (rounded >= low) & (rounded <= low + width)
            fits &= rng.random(len(out)) < self.round_share
            out = np.where(fits, rounded, out)
        inside: Floats = out
        return inside

    def state(self) -> dict[str, Any]:
        """The scale as plain data."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The scale that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        low, high, mass = (np.asarray(state[k], np.float64) for k in ("low", "high", "mass"))
        group = np.asarray(state["group"], np.int64)
        shapes_fit = low.shape == high.shape == mass.shape == group.shape == (group.size,)
        if not shapes_fit or not len(group) or group[0] != 0:
            raise ValueError("a scale is damaged")
        names = ("step", "round_step", "round_share")
        step, round_step, round_share = (float(state[name]) for name in names)
        if (
            not np.isfinite([low, high, mass]).all()
            or not np.isfinite([step, round_step, round_share]).all()
        ):
            raise ValueError("a scale is damaged")
        if not np.isin(np.diff(group), (0, 1)).all() or (mass <= 0).any() or (low > high).any():
            raise ValueError("a scale is damaged")
        told = int(state["n_extreme"]), int(state["n_binned"])
        return cls(low, high, mass, group, step, round_step, round_share, *told)


@dataclass(frozen=True)
class _Line:
    """The distinct values with whom they stand for.

    Args:
        values: Distinct values, shape (n_values,), ascending.
        counts: Rows of each, shape (n_values,).
        inverse: Place of each row's value, shape (n_rows,); None where each row is its own entity.
        entities: Whose row each row is.
        rows: Which rows of the table these are.
        k: Entities that whatever is kept has to stand for.
    """

    values: Floats
    counts: Ints
    inverse: Ints | None
    entities: Entities
    rows: NDArray[np.bool_]
    k: int

    @classmethod
    def of(cls, x: Floats, entities: Entities, rows: NDArray[np.bool_], k: int) -> Self:
        """The line of these values."""
        if entities.ids is None:
            values, counts = np.unique(x, return_counts=True)
            return cls(values, counts, None, entities, rows, k)
        values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
        return cls(values, counts, inverse, entities, rows, k)

    def people(self, atom: Ints) -> Ints:
        """Entities behind each atom, given the atom of each distinct value."""
        n_atoms = int(atom[-1]) + 1
        if self.inverse is None:
            return np.bincount(atom, weights=self.counts, minlength=n_atoms).astype(np.int64)
        return self.entities.count(atom[self.inverse], n_atoms, self.rows)

    def first_cut(self) -> tuple[Ints, Ints]:
        """Atom of each distinct value before any is merged, and the entities of each atom."""
        goal = max(self.k, int(self.counts.sum()) // MAX_ATOMS)
        atom = _cut(self.counts, goal, self.k)
        return atom, self.people(atom)

    def merged(self, atom: Ints, people: Ints) -> Ints:
        """The atoms once each that stands for fewer than k entities has joined a neighbour."""
        while len(people) > 1 and people.min() < self.k:
            atom = _joined(people, self.k)[atom]
            people = self.people(atom)
        return atom

    def ends(self) -> tuple[int, int]:
        """Places of the values up to which, from either end, k entities lie."""
        if self.inverse is None or self.entities.ids is None:
            lowest = int(np.searchsorted(np.cumsum(self.counts), self.k))
            highest = int(np.searchsorted(np.cumsum(self.counts[::-1]), self.k))
            return lowest, len(self.values) - 1 - highest
        ids = self.entities.ids[self.rows]
        least = np.full(self.entities.n, len(self.values))
        np.minimum.at(least, ids, self.inverse)
        most = np.full(self.entities.n, -1)
        np.maximum.at(most, ids, self.inverse)
        at = self.k - 1
        return int(np.partition(least, at)[at]), int(-np.partition(-most, at)[at])


def groups(mass: Floats, n_groups: int) -> Ints:
    """Group of each neighbour, shape (n,): about `n_groups` of equal mass, heavy ones alone.

    The share that heavy neighbours take is not spread over the others: the rest of the line keeps
    its resolution however large a spike is.
    """
    if len(mass) <= n_groups:
        return np.arange(len(mass))
    heavy = np.zeros(len(mass), bool)
    rest, slots = float(mass.sum()), n_groups
    while slots > 1:
        goal = rest / slots
        found = ~heavy & (mass >= goal)
        if not found.any():
            break
        heavy |= found
        rest -= float(mass[found].sum())
        slots -= int(found.sum())
    goal = rest / max(slots, 1)
    group = np.zeros(len(mass), np.int64)
    current, held = 0, 0.0
    for i in range(1, len(mass)):
        held += mass[i - 1]
        if heavy[i] or heavy[i - 1] or held + mass[i] / 2 >= goal:
            current, held = current + 1, 0.0
        group[i] = current
    return group


def _lattice(values: Floats, *, unit: bool) -> float:
    """The greatest step on which all values lie, or 0 when there is none worth the name.

    Args:
        values: Distinct values, ascending.
        unit: Whether to take one unit of the last digit instead. The greatest common step of a few
            values may be one of them.
    """
    if len(values) < 2:
        return 0.0
    for decimals in range(7):
        scaled = values * 10.0**decimals
        whole = np.round(scaled)
        largest = np.abs(whole).max()
        if largest >= (2.0**53 if decimals == 0 else 2.0**45):
            return 0.0
        # What is left of a whole number after its arithmetic in floating point.
        slack = 0.0 if largest >= 2.0**45 else 1e-7 + 1e-15 * np.abs(scaled)
        if (np.abs(scaled - whole) <= slack).all():
            step = 1 if unit else int(np.gcd.reduce(np.diff(whole).astype(np.int64)))
            return float(step) / 10.0**decimals
    return 0.0


def _round_lattice(values: Floats, counts: Ints, step: float) -> tuple[float, float]:
    """The coarsest round step on which at least half of the rows lie, and their share."""
    total = counts.sum()
    for round_step in (1000.0, 100.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.01):
        if not total or round_step <= step * 1.001:
            break
        scaled = values / round_step
        share = float(counts[np.abs(scaled - np.round(scaled)) < 1e-6].sum() / total)
        if share >= 0.5:
            return round_step, share
    return 0.0, 0.0


def _cut(counts: Ints, goal: int, k: int) -> Ints:
    """Atom of each distinct value: shared values alone, runs of the others in pieces of `goal`."""
    spike = counts >= goal
    run = np.cumsum(spike | np.concatenate(([False], spike[:-1])))
    run_mass = np.bincount(run, weights=counts)
    before = np.concatenate(([0.0], np.cumsum(run_mass)[:-1]))[run]
    middle = np.cumsum(counts) - counts / 2 - before
    pieces = np.maximum(1, np.floor(run_mass / max(goal, 2 * k)))[run]
    piece = np.minimum(np.floor(middle / run_mass[run] * pieces), pieces - 1)
    piece[spike] = 0
    fresh = (np.diff(run) != 0) | (np.diff(piece) != 0)
    return np.concatenate(([0], np.cumsum(fresh))).astype(np.int64)


def _joined(people: Ints, k: int) -> Ints:
    """Atom that each atom becomes when those of fewer than k entities join their left neighbour.

    The first ones, which have none, join to the right.
    """
    target = np.zeros(len(people), np.int64)
    held = int(people[0])
    for i in range(1, len(people)):
        begins = held >= k and people[i] >= k
        target[i] = target[i - 1] + begins
        held = int(people[i]) + (0 if begins else held)
    return target


def _bounds(values: Floats, atom: Ints, lowest: int, highest: int) -> tuple[Floats, Floats]:
    """Ends of the atoms, none of them anybody's own value.

    Inner ends reach towards the neighbour by at most the spacing of the atom's values, and the
    outermost leave outside the values up to the place `lowest` and from the place `highest` on.
    """
    places = np.arange(int(atom[-1]) + 1)
    first = np.searchsorted(atom, places)
    last = np.searchsorted(atom, places, side="right") - 1
    low, high = values[first].copy(), values[last].copy()
    gap = (low[1:] - high[:-1]) / 2
    if last[0] > 0:
        lowest = min(lowest, int(last[0]) - 1)
        low[0] = (values[lowest] + values[lowest + 1]) / 2
    if last[-1] > first[-1]:
        highest = max(highest, int(first[-1]) + 1)
        high[-1] = (values[highest] + values[highest - 1]) / 2
    # The spacing is taken with the ends drawn in, or it would tell of the most extreme value.
    spacing = np.maximum(high - low, 0.0) / np.maximum(last - first, 1)
    low[1:] -= np.minimum(gap, spacing[1:])
    high[:-1] += np.minimum(gap, spacing[:-1])
    crossed = low > high
    high[crossed] = low[crossed]
    return low, high


def _snapped(low: Floats, high: Floats, step: float, phase: float) -> tuple[Floats, Floats]:
    """The ends drawn in to the lattice; an atom that holds no point of it keeps the nearest."""
    lower = np.ceil((low - phase) / step - 1e-9)
    upper = np.floor((high - phase) / step + 1e-9)
    empty = lower > upper
    lower[empty] = upper[empty] = np.round((low[empty] - phase) / step)
    return lower * step + phase, upper * step + phase
