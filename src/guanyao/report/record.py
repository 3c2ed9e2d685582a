"""The record of `report.json`: what it must hold, and how it is put together.

Schema `guanyao.report/1`; other parts may be added, none of these may be missing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from guanyao.errors import DataError
from guanyao.report.grading import LEVELS
from guanyao.report.verdict import verdict

FORMAT = "guanyao.report/1"

REQUIRED: dict[str, type] = {
    "run": dict,
    "data": dict,
    "model": dict,
    "timing": dict,
    "scores": list,
    "attacks": list,
    "verdict": dict,
    "warnings": list,
}
SCORE_FIELDS = ("name", "kind", "value", "low", "high", "best", "reference", "details")
SCORE_KINDS = ("fidelity", "utility", "diagnostic")
ATTACK_FIELDS = (
    "name", "threat_model", "group", "auc", "tpr_at_fpr", "risk", "low", "high", "control",
    "baseline", "usable",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Report:
    """The parts of a report.

    Args:
        run: `id`, `created`, `seed`, `version`.
        data: `source_digest`, `n_train`, `n_holdout`, `columns`; for pictures `kind` ("images")
            and `images` (`height`, `width`, `channels`, `notes`, `classes`).
        model: `name`, `settings`, `digest`, `privacy` (None: no formal promise).
        timing: Seconds by stage, `rows_per_s` and `peak_mb`.
        scores: Records or dataclasses with `SCORE_FIELDS`.
        attacks: Records or dataclasses with `ATTACK_FIELDS`.
        warnings: What the reader has to know.
        protection: `min_entities`, `items` (`kind`, `column`, `count`, `share`) and `rules`.
        verdict: None: made from the scores and attacks.
        training: `epochs` (stage, epoch, step, seconds, rows_per_s, rate, losses, and perhaps
            validation and diversity), `warnings` and `precision`; None: the generator has none.
    """

    run: Mapping[str, Any]
    data: Mapping[str, Any]
    model: Mapping[str, Any]
    timing: Mapping[str, Any]
    scores: Sequence[Any] = ()
    attacks: Sequence[Any] = ()
    warnings: Sequence[str] = ()
    protection: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None
    training: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON; a number that is not finite becomes null.

        Raises:
            DataError: A part does not have the shape of `guanyao.report/1`.
        """
        record = {name: plain(getattr(self, name)) for name in REQUIRED if name != "verdict"}
        record |= {"schema": FORMAT}
        for name in ("protection", "training"):
            if getattr(self, name) is not None:
                record[name] = plain(getattr(self, name))
        record["verdict"] = plain(self.verdict or verdict(record))
        check(record)
        return {"schema": FORMAT, **record}


def plain(value: object) -> Any:  # noqa: ANN401
    """The value as JSON knows it: mappings, lists, text, finite numbers, booleans and null.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return _plain_scalar(value)


def _plain_scalar(value: object) -> str | int | float | bool | None:
    if hasattr(value, "item") and not isinstance(value, str):  # a numpy scalar
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def check(record: object) -> None:
    """Say nothing if the record is a `guanyao.report/1`.

    Raises:
        DataError: What is missing, or of another kind.
    """
    if not isinstance(record, Mapping) or record.get("schema") != FORMAT:
        raise _wrong("this is no report", f'"schema": "{FORMAT}"')
    for name, kind in REQUIRED.items():
        if not isinstance(record.get(name), kind):
            raise _wrong(f"the report's part {name!r} is missing or no {kind.__name__}", "")
    for score in record["scores"]:
        _check_score(score)
    for attack in record["attacks"]:
        _check_fields(attack, ATTACK_FIELDS, "attack")
    _check_verdict(record["verdict"])


def _check_score(score: object) -> None:
    _check_fields(score, SCORE_FIELDS, "score")
    if isinstance(score, Mapping) and score["kind"] not in SCORE_KINDS:
        raise _wrong("a score of the report has a strange kind", ", ".join(SCORE_KINDS))


def _check_verdict(said: Mapping[str, Any]) -> None:
    for about in ("fidelity", "utility", "privacy"):
        if said.get(about) not in LEVELS:
            raise _wrong(f"the report's verdict on {about} is no level", ", ".join(LEVELS))


def _check_fields(part: object, names: Sequence[str], what: str) -> None:
    lacking = [n for n in names if not isinstance(part, Mapping) or n not in part]
    if lacking:
        raise _wrong(
            f"a {what} of the report lacks {', '.join(lacking)}", "all: " + ", ".join(names)
        )


def _wrong(found: str, allowed: str) -> DataError:
    return DataError(
        found,
        allowed=allowed and f"allowed: {allowed}",
        do="make the report anew with: guanyao run or guanyao evaluate",
        code="data.report",
    )
