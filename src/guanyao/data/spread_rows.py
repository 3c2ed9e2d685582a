"""Some rows from all over a source whose size is not known, in bounded memory."""

from typing import Literal

import polars as pl

MAX_PARTS = 64


class SpreadRows:
    """Takes parts of a source as they come by, and keeps some that lie evenly over it.

    Args:
        n_rows: How many rows are kept at most.
    """

    def __init__(self, n_rows: int) -> None:
        """Begin with none."""
        self.n_rows = n_rows
        self._parts: list[pl.DataFrame] = []
        self._stride = 1

    def wants(self, place: int) -> bool:
        """Whether the part at this place (0, 1, 2, …) shall be added."""
        return place % self._stride == 0

    def add(self, part: pl.DataFrame) -> None:
        """Keep these rows, or some of them."""
        share = -(-self.n_rows // (len(self._parts) + 1))
        self._parts.append(_alone(thin(part, max(share, self.n_rows - self._height()))))
        if len(self._parts) > MAX_PARTS:
            self._parts = self._parts[::2]
            self._stride *= 2
        if self._height() > 2 * self.n_rows:
            share = -(-2 * self.n_rows // len(self._parts))
            self._parts = [_alone(thin(part, share)) for part in self._parts]

    def _height(self) -> int:
        return sum(part.height for part in self._parts)

    def frame(self, how: Literal["vertical", "diagonal_relaxed"] = "vertical") -> pl.DataFrame:
        """The rows that were kept, in their order.

        Args:
            how: `diagonal_relaxed` where parts may differ in columns and dtypes.

        Raises:
            ValueError: Nothing was added.
        """
        share = -(-self.n_rows // len(self._parts)) if self._parts else 0
        whole = self._height() <= self.n_rows
        parts = self._parts if whole else [thin(part, share) for part in self._parts]
        return thin(pl.concat(parts, how=how), self.n_rows)


def _alone(part: pl.DataFrame) -> pl.DataFrame:
    """The rows with texts of their own, as chosen rows keep the texts of all others in memory."""
    texts = (series for series in part if series.dtype == pl.String)
    return part.with_columns(pl.Series(s.name, s.to_list(), dtype=pl.String) for s in texts)


def thin(frame: pl.DataFrame, n_rows: int) -> pl.DataFrame:
    """At most so many rows, which lie evenly over the frame."""
    if frame.height <= n_rows:
        return frame
    places = pl.int_range(n_rows, eager=True) * frame.height // n_rows
    return frame[places].rechunk()
