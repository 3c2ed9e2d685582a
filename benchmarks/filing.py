"""How fast acts are kept: 10,000 filings with 20 acts each, and the check of all their lines.

    python -m benchmarks.filing [--filings N] [--url postgresql://user@host/database]

Each act is a transaction of its own: lock, load, every guard, the filing, its deadlines, notices,
the act's record and a line of the audit chain, flushed to the disk. What the guards look at is
given, as it is to `guanyao.flows.filing.act.apply`: gathering it from a dossier is not measured.
Acts are done round by round, the same one on every filing before the next. One act in twenty is
refused. Prints one JSON object; `cpu_ms_per_act` is this process alone, and tells how busy the
machine was with something else. The bars: 300 acts a second with SQLite, 500 with PostgreSQL, 10
seconds to check 200,000 lines.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from guanyao.filing.filing_state import Actor
from guanyao.filing.guards import Clauses, Facts, Freshness, Material, Signature, Threshold
from guanyao.flows.filing.act import apply, new_filing
from guanyao.flows.filing.room import Room, create_room

FILINGS = 10_000
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
REASON = "The grounds are given in the letter that goes with this act."
KINDS = ("legal_representative", "assessment_head", "legality_head")
OBJECTION = {"case": "objection-1"}

OWN, OFFICE = "provider-one", "office"
EDITOR = Actor(person="eda", role="provider_editor", organisation=OWN)
HEAD = Actor(person="ann", role="provider_admin", organisation=OWN)
SIGNERS = [
    Actor(person=f"sig{n}", role="provider_signatory", organisation=OWN, kind=kind)
    for n, kind in enumerate(KINDS)
]
CLERK = Actor(person="cai", role="clerk", organisation=OFFICE)
REVIEWERS = [Actor(person=name, role="reviewer", organisation=OFFICE) for name in ("rao", "ren")]
TESTER = Actor(person="tan", role="tester", organisation=OFFICE)
DECIDER = Actor(person="dai", role="decider", organisation=OFFICE)
OBJECTOR = Actor(person="obj", role="public")


@dataclass(frozen=True)
class Step:
    """One act of every filing.

    Args:
        event: What is done; `actor` by whom.
        payload: What they say with it.
        after: How long after the step before.
        is_refused: Whether it is to be refused.
    """

    event: str
    actor: Actor
    payload: Mapping[str, Any] = field(default_factory=dict)
    after: timedelta = timedelta(hours=1)
    is_refused: bool = False


STEPS = [
    Step("decide", HEAD, {"outcome": "file"}),
    Step("freeze", EDITOR),
    *(Step("sign", signer) for signer in SIGNERS),
    Step("submit", HEAD),
    Step("accept", CLERK),
    Step("accept", CLERK, is_refused=True),
    Step("test", TESTER, {"result": "as described"}),
    *(Step("pass", person) for person in (*REVIEWERS, DECIDER)),
    Step("object", OBJECTOR),
    Step("admit", CLERK, OBJECTION),
    Step("investigate", CLERK, OBJECTION),
    Step("find", DECIDER, {**OBJECTION, "outcome": "dismissed"}),
    Step("answer_objector", DECIDER, OBJECTION),
    Step("close", DECIDER, after=timedelta(days=30)),
    Step("publish_check", Actor.clocks()),
]
"""After the opening."""


MANIFEST, MODEL = "5d" * 32, "7e" * 32
FACTS = Facts(
    scope_route="file",
    materials=tuple(Material(slot=f"slot-{n}", is_there=True) for n in range(14)),
    clauses=Clauses(n_clauses=200),
    thresholds=(Threshold("pass rate", True),),
    evidence=(Freshness("keywords", 1, 7),),
    model_digest=MODEL,
    measured_digest=MODEL,
    manifest_digest=MANIFEST,
    signatures=tuple(Signature(kind, f"s-{kind}", MANIFEST) for kind in KINDS),
    changed_files=(),
    label_failures=(),
    secrets=(),
    material_change=False,
    number_is_unique=True,
    hearing_offered=True,
    page_shows_number=True,
    packs=("cn-gbt45654-2025/1.0.0", "cn-pipl/1.0.0"),
)
"""Everything as it should be for every act."""


def act(room: Room, step: Step, number: int) -> None:
    """One act on one filing, in a transaction of its own."""
    id = f"f-{number}"
    payload = {"reason": REASON, **step.payload}
    if step.event == "close":
        payload["number"] = f"n-{number}"
    with room.store.writing() as desk:
        outcome = apply(desk, room, id, step.event, step.actor, payload, FACTS)
    assert outcome.done != step.is_refused, (step, outcome.failed)


def measure(place: str | Path, n_filings: int) -> dict[str, Any]:
    """How long the acts on so many filings take, and the check of the chain."""
    now = START
    with create_room(place, clock=lambda: now) as room:
        begun, cpu = time.perf_counter(), time.process_time()
        for number in range(n_filings):
            opened = new_filing(
                room, profile="notice7", organisation=OWN, actor=EDITOR, id=f"f-{number}"
            )
            assert opened.done
        for step in STEPS:
            now += step.after
            for number in range(n_filings):
                act(room, step, number)
        act_s = time.perf_counter() - begun
        cpu_s = time.process_time() - cpu
        begun = time.perf_counter()
        verdict = room.store.verify()
        verify_s = time.perf_counter() - begun
        assert verdict.ok
    n_acts = n_filings * (len(STEPS) + 1)
    return {
        "n_filings": n_filings,
        "n_acts": n_acts,
        "acts_per_s": round(n_acts / act_s, 1),
        "cpu_ms_per_act": round(cpu_s / n_acts * 1000, 2),
        "n_lines": verdict.n_lines,
        "verify_s": round(verify_s, 2),
    }


def drop(url: str, schema: str) -> None:
    """Take a room out of a database again."""
    engine = create_engine(url.replace("postgresql://", "postgresql+pg8000://", 1))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    engine.dispose()


def main() -> None:
    """Measure one database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filings", type=int, default=FILINGS)
    parser.add_argument("--url")
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        name = f"bench_{secrets.token_hex(4)}"
        place = f"{typed.url}#{name}" if typed.url else Path(folder)
        try:
            found = measure(place, typed.filings)
        finally:
            if typed.url:
                drop(typed.url, name)
    print(json.dumps({"store": "postgresql" if typed.url else "sqlite", **found}))


if __name__ == "__main__":
    main()
