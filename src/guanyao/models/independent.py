"""Independent columns: each column by its own distribution, no relation kept. The floor."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from guanyao.data.encoders import Codes, Field, Mask
from guanyao.data.protection import Entities, Floats
from guanyao.models.coded import CodedGenerator, spread
from guanyao.types import Progress


@dataclass(kw_only=True)
class Independent(CodedGenerator):
    """Every field's own frequencies; what any report compares with."""

    name: ClassVar[str] = "independent"

    shares_: list[Floats] = field(init=False, repr=False)

    def _fit(
        self,
        codes: list[Codes],
        fields: list[Field],
        entities: Entities,
        rng: np.random.Generator,
        progress: Progress,
    ) -> None:
        self.shares_ = []
        for one, f in zip(codes, fields, strict=True):
            self.shares_.append(np.bincount(one, minlength=f.n_codes) / max(len(one), 1))
            progress.advance()

    def _sample(
        self, n_rows: int, rng: np.random.Generator, allowed: dict[int, Mask]
    ) -> list[Codes]:
        out = []
        for i, share in enumerate(self.shares_):
            drawn = spread(share * allowed[i] if i in allowed else share, n_rows, rng)
            out.append(drawn[rng.permutation(n_rows)])
        return out

    def _state(self) -> dict[str, Any]:
        return {"shares": self.shares_}

    def _restore(self, state: dict[str, Any], fields: list[Field]) -> None:
        self.shares_ = [np.asarray(share, np.float64) for share in state["shares"]]
        if [len(share) for share in self.shares_] != [f.n_codes for f in fields]:
            raise ValueError("the shares do not fit the fields")
        for share in self.shares_:
            if not np.isfinite(share).all() or (share < 0).any() or not share.sum() > 0:
                raise ValueError("shares are no shares")
