"""Plain second implementations of the benchmark's measures, written from their definitions alone.

They share no code with `guanyao.metrics` and `guanyao.attacks`: where the two agree, both are
probably right. All functions take polars frames with the same columns and types; `aligned` brings a
foreign frame to them. Numbers, dates and times count as numbers; everything else as categories;
a missing value is a level of its own, except where a definition says otherwise.
"""

from itertools import combinations
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MAX_CODE = 254
"""Gradient boosting takes at most 255 levels a column; rarer ones share the last code."""

MAX_ONE_HOT = 64
"""Categories with more levels are compared code by code, which gives the same distance."""

MAX_CLASSES = 20
"""A numeric target with more distinct values than this is predicted by regression."""

MIN_CORRELATION = 0.5
MIN_ASSOCIATION = 0.3
"""SDMetrics 0.32 counts only pairs of columns that hang together more than this."""

BLOCK_BYTES = 64 << 20
"""Size of one block of distances."""


class Split(Protocol):
    """What `measure` needs to know of a split table."""

    @property
    def target(self) -> str:
        """The column that is predicted."""

    @property
    def train(self) -> pl.DataFrame:
        """Rows the generator learned from."""

    @property
    def holdout(self) -> pl.DataFrame:
        """Rows it never saw."""


def aligned(virtual: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """The columns of `virtual` in the order and types of `like`; what cannot be cast is null."""
    return virtual.select(
        _as_boolean(virtual[name])
        if dtype == pl.Boolean
        else pl.col(name).cast(dtype, strict=False)
        for name, dtype in like.schema.items()
    )


def _as_boolean(column: pl.Series) -> pl.Series:
    """Some generators write booleans as the words True and False."""
    words = column.cast(pl.String).str.to_lowercase()
    return words.replace_strict({"true": True, "false": False}, default=None).cast(pl.Boolean)


def independent(train: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """Each column of `train` shuffled on its own: every margin kept, every relation lost."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame([column[rng.permutation(train.height)] for column in train])


def measure(virtual: pl.DataFrame, split: Split, seed: int = 0) -> dict[str, float]:
    """All measures of one virtual table; shapes and pairs against the holdout and against train."""
    train, holdout = split.train, split.holdout
    return {
        "column_shapes": shapes(virtual, holdout),
        "pair_trends": pairs(virtual, holdout),
        "triple_trends": acc3(virtual, train, seed),
        "c2st_auc": c2st(virtual, holdout, seed),
        "tstr": tstr(virtual, holdout, split.target, seed),
        "dcr_share": dcr_share(virtual, train, holdout, seed),
        "mia_auc": mia_auc(virtual, train, holdout, seed),
        "column_shapes_train": shapes(virtual, train),
        "pair_trends_train": pairs(virtual, train),
    }


# ---------------------------------------------------------------- utility and detection


def c2st(
    virtual: pl.DataFrame, holdout: pl.DataFrame, seed: int = 0, max_rows: int = 10_000
) -> float:
    """AUC with which gradient boosting tells virtual rows from holdout rows; 0.5 is best.

    Mean over three stratified folds; min(max_rows, |holdout|, |virtual|) rows a side.
    """
    rng = np.random.default_rng(seed)
    n_side = min(max_rows, holdout.height, virtual.height)
    sides = [_some_rows(frame, n_side, rng) for frame in (virtual, holdout)]
    x, categorical = _boosting_input(pl.concat(sides), pl.concat(sides))
    y = np.repeat([1, 0], n_side)
    folds = StratifiedKFold(3, shuffle=True, random_state=seed).split(x, y)
    scores = [_fold_auc(x, y, categorical, fit, test, seed) for fit, test in folds]
    return float(np.mean(scores))


def _fold_auc(
    x: Floats, y: Codes, categorical: list[bool], fit: Codes, test: Codes, seed: int
) -> float:
    model = _boosting(HistGradientBoostingClassifier, 120, categorical, seed).fit(x[fit], y[fit])
    return float(roc_auc_score(y[test], model.predict_proba(x[test])[:, 1]))


def tstr(virtual: pl.DataFrame, holdout: pl.DataFrame, target: str, seed: int = 0) -> float:
    """Skill on the real holdout of gradient boosting trained on `virtual`; 1 is best.

    AUC for a class (one against the rest, averaged, when there are more than two), R2 for a number.
    Rows without a target are left out. With `virtual` = train it is TRTR, the reference.
    """
    virtual, holdout = (frame.drop_nulls(target) for frame in (virtual, holdout))
    features = virtual.drop(target)
    x, categorical = _boosting_input(features, features)
    x_test, _ = _boosting_input(holdout.drop(target), features)
    if _is_regression(holdout[target]):
        model = _boosting(HistGradientBoostingRegressor, 200, categorical, seed)
        model.fit(x, _number(virtual[target]))
        return float(r2_score(_number(holdout[target]), model.predict(x_test)))
    model = _boosting(HistGradientBoostingClassifier, 200, categorical, seed)
    model.fit(x, virtual[target].cast(pl.String).to_numpy())
    return _class_auc(model.classes_, model.predict_proba(x_test), holdout[target].cast(pl.String))


def _class_auc(classes: NDArray[np.str_], probability: Floats, truth: pl.Series) -> float:
    """Mean one-against-rest AUC over the classes of `truth`; an unlearned class counts 0.5."""
    levels = truth.unique().sort().to_list()
    wanted = levels[-1:] if len(levels) == 2 else levels
    column = {level: i for i, level in enumerate(classes.tolist())}
    scores = [
        roc_auc_score((truth == level).to_numpy(), probability[:, column[level]])
        if level in column
        else 0.5
        for level in wanted
    ]
    return float(np.mean(scores))


def _is_regression(target: pl.Series) -> bool:
    return _is_number(target.dtype) and target.n_unique() > MAX_CLASSES


def _boosting(kind: type[Any], n_iterations: int, categorical: list[bool], seed: int) -> Any:  # noqa: ANN401
    """A classifier or regressor of scikit-learn with the benchmark's settings."""
    return kind(
        max_iter=n_iterations,
        max_leaf_nodes=31,
        learning_rate=0.1,
        categorical_features=categorical,
        early_stopping=False,
        random_state=seed,
    )


def _boosting_input(frame: pl.DataFrame, like: pl.DataFrame) -> tuple[Floats, list[bool]]:
    """Numbers as they are, categories as codes by falling frequency in `like`, missing as NaN.

    Returns:
        The matrix (n_rows, n_columns) and which columns are categories.
    """
    categorical = [not _is_number(dtype) for dtype in like.dtypes]
    columns = [
        _boosting_codes(frame[name], like[name]) if is_category else _number(frame[name])
        for name, is_category in zip(like.columns, categorical, strict=True)
    ]
    return np.column_stack(columns), categorical


def _boosting_codes(column: pl.Series, like: pl.Series) -> Floats:
    codes = _codes(column, _levels(like)).astype(np.float64)
    return np.where(codes < 0, np.nan, np.minimum(codes, MAX_CODE))


# ---------------------------------------------------------------- nearest neighbours


def dcr_share(
    virtual: pl.DataFrame,
    train: pl.DataFrame,
    holdout: pl.DataFrame,
    seed: int = 0,
    max_rows: int = 5_000,
) -> float:
    """Share of virtual rows that lie nearer to train than to holdout; 0.5 is best, ties count half.

    Train is subsampled to |holdout| rows, so that neither side has more chances.
    """
    rng = np.random.default_rng(seed)
    some = _some_rows(virtual, min(max_rows, virtual.height), rng)
    n_side = min(train.height, holdout.height)
    sides = [_some_rows(frame, n_side, rng) for frame in (train, holdout)]
    space = _Space(train, [some, *sides])
    near_train, near_holdout = (space.nearest(some, side) for side in sides)
    return float(np.mean((near_train < near_holdout) + 0.5 * (near_train == near_holdout)))


def mia_auc(
    virtual: pl.DataFrame, train: pl.DataFrame, holdout: pl.DataFrame, seed: int = 0
) -> float:
    """AUC of guessing membership from the distance to the nearest virtual row; 0.5 is best.

    Half a holdout of members against half a holdout of non-members; standard error about
    sqrt(1 / (3 |holdout|)).
    """
    rng = np.random.default_rng(seed)
    n_side = min(train.height, holdout.height) // 2
    asked = pl.concat([_some_rows(frame, n_side, rng) for frame in (train, holdout)])
    distance = _Space(train, [virtual, asked]).nearest(asked, virtual)
    return float(roc_auc_score(np.repeat([1, 0], n_side), -distance))


class _Space:
    """Where rows are points: numbers as ranks within train, categories one-hot over root two.

    Args:
        train: Gives the ranks.
        frames: Every frame that will be placed; they give the levels.
    """

    def __init__(self, train: pl.DataFrame, frames: list[pl.DataFrame]) -> None:
        together = pl.concat(frames)
        self._sorted = {
            name: np.sort(_number(train[name].drop_nulls()))
            for name, dtype in train.schema.items()
            if _is_number(dtype)
        }
        self._levels = {
            name: _levels(together[name]) for name in train.columns if name not in self._sorted
        }

    def nearest(self, rows: pl.DataFrame, among: pl.DataFrame) -> Floats:
        """Squared distance of each of `rows` to its nearest neighbour in `among`, (n_rows,)."""
        x, x_codes = self._place(rows)
        y, y_codes = self._place(among)
        half_norm = np.einsum("ij,ij->i", y, y) / 2
        step = max(1, BLOCK_BYTES // (4 * len(y)))
        found = [
            _nearest_in_block(x[i : i + step], x_codes[:, i : i + step], y, y_codes, half_norm)
            for i in range(0, len(x), step)
        ]
        at = np.concatenate(found)
        near: Floats = np.square(x - y[at], dtype=np.float64).sum(axis=1)
        near += (x_codes != y_codes[:, at]).sum(axis=0)
        return near

    def _place(self, frame: pl.DataFrame) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Points (n_rows, n_dims), and codes (n_long, n_rows) of the columns with many levels."""
        parts = [_ranks(frame[name], values) for name, values in self._sorted.items()]
        long: list[NDArray[np.int16]] = [np.empty((0, frame.height), dtype=np.int16)]
        for name, levels in self._levels.items():
            codes = _codes(frame[name], levels)
            if len(levels) > MAX_ONE_HOT:
                long.append(codes.astype(np.int16)[None])
            else:
                parts.append(_one_hot(codes, len(levels)))
        return np.concatenate(parts, axis=1), np.concatenate(long)


def _nearest_in_block(
    x: NDArray[np.float32],
    x_codes: NDArray[np.int16],
    y: NDArray[np.float32],
    y_codes: NDArray[np.int16],
    half_norm: NDArray[np.float32],
) -> NDArray[np.intp]:
    """Which y is nearest to each x; of |x - y|^2 / 2, what depends on y is |y|^2 / 2 - x.y."""
    half = half_norm - x @ y.T  # (n_x, n_y)
    for a, b in zip(x_codes, y_codes, strict=True):
        half += np.float32(0.5) * (a[:, None] != b[None])
    return np.asarray(half.argmin(axis=1))


def _ranks(column: pl.Series, values: Floats) -> NDArray[np.float32]:
    """Mid-rank in [0, 1] within `values`, and a second dimension that is 1 where it is missing.

    A missing value has the middle rank, so a value is at least 1 away from it.
    """
    x = _number(column)
    rank = (np.searchsorted(values, x, "left") + np.searchsorted(values, x, "right")) / 2
    missing = np.isnan(x)
    rank = np.where(missing, 0.5, rank / max(len(values), 1))
    return np.column_stack([rank, missing]).astype(np.float32)


def _one_hot(codes: Codes, n_levels: int) -> NDArray[np.float32]:
    """One column a level and one for missing (code -1 takes the last), over root two."""
    return np.eye(n_levels + 1, dtype=np.float32)[codes] / np.float32(np.sqrt(2))


# ---------------------------------------------------------------- fidelity


def shapes(virtual: pl.DataFrame, real: pl.DataFrame) -> float:
    """Mean over columns of the KS complement (numbers) or TV complement (categories); 1 is best.

    Equal to the column shapes of SDMetrics 0.32: missing values are left out.
    """
    return float(np.nanmean([_shape(virtual[name], real[name]) for name in real.columns]))


def _shape(virtual: pl.Series, real: pl.Series) -> float:
    virtual, real = virtual.drop_nulls(), real.drop_nulls()
    if virtual.is_empty() or real.is_empty():
        return float("nan")
    if _is_number(real.dtype):
        return 1 - _ks(_number(virtual), _number(real))
    levels = _levels(pl.concat([virtual, real]))
    return 1 - _tvd(_codes(virtual, levels), _codes(real, levels), len(levels))


def _ks(x: Floats, y: Floats) -> float:
    x, y = np.sort(x.round(14)), np.sort(y.round(14))
    both = np.concatenate([x, y])
    below = [np.searchsorted(side, both, "right") / len(side) for side in (x, y)]
    return float(np.abs(below[0] - below[1]).max())


def pairs(virtual: pl.DataFrame, real: pl.DataFrame) -> float:
    """Mean over column pairs of correlation or contingency similarity; 1 is best.

    Equal to the pair trends of SDMetrics 0.32's QualityReport: two numbers by 1 - |difference of
    Pearson's r| / 2, all other pairs by the TV complement of the joint table, where a number is cut
    into ten bins of equal width over its own frame's range and a missing value is a level. Only
    pairs that hang together in `real` count: |r| above 0.5, Cramer's V above 0.3. (The library
    draws 50,000 rows for a joint table; here all count.)
    """
    sides = (virtual, real)
    numbers = {n: [_number(f[n]) for f in sides] for n, t in real.schema.items() if _is_number(t)}
    codes = {name: [_equal_width(x) for x in xs] for name, xs in numbers.items()}
    for name in set(real.columns) - set(numbers):
        levels = _levels(pl.concat([frame[name] for frame in sides]))
        codes[name] = [_codes(frame[name], levels) + 1 for frame in sides]
    scores = [
        _correlation_similarity(numbers[a], numbers[b])
        if a in numbers and b in numbers
        else _contingency_similarity(codes[a], codes[b])
        for a, b in combinations(real.columns, 2)
    ]
    return float(np.nanmean(scores))


def _equal_width(x: Floats) -> Codes:
    return np.digitize(x, np.histogram_bin_edges(x[~np.isnan(x)])).astype(np.int64)


def _correlation_similarity(a: list[Floats], b: list[Floats]) -> float:
    """NaN for a pair that does not count."""
    r_virtual, r_real = (_pearson(x, y) for x, y in zip(a, b, strict=True))
    return 1 - abs(r_virtual - r_real) / 2 if abs(r_real) > MIN_CORRELATION else float("nan")


def _pearson(x: Floats, y: Floats) -> float:
    """Pearson's r over the rows where both are there; NaN when one of them is constant."""
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[there], y[there]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _contingency_similarity(a: list[Codes], b: list[Codes]) -> float:
    """NaN for a pair that does not count."""
    width = max(int(codes.max()) for codes in b) + 1
    virtual, real = (x * width + y for x, y in zip(a, b, strict=True))
    n_codes = (max(int(codes.max()) for codes in a) + 1) * width
    joint = np.bincount(real, minlength=n_codes).reshape(-1, width)
    return 1 - _tvd(virtual, real, n_codes) if _cramers_v(joint) > MIN_ASSOCIATION else float("nan")


def _cramers_v(joint: NDArray[np.int64]) -> float:
    """Cramer's V of a table of counts, in [0, 1]; 0 when a side has one level."""
    joint = joint[joint.any(axis=1)][:, joint.any(axis=0)]
    if min(joint.shape) < 2:
        return 0.0
    n_rows = joint.sum()
    expected = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / n_rows
    chi2 = (joint**2 / expected).sum() - n_rows
    return float(np.sqrt(chi2 / n_rows / (min(joint.shape) - 1)))


def acc3(virtual: pl.DataFrame, train: pl.DataFrame, seed: int = 0, n_triples: int = 60) -> float:
    """Mean over random column triples of 1 - TVD of their joint tables; 1 is best.

    Numbers in ten quantile bins of train, categories as their ten top levels and the rest.
    """
    width = 12
    codes = {
        name: [_ten(frame[name], train[name]) for frame in (virtual, train)]
        for name in train.columns
    }
    triples = list(combinations(train.columns, 3))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(triples), min(n_triples, len(triples)), replace=False)
    scores = []
    for a, b, c in (triples[i] for i in chosen):
        joint = [(codes[a][k] * width + codes[b][k]) * width + codes[c][k] for k in (0, 1)]
        scores.append(1 - _tvd(joint[0], joint[1], width**3))
    return float(np.mean(scores))


def _ten(column: pl.Series, train: pl.Series) -> Codes:
    """Codes 0..11: ten bins or levels, then the rest, then missing."""
    if not _is_number(train.dtype):
        codes = _codes(column, _levels(train)[:10])
        return np.where(codes < 0, 11, codes)
    edges = np.unique(np.nanquantile(_number(train.drop_nulls()), np.arange(0.1, 0.95, 0.1)))
    x = _number(column)
    return np.where(np.isnan(x), 11, np.searchsorted(edges, x, "right"))


# ---------------------------------------------------------------- columns


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype.is_temporal()


def _number(column: pl.Series) -> Floats:
    """The column as float64 (dates and times as their count of units), missing as NaN."""
    return column.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _levels(column: pl.Series) -> pl.Series:
    """Distinct values as text, most frequent first, equal frequencies by name; no null."""
    text = column.cast(pl.String).drop_nulls().alias("level")
    return text.value_counts().sort(["count", "level"], descending=[True, False])["level"]


def _codes(column: pl.Series, levels: pl.Series) -> Codes:
    """Position of each value in `levels`; len(levels) for any other value, -1 for missing."""
    place = pl.DataFrame({"level": levels, "code": np.arange(len(levels))})
    values = pl.DataFrame({"level": column.cast(pl.String)})
    joined = values.join(place, on="level", how="left", maintain_order="left")
    code = (
        pl.when(pl.col("level").is_null()).then(-1).otherwise(pl.col("code").fill_null(len(levels)))
    )
    return joined.select(code.cast(pl.Int64).alias("code"))["code"].to_numpy()


def _tvd(x: Codes, y: Codes, n_codes: int) -> float:
    """Total variation distance of two samples of codes in [0, n_codes)."""
    p, q = (np.bincount(codes, minlength=n_codes) / len(codes) for codes in (x, y))
    return float(np.abs(p - q).sum() / 2)


def _some_rows(frame: pl.DataFrame, n: int, rng: np.random.Generator) -> pl.DataFrame:
    return frame[rng.permutation(frame.height)[:n]]
