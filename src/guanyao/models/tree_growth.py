"""Grows one classification tree over binned features, a whole level at a time.

A split is kept when it shortens the description of the target by more than it costs: the gain in
log-likelihood must exceed `penalty` nats for each parameter it adds, plus half the logarithm of
the number of splits that were tried. Trees therefore stop where the data stops supporting them,
and not where the leaves run out of rows.

Reference: Breiman et al. 1984, "Classification and Regression Trees"; Rissanen 1978, "Modeling by
Shortest Data Description" (the price of a parameter).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanyao.data.protection import Floats, Ints

Bins = NDArray[np.uint8]
Reals = NDArray[np.float32]


@dataclass(frozen=True)
class Tree:
    """The shape of a tree; nodes are numbered level by level from the root, 0.

    Args:
        feature: Feature that each node asks for, -1 for a leaf, shape (n_nodes,).
        threshold: Rows whose bin is at most this go left, shape (n_nodes,).
        left: Number of the left child (the right one follows), 0 for a leaf, shape (n_nodes,).
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.int32]
    left: NDArray[np.int32]

    def parents(self) -> Ints:
        """Parent of each node, shape (n_nodes,); the root is its own."""
        parent = np.zeros(len(self.feature), np.int64)
        inner = np.flatnonzero(self.feature >= 0)
        parent[self.left[inner]] = inner
        parent[self.left[inner] + 1] = inner
        return parent

    def leaves(self, bins: Sequence[Bins], rows: Ints) -> Iterator[tuple[int, Ints]]:
        """Each leaf that some of the rows reach, with those rows in their given order."""
        waiting = [(0, rows)]
        while waiting:
            node, here = waiting.pop()
            if not len(here):
                continue
            feature = self.feature[node]
            if feature < 0:
                yield node, here
                continue
            goes_right = bins[feature].take(here) > self.threshold[node]
            child = int(self.left[node])
            waiting.append((child + 1, here.compress(goes_right)))
            waiting.append((child, here.compress(~goes_right)))

    def check(self, n_features: int) -> None:
        """See that the arrays are a tree.

        Raises:
            ValueError: They are not: a child is no later node, or a feature does not exist.
        """
        n = len(self.feature)
        inner = np.flatnonzero(self.feature >= 0)
        if not n or self.threshold.shape != (n,) or self.left.shape != (n,):
            raise ValueError("a tree is damaged")
        children = self.left[inner]
        if (children <= inner).any() or (children >= n - 1).any():
            raise ValueError("a tree is damaged")
        if (self.feature >= n_features).any() or len(np.unique(children)) < len(children):
            raise ValueError("a tree is damaged")


@dataclass(frozen=True)
class Growth:
    """When a tree stops growing.

    Args:
        min_leaf: Fewest entities a leaf may stand for, >= 1.
        penalty: Price of one parameter in nats, >= 0.
        max_depth: Most questions on a path, >= 0.
    """

    min_leaf: int
    penalty: float
    max_depth: int


def grow(
    bins: Sequence[Bins],
    n_bins: Sequence[int],
    y: Ints,
    n_classes: int,
    weight: Floats | None,
    growth: Growth,
    first: int | None = None,
) -> Tree:
    """The tree that predicts `y` from the bins.

    Args:
        bins: Bin of each row in each feature, shape (n_rows,) each.
        n_bins: Number of bins of each feature.
        y: Class of each row, shape (n_rows,), 0..n_classes-1.
        n_classes: Number of classes.
        weight: Share of an entity that each row stands for, shape (n_rows,); None: a whole one.
        growth: When to stop.
        first: Feature that the root asks for whatever it gains (the target of the table: what
            depends on it weakly must still depend on it); None: the best one.
    """
    usable = [f for f, n in enumerate(n_bins) if n > 1]
    shape = _Shape()
    if not usable:
        return shape.tree()
    level = _Level([bins[f].astype(np.int64) for f in usable], y, weight, n_classes)
    width = max(n_bins[f] for f in usable)
    tried = 0.5 * float(np.log(sum(n_bins[f] for f in usable)))
    active = np.zeros(1, np.int64)
    for depth in range(growth.max_depth):
        forced = depth == 0 and first in usable
        among = [i for i, f in enumerate(usable) if not forced or f == first]
        best = level.best_splits(len(active), among, width, growth.min_leaf)
        price = growth.penalty * np.maximum(best.n_params, 1) + tried
        splits = best.gain > (-np.inf if forced else price)
        if not splits.any():
            break
        asked = np.array(usable)[best.feature]
        active = shape.split(active[splits], asked[splits], best.at[splits])
        level.descend(splits, best)
        active = active[level.drop_finished(len(active), growth.min_leaf)]
        if not len(active):
            break
    return shape.tree()


class _Shape:
    """A tree while it grows."""

    def __init__(self) -> None:
        self.feature, self.threshold, self.left = [-1], [0], [0]

    def split(self, nodes: Ints, features: Ints, at: Ints) -> Ints:
        """Give each node its question and two children; returns the children, left ones first."""
        n = len(self.feature)
        for i, (node, feature, threshold) in enumerate(zip(nodes, features, at, strict=True)):
            self.feature[node], self.threshold[node] = int(feature), int(threshold)
            self.left[node] = n + 2 * i
        self.feature += [-1, -1] * len(nodes)
        self.threshold += [0, 0] * len(nodes)
        self.left += [0, 0] * len(nodes)
        return np.arange(n, len(self.feature))

    def tree(self) -> Tree:
        """The tree as arrays."""
        arrays = (np.array(part, np.int32) for part in (self.feature, self.threshold, self.left))
        return Tree(*arrays)


@dataclass(frozen=True)
class _Best:
    """The best split of each node of a level, shape (n_nodes,) each.

    Args:
        gain: Log-likelihood gained, in nats; -inf where nothing can be split.
        feature: Number of the feature among the usable ones.
        at: Rows whose bin is at most this go left.
        n_params: Parameters that the split adds.
    """

    gain: Reals
    feature: Ints
    at: Ints
    n_params: Ints


class _Level:
    """The rows that can still be split, and the node of the present level each is in."""

    def __init__(self, bins: list[Ints], y: Ints, weight: Floats | None, n_classes: int) -> None:
        self.bins, self.y, self.weight, self.n_classes = bins, y, weight, n_classes
        self.node = np.zeros(len(y), np.int64)
        self.xlogx = xlogx_table(len(y))

    def best_splits(self, n_nodes: int, among: Iterable[int], width: int, min_leaf: int) -> _Best:
        """The best split of each node among some of the features."""
        c = self.n_classes
        counts = np.bincount(self.node * c + self.y, minlength=n_nodes * c).reshape(n_nodes, c)
        parent = self.xlogx[counts].sum(1) - self.xlogx[counts.sum(1)]
        gain = np.full(n_nodes, -np.inf, np.float32)
        feature, at = np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.int64)
        rows = np.arange(n_nodes)
        key = self.node * width * c + self.y
        for f in among:
            x = self.bins[f]
            scores = self._scores(key + x * c, counts, width, min_leaf, x)
            best = scores.argmax(1)
            found = scores[rows, best] - parent
            better = found > gain
            gain[better], feature[better], at[better] = found[better], f, best[better]
        return _Best(gain, feature, at, (counts > 0).sum(1) - 1)

    def _scores(self, key: Ints, counts: Ints, width: int, min_leaf: int, x: Ints) -> Reals:
        """Log-likelihood of each node after a split behind each bin, shape (n_nodes, width - 1)."""
        n_nodes, c = counts.shape
        table = np.bincount(key, minlength=n_nodes * width * c).reshape(n_nodes, width, c)
        below = table.cumsum(1)[:, :-1]  # (n_nodes, width - 1, n_classes)
        above = counts[:, None, :] - below
        n_below, n_above = below.sum(2), above.sum(2)
        scores: Reals = (
            self.xlogx[below].sum(2) + self.xlogx[above].sum(2)
            - self.xlogx[n_below] - self.xlogx[n_above]
        )  # fmt: skip
        scores[self._too_small(n_below, n_above, min_leaf, width, x)] = -np.inf
        return scores

    def _too_small(
        self, n_below: Ints, n_above: Ints, min_leaf: int, width: int, x: Ints
    ) -> NDArray[np.bool_]:
        """Which splits leave a side that stands for too few entities."""
        if self.weight is None:
            return (n_below < min_leaf) | (n_above < min_leaf)
        n_nodes = len(n_below)
        held = np.bincount(self.node * width + x, self.weight, n_nodes * width)
        below = held.reshape(n_nodes, width).cumsum(1)
        too_small: NDArray[np.bool_] = (below[:, :-1] < min_leaf) | (
            below[:, -1:] - below[:, :-1] < min_leaf
        )
        return too_small

    def descend(self, splits: NDArray[np.bool_], best: _Best) -> None:
        """Send the rows of the nodes that split to their children; drop the others."""
        self._keep(splits[self.node])
        asked = np.zeros(len(self.node), np.int64)
        for f in np.unique(best.feature[splits]):
            here = np.flatnonzero(best.feature[self.node] == f)
            asked[here] = self.bins[f][here]
        number = 2 * (np.cumsum(splits) - 1)
        self.node = number[self.node] + (asked > best.at[self.node])

    def drop_finished(self, n_nodes: int, min_leaf: int) -> Ints:
        """Keep the nodes that could be split again, renumbered; returns their old numbers."""
        c = self.n_classes
        counts = np.bincount(self.node * c + self.y, minlength=n_nodes * c).reshape(n_nodes, c)
        large = counts.sum(1) >= 2 * min_leaf
        open_ = large & ((counts > 0).sum(1) > 1)
        self._keep(open_[self.node])
        self.node = (np.cumsum(open_) - 1)[self.node]
        return np.flatnonzero(open_)

    def _keep(self, rows: NDArray[np.bool_]) -> None:
        if rows.all():
            return
        self.bins = [x.compress(rows) for x in self.bins]
        self.y, self.node = self.y.compress(rows), self.node.compress(rows)
        if self.weight is not None:
            self.weight = self.weight.compress(rows)


@lru_cache(maxsize=2)
def xlogx_table(n: int) -> NDArray[Any]:
    """Values of i * log(i) for i = 0..n, shape (n + 1,)."""
    i = np.arange(n + 1, dtype=np.float64)
    i[1:] *= np.log(i[1:])
    return i.astype(np.float32)
