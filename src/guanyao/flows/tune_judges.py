"""What a search of settings is guided by: how bad a generator is, on rows that it did not learn.

The judges see a part of the training rows that the trials do not learn from; the holdout they never
see.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from guanyao.data.image_sides import ImageSides
from guanyao.data.images import Images
from guanyao.data.neighbours import Geometry
from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.flows.opening import Data
from guanyao.metrics import image_features
from guanyao.metrics.boosting import one_thread
from guanyao.metrics.c2st_auc import MIN_ROWS, told_apart
from guanyao.metrics.dcr_share import nearer
from guanyao.metrics.frechet import frechet
from guanyao.metrics.score import impossible
from guanyao.metrics.tstr import tstr

MAX_ROWS = 20_000
"""Rows that a table is judged on at most."""
ENOUGH_ROWS, MAX_DRAWS = 3_000, 5
"""Validation rows from which one virtual table says enough, and how many are drawn at most."""
MAX_NEAR = 5_000
"""Rows that nearest rows are looked for among."""
MAX_IMAGES = 5_000
"""Pictures that are drawn to be judged at most."""

Figures = Mapping[str, float]


class Judge(Protocol):
    """Says how bad a fitted generator is."""

    meaning: tuple[str, str]
    """What the loss is, in English and Chinese."""

    def __call__(self, generator: Any) -> Figures:  # noqa: ANN401
        """Figures by name; `loss` is the one to make small."""


def judge_of(learned: Data, validation: Data, seed: int) -> Judge:
    """The judge of generators of this kind of data.

    Args:
        learned: What the trials learn.
        validation: What they do not learn, and are measured against.
        seed: What all sampling follows.
    """
    if isinstance(learned, Images) and isinstance(validation, Images):
        return ImageJudge(learned, validation, seed)
    assert isinstance(learned, Table) and isinstance(validation, Table)
    return TableJudge(learned, validation, seed)


class TableJudge:
    """How far virtual rows can be told from real ones, what they lack, and what they remember.

    Of few rows several virtual tables are drawn and the figures averaged, so that the search does
    not pick whichever settings had the luckiest draw.

    Args:
        learned: What the trials learn.
        validation: What they are measured against.
        seed: What all sampling follows.
    """

    meaning = (
        "loss = (c2st_auc - 0.5) + (TRTR - TSTR) + (dcr_share - 0.5), each at least 0; the second "
        "where there is a target; the third, so that what is learned by heart does not win. All "
        "are measured on validation rows of the training part.",
        "损失 = (c2st_auc - 0.5) + (TRTR - TSTR) + (dcr_share - 0.5)，各项不小于 0；"
        "有目标列时才计第二项；第三项使死记硬背者不致胜出。均在训练部分的验证行上测量。",
    )

    def __init__(self, learned: Table, validation: Table, seed: int) -> None:
        self.learned = _some(learned, seed)
        self.validation, self.seed = _some(validation, seed), seed
        self.n_draws = min(MAX_DRAWS, max(1, round(ENOUGH_ROWS / max(1, len(validation)))))

    def __call__(self, generator: Any) -> Figures:  # noqa: ANN401
        """The figures of a fitted generator.

        Raises:
            DataError: There are too few rows to measure on.
        """
        drawn = [self._figures(generator, self.seed + i) for i in range(self.n_draws)]
        mean = {name: float(np.mean([one[name] for one in drawn])) for name in drawn[0]}
        gaps = (
            mean["c2st_auc"] - 0.5,
            mean.get("trtr", 0.0) - mean.get("tstr", 0.0),
            mean["dcr_share"] - 0.5,
        )
        return {"loss": sum(max(0.0, gap) for gap in gaps), **mean}

    def _figures(self, generator: Any, seed: int) -> dict[str, float]:  # noqa: ANN401
        """What is measured on one virtual table."""
        virtual = Table(generator.sample(len(self.learned), seed=seed), self.learned.schema)
        sides = prepare(self.learned, self.validation, virtual, seed=seed)
        n_rows = min(len(sides.holdout), len(sides.virtual))
        if n_rows < MIN_ROWS:
            raise impossible("c2st_auc", f"{n_rows} rows a side are fewer than {MIN_ROWS}")
        with one_thread():
            figures = {"c2st_auc": told_apart(sides, sides.virtual, n_rows)[0][0]}
        if sides.target is not None:
            score = tstr(sides)
            figures |= {"tstr": score.value, "trtr": float(score.reference["real"] or 0.0)}
        return {**figures, "dcr_share": _nearer_to_learned(sides)}


def _nearer_to_learned(sides: Sides) -> float:
    """The share of virtual rows that lie nearer to learned rows than to as many others."""
    rng = sides.rng("dcr_share")
    geometry = Geometry.of(sides.coding, sides.train)
    n_rows = min(len(sides.train), len(sides.holdout), MAX_NEAR)
    learned, others, virtual = (
        geometry.place(side.sample(n_rows, rng))
        for side in (sides.train, sides.holdout, sides.virtual)
    )
    hits, n = nearer(virtual, learned, others)
    return hits / n


def _some(table: Table, seed: int) -> Table:
    """At most so many rows as are measured on."""
    if len(table) <= MAX_ROWS:
        return table
    rows = np.random.default_rng([seed, len(table)]).permutation(len(table))[:MAX_ROWS]
    return Table(table.frame[np.sort(rows)], table.schema)


class ImageJudge:
    """The Fréchet distance of virtual pictures from real ones, in features learned once.

    Args:
        learned: What the trials learn; a network learns its features from a part of it.
        validation: What they are measured against.
        seed: What all sampling follows.
    """

    meaning = (
        "loss = cfid: the Fréchet distance from validation pictures of the training part, in the "
        "features of a network that learned from that part",
        "损失 = cfid：与训练部分中验证图片的 Fréchet 距离，特征来自在该部分上训练的网络",
    )

    def __init__(self, learned: Images, validation: Images, seed: int) -> None:
        self.sides = ImageSides(learned, validation, validation, seed=seed)
        if why := image_features.few(self.sides):
            raise impossible("cfid", why)
        self.seed, self.space = seed, image_features.space(self.sides)

    def __call__(self, generator: Any) -> Figures:  # noqa: ANN401
        """The figures of a fitted generator.

        Raises:
            DataError: There are too few pictures to measure on.
        """
        reference = image_features.features(self.sides, "reference")
        n_images = min(len(reference), MAX_IMAGES)
        drawn = generator.sample(n_images, seed=self.seed)
        cfid = frechet(reference, self.space.embed(drawn.pixels))
        if not np.isfinite(cfid):
            raise DataError("the pictures have no distance", code="measure.impossible")
        return {"loss": cfid, "cfid": cfid, **self._label_accuracy(drawn)}

    def _label_accuracy(self, drawn: Images) -> dict[str, float]:
        """How many pictures show the label that was asked for; nothing where there are none."""
        network = image_features.classifier(self.sides)
        if drawn.labels is None or network is None:
            return {}
        return {"label_accuracy": image_features.accuracy(network, drawn)}
