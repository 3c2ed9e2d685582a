"""The distribution of one field given earlier ones: a few cross-fitted trees, used in turn.

Each tree takes its shape from one half of the entities and its leaf distributions from the other,
so no row decides both where it is looked for and what is found there. Every virtual row asks one
of the trees, drawn at random: the same distribution as their average at the price of one.

Reference: Athey & Imbens 2016, "Recursive Partitioning for Heterogeneous Causal Effects", PNAS
113(27) (honest trees); Reiter 2005, "Using CART to Generate Partially Synthetic Public Use
Microdata", J. Official Statistics 21(3) (sequential trees).
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from guanyao.data.encoders import Codes, Field, Mask
from guanyao.data.protection import Floats, Ints
from guanyao.data.scale import groups
from guanyao.models.coded import spread
from guanyao.models.leaf_smoothing import LEVELS, NUMBERS, leaf_distributions
from guanyao.models.tree_growth import Bins, Growth, Tree, grow

MAX_CELLS = 4_000_000
"""Most entries of one tree's leaf distributions: columns of many codes get fewer leaves."""


@dataclass(frozen=True)
class Half:
    """How the rows of one tree are shared out.

    Args:
        shape: Rows that the shape is grown on.
        leaves: Rows that the leaf distributions are counted on.
    """

    shape: Ints
    leaves: Ints


@dataclass(frozen=True)
class Member:
    """One tree: its shape, the distribution row of each node, the distributions."""

    tree: Tree
    row: Ints
    shares: Floats


@dataclass(frozen=True)
class Conditional:
    """The learned distribution of a field given others.

    Args:
        field: Number of the field.
        features: Numbers of the fields it depends on.
        bins: For each feature, the bin of each of its codes.
        members: The trees.
    """

    field: int
    features: tuple[int, ...]
    bins: tuple[Bins, ...]
    members: tuple[Member, ...]

    def sample(
        self, codes: list[Codes], n_rows: int, rng: np.random.Generator, mask: Mask | None = None
    ) -> tuple[Codes, Floats | None]:
        """A code for each row, and with a mask the chance that each row had of falling into it.

        Args:
            codes: Codes of all fields, of which those of `features` are known.
            n_rows: Number of rows.
            rng: Draws.
            mask: The codes that are allowed, shape (n_codes,).
        """
        binned = self._binned(codes)
        out = np.zeros(n_rows, np.uint16)
        chance = None if mask is None else np.zeros(n_rows)
        order = rng.permutation(n_rows)
        ends = np.linspace(0, n_rows, len(self.members) + 1).astype(int)
        for member, a, b in zip(self.members, ends[:-1], ends[1:], strict=True):
            for node, rows in member.tree.leaves(binned, order[a:b]):
                share = member.shares[member.row[node]]
                if mask is not None and chance is not None:
                    share = share * mask
                    chance[rows] = share.sum()
                    if not chance[rows[0]] > 0:
                        continue
                out[rows] = spread(share, len(rows), rng)
        return out, chance

    def _binned(self, codes: list[Codes]) -> list[Bins]:
        used = {int(f) for m in self.members for f in np.unique(m.tree.feature) if f >= 0}
        nothing = np.zeros(0, np.uint8)
        return [
            bins[codes[feature]] if i in used else nothing
            for i, (feature, bins) in enumerate(zip(self.features, self.bins, strict=True))
        ]

    def state(self) -> dict[str, Any]:
        """The distribution as plain data."""
        return {
            "field": self.field,
            "features": list(self.features),
            "bins": list(self.bins),
            "members": [
                {
                    "feature": m.tree.feature.astype(np.int16),
                    "threshold": m.tree.threshold.astype(np.uint8),
                    "left": m.tree.left,
                    "row": m.row.astype(np.int32),
                    "shares": m.shares.astype(np.float32),
                }
                for m in self.members
            ],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], fields: list[Field]) -> Self:
        """The distribution that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        features = tuple(int(f) for f in state["features"])
        bins = tuple(np.asarray(b, np.uint8) for b in state["bins"])
        n_codes = fields[int(state["field"])].n_codes
        if [len(b) for b in bins] != [fields[f].n_codes for f in features]:
            raise ValueError("the bins do not fit the fields")
        members = tuple(_member(m, len(features), n_codes) for m in state["members"])
        if not members:
            raise ValueError("a field has no tree")
        return cls(int(state["field"]), features, bins, members)


def _member(state: dict[str, Any], n_features: int, n_codes: int) -> Member:
    tree = Tree(*(np.asarray(state[k], np.int32) for k in ("feature", "threshold", "left")))
    tree.check(n_features)
    row, shares = np.asarray(state["row"], np.int64), np.asarray(state["shares"], np.float64)
    leaves = tree.feature < 0
    fits = row.shape == tree.feature.shape and shares.ndim == 2 and shares.shape[1] == n_codes
    if not fits or (row[leaves] < 0).any() or (row >= len(shares)).any():
        raise ValueError("the leaves of a tree are damaged")
    if not np.isfinite(shares).all() or (shares < 0).any() or (shares.sum(1) <= 0).any():
        raise ValueError("the leaves of a tree are damaged")
    return Member(tree, row, shares)


@dataclass(frozen=True)
class _Lesson:
    """What all trees of one field learn from.

    Args:
        x: Code of each row, shape (n_rows,).
        ordered: Whether neighbouring codes mean neighbouring values.
        coarse: Class of each code, shape (n_codes,).
        share: Share of each code, shape (n_codes,).
        bins: Bin of each row in each feature, shape (n_rows,) each.
        n_bins: Number of bins of each feature.
        first: The feature that the root asks for, if any.
        weight: Share of an entity that each row stands for; None: a whole one.
    """

    x: Ints
    ordered: bool
    coarse: Ints
    share: Floats
    bins: list[Bins]
    n_bins: list[int]
    first: int | None
    weight: Floats | None


@dataclass(frozen=True)
class Learner:
    """How a conditional is learned.

    Args:
        min_entities: Fewest entities a leaf may stand for.
        penalty: Price of a parameter in nats.
        max_depth: Most questions on a path.
        n_classes: Classes the target's codes are lumped into while a tree grows (twice as many
            where the codes have no order, and none is like its neighbours).
        n_bins: Bins a feature's codes are lumped into.
    """

    min_entities: int
    penalty: float
    max_depth: int
    n_classes: int
    n_bins: int

    def learn(
        self,
        codes: list[Codes],
        fields: list[Field],
        target: int,
        features: tuple[int, ...],
        halves: list[Half],
        weight: Floats | None,
    ) -> Conditional:
        """The distribution of field `target` given the fields `features`."""
        x, n_codes = codes[target].astype(np.int64), fields[target].n_codes
        mass = np.bincount(x, minlength=n_codes).astype(np.float64)
        if fields[target].ordered:
            coarse = groups(mass, self.n_classes)
        elif n_codes <= 2 * self.n_classes:
            coarse = np.arange(n_codes)
        else:
            coarse = self._kindred(codes, fields, x, mass, features)
        y = coarse[x]
        bins = tuple(
            self._feature_bins(codes[f], fields[f], y, int(coarse.max()) + 1) for f in features
        )
        lesson = _Lesson(
            x=x,
            ordered=fields[target].ordered,
            coarse=coarse,
            share=mass / mass.sum(),
            bins=[b[codes[f]] for b, f in zip(bins, features, strict=True)],
            n_bins=[int(b.max()) + 1 for b in bins],
            first=next((i for i, f in enumerate(features) if fields[f].is_target), None),
            weight=weight,
        )
        members = tuple(self._member(lesson, half) for half in halves)
        return Conditional(target, features, bins, members)

    def _member(self, lesson: _Lesson, half: Half) -> Member:
        """One tree: its shape from one half, its leaves from the other."""
        n_codes = len(lesson.coarse)
        fewest = int(np.ceil(len(lesson.x) * n_codes / MAX_CELLS))
        tree = grow(
            [b[half.shape] for b in lesson.bins],
            lesson.n_bins,
            lesson.coarse[lesson.x[half.shape]],
            int(lesson.coarse.max()) + 1,
            None if lesson.weight is None else lesson.weight[half.shape],
            Growth(max(self.min_entities, fewest), self.penalty, self.max_depth),
            lesson.first,
        )
        counts = np.zeros((len(tree.feature), n_codes))
        people = np.zeros(len(tree.feature))
        for node, rows in tree.leaves(lesson.bins, half.leaves):
            counts[node] = np.bincount(lesson.x[rows], minlength=n_codes)
            people[node] = len(rows) if lesson.weight is None else lesson.weight[rows].sum()
        row, shares = leaf_distributions(
            tree,
            counts,
            people,
            lesson.coarse,
            lesson.share,
            min_entities=self.min_entities,
            smoothing=NUMBERS if lesson.ordered else LEVELS,
        )
        return Member(tree, row, shares)

    def _kindred(
        self,
        codes: list[Codes],
        fields: list[Field],
        x: Ints,
        mass: Floats,
        features: tuple[int, ...],
    ) -> Ints:
        """Class of each of many levels: the commonest alone, the others by what goes with them."""
        classes = np.zeros(len(mass), np.int64)
        n_alone = self.n_classes
        order = np.argsort(-mass, kind="stable")
        classes[order[:n_alone]] = np.arange(n_alone)
        tables = []
        for f in features:
            lump = groups(np.bincount(codes[f], minlength=fields[f].n_codes).astype(float), 8)
            n = int(lump.max()) + 1
            cells = np.bincount(x * n + lump[codes[f]], minlength=len(mass) * n)
            tables.append(cells.reshape(len(mass), n))
        rest = order[n_alone:]
        if tables:
            score = leading_score(np.hstack(tables).astype(np.float64)[rest])
            rest = rest[np.argsort(score, kind="stable")]
        classes[rest] = n_alone + groups(mass[rest], self.n_classes)
        return classes

    def _feature_bins(self, codes: Codes, feature: Field, y: Ints, n_classes: int) -> Bins:
        """Bin of each code of a feature: neighbours, or levels that tell alike of the target."""
        x, n = codes.astype(np.int64), feature.n_codes
        mass = np.bincount(x, minlength=n).astype(np.float64)
        if feature.ordered:
            return groups(mass, self.n_bins).clip(0, 255).astype(np.uint8)
        table = np.bincount(x * n_classes + y, minlength=n * n_classes).reshape(n, n_classes)
        order = np.argsort(leading_score(table.astype(np.float64)), kind="stable")
        bins = np.empty(n, np.int64)
        bins[order] = groups(mass[order], self.n_bins)
        return bins.clip(0, 255).astype(np.uint8)


def leading_score(table: Floats) -> Floats:
    """Place of each level on the line that tells most of the target, shape (n_levels,).

    The leading axis of the correspondence analysis of the table of levels by classes, with rare
    levels drawn to the centre.

    Reference: Greenacre 1984, "Theory and Applications of Correspondence Analysis", chapter 4.
    """
    n_levels, n_classes = table.shape
    overall = table.sum(0) / max(table.sum(), 1.0)
    mass = table.sum(1)
    profile = (table + 5.0 * overall) / (mass[:, None] + 5.0)
    scaled = (profile - overall) / np.sqrt(overall + 1e-9)
    if n_levels < 2 or n_classes < 2:
        return np.arange(n_levels, dtype=np.float64)
    spread_ = scaled * np.sqrt(mass[:, None] / max(mass.sum(), 1.0))
    _, axes = np.linalg.eigh(spread_.T @ spread_)
    score: Floats = scaled @ axes[:, -1]
    return score
