"""What a draw is kept as: a record that is frozen, and the model's answers beside it.

What a draw was made from and what came out never changes; its digest says so.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from guanyao.errors import DataError, FilingError
from guanyao.flows.filing.bank_work import Work
from guanyao.records.evidence import canonical
from guanyao.records.filing_store import Desk

DRAW = "draw"
FROZEN = (
    *("id", "sample", "algorithm", "method", "seed", "n_population", "items"),
    *("bank_digest", "data_digest", "columns", "model_digest", "drawn_at"),
)
"""What never changes in a draw; its digest is taken over it."""
Record: TypeAlias = Mapping[str, Any]


def frozen_digest(record: Record) -> str:
    """SHA-256, in hex, of what never changes in a draw."""
    return hashlib.sha256(canonical({name: record[name] for name in FROZEN})).hexdigest()


def n_before_of(work: Work, record: Record) -> int:
    """How often the same was drawn: whoever draws until the sample pleases is seen."""
    same = ("sample", "bank_digest", "data_digest", "model_digest")
    every = work.desk.records(work.filing, DRAW).values()
    return sum(all(old[name] == record[name] for name in same) for old in every)


def draw_record(desk: Desk, filing: str, id: str) -> dict[str, Any]:
    """The record of a draw, as it was frozen.

    Raises:
        DataError: There is none ("judging.draw"), or it was changed ("judging.frozen").
    """
    record = desk.record(filing, DRAW, id) if id and id.isprintable() else None
    if record is None:
        raise DataError(
            f"there is no draw {id[:40]!r}",
            allowed="draws: " + (", ".join(desk.records(filing, DRAW)) or "none yet"),
            code="judging.draw",
        )
    if record["digest"] != frozen_digest(record):
        raise thawed(id)
    return dict(record)


def thawed(id: str) -> DataError:
    """The error that a draw was changed."""
    return DataError(
        f"the draw {id} is not as it was drawn",
        do="put the last good copy of the room in its place, or draw anew",
        code="judging.frozen",
    )


def open_draw(work: Work, id: str) -> dict[str, Any]:
    """The record of a draw that is still open.

    Raises:
        DataError: There is none, or it was changed.
        FilingError: It is closed ("judging.closed").
    """
    record = draw_record(work.desk, work.filing, id)
    if record["closed"]:
        raise FilingError(f"the draw {id} is closed", do="draw a new sample", code="judging.closed")
    return record


def answers_of(desk: Desk, record: Record) -> dict[str, str]:
    """Item -> what the model answered, as far as that was handed in."""
    if not record["answers"]:
        return {}
    lines = map(json.loads, desk.file(record["answers"]).splitlines())
    return {line["item"]: line["answer"] for line in lines}
