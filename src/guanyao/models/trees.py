"""Sequential trees: each column drawn given the earlier ones. The default on a CPU.

The table is coded (`guanyao.data.encoders`), the target comes first, then the other fields from
few codes to many; each is drawn from a few cross-fitted trees over all fields before it. Training
takes CPU seconds, and what a leaf may say is bounded by how many entities stand behind it.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from guanyao.data.encoders import Codes, Field, Mask
from guanyao.data.protection import Entities, Floats, Ints
from guanyao.errors import ConfigError
from guanyao.models.coded import CodedGenerator
from guanyao.models.conditional import Conditional, Half, Learner
from guanyao.models.ranges import check_count, check_range
from guanyao.types import Progress

PARTICLES = 50_000


@dataclass(kw_only=True)
class Trees(CodedGenerator):
    """A sequence of cross-fitted trees.

    Args:
        n_trees: Trees for each field, 1..100.
        penalty: Price in nats of each parameter that a split adds, 0..100; higher is smoother
            and more private.
        max_depth: Most questions on a path, 1..30.
        n_classes: Classes that a field's codes are lumped into while its trees grow, 2..64.
        n_bins: Bins that a field's codes are lumped into when others ask for it, 2..128.
        max_shape_rows: Most rows that a tree's shape is grown on; its leaves are counted on at
            most eight times as many others.
    """

    name: ClassVar[str] = "trees"

    n_trees: int = 3
    penalty: float = 0.6
    max_depth: int = 12
    n_classes: int = 16
    n_bins: int = 64
    max_shape_rows: int = 50_000
    conditionals_: list[Conditional] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("n_trees", self.n_trees, 1, 100)
        check_range("penalty", self.penalty, 0, 100)
        check_count("max_depth", self.max_depth, 1, 30)
        check_count("n_classes", self.n_classes, 2, 64)
        check_count("n_bins", self.n_bins, 2, 128)
        check_count("max_shape_rows", self.max_shape_rows, 100, 10**9)

    def _fit(
        self,
        codes: list[Codes],
        fields: list[Field],
        entities: Entities,
        rng: np.random.Generator,
        progress: Progress,
    ) -> None:
        learner = Learner(
            min_entities=self.min_entities,
            penalty=self.penalty,
            max_depth=self.max_depth,
            n_classes=self.n_classes,
            n_bins=self.n_bins,
        )
        weight = entities.weights()
        order = sorted(
            range(len(fields)), key=lambda i: (not fields[i].is_target, fields[i].n_codes)
        )
        self.conditionals_ = []
        for place, target in enumerate(order):
            halves = [self._half(entities, rng) for _ in range(self.n_trees if place else 1)]
            known = tuple(order[:place])
            self.conditionals_.append(learner.learn(codes, fields, target, known, halves, weight))
            progress.advance()

    def _half(self, entities: Entities, rng: np.random.Generator) -> Half:
        """Half of the entities for a tree's shape, the other half for its leaves."""
        if entities.ids is None:
            order = rng.permutation(entities.n_rows)
            cut = min(entities.n_rows // 2, self.max_shape_rows)
            return Half(order[:cut], order[cut : 9 * self.max_shape_rows])
        side = rng.random(int(entities.ids.max()) + 1)[entities.ids]
        limit = min(0.5, self.max_shape_rows / entities.n_rows)
        end = 9 * self.max_shape_rows / entities.n_rows
        return Half(np.flatnonzero(side < limit), np.flatnonzero((side >= limit) & (side < end)))

    def _sample(
        self, n_rows: int, rng: np.random.Generator, allowed: dict[int, Mask]
    ) -> list[Codes]:
        """Codes of all fields; conditions are met by weighing rows as they grow, not by rejection.

        Reference: Doucet, de Freitas & Gordon 2001, "Sequential Monte Carlo Methods in Practice",
        chapter 1.
        """
        places = [i for i, c in enumerate(self.conditionals_) if c.field in allowed]
        last = places[-1] if places else 0
        n = max(n_rows, PARTICLES) if last > 0 else n_rows
        out: list[Codes] = [np.zeros(n, np.uint16)] * len(self.conditionals_)
        weight: Floats = np.ones(n)
        for place, conditional in enumerate(self.conditionals_):
            i = conditional.field
            out[i], chance = conditional.sample(out, n, rng, allowed.get(i))
            if chance is None:
                continue
            weight = weight * chance
            if not weight.sum() > 0:
                raise ConfigError(
                    "no row can meet all the conditions at once",
                    allowed="conditions that some virtual row can meet",
                    code="config.given",
                )
            if place == last:
                n = n_rows
            if place == last or weight.sum() ** 2 < 0.5 * len(weight) * (weight @ weight):
                keep = resampled(weight, n, rng)
                out = [codes[keep] for codes in out]
                weight = np.ones(n)
        return out

    def _state(self) -> dict[str, Any]:
        return {"conditionals": [conditional.state() for conditional in self.conditionals_]}

    def _restore(self, state: dict[str, Any], fields: list[Field]) -> None:
        self.conditionals_ = [Conditional.from_state(c, fields) for c in state["conditionals"]]
        known: set[int] = set()
        for conditional in self.conditionals_:
            if not known.issuperset(conditional.features) or conditional.field in known:
                raise ValueError("a field is asked for before it is drawn")
            known.add(conditional.field)
        if known != set(range(len(fields))):
            raise ValueError("the trees do not fit the fields")


def resampled(weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Row numbers in random order, n of them, each drawn in proportion to its weight."""
    ends = np.cumsum(weight)
    spots = (np.arange(n) + rng.random()) / max(n, 1) * ends[-1]
    rows = np.searchsorted(ends, spots, side="right").clip(0, len(weight) - 1)
    return rng.permutation(rows)
