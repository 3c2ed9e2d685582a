"""What can be set when data is learned and sampled: one record, whoever asks."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from guanyao.errors import ConfigError
from guanyao.types import Progress, Silent, Value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

    from guanyao.data.images import Images
    from guanyao.data.schema import Schema
    from guanyao.data.table import Table
    from guanyao.protect.mask_key import MaskKey
    from guanyao.protect.policy import Policy

AnyTable: TypeAlias = "str | Path | Table | pl.DataFrame | pd.DataFrame"
"""Wherever a table is wanted: a path or URL, a Table, a polars or pandas frame."""

AnySource: TypeAlias = "AnyTable | Images | NDArray[np.generic]"
"""A table, or pictures: a path, an array (n, height, width[, channels]), or Images."""

FORMATS = ("parquet", "csv", "xlsx", "jsonl")
"""What a virtual table can be written as."""
IMAGE_FORMATS = ("folder", "npz", "idx")
"""What virtual pictures can be written as."""

QUIET: Progress = Silent()

Record = TypeVar("Record", bound="Learning")
Verb = TypeVar("Verb", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How a generator learns a table or pictures.

    Args:
        model: A name of `guanyao list models`, or "auto".
        settings: The generator's own settings by name, e.g. {"min_entities": 20}.
        schema: A schema, or the file that holds one, instead of the one that detection finds.
        target: The column that utility is measured on.
        entity: The column that says whom a row or a picture belongs to; splits and counts go by it.
        labels: Of pictures: where their labels are, a file (for a folder of pictures a CSV with
            the columns file and label) or the name of an array or a column; None: looked for.
        size: Of pictures: a side in pixels, height and width, or "28x28", that all are brought to.
        rules: Further rules that every row keeps, e.g. "start <= end".
        min_entities: How many entities every learned category, bound and leaf stands for, >= 1.
        epsilon: Differential privacy's budget, > 0, for generators that have it.
        delta: The probability with which that budget may fail, in (0, 1).
        epochs: Passes over the data, for generators that train in epochs.
        max_minutes: Wall time that fitting may take.
        max_cpu_minutes: CPU time that fitting may take, for generators that train in epochs.
        profile: Whether to write where training spends its time.
        holdout: The share of entities that is kept out of training, in [0, 1).
        seed: The seed of everything that is drawn, >= 0.
        policy: A masking policy, or the file that holds one; tables are masked by it before
            anything else is done with them.
        key: The key of that masking, or the file that holds it.
        allow_personal_text: Whether text that holds personal data may be learned.

    Raises:
        ConfigError: A setting is out of range.
    """

    model: str = "auto"
    settings: Mapping[str, Value] = field(default_factory=dict)
    schema: "Schema | str | Path | None" = None
    target: str | None = None
    entity: str | None = None
    labels: "str | Path | None" = None
    size: int | tuple[int, int] | str | None = None
    rules: tuple[str, ...] = ()
    min_entities: int | None = None
    epsilon: float | None = None
    delta: float | None = None
    epochs: int | None = None
    max_minutes: float | None = None
    max_cpu_minutes: float | None = None
    profile: bool = False
    holdout: float = 0.0
    seed: int = 0
    policy: "Policy | str | Path | None" = None
    key: "MaskKey | str | Path | None" = None
    allow_personal_text: bool = False

    def __post_init__(self) -> None:
        """Check the ranges; names of columns and models are checked where they are used."""
        _check("seed", self.seed, _is_count(self.seed), "a whole number, 0 or more")
        is_share = _is_number(self.holdout) and 0 <= self.holdout < 1
        _check("holdout", self.holdout, is_share, "0 or more, below 1")
        _check_above("min_entities", self.min_entities, whole=True)
        _check_above("epsilon", self.epsilon)
        _check_above("epochs", self.epochs, whole=True)
        _check_above("max_minutes", self.max_minutes)
        _check_above("max_cpu_minutes", self.max_cpu_minutes)
        is_share = self.delta is None or (_is_number(self.delta) and 0 < self.delta < 1)
        _check("delta", self.delta, is_share, "between 0 and 1")

    def of_model(self) -> dict[str, Value]:
        """The settings that are handed to the generator."""
        names = ("min_entities", "epsilon", "delta", "epochs", "max_cpu_minutes")
        named = {name: getattr(self, name) for name in names}
        return {**self.settings, **{k: v for k, v in named.items() if v is not None}}

    def as_record(self) -> dict[str, Any]:
        """The settings as they may be recorded: no paths, and no values of columns."""
        hidden = ("schema", "holdout_file", "rebalance", "labels", "policy", "key")
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        given = [name for name in hidden if getattr(self, name, None) is not None]
        return {**record, "given": given}


@dataclass(frozen=True, kw_only=True)
class Settings(Learning):
    """How the main job goes: learning, and what is drawn and measured after it.

    Args:
        rows: How many virtual rows; None: as many as were trained on.
        holdout: The share of entities that is kept back to measure with, in (0, 1).
        holdout_file: A table of its own to measure with; then all of the source trains.
        rebalance: The share that levels of one column shall have, {"income": {">50K": 0.5}} or, as
            typed, "income=>50K:0.5".
        format: parquet, csv, xlsx or jsonl for tables, folder, npz or idx for pictures; None:
            parquet, or folder.
        canaries: Whether to plant made-up records, fit once more and try to find them again.
        show_real: Whether the report on pictures shows real ones beside the virtual ones.

    Raises:
        ConfigError: A setting is out of range.
    """

    rows: int | None = None
    holdout: float = 0.2
    holdout_file: "AnySource | None" = None
    rebalance: Mapping[str, Mapping[Value, float]] | str | None = None
    format: str | None = None
    canaries: bool = True
    show_real: bool = False

    def __post_init__(self) -> None:
        """Check the ranges of these, too."""
        super().__post_init__()
        _check_above("rows", self.rows, whole=True)
        if self.holdout_file is None:
            _check("holdout", self.holdout, self.holdout > 0, "above 0 and below 1")
        known = (*FORMATS, *IMAGE_FORMATS)
        _check("format", self.format, self.format in (None, *known), ", ".join(known))


@dataclass(frozen=True, kw_only=True)
class Measuring(Learning):
    """How virtual data is read and measured.

    Args:
        features: Of pictures: a TorchScript or ONNX file with a network that makes features, e.g.
            an Inception; None: a network learns them in the run.
        show_real: Of pictures: whether the report shows real ones beside the virtual ones.
    """

    features: "str | Path | None" = None
    show_real: bool = False


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(name: str, value: object, is_right: bool, allowed: str) -> None:
    if not is_right:
        raise ConfigError(
            f"{name} is {value!r}", allowed=f"allowed: {allowed}", code="config.range"
        )


def _check_above(name: str, value: float | None, *, whole: bool = False) -> None:
    is_fit = _is_count if whole else _is_number
    is_right = value is None or (is_fit(value) and 0 < value < float("inf"))
    _check(name, value, is_right, "a whole number, 1 or more" if whole else "above 0")


def make(kind: type[Record], options: Mapping[str, Any]) -> Record:
    """The record of these options.

    Raises:
        ConfigError: An option does not exist or is out of range.
    """
    known = [f.name for f in fields(kind)]
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ConfigError(
                f"there is no option {name!r}",
                allowed="options: " + ", ".join(known),
                do=f"did you mean {near[0]!r}?" if near else "",
                code="config.option",
            )
    values: dict[str, Any] = {k: tuple(v) if k == "rules" else v for k, v in options.items()}
    return kind(**values)


def takes(kind: type[Learning]) -> Callable[[Verb], Verb]:
    """Shows `**options` of a verb as the fields of `kind` wherever a signature is shown."""

    def spell_out(verb: Verb) -> Verb:
        signature = inspect.signature(verb)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        options = [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=_default(f))
            for f in fields(kind)
            if f.name not in signature.parameters
        ]
        verb.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        return verb

    return spell_out


def _default(option: Any) -> object:  # noqa: ANN401
    return {} if option.name == "settings" else option.default
