"""What a sequence of trees goes by: how much of each field each earlier field explains.

The gain of a question is by how much it lowers the entropy of the field that is drawn, weighed by
the virtual rows that come to it; a field's gains are summed over its trees' questions.

Reference: Breiman et al. 1984, "Classification and Regression Trees", section 5.3.
"""

from collections import defaultdict

import numpy as np

from guanyao.data.protection import Floats
from guanyao.models.conditional import Conditional, Member
from guanyao.models.trees import Trees

Gains = dict[tuple[str, str], float]


def gains(model: Trees, *, n_rows: int, seed: int) -> Gains:
    """How much of a column's entropy an earlier column's questions explain.

    Args:
        model: Fitted trees.
        n_rows: Virtual rows that the questions are weighed by.
        seed: What the rows are drawn with.

    Returns:
        (asked column, drawn column) -> share in [0, 1], the largest first; of a column of several
        fields the largest.
    """
    codes = model._sample(n_rows, np.random.default_rng(seed), {})
    fields = model.encoder_.fields
    found: dict[tuple[str, str], float] = defaultdict(float)
    for conditional in model.conditionals_:
        drawn = fields[conditional.field].name
        for feature, share in _shares(conditional, codes, n_rows).items():
            pair = (fields[feature].name, drawn)
            if pair[0] != pair[1]:
                found[pair] = max(found[pair], share)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _shares(conditional: Conditional, codes: list[np.ndarray], n_rows: int) -> dict[int, float]:
    """Feature -> the share of the field's entropy that it explains, the mean over its trees."""
    binned = conditional._binned(codes)
    total: dict[int, float] = defaultdict(float)
    for member in conditional.members:
        mass = np.zeros(len(member.tree.feature))
        for node, rows in member.tree.leaves(binned, np.arange(n_rows)):
            mass[node] += len(rows)
        for feature, share in _shares_of_tree(member, mass).items():
            total[conditional.features[feature]] += share / len(conditional.members)
    return total


def _shares_of_tree(member: Member, mass: Floats) -> dict[int, float]:
    """Number of a feature in the tree -> the share of entropy that its questions explain."""
    tree = member.tree
    found: dict[int, float] = defaultdict(float)
    leaves = tree.feature < 0
    counts = np.zeros((len(mass), member.shares.shape[1]))
    shares = member.shares[member.row[leaves]]
    counts[leaves] = mass[leaves, None] * shares / shares.sum(1, keepdims=True)
    for node in np.flatnonzero(~leaves)[::-1]:  # children stand behind their parents
        left = tree.left[node]
        counts[node] = counts[left] + counts[left + 1]
        inner = _entropy(counts[left]) + _entropy(counts[left + 1])
        found[int(tree.feature[node])] += _entropy(counts[node]) - inner
    whole = _entropy(counts[0])
    return {f: gain / whole for f, gain in found.items()} if whole > 0 else {}


def _entropy(counts: Floats) -> float:
    """The entropy of counts in nats, times their sum."""
    known = counts[counts > 0]
    total = known.sum()
    return float(total * np.log(total) - (known * np.log(known)).sum()) if len(known) else 0.0
