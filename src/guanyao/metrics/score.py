"""What a metric gives: one figure, its interval, and the two figures it must stand beside."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from guanyao.errors import DataError

Kind = Literal["fidelity", "utility", "diagnostic"]


@dataclass(frozen=True, kw_only=True)
class Score:
    """One figure of a virtual table.

    Args:
        name: The metric's name.
        kind: What the figure speaks of; a diagnostic never passes or fails a table by itself.
        value: The figure.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        best: The figure that would be ideal.
        reference: The same figure for "real" (real rows: the best that can be had) and
            "independent" (columns shuffled apart: the floor).
        details: What the figure is made of, as plain JSON; never a value of a cell.
    """

    name: str
    kind: Kind
    value: float
    low: float
    high: float
    best: float
    reference: Mapping[str, float | None]
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The score as plain JSON, as in `report.json`; what is not a number becomes null."""
        names = ("name", "kind", "value", "low", "high", "best", "reference", "details")
        return {name: plain(getattr(self, name)) for name in names}


def plain(value: Any) -> Any:  # noqa: ANN401
    """The value as plain JSON: mappings, lists, strings, finite numbers, null."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


def impossible(metric: str, why: str) -> DataError:
    """The error of a metric that has no meaning on the data at hand."""
    return DataError(f"{metric} is left out: {why}", code="measure.impossible")
