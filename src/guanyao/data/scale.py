"""Codes for numbers: spikes and bins, each of which stands for enough entities.

A scale cuts the number line into *atoms*: a value that many share is an atom of its own (a spike:
the zero of a capital gain), the rest are intervals of about equal mass. Neighbouring atoms form
*groups*; the group is the code that a generator models, the atom and the place inside it are drawn
again on the way back, on the lattice of the source (whole numbers, two decimals, whole minutes).
No atom stands for fewer than `min_entities` entities, and the outermost intervals end before the
most extreme values, so no bound is anybody's value.
"""

from dataclasses import dataclass
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
    """

    low: Floats
    high: Floats
    mass: Floats
    group: Ints
    step: float
    round_step: float = 0.0
    round_share: float = 0.0

    @classmethod
    def fit(
        cls, x: Floats, entities: Entities, rows: NDArray[np.bool_], *, k: int, max_codes: int
    ) -> Self:
        """Cut the line by the finite values `x` of the rows marked in `rows`."""
        values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
        step = _lattice(values)
        first = _cut(counts, max(k, int(counts.sum()) // MAX_ATOMS), k)
        people = entities.count(first[inverse], int(first[-1]) + 1, rows)
        spikes = values[(np.bincount(first) == 1)[first] & (people >= k)[first]]
        atom = _joined(first, people, k)
        while entities.ids is not None and len(people) > 1 and people.min() < k:
            people = entities.count(atom[inverse], int(atom[-1]) + 1, rows)
            atom = _joined(atom, people, k)
        mass = np.bincount(atom, weights=counts).astype(np.float64)
        low, high = _bounds(values, counts, atom, k)
        if step:
            low, high = _snapped(low, high, step, values[0] % step)
        at = atom[np.searchsorted(values, spikes)]
        low[at] = high[at] = spikes
        between = ~np.isin(values, spikes)
        coarse = _round_lattice(values[between], counts[between], step)
        return cls(low, high, mass, groups(mass, max_codes), step, *coarse)

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
        starts = np.searchsorted(self.group, np.arange(self.n_codes))
        alone = np.diff(np.append(starts, len(self.group))) == 1
        atom = starts[codes]
        crowd = np.flatnonzero(~alone[codes])
        total = np.concatenate(([0.0], np.cumsum(self.mass)))
        begin = total[atom[crowd]]
        width = total[np.append(starts, len(self.group))[codes[crowd] + 1]] - begin
        spot = begin + rng.random(len(crowd)) * width
        atom[crowd] = np.searchsorted(total, spot, side="right").clip(1, len(self.mass)) - 1
        return self._inside(atom, rng)

    def _inside(self, atom: Ints, rng: np.random.Generator) -> Floats:
        out = self.low[atom]
        wide = np.flatnonzero((self.high > self.low)[atom])
        low, high = self.low[atom[wide]], self.high[atom[wide]]
        place = rng.random(len(wide))
        if self.step:
            steps = np.floor((high - low) / self.step + 1e-9) + 1
            out[wide] = low + np.floor(place * steps) * self.step
        else:
            out[wide] = low + place * (high - low)
        if self.round_step:
            rounded = np.round(out[wide] / self.round_step) * self.round_step
            fits = (rounded >= low) & (rounded <= high)
            fits &= rng.random(len(wide)) < self.round_share
            out[wide[fits]] = rounded[fits]
        return out

    @property
    def n_clipped(self) -> int:
        """How many ends of the line were drawn in (0, 1 or 2)."""
        return int(self.high[0] > self.low[0]) + int(self.high[-1] > self.low[-1])

    def state(self) -> dict[str, Any]:
        """The scale as plain data."""
        return dict(self.__dict__)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The scale that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        low, high, mass = (np.asarray(state[k], np.float64) for k in ("low", "high", "mass"))
        group = np.asarray(state["group"], np.int64)
        shapes_fit = low.shape == high.shape == mass.shape == group.shape == (len(group),)
        if not shapes_fit or not len(group) or group[0] != 0 or (np.diff(group) < 0).any():
            raise ValueError("a scale is damaged")
        if (np.diff(group) > 1).any() or not np.isfinite([low, high, mass]).all():
            raise ValueError("a scale is damaged")
        steps = [float(state[name]) for name in ("step", "round_step", "round_share")]
        return cls(low, high, mass, group, *steps)


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


def _lattice(values: Floats) -> float:
    """The greatest step on which all values lie, or 0 when there is none worth the name."""
    if len(values) < 2 or np.abs(values).max() >= 2.0**62:
        return 0.0
    for decimals in range(7):
        scaled = values * 10.0**decimals
        whole = np.round(scaled)
        if np.abs(whole).max() >= 2.0**53:
            return 0.0
        if (np.abs(scaled - whole) <= 1e-6 * np.maximum(1.0, np.abs(scaled)) * 1e-3 + 1e-7).all():
            step = np.gcd.reduce(np.diff(whole).astype(np.int64))
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


def _joined(atom: Ints, people: Ints, k: int) -> Ints:
    """The atoms once each that stands for fewer than k entities has joined its left neighbour."""
    target = np.arange(len(people))
    held = int(people[0])
    for i in range(1, len(people)):
        if held < k or people[i] < k:
            target[i] = target[i - 1]
            held += int(people[i])
        else:
            held = int(people[i])
    if len(people) > 1 and held < k:
        target[target == target[-1]] = target[max(int(target[-1]) - 1, 0)]
    return np.unique(target, return_inverse=True)[1][atom].astype(np.int64)


def _bounds(values: Floats, counts: Ints, atom: Ints, k: int) -> tuple[Floats, Floats]:
    """Ends of the atoms, none of them anybody's own value.

    Inner ends reach towards the neighbour by at most the spacing of the atom's values, and the
    outermost leave the k most extreme rows outside.
    """
    n_atoms = int(atom[-1]) + 1
    first = np.searchsorted(atom, np.arange(n_atoms))
    last = np.searchsorted(atom, np.arange(n_atoms), side="right") - 1
    low, high = values[first].copy(), values[last].copy()
    spacing = (high - low) / np.maximum(last - first, 1)
    gap = (low[1:] - high[:-1]) / 2
    low[1:] -= np.minimum(gap, spacing[1:])
    high[:-1] += np.minimum(gap, spacing[:-1])
    lowest = min(int(np.searchsorted(np.cumsum(counts), k)), int(last[0]) - 1)
    if lowest >= 0:
        low[0] = (values[lowest] + values[lowest + 1]) / 2
    highest = len(values) - 1 - int(np.searchsorted(np.cumsum(counts[::-1]), k))
    if last[-1] > first[-1]:
        highest = max(highest, int(first[-1]) + 1)
        high[-1] = (values[highest] + values[highest - 1]) / 2
    crossed = low > high
    low[crossed] = high[crossed] = (low[crossed] + high[crossed]) / 2
    return low, high


def _snapped(low: Floats, high: Floats, step: float, phase: float) -> tuple[Floats, Floats]:
    """The ends drawn in to the lattice; an atom that holds no point of it keeps the nearest."""
    lower = np.ceil((low - phase) / step - 1e-9)
    upper = np.floor((high - phase) / step + 1e-9)
    empty = lower > upper
    lower[empty] = upper[empty] = np.round((low[empty] - phase) / step)
    return lower * step + phase, upper * step + phase
