"""A whole dossier made up for tests: a hospital that exists nowhere, its service and its model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from guanyao.filing import intake
from guanyao.filing.dossier import Dossier
from guanyao.filing.evidence import Evidence, Subject, subject_of
from guanyao.filing.filing_state import Case, FilingState
from guanyao.filing.form import Form
from guanyao.filing.ledger import (
    MEETS,
    MISSES,
    NOT_APPLICABLE,
    ClauseResult,
    Key,
    Plan,
    rests_on,
)
from guanyao.filing.manifest import File, Manifest
from guanyao.filing.mechanism import diagram, mechanism
from guanyao.filing.pack import Pack
from guanyao.filing.pack_file import all_packs, chosen
from guanyao.filing.proposal import Proposal, Stand, propose_all
from guanyao.filing.service import Service
from guanyao.records.evidence import canonical
from tests.filing.cast import PROVIDER, profile
from tests.filing.made_evidence import DATA, MODEL, NOW, ago, document, run_record

TODAY = NOW.date()
PLAN = Plan(text="购置审计设备并完成锚定", due=date(2027, 3, 31))
FACTS: dict[str, Any] = {
    "public": True,
    "modality": ["table"],
    "free_text": False,
    "takes_input": False,
    "trains_on_user_input": False,
    "learns_from_data": True,
    "uses_personal_data": True,
    "sensitive_personal_data": True,
    "children_data": False,
    "shares_personal_data": False,
    "sends_abroad": False,
    "important_data": False,
    "minors": False,
    "base_model": "none",
    "tunes_model": True,
    "people_annotate": False,
    "provides_api": False,
    "opinion_attribute": False,
    "edits_faces_or_voices": False,
    "label_free_delivery": False,
    "paid": False,
    "mlps_level": 2,
    "claims_privacy_budget": False,
}
SETTINGS = {
    "min_entities": 10,
    "max_codes": 100,
    "n_trees": 3,
    "penalty": 0.6,
    "max_depth": 12,
    "n_classes": 16,
    "n_bins": 64,
    "max_shape_rows": 50_000,
}
TEXTUAL = ["table", "text"]
MISSED = "E1-audit"
"""The clause that the full dossier does not meet."""


def service(**facts: Any) -> Service:
    return Service(name="虚拟住院记录服务", provider="某某市第一医院", facts={**FACTS, **facts})


def answers() -> dict[str, str]:
    """Every question answered by its example."""
    return {question.id: question.example for question in Form.shipped().questions}


def score(name: str, value: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    reference = {"real": 0.98, "independent": 0.4}
    known = {"name": name, "kind": "fidelity", "value": value, "low": low, "high": high}
    return {**known, "best": 1.0, "reference": reference, "details": {}, **more}


def run(**more: Any) -> dict[str, Any]:
    """A sealed record of a run with all that documents read."""
    facts = {
        "scores": [
            score("column_shapes", 0.9931, 0.9923, 0.9938, details={"rows": {"holdout": 2047}}),
            score("pair_trends", 0.8782, 0.8756, 0.8808),
            score("tstr", 0.6359, 0.6271, 0.6447, kind="utility"),
            score("exact_copies", 0.0, 0.0, 0.00004, kind="diagnostic", reference={"real": 0.0}),
        ],
        "settings": {"chosen": {"name": "trees", "settings": SETTINGS}},
        "hardware": {"cpus": 2, "memory_gb": 25.3, "model": "AMD EPYC", "system": "Linux x86_64"},
        "versions": {"guanyao": "0.1.0", "python": "3.11.7"},
        "duration_s": 91.0657,
        "privacy": None,
    }
    record = run_record(**{k: v for k, v in more.items() if k in ("model", "data", "created")})
    rest = {k: v for k, v in more.items() if k not in ("model", "data", "created")}
    return {**record, **facts, **rest}


def card(**more: Any) -> dict[str, Any]:
    """The card of a model of trees."""
    found = mechanism("trees", "tables", SETTINGS)
    counted = {
        "n": 50,
        "types": {"integer": 13, "string": 37},
        "roles": {"feature": 47, "target": 1, "entity": 1, "identifier": 1},
    }
    return {
        "schema": "guanyao.model-card/1",
        "model": "trees",
        "data": "tables",
        "title_zh": found.title["zh"],
        "title_en": found.title["en"],
        "family": found.family,
        "digest": MODEL,
        "settings": SETTINGS,
        "n_rows": 81_290,
        "columns": counted,
        "mechanism_zh": list(found.paragraphs["zh"]),
        "mechanism_en": list(found.paragraphs["en"]),
        "training": {k: list(v) for k, v in found.training.items()},
        "sampling": {k: list(v) for k, v in found.sampling.items()},
        "stopping": found.stopping,
        "papers": list(found.papers),
        "privacy": None,
        "diagram": diagram(found.training["zh"], found.sampling["zh"]),
        "created": ago(days=1),
        **more,
    }


def carrier(**more: int) -> dict[str, Any]:
    known = {"n_checked": 400, "n_explicit": 400, "n_implicit": 400}
    return {"carrier": "xlsx", **known, "n_contradictory": 0, "n_damaged": 0, **more}


def handed_in() -> list[dict[str, Any]]:
    """Evidence beside the run, as it was handed in."""
    masking = {"schema": "guanyao.masking/1", "verb": "mask", "is_dry_run": False, "n_rows": 81_290}
    masked = {"n_sampled": 1000, "steps": [], "risk": {"after": {"k": 11, "alone": 0.0}}}
    labels = {"schema": "guanyao.label-check/1", "created": ago(days=1), "model_digest": MODEL}
    log = {"schema": "guanyao.service-log/1", "created": ago(days=1)}
    figures = {
        "n_users": 40,
        "n_accepted": 40,
        "n_complaints": 2,
        "n_complaints_late": 0,
        "n_complaint_channels": 2,
        "log_retention_days": 190,
        "uptime": 0.999,
    }
    return [
        {**masking, **masked, "remaining": [], "digest": DATA},
        {**labels, "sampling": {"how": "random"}, "carriers": [carrier()]},
        {**log, "period": {"from": "2026-10-01", "to": "2026-10-31"}, "figures": figures},
        {"verb": "audit verify", "ok": True, "n_lines": 120, "anchored": 118, "chain": "sha256"},
        {
            "verb": "vault drill",
            "n_items": 3,
            "n_bytes": 900,
            "created": ago(days=2),
            "digest": "e" * 64,
        },
        document("scope_decision"),
        document("security_rules"),
    ]


def kept(records: Sequence[Mapping[str, Any]]) -> list[tuple[Evidence, Mapping[str, Any]]]:
    """Records with the evidence that they are."""
    made = []
    for n, record in enumerate(records):
        content = json.dumps(record, ensure_ascii=False).encode()
        made.append((intake.read_bytes(content, f"evidence-{n}.json"), record))
    return made


def run_evidence(record: Mapping[str, Any]) -> Evidence:
    """The evidence of a run whose seal nobody looks at: what it says was changed for the test."""
    digest = canonical({**record, "digest": ""})
    facts = intake._run(record)
    name = intake.hashlib.sha256(digest).hexdigest()
    return Evidence(id=f"run:{name[:12]}", name="run.json", digest=name, is_sealed=True, **facts)


@cache
def packs() -> tuple[Pack, ...]:
    return tuple(chosen((), dict(all_packs(None)), TODAY))


def decided(
    proposals: Sequence[Proposal], evidence: Sequence[Evidence], subject: Subject
) -> dict[Key, ClauseResult]:
    """A result for every clause: what is proposed, or met for a reason; one is not met."""
    by_id = {item.id: item for item in evidence}
    all_of = {pack.id: pack for pack in packs()}
    results = {}
    for proposal in proposals:
        found = [by_id[id] for id in proposal.evidence]
        is_missed = proposal.clause.id == MISSED
        result = MISSES if is_missed else proposal.result or MEETS
        results[proposal.pack, proposal.clause.id] = ClauseResult(
            pack=proposal.pack,
            clause=proposal.clause.id,
            result=result,
            evidence=() if result == NOT_APPLICABLE else tuple(item.id for item in found),
            reason=proposal.reason_zh or ("审计链尚未锚定" if is_missed else "经核对制度与记录"),
            plan=PLAN if is_missed else None,
            decided_by="ann",
            decided_at=NOW - timedelta(hours=1),
            rests_on=rests_on(
                all_of[proposal.pack], () if result == NOT_APPLICABLE else found, subject
            ),
        )
    return results


def filing(name: str = "notice7", **more: Any) -> FilingState:
    return replace(FilingState.new("f-1", PROVIDER, profile(name)), **more)


def act(event: str, n: int = 1, **more: Any) -> dict[str, Any]:
    """An act as the store keeps it."""
    known = {"n": n, "at": ago(days=3), "event": event, "outcome": "", "case": "", "done": True}
    who = {"person": "dai", "role": "decider", "organisation": "office", "kind": ""}
    states = {"before": "", "after": "SCOPING", "is_vote": False, "reason": "", "payload": {}}
    rest = {"checks": [], "documents": [], "opened": [], "closed": [], "late": [], "line": n}
    return {**known, **who, **states, **rest, **more}


@cache
def full() -> Dossier:
    """A dossier in which everything is known."""
    ran = run()
    others = kept(handed_in())
    evidence = [run_evidence(ran), *(item for item, _ in others)]
    subject = subject_of(evidence)
    served = service()
    stand = Stand(service=served, evidence=evidence, subject=subject, now=NOW)
    proposals = propose_all(packs(), stand)
    objection = Case(
        id="objection-1", kind="ObjectionCase", state="DISMISSED", opened_by="", is_open=False
    )
    change = Case(id="change-1", kind="ChangeCase", state="DECLARED", opened_by="eda")
    return Dossier(
        filing=filing(model_digest=MODEL, cases=(replace(objection, finding="dismissed"), change)),
        profile=profile("notice7"),
        today=TODAY,
        service=served,
        answers=answers(),
        questions=Form.shipped().titles,
        subject=subject,
        packs=packs(),
        results=decided(proposals, evidence, subject),
        proposals=proposals,
        evidence=evidence,
        runs=[ran],
        records={item.id: record for item, record in others},
        model_card=card(),
        cases={
            "objection-1": {
                "kind": "ObjectionCase",
                "body": "标识不够醒目",
                "answer": "已放大标识",
            },
            "change-1": {"kind": "ChangeCase", "body": "更新训练数据"},
        },
        acts=[
            act("open", 1, role="provider_editor"),
            act("decide", 2, outcome="file", after="DRAFT", before="SCOPING", reason="向公众提供"),
            act("accept", 3, after="UNDER_REVIEW", documents=["acceptance_notice"], role="clerk"),
        ],
        before=version(2, "new"),
        earlier=version(1, "old"),
    )


def version(n: int, text: str) -> dict[str, Any]:
    """The record of a version of the dossier with one file."""
    file = File.of(
        text.encode(), path="1 备案表/备案表.docx", slot="application_form", media="docx"
    )
    digests = {"profile_digest": "e" * 64, "clauses": "d" * 64}
    manifest = Manifest(
        filing="f-1",
        version=n,
        profile="notice7/1.0.0",
        calendar="cn",
        model=MODEL,
        data="",
        packs=(),
        files=(file,),
        evidence=(),
        **digests,
    )
    own = {"model_digest": MODEL, "digest": manifest.digest()}
    return {"version": n, "manifest": manifest.to_json(), **own}


def empty(name: str = "notice7") -> Dossier:
    """A dossier of which nothing is known but its name."""
    return Dossier(
        filing=filing(name),
        profile=profile(name),
        today=TODAY,
        service=Service(name="新服务"),
        questions=Form.shipped().titles,
        packs=packs(),
    )


def at(days: int) -> datetime:
    return NOW + timedelta(days=days)
