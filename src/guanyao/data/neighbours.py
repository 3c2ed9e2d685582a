"""How far rows are from one another, and from their nearest row in a table.

A number counts by its rank among the values of train, in [0, 1]; two different levels of a category
are 1 apart; missing is a level of its own. The distance is Euclidean over all columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanyao.data.sides import Coded, Coding

Float32 = NDArray[np.float32]

HALF = np.float32(0.5)

WIDE = 48
"""Categories with more levels are compared by code, narrower ones by one-hot products."""

QUERY_BLOCK, POINT_BLOCK = 1024, 4096
"""Rows of a block of distances: small enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Placed:
    """Rows as points.

    Args:
        dense: Ranks, marks of missing numbers and one-hot levels / sqrt 2, (n_rows, n_dense).
        codes: Codes of wide categories, shape (n_categories, n_rows).
    """

    dense: Float32
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        """The number of points."""
        return len(self.dense)

    def take(self, rows: NDArray[np.int64]) -> "Placed":
        """These points, by number."""
        return Placed(self.dense[rows], np.ascontiguousarray(self.codes[:, rows]))


@dataclass(frozen=True)
class Geometry:
    """Where rows lie, as train's ranks and levels say.

    Args:
        coding: Which column stands where.
        sorted_values: The known values of each number in train, sorted.
    """

    coding: Coding
    sorted_values: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, coding: Coding, train: Coded) -> "Geometry":
        """The geometry that train's values span."""
        columns = [train.numbers[:, i] for i in range(len(coding.numbers))]
        return cls(coding, tuple(np.sort(column[~np.isnan(column)]) for column in columns))

    def place(self, rows: Coded) -> Placed:
        """The points of these rows."""
        dense: list[NDArray[np.floating]] = []
        for i, values in enumerate(self.sorted_values):
            dense += _ranks(rows.numbers[:, i], values)
        wide = [i for i, n in enumerate(self.coding.n_levels) if n > WIDE]
        for i, n_levels in enumerate(self.coding.n_levels):
            if n_levels <= WIDE:
                dense.append(np.eye(n_levels + 1)[rows.codes[:, i]] * np.sqrt(0.5))
        parts = [part.reshape(len(rows), -1).astype(np.float32) for part in dense]
        points = np.hstack(parts) if parts else np.zeros((len(rows), 1), np.float32)
        return Placed(
            np.ascontiguousarray(points), rows.codes[:, wide].T.astype(np.int32, order="C")
        )


def _ranks(column: NDArray[np.float64], values: NDArray[np.float64]) -> list[NDArray[np.floating]]:
    """Mid-ranks in [0, 1] (missing: 0.5), and the mark of a missing value."""
    missing = np.isnan(column)
    left = np.searchsorted(values, column, "left")
    right = np.searchsorted(values, column, "right")
    ranks = (left + right) / (2 * max(1, len(values)))
    return [np.where(missing, 0.5, ranks), missing.astype(np.float64)]


def nearest(queries: Placed, points: Placed) -> NDArray[np.float64]:
    """The distance of each query to the nearest point.

    Args:
        queries: n_queries points.
        points: At least one point.

    Returns:
        Distances, shape (n_queries,), at least 0.
    """
    return distances(queries, points, nearest_rows(queries, points))


def nearest_rows(queries: Placed, points: Placed) -> NDArray[np.int64]:
    """Which point is the nearest of each query.

    Args:
        queries: n_queries points.
        points: At least one point.

    Returns:
        Rows of the points, shape (n_queries,).
    """
    rows = np.zeros(len(queries), dtype=np.int64)
    best = np.full(len(queries), np.inf, dtype=np.float32)
    left, right = _factors(queries.dense, points.dense)
    for start in range(0, len(points), POINT_BLOCK):
        there = slice(start, start + POINT_BLOCK)
        for at in range(0, len(queries), QUERY_BLOCK):
            here = slice(at, at + QUERY_BLOCK)
            gap = left[here] @ right[:, there]  # (n_queries, n_points) of the blocks
            if len(queries.codes):
                gap += _mismatches(queries.codes[:, here], points.codes[:, there]) * HALF
            column = gap.argmin(axis=1)
            value = gap[np.arange(len(gap)), column]
            nearer = value < best[here]
            best[here][nearer] = value[nearer]
            rows[here][nearer] = column[nearer] + start
    return rows


def _factors(queries: Float32, points: Float32) -> tuple[Float32, Float32]:
    """Two matrices whose product is half the squared distances, less what the query alone adds."""
    halves = np.square(points).sum(axis=1, keepdims=True) / 2
    left = np.hstack([queries, np.ones((len(queries), 1), np.float32)])
    return left, np.ascontiguousarray(np.hstack([-points, halves]).T)


def _mismatches(queries: NDArray[np.int32], points: NDArray[np.int32]) -> NDArray[np.uint16]:
    """In how many wide categories a query and a point differ: (n_queries, n_points)."""
    shape = (queries.shape[1], points.shape[1])
    total, differ = np.zeros(shape, np.uint16), np.empty(shape, np.bool_)
    for query, point in zip(queries, points, strict=True):
        np.not_equal(query[:, None], point[None, :], out=differ)
        total += differ
    return total


def distances(queries: Placed, points: Placed, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The distance of each query to one point of its own, without the rounding of products.

    Args:
        queries: n_queries points.
        points: Points.
        rows: The row of each query's point, shape (n_queries,).
    """
    gaps = np.square((queries.dense - points.dense[rows]).astype(np.float64)).sum(axis=1)
    gaps += (queries.codes != points.codes[:, rows]).sum(axis=0)
    roots: NDArray[np.float64] = np.sqrt(gaps)
    return roots
