"""A made-up hospital's tables and report: realistic numbers, no real person."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from guanyao.data.schema import Column, Schema
from guanyao.report.verdict import verdict

WARDS = ("Medicine", "Surgery", "Cardiology", "Geriatrics", "Neurology", "Oncology", "Paediatrics")

SCHEMA = Schema(
    columns=(
        Column(name="patient_id", type="string", role="entity", dtype="String"),
        Column(name="age", type="integer", dtype="Int64"),
        Column(name="sex", type="string"),
        Column(name="ward", type="string"),
        Column(name="admitted", type="date", dtype="Date"),
        Column(name="days_in_hospital", type="integer", dtype="Int64"),
        Column(name="systolic_mmHg", type="number", dtype="Float64", nullable=True),
        Column(name="co_payment", type="number", dtype="Float64"),
        Column(name="费用类别", type="string", nullable=True),
        Column(name="diabetes", type="boolean", dtype="Boolean"),
        Column(name="readmitted", type="string", role="target"),
    ),
    rules=("days_in_hospital >= 0",),
)


def frame(n_rows: int, seed: int, *, drift: float = 0.0) -> pl.DataFrame:
    """Rows of the made-up hospital; `drift` moves some columns away from the others."""
    rng = np.random.default_rng(seed)
    age = np.clip(rng.normal(58 - 6 * drift, 19, n_rows), 0, 99).astype(int)
    days = rng.geometric(0.22 + 0.05 * drift, n_rows)
    pressure = np.round(rng.normal(118 + age / 4, 14 + 4 * drift, n_rows), 1)
    payment = np.where(rng.random(n_rows) < 0.62, 0.0, np.round(rng.lognormal(4.6, 0.8, n_rows), 2))
    is_lost = rng.random(n_rows) < 0.12 + 0.04 * drift
    ward = rng.choice(WARDS, n_rows, p=np.array([30, 22, 15, 12, 10, 8, 3]) / 100)
    kind = rng.choice(
        ["职工医保", "居民医保", "自费", "商业保险"], n_rows, p=[0.5, 0.3, 0.15, 0.05]
    )
    return pl.DataFrame(
        {
            "patient_id": [f"P{i:06d}" for i in rng.permutation(n_rows)],
            "age": age,
            "sex": rng.choice(["F", "M"], n_rows, p=[0.53, 0.47]),
            "ward": ward,
            "admitted": pl.Series(rng.integers(18_000, 19_500, n_rows)).cast(pl.Date),
            "days_in_hospital": days,
            "systolic_mmHg": _with_gaps(pressure, is_lost),
            "co_payment": payment,
            "费用类别": _with_gaps(kind, rng.random(n_rows) < 0.05),
            "diabetes": rng.random(n_rows) < age / 300,
            "readmitted": rng.choice(["no", "yes"], n_rows, p=[0.84, 0.16]),
        }
    )  # fmt: skip


def _with_gaps(values: np.ndarray, is_lost: np.ndarray) -> pl.Series:
    return pl.Series(values.tolist()).set(pl.Series(is_lost), None)


def score(
    name: str, value: float | None, independent: float, real: float, **more: Any
) -> dict[str, Any]:
    """One score of the report; the interval is ± 0.006 unless told."""
    low, high = (
        (None, None) if value is None else (round(value - 0.006, 4), round(value + 0.006, 4))
    )
    return {
        "name": name, "kind": "fidelity", "value": value, "low": low, "high": high, "best": 1.0,
        "reference": {"real": real, "independent": independent}, "details": {}, **more,
    }  # fmt: skip


def attack(name: str, group: str, auc: float, half: float = 0.012, **more: Any) -> dict[str, Any]:
    """One attack of the report, with an interval of ± `half`."""
    return {
        "name": name, "threat_model": "virtual rows only", "group": group, "auc": auc,
        "tpr_at_fpr": {"0.001": 0.0012, "0.01": 0.0118}, "risk": max(0.0, 2 * auc - 1),
        "low": auc - half, "high": auc + half, "control": 0.501, "baseline": 0.5, "usable": True,
        **more,
    }  # fmt: skip


def pairs(names: list[str], seed: int = 7, drift: float = 0.03) -> list[dict[str, Any]]:
    """Association strengths of every pair of columns, real and virtual."""
    rng = np.random.default_rng(seed)
    found = []
    for i, a in enumerate(names):
        for b in names[:i]:
            real = float(np.clip(rng.normal(0.05, 0.3), -0.95, 0.95))
            virtual = float(np.clip(real + rng.normal(0, drift), -1, 1))
            one = {"columns": [b, a], "value": 1 - abs(real - virtual) / 2}
            found.append({**one, "real": real, "virtual": virtual})
    return found


def good_scores(names: list[str]) -> list[dict[str, Any]]:
    """The scores of a good generator, on the scale of an adult census."""
    telling = {name: round(0.09 / (i + 1), 4) for i, name in enumerate(reversed(names))}
    shown, more = {"telling": telling, "n_rows": 9769}, {"tsts": 0.918, "measure": "auc"}
    copied = {"copy_of_train": 0.636}
    rare = {"kind": "diagnostic", "low": 0.0002, "high": 0.0008}
    return [
        score("column_shapes", 0.9921, 0.9952, 0.9961),
        score("pair_trends", 0.9836, 0.766, 0.991, details={"pairs": pairs(names)}),
        score("triple_trends", 0.975, 0.835, 0.998),
        score("c2st_auc", 0.537, 0.989, 0.499, best=0.5, details=shown),
        score("tstr", 0.911, 0.487, 0.922, kind="utility", details=more),
        score("dcr_share", 0.507, 0.489, 0.501, kind="diagnostic", best=0.5, details=copied),
        score("exact_copies", 0.0004, 0.0003, 0.0005, best=0.0, **rare),
    ]  # fmt: skip


def good_attacks() -> list[dict[str, Any]]:
    """Attacks that find nothing worth having."""
    return [
        attack("nearest_neighbour", "random", 0.507),
        attack("nearest_neighbour", "vulnerable", 0.511, 0.03),
        attack("calibrated_neighbour", "random", 0.509),
        attack("calibrated_neighbour", "vulnerable", 0.515, 0.03),
        attack("nearest_neighbour", "canary", 0.48, 0.2, usable=False),
    ]


def report(**changes: Any) -> dict[str, Any]:
    """A whole report of a good run; `changes` replace its parts."""
    names = [column.name for column in SCHEMA if column.is_modelled]
    record: dict[str, Any] = {
        "schema": "guanyao.report/1",
        "run": {
            "id": "20261122-0131-5f0c", "seed": 0, "version": "0.1.0",
            "created": f"{date(2026, 11, 22)}T01:31:08Z",
        },
        "data": {
            "source_digest": "9f" * 32, "n_train": 39_073, "n_holdout": 9_769,
            "columns": [{"name": c.name, "type": c.type, "role": c.role} for c in SCHEMA],
        },
        "model": {
            "name": "trees", "digest": "3b" * 32, "privacy": None,
            "settings": {"min_entities": 20, "n_trees": 5, "max_depth": 12},
        },
        "timing": {
            "inspect_s": 0.4, "fit_s": 3.12, "fit_cpu_s": 4.9, "sample_s": 0.08,
            "rows_per_s": 512_000, "evaluate_s": 21.7, "peak_mb": 611.0,
        },
        "scores": good_scores(names),
        "attacks": good_attacks(),
        "protection": {
            "min_entities": 20,
            "items": [
                {"kind": "rare_levels", "column": "ward", "count": 4, "share": 0.0021},
                {"kind": "extremes", "column": "co_payment", "count": 37, "share": 0.0009},
                {"kind": "identifiers", "column": "patient_id", "count": 39_073},
            ],
        },
        "warnings": ["column 'ward' has 4 levels with fewer than 20 patients; they were merged"],
    }  # fmt: skip
    record |= changes
    return {**record, "verdict": changes.get("verdict") or verdict(record)}
