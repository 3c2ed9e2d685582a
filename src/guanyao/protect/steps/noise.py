"""Adds random noise to numbers. It is no differential privacy, and says so.

The noise comes from the operating system, never from a seed: who knew the seed could take it off.
"""

import os
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

from guanyao.data.schema import Column, ColumnType
from guanyao.protect.numbers import read_numbers, write_numbers
from guanyao.protect.step import NUMBERS, Context, Step, refuse_option, whole_column

Shape: TypeAlias = Literal["laplace", "gaussian"]


@dataclass(frozen=True, kw_only=True)
class Noise(Step):
    """Every number is moved by a fresh random amount; whole numbers stay whole.

    Args:
        scale: How far, above 0: the Laplace distribution's scale, or the standard deviation.
        shape: `laplace` or `gaussian`.
        low: No number comes out below this one.
        high: No number comes out above this one.
    """

    scale: float
    shape: Shape = "laplace"
    low: float | None = None
    high: float | None = None

    name: ClassVar[str] = "noise"
    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS

    def __post_init__(self) -> None:
        """Check the options."""
        if not 0 < self.scale < float("inf"):
            raise refuse_option("noise", "scale", "a number above 0")
        if self.shape not in get_args(Shape):
            raise refuse_option("noise", "shape", ", ".join(get_args(Shape)))
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise refuse_option("noise", "low", "below high")

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "This is not differential privacy: rare large values still stand out, and several "
            "noisy copies of a value average to the true one."
        )

    @property
    def note(self) -> str:
        """What scale of noise was added."""
        bounded = self.low is not None or self.high is not None
        ends = "; numbers beyond a bound are put on it" if bounded else ""
        return f"{self.shape} noise of scale {self.scale:g}, fresh for every row{ends}"

    def output(self, column: Column) -> Column:
        """The same column; whole numbers in 64 bits."""
        return whole_column(column) if column.type == "integer" else column

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The numbers with noise."""
        numbers = read_numbers(values, context.column)
        moved = numbers.to_numpy() + self.scale * draw(self.shape, len(numbers))
        bounded = pl.Series(values.name, moved, nan_to_null=False).clip(self.low, self.high)
        return write_numbers(bounded.set(numbers.is_null(), None), values, context.column)


def draw(shape: str, n: int) -> NDArray[np.float64]:
    """Random numbers of scale 1 from the operating system, shape (n,)."""
    words = np.frombuffer(os.urandom(8 * n), dtype=np.uint64) >> np.uint64(11)
    # Midpoints of 2^53 cells: neither 0 nor 1 comes up, where the tails would be infinite.
    uniform = (words.astype(np.float64) + 0.5) / 2.0**53
    if shape == "gaussian":
        return np.asarray(ndtri(uniform), dtype=np.float64)
    centred = uniform - 0.5
    noise: NDArray[np.float64] = -np.sign(centred) * np.log1p(-2 * np.abs(centred))
    return noise
