"""Evidence and packs made up for tests: nobody in them exists."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from guanyao.filing.pack import Pack
from guanyao.filing.pack_file import from_text
from guanyao.records import evidence

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MODEL, DATA = "a" * 64, "b" * 64
SOURCE = {"where": "clause 1", "mark": "M", "checked": None}
BOTH = {"zh": "甲", "en": "one"}


def ago(**age: float) -> str:
    return (NOW - timedelta(**age)).isoformat()


def attack(auc: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    known = {"name": "nearest_neighbour", "group": "random", "usable": True}
    return {**known, "auc": auc, "low": low, "high": high, **more}


def run_record(**more: Any) -> dict[str, Any]:
    """A sealed record of a run, as `guanyao run` writes it."""
    model = more.pop("model", MODEL)
    facts = {
        "attacks": [attack(0.52, 0.49, 0.55), attack(0.7, 0.4, 0.9, usable=False)],
        "scores": [
            {"name": "exact_copies", "value": 0.01, "low": 0.008, "high": 0.012}
            | {"reference": {"real": 0.01, "independent": 0.0}},
        ],
        "personal_data": [{"column": "phone", "role": "identifier", "sensitivity": "direct"}],
        **more,
    }
    return evidence.build(
        verb="run",
        created=facts.pop("created", NOW - timedelta(days=1)),
        settings={},
        seed=0,
        inputs=[{"role": "source", "format": "csv", "digest": facts.pop("data", DATA)}],
        outputs=[{"name": "model.gy", "bytes": 1, "digest": model}],
        **facts,
    )


def write_run(path: Path, **more: Any) -> Path:
    evidence.write(run_record(**more), path)
    return path


def write(path: Path, record: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def bank(**more: Any) -> dict[str, Any]:
    known = {"schema": "guanyao.bank/1", "created": ago(hours=1), "bank": "keyword"}
    counted = {"updated": "2026-11-20", "n_entries": 12, "kinds": {"k1": 8, "k2": 4}}
    return {**known, **counted, "bank_digest": "c" * 64, **more}


def sample(n_hits: int, n: int, **more: Any) -> dict[str, Any]:
    known = {"schema": "guanyao.sample/1", "created": ago(days=1), "sample": "generated_manual"}
    counted = {"n_population": 5000, "n_sampled": n, "n_hits": n_hits, "judged_by": "human"}
    return {**known, **counted, "model_digest": MODEL, **more}


def document(topic: str, **more: Any) -> dict[str, Any]:
    file = {"name": "paper.pdf", "digest": "d" * 64, "bytes": 10}
    known = {"schema": "guanyao.document/1", "created": ago(days=1), "topic": topic}
    return {**known, "title": "a paper", "file": file, "by": "somebody", **more}


def clause(id: str = "c1", **more: Any) -> dict[str, Any]:
    known = {"id": id, "group": "g", "title": BOTH, "text": BOTH, "source": SOURCE}
    return {**known, **more}


def check(measure: str, sign: str, threshold: float, **more: Any) -> dict[str, Any]:
    known = {"measure": measure, "compare": sign, "threshold": threshold, "unit": "share"}
    return {**known, "source": SOURCE, **more}


def pack_record(*clauses: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    known = {
        "pack": "guanyao.pack/1",
        "id": "made-up",
        "version": "1",
        "title": BOTH,
        "source": SOURCE,
        "effective": {"from": "2026-01-01", "to": None},
        "groups": {"g": BOTH},
        "clauses": list(clauses) or [clause()],
    }
    return {**known, **more}


def pack(*clauses: Mapping[str, Any], **more: Any) -> Pack:
    return from_text(as_yaml(pack_record(*clauses, **more)), name="made-up.yaml")


def as_yaml(record: Mapping[str, Any]) -> str:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(record, Dumper=Plain, allow_unicode=True, sort_keys=False)
