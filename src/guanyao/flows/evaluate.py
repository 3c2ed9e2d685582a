"""Evaluate: measure a virtual table against real rows that nobody learned from.

Every metric of `METRICS` and every attack of `ATTACKS` is run; what has no meaning on the data at
hand is left out with a warning that says why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from guanyao.attacks import ATTACKS
from guanyao.attacks import GROUP as ATTACK_GROUP
from guanyao.attacks.result import AttackResult
from guanyao.data import frames
from guanyao.data.images import is_images
from guanyao.data.readers import read
from guanyao.data.schema import Schema
from guanyao.data.sides import MAX_ROWS, Sides, conform, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics import GROUP as METRIC_GROUP
from guanyao.metrics import METRICS
from guanyao.metrics.score import Score
from guanyao.registry import find, names
from guanyao.types import Progress, Silent

Family: TypeAlias = tuple[Mapping[str, str], str]
"""A table of metrics or attacks, and its group of entry points."""

FEW_ROWS = 1_000
"""Holdout rows below which figures are coarse."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one virtual table.

    Args:
        scores: One score of each metric, in the order of the table.
        attacks: Results of each attack, one for each group of records.
        warnings: What to know before reading the figures.
    """

    scores: list[Score]
    attacks: list[AttackResult]
    warnings: list[str]

    def to_json(self) -> dict[str, Any]:
        """The parts "scores", "attacks" and "warnings" of `report.json`."""
        return {
            "scores": [score.to_json() for score in self.scores],
            "attacks": [attack.to_json() for attack in self.attacks],
            "warnings": list(self.warnings),
        }


def evaluate(
    *,
    real: object,
    holdout: object,
    virtual: object,
    target: str | None = None,
    features: str | Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure fidelity, utility and privacy of a virtual table, or of virtual pictures.

    Args:
        real: What the generator learned from: a table, a polars or pandas frame, or a source; or
            pictures, as an array, Images, or a source.
        holdout: Real rows that it never saw, of the same columns.
        virtual: What it wrote, of the same columns.
        target: The column that utility is measured on; None: the schema's, if it names one.
        features: Of pictures: a TorchScript or ONNX file with a network that makes features.
        seed: The same seed gives the same figures.
        progress: Where to say how far it is.

    Raises:
        DataError: A table has no rows, other columns, or columns of another kind; or there is no
            column of the target's name. Pictures differ in size, colours or classes.
    """
    watch = progress or Silent()
    if is_images(real):
        return _evaluate_images(real, holdout, virtual, features, seed, watch)
    train = read(real)
    others = [
        _under(source, train.schema, side)
        for source, side in ((holdout, "holdout"), (virtual, "virtual"))
    ]
    sides = prepare(train, *others, target=target, seed=seed)
    families = (METRICS, METRIC_GROUP), (ATTACKS, ATTACK_GROUP)
    return all_figures(sides, families, "records", list(_warnings(sides)), watch)


def all_figures(
    sides: object,
    families: tuple[Family, Family],
    things: str,
    warnings: list[str],
    progress: Progress,
) -> Evaluation:
    """Every metric and every attack; what has no meaning here is left out with a warning.

    Args:
        sides: What is measured, prepared as the metrics and attacks want it.
        families: The table of the metrics and that of the attacks, with their groups.
        things: What is attacked, in words: records, pictures.
        warnings: What is known already.
        progress: Where to say how far it is.
    """
    measures = [
        [find(table, name, group) for name in names(table, group)] for table, group in families
    ]
    progress.stage("evaluate", sum(map(len, measures)))
    scores, found = ([_tried(m, sides, warnings, progress) for m in some] for some in measures)
    results = [result for results in found for result in results or ()]
    warnings += _unusable(results, things)
    kept = [score for score in scores if score is not None]
    return Evaluation(kept, results, list(dict.fromkeys(warnings)))


def _evaluate_images(
    real: object,
    holdout: object,
    virtual: object,
    features: str | Path | None,
    seed: int,
    progress: Progress,
) -> Evaluation:
    from guanyao.flows.evaluate_images import evaluate_images

    place = None if features is None else Path(features)
    sides = {"real": real, "holdout": holdout, "virtual": virtual}
    return evaluate_images(**sides, features=place, seed=seed, progress=progress)


def _under(source: object, schema: Schema, side: str) -> Table:
    """The source under the schema of the real table; a text file is read as that schema says."""
    if isinstance(source, Table):
        return source
    if isinstance(source, str | Path):
        return read(source, schema=schema)
    return conform(frames.read(source).frame, schema, side)


def _tried(
    measure: Callable[[Any], Any], sides: object, warnings: list[str], progress: Progress
) -> Any:  # noqa: ANN401
    """What the measure gives; None and a warning where it has no meaning."""
    try:
        return measure(sides)
    except DataError as error:
        if error.code != "measure.impossible":
            raise
        warnings.append(str(error))
        return None
    finally:
        progress.advance()


def _warnings(sides: Sides) -> Iterator[str]:
    n_holdout = len(sides.tables["holdout"])
    if n_holdout < FEW_ROWS:
        yield (
            f"the holdout has only {n_holdout} rows: figures are coarse, read their intervals; "
            f"{FEW_ROWS} rows or more tell more"
        )
    for side, table in sides.tables.items():
        if len(table) > MAX_ROWS:
            yield f"{side}: a random {MAX_ROWS} of {len(table)} rows are measured"
    left = [column.name for column in sides.schema if column.name not in sides.coding.names]
    if left:
        yield f"identifiers, entities and free text are not compared: {', '.join(left)}"


def _unusable(results: list[AttackResult], things: str) -> Iterator[str]:
    for result in results:
        if not result.usable:
            n_members, n_others = (result.details[key] for key in ("n_members", "n_non_members"))
            yield (
                f"{result.name} on {result.group} {things} had too few of them to be relied on: "
                f"{n_members} members, {n_others} others"
            )
