"""What a leaf says of the target: its own counts, drawn towards those of the nodes above it.

A leaf of a few dozen rows cannot speak for a hundred codes. Each node mixes its counts with its
parent's distribution, the more so the more different codes it has seen for its size (Witten &
Bell); and it does so in two steps, first for coarse classes and then for the codes within a class,
which take more from above. Nodes that stand for too few entities say what their parent says.

Reference: Witten & Bell 1991, "The Zero-Frequency Problem", IEEE Trans. Inf. Theory 37(4);
Bahl, Jelinek & Mercer 1983 (interpolation along the path of a tree).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from guanyao.data.protection import Floats, Ints
from guanyao.models.tree_growth import Tree


@dataclass(frozen=True)
class Smoothing:
    """How much a node takes from its parent.

    Args:
        base: Rows that the parent counts for, >= 0.
        per_class: The same for each class the node has seen, >= 0.
        fine_base: Rows that the parent counts for among the codes of a class, >= 0.
        per_code: The same for each code of the class that the node has seen, >= 0.
    """

    base: float
    per_class: float
    fine_base: float
    per_code: float


NUMBERS = Smoothing(base=1.0, per_class=1.0, fine_base=20.0, per_code=3.0)
"""For codes that are bins of a number: what a leaf says within a class is mostly chance."""

LEVELS = Smoothing(base=1.0, per_class=1.0, fine_base=5.0, per_code=1.0)
"""For codes that are levels: each is shared by enough entities, and a leaf may prefer it."""


def leaf_distributions(
    tree: Tree,
    counts: Floats,
    people: Floats,
    coarse: Ints,
    overall: Floats,
    *,
    min_entities: int,
    smoothing: Smoothing,
) -> tuple[Ints, Floats]:
    """The distribution row of each leaf, and the distributions.

    Args:
        tree: The tree.
        counts: Rows of each code in each leaf (zero elsewhere), shape (n_nodes, n_codes).
        people: Entities in each leaf (zero elsewhere), shape (n_nodes,).
        coarse: Class of each code, shape (n_codes,).
        overall: Share of each code in the whole table, shape (n_codes,).
        min_entities: Nodes with fewer say what their parent says.
        smoothing: How much a node takes from its parent.

    Returns:
        Row of each node, shape (n_nodes,), -1 for inner nodes; distributions, each summing to 1,
        shape (n_distributions, n_codes).
    """
    parents = tree.parents()
    for node in range(len(parents) - 1, 0, -1):
        counts[parents[node]] += counts[node]
        people[parents[node]] += people[node]
    smooth = _Smoother(coarse, smoothing)
    classes, codes = smooth.root(counts[:1], overall)
    class_of = np.empty((len(parents), classes.shape[1]))
    code_of = np.empty((len(parents), counts.shape[1]))
    class_of[0], code_of[0] = classes[0], codes[0]
    source = np.zeros(len(parents), np.int64)
    for nodes in _levels(parents):
        up = parents[nodes]
        made = smooth(counts[nodes], class_of[up], code_of[up])
        enough = people[nodes] >= min_entities
        class_of[nodes] = np.where(enough[:, None], made[0], class_of[up])
        code_of[nodes] = np.where(enough[:, None], made[1], code_of[up])
        source[nodes] = np.where(enough, nodes, source[up])
    leaves = np.flatnonzero(tree.feature < 0)
    used, row = np.unique(source[leaves], return_inverse=True)
    rows = np.full(len(parents), -1, np.int64)
    rows[leaves] = row
    shares = class_of[used][:, coarse] * code_of[used]
    return rows, shares / shares.sum(1, keepdims=True)


class _Smoother:
    """Mixes the counts of nodes with the distributions above them, classes first, codes next."""

    def __init__(self, coarse: Ints, smoothing: Smoothing) -> None:
        self.coarse, self.smoothing = coarse, smoothing
        self.to_class = np.zeros((len(coarse), int(coarse.max()) + 1))
        self.to_class[np.arange(len(coarse)), coarse] = 1.0

    def root(self, counts: Floats, overall: Floats) -> tuple[Floats, Floats]:
        """Both distributions of the root, which takes from the whole table."""
        classes = (overall @ self.to_class)[None]
        within = overall / np.maximum(classes[0, self.coarse], 1e-300)
        return self(counts, classes, within[None])

    def __call__(self, counts: Floats, classes: Floats, within: Floats) -> tuple[Floats, Floats]:
        """Distribution of the classes and of the codes within their class, for each node."""
        s = self.smoothing
        held = counts @ self.to_class
        pull = s.base + s.per_class * (held > 0).sum(1, keepdims=True)
        new_classes = (held + pull * classes) / (held.sum(1, keepdims=True) + pull)
        seen = ((counts > 0) @ self.to_class)[:, self.coarse]
        pull = s.fine_base + s.per_code * seen
        new_within = (counts + pull * within) / (held[:, self.coarse] + pull)
        return new_classes, new_within


def _levels(parents: Ints) -> list[Ints]:
    """The nodes of each level below the root."""
    depth = np.zeros(len(parents), np.int64)
    for node in range(1, len(parents)):
        depth[node] = depth[parents[node]] + 1
    order = np.argsort(depth, kind="stable")
    cuts = np.searchsorted(depth[order], np.arange(1, int(depth.max()) + 2))
    return [order[a:b] for a, b in pairwise(cuts)]
